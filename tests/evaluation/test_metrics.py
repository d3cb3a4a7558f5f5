"""Metrics by name: how they are computed and which way they are better; and the words of the sentences."""

import pytest
import sklearn.metrics

from merganser.config import Direction, Gate, MetricRules, Task
from merganser.evaluation.metrics import (
    SKLEARN_DOWN,
    SKLEARN_UP,
    Family,
    Metric,
    direction_of,
    known_direction,
    metric_of,
)
from merganser.evaluation.wording import at_best, at_worst, moved, percent, rows_clause, told_apart

UP, DOWN = Direction.up, Direction.down


@pytest.mark.parametrize(
    ("metric", "direction"),
    [
        ("accuracy", UP), ("roc_auc", UP), ("auc", UP), ("f1", UP), ("r2", UP), ("ndcg(10)", UP), ("eval.auc", UP),
        ("AUC", UP), ("error_rate", DOWN), ("log_loss", DOWN), ("rmse", DOWN), ("ece", DOWN), ("train.loss", DOWN),
        ("zing", None), ("", None), ("accuracy.de", None),
    ],
)  # fmt: skip
def test_known_direction(metric: str, direction: Direction | None) -> None:
    assert known_direction(metric) is direction


def test_the_configuration_has_the_first_word() -> None:
    gate = Gate(metrics={"loss": MetricRules(direction=UP), "zing": MetricRules()})
    assert direction_of("loss", gate) is UP
    assert direction_of("zing", gate) is None
    assert direction_of("rmse", gate) is DOWN


CLASSES, BINARY, MANY = (Task.binary, Task.multiclass), (Task.binary,), (Task.multiclass,)
NUMBERS, RANKS = (Task.regression,), (Task.ranking,)
KNOWN = {
    "accuracy": ("rate", CLASSES, "accuracy_score"),
    "error_rate": ("rate", CLASSES, "zero_one_loss"),
    "auc": ("ranking", CLASSES, "roc_auc roc_auc_score"),
    "log_loss": ("mean", CLASSES, "cross_entropy"),
    "brier": ("mean", CLASSES, "brier_score brier_score_loss"),
    "mae": ("mean", NUMBERS, "mean_absolute_error"),
    "mse": ("mean", NUMBERS, "mean_squared_error"),
    "rmse": ("totals", NUMBERS, "root_mean_squared_error"),
    "r2": ("totals", NUMBERS, "r2_score"),
    "ndcg": ("gain", RANKS, "ndcg_score"),
    "ece": ("calibration", CLASSES, ""),
    "balanced_accuracy": ("confusion", CLASSES, "balanced_accuracy_score"),
    "specificity": ("confusion", BINARY, ""),
    "precision": ("confusion", BINARY, "precision_score"),
    "recall": ("confusion", BINARY, "recall_score sensitivity"),
    "f1": ("confusion", BINARY, "f1_score"),
    "precision_macro": ("confusion", MANY, ""),
    "precision_weighted": ("confusion", MANY, ""),
    "recall_macro": ("confusion", MANY, ""),
    "recall_weighted": ("confusion", MANY, ""),
    "f1_macro": ("confusion", MANY, ""),
    "f1_weighted": ("confusion", MANY, ""),
}


@pytest.mark.parametrize("name", KNOWN)
@pytest.mark.parametrize("task", Task)
def test_a_known_metric_is_computed_where_its_task_is(name: str, task: Task) -> None:
    family, tasks, aliases = KNOWN[name]
    for spelling in (name, *aliases.split()):
        expected = Metric(name=name, family=Family(family)) if task in tasks else reported(spelling)
        assert metric_of(spelling, task) == expected
        assert known_direction(spelling) is known_direction(name) is not None


def reported(name: str) -> Metric:
    return Metric(name=name, family=Family.reported)


@pytest.mark.parametrize("task", Task)
@pytest.mark.parametrize("name", sorted(SKLEARN_UP | SKLEARN_DOWN))
def test_other_functions_of_scikit_learn_are_resampled_whatever_the_task(name: str, task: Task) -> None:
    assert callable(getattr(sklearn.metrics, name))
    assert metric_of(name, task) == Metric(name=name, family=Family.function)
    assert known_direction(name) is (UP if name in SKLEARN_UP else DOWN)


def test_directions_are_those_of_scikit_learns_scorers() -> None:
    scorers = [sklearn.metrics.get_scorer(name) for name in sklearn.metrics.get_scorer_names()]
    signs = {scorer._score_func.__name__: scorer._sign for scorer in scorers}
    shared = {name for name in signs if known_direction(name)}
    assert {name: known_direction(name) for name in shared} == {
        name: UP if signs[name] > 0 else DOWN for name in shared
    }
    assert len(shared & (SKLEARN_UP | SKLEARN_DOWN)) >= 20
    assert shared >= {"accuracy_score", "log_loss", "brier_score_loss", "r2_score", "roc_auc_score", "max_error"}


FUNCTION = Family.function


@pytest.mark.parametrize(
    ("name", "task", "metric"),
    [
        ("ndcg(10)", Task.ranking, Metric(name="ndcg", family=Family.gain, parameter="10")),
        ("ndcg_score(5)", Task.ranking, Metric(name="ndcg", family=Family.gain, parameter="5")),
        ("ece(15)", Task.multiclass, Metric(name="ece", family=Family.calibration, parameter="15")),
        ("ece(x)", Task.binary, Metric(name="ece", family=Family.calibration, parameter="x")),
        ("accuracy(3)", Task.binary, reported("accuracy(3)")),
        ("ndcg(10)", Task.binary, reported("ndcg(10)")),
        ("mean(cost)", Task.ranking, Metric(name="mean", family=Family.mean, parameter="cost")),
        ("mean(a.b)", Task.binary, Metric(name="mean", family=Family.mean, parameter="a.b")),
        ("rate(f(x))", Task.regression, Metric(name="rate", family=Family.rate, parameter="f(x)")),
        ("mean", Task.regression, reported("mean")),
        ("mean()", Task.regression, reported("mean()")),
        ("mean(cost", Task.regression, reported("mean(cost")),
        ("package.module.profit", Task.binary, Metric(name="package.module.profit", family=FUNCTION)),
        ("package.profit(3)", Task.binary, reported("package.profit(3)")),
        ("matthews_corrcoef(3)", Task.binary, reported("matthews_corrcoef(3)")),
        ("perplexity", Task.multiclass, reported("perplexity")),
    ],
)
def test_parameters_and_names_of_others(name: str, task: Task, metric: Metric) -> None:
    assert metric_of(name, task) == metric


def test_a_dotted_name_that_the_run_reports_is_its_own_number() -> None:
    assert metric_of("eval.loss", Task.binary, {"eval.loss": 0.5}) == reported("eval.loss")
    assert metric_of("eval.loss", Task.binary, {"loss": 0.5}).family is FUNCTION
    assert metric_of("accuracy", Task.binary, {"accuracy": 0.5}).family is Family.rate


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        ((0.8, 0.8), ["0.8", "0.8"]),
        ((0.8, 0.79996), ["0.8", "0.79996"]),
        ((0.123456, 0.5), ["0.1235", "0.5"]),
        ((0.1 + 0.2, 0.3), ["0.30000000000000004", "0.3"]),
    ],
)
def test_numbers_that_differ_look_different(values: tuple[float, ...], texts: list[str]) -> None:
    assert told_apart(*values) == texts


def test_phrases() -> None:
    assert percent(0.95) == "95 %"
    assert percent(1 - 0.95) == "5 %"
    assert moved("auc", 0.5, 0.5) == "auc stayed at 0.5"
    assert moved("auc", 0.5, 0.6) == "auc went from 0.5 to 0.6"
    assert at_worst(-0.012345, 0.95) == "with 95 % confidence it is at most 0.0123 worse"
    assert at_worst(0.012345, 0.95) == "with 95 % confidence it is at least 0.0123 better"
    assert at_best(-0.012345, 0.9) == "with 90 % confidence it is at least 0.0123 worse"
    assert rows_clause(1234, 50).startswith("about 1,234 rows")
    assert rows_clause(50, 50).startswith("50 rows are usually enough")
    assert rows_clause(None, 50).startswith("no number of rows")

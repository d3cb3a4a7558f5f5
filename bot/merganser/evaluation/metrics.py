"""Which metrics are known by name: their direction, and how the gate computes them. No arithmetic here."""

from collections.abc import Container
from enum import StrEnum

import msgspec

from merganser.config import Direction, Gate, Task


class Family(StrEnum):
    """How a metric is computed: each family has its own sums and its own interval.

    `rate`: of rows that are right, or that a column marks. `mean`: of a number for each row. `totals`: a smooth
    function of such means. `confusion`: from counts of labels and predictions. `ranking`: from the order of scores.
    `gain`: from the order of rows in each query. `calibration`: from scores against outcomes. `function`: any other
    function of rows, by resampling. `reported`: not from predictions at all, but the run's own number.
    """

    rate = "rate"
    mean = "mean"
    totals = "totals"
    confusion = "confusion"
    ranking = "ranking"
    gain = "gain"
    calibration = "calibration"
    function = "function"
    reported = "reported"


class Metric(msgspec.Struct, frozen=True, kw_only=True):
    """A metric as it is computed. `parameter` stands in parentheses: a number of rows or bins, or a column."""

    name: str
    family: Family
    parameter: str = ""


_CLASSES = (Task.binary, Task.multiclass)
_PER_CLASS = ("precision", "recall", "f1")
_NAMES: dict[str, tuple[str, Family, tuple[Task, ...]]] = {
    "accuracy": ("accuracy", Family.rate, _CLASSES),
    "error_rate": ("error_rate", Family.rate, _CLASSES),
    "auc": ("auc", Family.ranking, _CLASSES),
    "log_loss": ("log_loss", Family.mean, _CLASSES),
    "brier": ("brier", Family.mean, _CLASSES),
    "mae": ("mae", Family.mean, (Task.regression,)),
    "mse": ("mse", Family.mean, (Task.regression,)),
    "rmse": ("rmse", Family.totals, (Task.regression,)),
    "r2": ("r2", Family.totals, (Task.regression,)),
    "ndcg": ("ndcg", Family.gain, (Task.ranking,)),
    "ece": ("ece", Family.calibration, _CLASSES),
    "balanced_accuracy": ("balanced_accuracy", Family.confusion, _CLASSES),
    "specificity": ("specificity", Family.confusion, (Task.binary,)),
    **{name: (name, Family.confusion, (Task.binary,)) for name in _PER_CLASS},
    **{
        f"{name}_{average}": (f"{name}_{average}", Family.confusion, (Task.multiclass,))
        for name in _PER_CLASS
        for average in ("macro", "weighted")
    },
}
_ALIASES = {
    "accuracy_score": "accuracy", "zero_one_loss": "error_rate", "roc_auc": "auc", "roc_auc_score": "auc",
    "cross_entropy": "log_loss", "brier_score": "brier", "brier_score_loss": "brier", "mean_absolute_error": "mae",
    "mean_squared_error": "mse", "root_mean_squared_error": "rmse", "r2_score": "r2", "ndcg_score": "ndcg",
    "balanced_accuracy_score": "balanced_accuracy", "precision_score": "precision", "recall_score": "recall",
    "sensitivity": "recall", "f1_score": "f1",
}  # fmt: skip
# Of a column of the predictions, whatever the task.
_OF_COLUMN = {"mean": Family.mean, "rate": Family.rate}

# Functions of `sklearn.metrics` over labels and predictions (or scores) that give one number.
_SKLEARN_UP = (
    "adjusted_mutual_info_score adjusted_rand_score average_precision_score cohen_kappa_score completeness_score "
    "d2_absolute_error_score d2_brier_score d2_log_loss_score d2_pinball_score d2_tweedie_score "
    "explained_variance_score fowlkes_mallows_score homogeneity_score jaccard_score matthews_corrcoef "
    "mutual_info_score normalized_mutual_info_score rand_score v_measure_score"
)
_SKLEARN_DOWN = (
    "hamming_loss hinge_loss max_error mean_absolute_percentage_error mean_gamma_deviance mean_pinball_loss "
    "mean_poisson_deviance mean_squared_log_error mean_tweedie_deviance median_absolute_error "
    "root_mean_squared_log_error"
)
SKLEARN_UP, SKLEARN_DOWN = frozenset(_SKLEARN_UP.split()), frozenset(_SKLEARN_DOWN.split())

_UP = (
    "accuracy accuracy_score balanced_accuracy balanced_accuracy_score precision precision_score precision_macro "
    "precision_weighted recall recall_score recall_macro recall_weighted sensitivity specificity f1 f1_score f1_macro "
    "f1_weighted fbeta jaccard auc roc_auc roc_auc_score average_precision pr_auc r2 r2_score explained_variance ndcg "
    "ndcg_score map mrr mcc cohen_kappa top_k_accuracy"
)
_DOWN = (
    "error_rate zero_one_loss log_loss loss cross_entropy brier brier_score brier_score_loss mae mse rmse rmsle mape "
    "mean_absolute_error mean_squared_error root_mean_squared_error ece perplexity wer cer"
)
_DIRECTIONS = (
    dict.fromkeys([*_UP.split(), *SKLEARN_UP], Direction.up)
    | dict.fromkeys([*_DOWN.split(), *SKLEARN_DOWN], Direction.down)
)  # fmt: skip


def known_direction(metric: str) -> Direction | None:
    """Which way `metric` is better by its name alone; `ndcg(10)` and `eval.auc` are read as `ndcg` and `auc`."""
    return _DIRECTIONS.get(metric.partition("(")[0].rpartition(".")[2].lower())


def known_metrics() -> frozenset[str]:
    """Every name that the gate computes a metric by."""
    return frozenset(_NAMES) | frozenset(_ALIASES) | SKLEARN_UP | SKLEARN_DOWN


def metric_of(name: str, task: Task, reported: Container[str] = ()) -> Metric:
    """How the gate gets the metric `name` from predictions.

    A dotted name is a function of the user's (`package.module.function`), unless `reported` holds that name: the run's
    own numbers, or anything at all where nobody's functions are run.
    """
    base, parameter = _parted(name)
    if base in _OF_COLUMN and parameter:
        return Metric(name=base, family=_OF_COLUMN[base], parameter=parameter)
    known, family, tasks = _NAMES.get(_ALIASES.get(base, base), ("", Family.reported, ()))
    if task in tasks and (not parameter or family in (Family.gain, Family.calibration)):
        return Metric(name=known, family=family, parameter=parameter)
    dotted = "." in name and not parameter and name not in reported
    if name in SKLEARN_UP | SKLEARN_DOWN or dotted:
        return Metric(name=name, family=Family.function)
    return Metric(name=name, family=Family.reported)


def direction_of(metric: str, gate: Gate) -> Direction | None:
    """Which way `metric` is better by configuration, else by its name; None where neither says."""
    rules = gate.metrics.get(metric)
    return (rules.direction if rules else None) or known_direction(metric)


def _parted(name: str) -> tuple[str, str]:
    """`ndcg(10)` → `ndcg`, `10`; the parameter is empty where there is none."""
    base, opened, rest = name.partition("(")
    return (base, rest[:-1]) if opened and rest.endswith(")") else (name, "")

"""What a gate is refused for when it judges: each fault with its key."""

from datetime import datetime
from typing import Any

import msgspec
import pytest

from merganser.config import (
    BudgetRules,
    Calibration,
    CalibrationError,
    Change,
    Direction,
    DriftRules,
    FairnessRules,
    Gate,
    Labels,
    MetricRules,
    Model,
    Task,
    Waiver,
)
from merganser.errors import ConfigError
from merganser.evaluation.metrics import known_direction
from merganser.evaluation.policy import check_policy, has_quality_rules
from tests.evaluation.samples import NOW, by, gate, model, non_inferior

FINE = gate(accuracy=non_inferior())
MINIMUM = MetricRules(min=0.5)
FAIR = FairnessRules(by="sex", min_ratio=0.8)


def waiver(until: str) -> Waiver:
    return Waiver(check="accuracy:non_inferior", reason="r", by="b", until=until)


def changed(**fields: Any) -> Gate:
    return msgspec.structs.replace(FINE, **fields)


@pytest.mark.parametrize(
    ("rules", "says"),
    [
        (Gate(), "gate: no check is configured"),
        (gate(zing=MINIMUM), "gate.metrics.zing: whether a high or a low zing is good is not known"),
        (
            changed(slices=(by("country"), by("country", "zing"))),
            "gate.slices[1].metrics: whether a high or a low zing",
        ),
        (gate(auc=MetricRules(direction=Direction.down, min=0.5)), "gate.metrics.auc.direction: auc is better up"),
        (gate(**{"mean(cost)": MINIMUM}), "gate.metrics.mean(cost): whether a high or a low mean(cost) is good is not"),
        (gate(accuracy=MetricRules(max_rise=Change(0.1))), "gate.metrics.accuracy.max_rise: it would limit how much"),
        (gate(log_loss=MetricRules(max_drop=Change(0.1))), "gate.metrics.log_loss.max_drop: it would limit how much"),
        (
            changed(fairness=(FairnessRules(by="sex", min_ratio=0.8, metric="recal"),)),
            "gate.fairness[0].metric: recal is no rate of groups",
        ),
        (changed(waivers=(waiver("2026-05-16"),)), "gate.waivers[0]: the waiver of accuracy:non_inferior expired on"),
    ],
)
def test_refused(rules: Gate, says: str) -> None:
    with pytest.raises(ConfigError) as wrong:
        check_policy("churn", model(rules), NOW)
    assert wrong.value.message.startswith(f"models.churn.{says}")
    assert wrong.value.hint


@pytest.mark.parametrize(
    "rules",
    [
        FINE,
        Gate(slices=(by("country"),)),
        gate(zing=MetricRules(direction=Direction.down, max=0.5, max_rise=Change(0.0))),
        changed(waivers=(waiver(NOW.date().isoformat()),)),
        Gate(calibration=Calibration(ece=CalibrationError(max=0.1))),
        Gate(fairness=(FAIR,)),
        Gate(budgets={"artifact_mb": BudgetRules(max=1.0)}),
        Gate(drift=DriftRules()),
        gate(accuracy=MetricRules(direction=Direction.up, max_drop=Change(0.0), min=-1.0, max=5.0)),
    ],
)
def test_accepted(rules: Gate) -> None:
    check_policy("churn", model(rules), NOW)


UP = Direction.up
NO_LABEL = {"label": ""}


def asked(task: Task, metric: str, **columns: Any) -> Model:
    """A gate of one metric over predictions that have a label, and of the other columns what is given."""
    rules = MetricRules(min=0.0, direction=None if known_direction(metric) else UP)
    said = model(gate(**{metric: rules}), **{"score": "", **columns})
    return msgspec.structs.replace(said, task=task)


SCORES = {"scores": {"0": "p_0", "1.0": "p_1"}}
OTHERS = {"scores": {"a": "p_a", "b": "p_b"}}
SCORE, PREDICTION, QUERY = {"score": "p"}, {"prediction": "said"}, {"query": "list"}
ONE = "score, scores or prediction"
EACH = "a score for each class (scores)"
POSITIVE = "a score for the positive class (scores)"


@pytest.mark.parametrize(
    ("task", "metric", "columns", "lacks"),
    [
        (Task.binary, "accuracy", {}, ONE),
        (Task.binary, "accuracy", SCORE, ""),
        (Task.binary, "accuracy", SCORES, ""),
        (Task.binary, "accuracy", PREDICTION, ""),
        (Task.binary, "f1", {}, ONE),
        (Task.binary, "f1", PREDICTION, ""),
        (Task.binary, "auc", PREDICTION, "score"),
        (Task.binary, "auc", SCORES, ""),
        (Task.binary, "auc", OTHERS, POSITIVE),
        (Task.binary, "ece", OTHERS, POSITIVE),
        (Task.binary, "accuracy", OTHERS, ""),
        (Task.binary, "log_loss", PREDICTION, "score"),
        (Task.binary, "log_loss", SCORE, ""),
        (Task.binary, "ece(10)", PREDICTION, "score"),
        (Task.binary, "ece(10)", SCORE, ""),
        (Task.binary, "matthews_corrcoef", {}, ONE),
        (Task.binary, "matthews_corrcoef", PREDICTION, ""),
        (Task.binary, "own.profit", {}, ONE),
        (Task.multiclass, "accuracy", SCORE, ONE),
        (Task.multiclass, "accuracy", SCORES, ""),
        (Task.multiclass, "accuracy", PREDICTION, ""),
        (Task.multiclass, "auc", SCORE, EACH),
        (Task.multiclass, "brier", PREDICTION, EACH),
        (Task.multiclass, "brier", SCORES, ""),
        (Task.regression, "rmse", SCORE, "prediction"),
        (Task.regression, "rmse", PREDICTION, ""),
        (Task.regression, "mae", PREDICTION, ""),
        (Task.regression, "max_error", {}, "prediction"),
        (Task.ranking, "ndcg(10)", SCORE, "score and query"),
        (Task.ranking, "ndcg(10)", QUERY, "score and query"),
        (Task.ranking, "ndcg", SCORE | QUERY, ""),
        (Task.ranking, "mean(cost)", {}, ""),
        (Task.binary, "rate(late)", NO_LABEL, ""),
        (Task.binary, "perplexity", NO_LABEL, ""),
    ],
)
def test_every_metric_finds_its_columns(task: Task, metric: str, columns: dict[str, Any], lacks: str) -> None:
    rules = asked(task, metric, **columns)
    if not lacks:
        check_policy("churn", rules, NOW)
        return
    with pytest.raises(ConfigError) as wrong:
        check_policy("churn", rules, NOW)
    assert wrong.value.message == f"models.churn.predictions: {metric} needs {lacks}"
    assert wrong.value.hint


def test_columns_of_slices_and_calibration_are_asked_for_too() -> None:
    for rules in (
        changed(slices=(by("country", "auc"),)),
        Gate(calibration=Calibration(ece=CalibrationError(max=0.1, bins=20))),
    ):
        with pytest.raises(ConfigError, match=r"(auc|ece\(20\)) needs score"):
            check_policy("churn", model(rules, score="", prediction="said"), NOW)


def test_a_positive_class_that_is_not_configured_is_found_by_its_usual_names() -> None:
    usual = asked(Task.binary, "auc", scores={"True": "p", "False": "q"})
    check_policy("churn", msgspec.structs.replace(usual, positive=""), NOW)
    unusual = msgspec.structs.replace(asked(Task.binary, "auc", **OTHERS), positive="")
    with pytest.raises(ConfigError, match="auc needs a score for the positive class"):
        check_policy("churn", unusual, NOW)
    check_policy("churn", msgspec.structs.replace(unusual, positive="b"), NOW)


@pytest.mark.parametrize(
    ("columns", "labels", "fine"),
    [
        ({}, None, True),
        (NO_LABEL, None, False),
        (NO_LABEL, Labels(key="id", label="churned"), True),
        ({}, Labels(key="id"), True),
        (NO_LABEL, Labels(key="id"), False),
    ],
)
@pytest.mark.parametrize("rules", [FINE, Gate(fairness=(FAIR,))])
def test_the_label_stands_in_whichever_file(
    rules: Gate, columns: dict[str, Any], labels: Labels | None, fine: bool
) -> None:
    given = msgspec.structs.replace(model(rules, **columns), labels=labels)
    if fine:
        check_policy("churn", given, NOW)
        return
    with pytest.raises(ConfigError, match=r"^models\.churn\.predictions\.label: .*(accuracy needs it|fairness needs)"):
        check_policy("churn", given, NOW)


@pytest.mark.parametrize(
    ("task", "metric", "fine"),
    [
        (Task.binary, "ece(2)", True), (Task.binary, "ece(1000)", True), (Task.binary, "ece", True),
        (Task.binary, "ece(1)", False), (Task.binary, "ece(1001)", False), (Task.binary, "ece(x)", False),
        (Task.binary, "ece(²)", False), (Task.binary, "ece(-5)", False), (Task.binary, f"ece({'9' * 5000})", False),
        (Task.ranking, "ndcg(1)", True), (Task.ranking, "ndcg(1000000)", True), (Task.ranking, "ndcg(0)", False),
        (Task.ranking, "ndcg(1000001)", False), (Task.ranking, "ndcg(1.5)", False),
    ],
)  # fmt: skip
def test_a_parameter_is_a_whole_number_in_its_range(task: Task, metric: str, fine: bool) -> None:
    rules = asked(task, metric, **SCORE, **QUERY)
    if fine:
        check_policy("churn", rules, NOW)
        return
    with pytest.raises(ConfigError, match=r"is no number from (2 to 1,000|1 to 1,000,000)$") as wrong:
        check_policy("churn", rules, NOW)
    assert wrong.value.message.startswith(f"models.churn.gate: {metric}: ")
    assert wrong.value.hint == f"Write {metric.partition('(')[0]}(10)."


def test_a_number_that_the_run_reports_itself_has_the_direction_that_is_said() -> None:
    down = gate(auc=MetricRules(direction=Direction.down, max=0.5))
    check_policy("churn", msgspec.structs.replace(model(down), predictions=None), NOW)
    check_policy("churn", msgspec.structs.replace(model(down, prediction="said"), task=Task.regression), NOW)


@pytest.mark.parametrize(
    ("until", "last", "first_after"),
    [
        ("2026-05-17", "2026-05-17T23:59:59.999999Z", "2026-05-18T00:00:00Z"),
        ("2026-05-17", "2026-05-18T01:59:59+02:00", "2026-05-18T02:00:00+02:00"),
        ("2026-05-17T12:00:00+01:00", "2026-05-17T11:00:00Z", "2026-05-17T11:00:01Z"),
        ("2026-05-17T12:00:00Z", "2026-05-17T12:00:00Z", "2026-05-17T12:00:01Z"),
        ("9999-12-31", "9999-12-31T23:59:59Z", None),
    ],
)
def test_a_waiver_holds_to_the_end_of_its_day_or_to_its_moment(until: str, last: str, first_after: str | None) -> None:
    rules = model(changed(waivers=(waiver(until),)))
    check_policy("churn", rules, datetime.fromisoformat(last))
    if first_after is not None:
        with pytest.raises(ConfigError, match="expired"):
            check_policy("churn", rules, datetime.fromisoformat(first_after))


@pytest.mark.parametrize(
    ("rules", "judged"),
    [
        (Gate(budgets={"artifact_mb": BudgetRules(max=1.0)}), False),
        (gate(accuracy=MetricRules(min=0.9)), True),
        (Gate(fairness=(FairnessRules(by="sex", metric="selection_rate", min_ratio=0.8),)), True),
    ],
)
def test_costs_are_no_quality(rules: Gate, judged: bool) -> None:
    assert has_quality_rules(model(rules)) is judged

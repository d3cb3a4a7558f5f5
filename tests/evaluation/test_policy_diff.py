"""The difference of two policies, setting by setting."""

from typing import Any

import msgspec
import pytest

from merganser.config import (
    BudgetRules,
    Budgets,
    Calibration,
    CalibrationError,
    Change,
    Config,
    DriftRules,
    FairnessRules,
    Features,
    Gate,
    Labels,
    Latency,
    MetricRules,
    Model,
    Severity,
    SliceRules,
    Task,
    Unit,
    Waiver,
)
from merganser.evaluation.policy_diff import leaving, policy_changes
from tests.evaluation.samples import by, gate, model, non_inferior


def test_changes_are_named_with_both_values() -> None:
    before = model(gate(accuracy=MetricRules(min=0.9)))
    after = msgspec.structs.replace(before, gate=gate(accuracy=MetricRules(min=0.5), auc=non_inferior()))
    changes = policy_changes(before, after)
    assert "gate.metrics.accuracy.min: 0.9 → 0.5" in changes
    assert "gate.metrics.auc.non_inferior.margin: not set → 0.01" in changes
    assert list(changes) == sorted(changes)
    assert policy_changes(before, msgspec.structs.replace(before, path="elsewhere")) == ()


def test_every_slice_rule_and_waiver_is_told() -> None:
    thirteen = tuple(by(f"column{at}") for at in range(13))
    before = model(Gate(slices=thirteen))
    looser = msgspec.structs.replace(thirteen[-1], margin=0.5, min_support=900)
    changed = msgspec.structs.replace(before, gate=Gate(slices=(*thirteen[:-1], looser)))
    assert policy_changes(before, changed) == (
        "gate.slices.12.margin: 0.02 → 0.5",
        "gate.slices.12.min_support: not set → 900",
    )
    waiver = Waiver(check="accuracy:min", reason="known", by="ana", until="2026-12-31")
    assert policy_changes(before, model(Gate(slices=thirteen, waivers=(waiver,)))) == (
        "gate.waivers.0.by: not set → ana",
        "gate.waivers.0.check: not set → accuracy:min",
        "gate.waivers.0.reason: not set → known",
        "gate.waivers.0.until: not set → 2026-12-31",
    )


def test_what_a_label_means_is_policy() -> None:
    before = model(gate(accuracy=non_inferior()))
    after = msgspec.structs.replace(before, task=Task.multiclass, positive="")
    assert policy_changes(before, after) == ("positive: 1 → not set", "task: binary → multiclass")
    bare = msgspec.structs.replace(before, predictions=None)
    assert "predictions.score: p → not set" in policy_changes(before, bare)


def with_gate(**fields: Any) -> Model:
    return model(Gate(**fields))


ECE = CalibrationError(max=0.05)
P95 = BudgetRules(max=50.0, rise=Change(0.07, Unit.relative))


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (
            with_gate(slices=(SliceRules(by=("country",), metrics=("accuracy", "auc"), margin=0.02),)),
            with_gate(slices=(SliceRules(by=("country", "plan"), metrics=("accuracy",), margin=0.02),)),
            ("gate.slices.0.by: [country] → [country, plan]", "gate.slices.0.metrics: [accuracy, auc] → [accuracy]"),
        ),
        (
            with_gate(slices=(SliceRules(by=("age",), metrics=("auc",), margin=0.02, bins=(18.0, 65.5)),)),
            with_gate(slices=(SliceRules(by=("age",), metrics=("auc",), margin=0.02),)),
            ("gate.slices.0.bins: [18, 65.5] → not set",),
        ),
        (
            with_gate(),
            with_gate(calibration=Calibration(ece=ECE)),
            (
                "gate.calibration.ece.bins: not set → 15",
                "gate.calibration.ece.max: not set → 0.05",
                "gate.calibration.ece.severity: not set → block",
            ),
        ),
        (
            with_gate(budgets={"latency_p99.9_ms": P95}),
            with_gate(budgets={"latency_p99.9_ms": BudgetRules(rise=Change(2.0))}),
            ("gate.budgets.latency_p99.9_ms.max: 50 → not set", "gate.budgets.latency_p99.9_ms.rise: 7% → 2"),
        ),
        (
            model(gate(auc=MetricRules(max_drop=Change(0.01)))),
            model(gate(auc=MetricRules(max_drop=Change(0.01, Unit.relative)))),
            ("gate.metrics.auc.max_drop: 0.01 → 1%",),
        ),
        (
            with_gate(drift=DriftRules(psi=0.1, severity=Severity.warn)),
            with_gate(),
            ("gate.drift.psi: 0.1 → not set", "gate.drift.severity: warn → not set"),
        ),
        (
            with_gate(fairness=(FairnessRules(by="sex", min_ratio=0.8),)),
            with_gate(fairness=(FairnessRules(by="sex", min_ratio=0.5, metric="recall"),), max_attempts=3),
            (
                "gate.fairness.0.metric: selection_rate → recall",
                "gate.fairness.0.min_ratio: 0.8 → 0.5",
                "gate.max_attempts: not set → 3",
            ),
        ),
        (
            model(gate(value=MetricRules(min=1.0), unit=MetricRules(min=1.0))),
            model(gate(value=MetricRules(min=2.0), unit=MetricRules(min=1.0))),
            ("gate.metrics.value.min: 1 → 2",),
        ),
    ],
)
def test_settings_are_told_as_they_are_written(before: Model, after: Model, told: tuple[str, ...]) -> None:
    assert policy_changes(before, after) == told


def test_what_is_read_beside_the_predictions_is_policy() -> None:
    before = model(gate(accuracy=non_inferior()))
    after = msgspec.structs.replace(
        before,
        labels=Labels(key="row", label="churned", digest="sha256:0", slices=("country",), cluster="user", weight="w"),
        features=Features(file="train.csv", columns=("age", "plan")),
        budgets=Budgets(latency=Latency(file="latency.csv", column="ms")),
    )
    assert policy_changes(before, after) == (
        "budgets.latency.column: not set → ms",
        "budgets.latency.file: not set → latency.csv",
        "features.columns: not set → [age, plan]",
        "features.file: not set → train.csv",
        "labels.cluster: not set → user",
        "labels.digest: not set → sha256:0",
        "labels.key: not set → row",
        "labels.label: not set → churned",
        "labels.slices: not set → [country]",
        "labels.weight: not set → w",
    )
    other = msgspec.structs.replace(after, features=Features(file="train.csv", columns=("age, plan",)))
    assert policy_changes(after, other) == ("features.columns: [age, plan] → [age, plan]",)


def models(**paths: str) -> Config:
    return Config(
        version=1, models={name: msgspec.structs.replace(model(gate()), path=at) for name, at in paths.items()}
    )


@pytest.mark.parametrize(
    ("after", "gone"),
    [
        (models(a="x", b="y"), {}),
        (models(a="x", b="y", c="z"), {}),
        (models(a="elsewhere"), {"b": ""}),
        (models(b="y", c="x"), {"a": "c"}),
        (models(b="y", c="z"), {"a": ""}),
        # One that was there before has no new name.
        (models(b="x"), {"a": ""}),
        (None, {"a": "", "b": ""}),
    ],
)
def test_models_that_leave_are_named(after: Config | None, gone: dict[str, str]) -> None:
    assert leaving(models(a="x", b="y"), after) == gone


def test_the_same_folder_with_other_inputs_is_another_model() -> None:
    other = msgspec.structs.replace(model(gate()), path="x", inputs=("other.py",))
    assert leaving(models(a="x"), Config(version=1, models={"b": other})) == {"a": ""}

"""The difference of two policies, setting by setting."""

import msgspec

from merganser.config import Gate, MetricRules, Task, Waiver
from merganser.evaluation.policy_diff import policy_changes
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

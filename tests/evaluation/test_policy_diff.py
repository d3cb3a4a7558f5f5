"""The difference of two policies, setting by setting."""

import msgspec

from merganser.config import MetricRules
from merganser.evaluation.policy_diff import policy_changes
from tests.evaluation.samples import gate, model, non_inferior


def test_changes_are_named_with_both_values() -> None:
    before = model(gate(accuracy=MetricRules(min=0.9)))
    after = msgspec.structs.replace(before, gate=gate(accuracy=MetricRules(min=0.5), auc=non_inferior()))
    changes = policy_changes(before, after)
    assert "gate.metrics.accuracy.min: 0.9 → 0.5" in changes
    assert "gate.metrics.auc.non_inferior.margin: not set → 0.01" in changes
    assert list(changes) == sorted(changes)
    assert policy_changes(before, msgspec.structs.replace(before, path="elsewhere")) == ()

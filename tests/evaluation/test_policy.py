"""What a gate's configuration is refused for: each fault with its key."""

import datetime
from typing import Any

import msgspec
import pytest

from merganser.config import Change, Direction, Gate, MetricRules, Waiver
from merganser.errors import ConfigError
from merganser.evaluation.policy import check_policy
from tests.evaluation.samples import TODAY, by, gate, model, non_inferior

FINE = gate(accuracy=non_inferior())
MINIMUM = MetricRules(min=0.5)


def waiver(until: str) -> Waiver:
    return Waiver(check="accuracy:non_inferior", reason="r", by="b", until=until)


def changed(**fields: Any) -> Gate:
    return msgspec.structs.replace(FINE, **fields)


@pytest.mark.parametrize(
    ("rules", "says"),
    [
        (Gate(), "gate: no check is configured"),
        (gate(accuracy=MetricRules(direction=Direction.up)), "gate: no check is configured"),
        (changed(confidence=0.5), "gate.confidence: 0.5"),
        (changed(confidence=1.0), "gate.confidence: 1"),
        (gate(zing=MINIMUM), "gate.metrics.zing: whether a high or a low zing is good is not known"),
        (changed(slices=(by("country", "zing"),)), "gate.slices[0].metrics: whether a high or a low zing"),
        (gate(auc=MetricRules(direction=Direction.down, min=0.5)), "gate.metrics.auc.direction: auc is better up"),
        (gate(accuracy=non_inferior(-0.01)), "gate.metrics.accuracy.non_inferior.margin: -0.01"),
        (gate(accuracy=non_inferior(float("nan"))), "gate.metrics.accuracy.non_inferior.margin: nan"),
        (gate(accuracy=MetricRules(min=float("nan"))), "gate.metrics.accuracy.min: nan"),
        (gate(accuracy=MetricRules(max_drop=Change(-0.01))), "gate.metrics.accuracy.max_drop: -0.01"),
        (gate(accuracy=MetricRules(max_rise=Change(0.1))), "gate.metrics.accuracy.max_rise: it would limit how much"),
        (gate(log_loss=MetricRules(max_drop=Change(0.1))), "gate.metrics.log_loss.max_drop: it would limit how much"),
        (changed(slices=(by("country", margin=-1.0),)), "gate.slices[0].margin: -1"),
        (changed(waivers=(waiver("2026-05-16"),)), "gate.waivers[0]: the waiver of accuracy:non_inferior expired on"),
        (changed(waivers=(waiver("never"),)), "gate.waivers[0].until: 'never' is no date"),
    ],
)
def test_refused(rules: Gate, says: str) -> None:
    with pytest.raises(ConfigError) as wrong:
        check_policy("churn", model(rules), TODAY)
    assert wrong.value.message.startswith(f"models.churn.{says}")
    assert wrong.value.hint


def test_slices_need_predictions() -> None:
    rules = msgspec.structs.replace(model(changed(slices=(by("country"),))), predictions=None)
    with pytest.raises(ConfigError, match="slices need predictions"):
        check_policy("churn", rules, TODAY)


@pytest.mark.parametrize(
    "rules",
    [
        FINE,
        Gate(slices=(by("country"),)),
        gate(zing=MetricRules(direction=Direction.down, max=0.5, max_rise=Change(0.0))),
        changed(waivers=(waiver(TODAY.isoformat()),)),
        gate(accuracy=MetricRules(direction=Direction.up, max_drop=Change(0.0), min=-1.0, max=5.0)),
    ],
)
def test_accepted(rules: Gate) -> None:
    check_policy("churn", model(rules), TODAY)


def test_a_waiver_holds_to_the_end_of_its_day() -> None:
    rules = model(changed(waivers=(waiver("2026-05-17"),)))
    check_policy("churn", rules, datetime.date(2026, 5, 17))
    with pytest.raises(ConfigError, match="expired"):
        check_policy("churn", rules, datetime.date(2026, 5, 18))

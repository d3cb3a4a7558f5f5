"""What a gate is refused for when it judges: each fault with its key."""

from datetime import datetime
from typing import Any

import msgspec
import pytest

from merganser.config import Change, Direction, Gate, MetricRules, Waiver
from merganser.errors import ConfigError
from merganser.evaluation.policy import check_policy
from tests.evaluation.samples import NOW, by, gate, model, non_inferior

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
        (gate(zing=MINIMUM), "gate.metrics.zing: whether a high or a low zing is good is not known"),
        (changed(slices=(by("country", "zing"),)), "gate.slices[0].metrics: whether a high or a low zing"),
        (gate(auc=MetricRules(direction=Direction.down, min=0.5)), "gate.metrics.auc.direction: auc is better up"),
        (gate(accuracy=MetricRules(max_rise=Change(0.1))), "gate.metrics.accuracy.max_rise: it would limit how much"),
        (gate(log_loss=MetricRules(max_drop=Change(0.1))), "gate.metrics.log_loss.max_drop: it would limit how much"),
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
        gate(accuracy=MetricRules(direction=Direction.up, max_drop=Change(0.0), min=-1.0, max=5.0)),
    ],
)
def test_accepted(rules: Gate) -> None:
    check_policy("churn", model(rules), NOW)


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

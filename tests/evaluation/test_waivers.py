"""What a waiver turns, and what voids it."""

import pytest

from merganser.config import Direction, Gate, MetricRules, Waiver
from merganser.errors import ConfigError
from merganser.evaluation.verdict import Check, Status
from merganser.evaluation.waivers import waive
from tests.evaluation.samples import check


def waiver(name: str = "accuracy:non_inferior", floor: float | None = None) -> Waiver:
    return Waiver(check=name, reason="agreed", by="ana", until="2026-05-17", floor=floor)


def status_of(one: Check, *waivers: Waiver, **metrics: MetricRules) -> Status:
    (after,) = waive([one], Gate(waivers=waivers, metrics=metrics), "churn")
    return after.status


@pytest.mark.parametrize(
    ("status", "notes", "after"),
    [
        (Status.failed, (), Status.waived),
        (Status.inconclusive, (), Status.waived),
        (Status.skipped, ("evaluation data changed",), Status.waived),
        (Status.skipped, ("no baseline",), Status.waived),
        (Status.skipped, ("too few rows",), Status.skipped),
        (Status.error, (), Status.error),
        (Status.passed, (), Status.passed),
    ],
)
def test_what_a_waiver_turns(status: Status, notes: tuple[str, ...], after: Status) -> None:
    assert status_of(check(status, notes=notes), waiver()) is after


@pytest.mark.parametrize(
    ("direction", "candidate", "floor", "after"),
    [
        (Direction.up, 0.9, 0.9, Status.waived),
        (Direction.up, 0.89, 0.9, Status.failed),
        (Direction.down, 0.9, 0.9, Status.waived),
        (Direction.down, 0.91, 0.9, Status.failed),
        (Direction.up, None, 0.9, Status.failed),
        (Direction.up, None, None, Status.waived),
    ],
)
def test_a_floor(direction: Direction, candidate: float | None, floor: float | None, after: Status) -> None:
    one = check(Status.failed, id="own:min", metric="own", candidate=candidate)
    assert status_of(one, waiver("own:min", floor), own=MetricRules(direction=direction, min=1.0)) is after


@pytest.mark.parametrize(("candidate", "after"), [(0.29, Status.waived), (0.31, Status.failed)])
@pytest.mark.parametrize("rule", ["max", "rise", "drift"])
def test_of_a_limit_from_above_the_floor_is_a_ceiling(rule: str, candidate: float, after: Status) -> None:
    one = check(Status.failed, id=f"psi:{rule}", metric="psi", rule=rule, candidate=candidate)
    assert status_of(one, waiver(f"psi:{rule}", 0.3)) is after


def test_it_says_who_and_why_and_keeps_what_it_waived() -> None:
    (after,) = waive([check(Status.failed, why="It fell.")], Gate(waivers=(waiver(),)), "churn")
    assert (after.why, after.waiver) == ("It fell.", waiver())


def test_another_checks_waiver_does_nothing_and_the_first_that_holds_counts() -> None:
    others = [check(Status.failed), check(Status.failed, id="accuracy:min", candidate=0.5)]
    gate = Gate(waivers=(waiver("accuracy:min", 0.9), waiver("accuracy:min", 0.4)))
    first, second = waive(others, gate, "churn")
    assert (first.status, second.status) == (Status.failed, Status.waived)
    assert second.waiver == gate.waivers[1]


def test_one_for_no_check_is_refused() -> None:
    with pytest.raises(
        ConfigError, match=r"models\.churn\.gate\.waivers\[0\]: there is no check accuracy:mni"
    ) as wrong:
        waive([check(Status.passed)], Gate(waivers=(waiver("accuracy:mni"),)), "churn")
    assert "accuracy:non_inferior" in wrong.value.hint


def test_a_slice_that_is_gone_today_is_no_mistake() -> None:
    one = check(Status.passed, id="accuracy:not_worse@country=de")
    assert status_of(one, waiver("accuracy:not_worse@country=fr")) is Status.passed

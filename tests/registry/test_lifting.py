"""Which overrides hold: tables of what was said, what was seen since, and what the verdict comes to."""

import datetime
from typing import Any

import msgspec
import pytest

from merganser.config import Direction, Gate, MetricRules, OnInconclusive, Severity
from merganser.evaluation.rollup import Skip
from merganser.evaluation.verdict import Check, Status
from merganser.evaluation.waivers import Fault
from merganser.plan import Conclusion
from merganser.registry.lifting import Grounds, is_first_run, lift, said_of
from merganser.registry.overrides import Cancellation, Line, Override, Said
from tests.registry.samples import CANCELLATION, OTHER, OVERRIDE, check, record, recorded, verdict

NOW = datetime.datetime(2026, 12, 1, 12, tzinfo=datetime.UTC)
GREEN = Conclusion.success
FAILED = check(status=Status.failed, candidate=0.88)


def override(at: tuple[int, int] = (501, 3), **fields: Any) -> Said[Override]:
    return Said(path=f"overrides/digits/{at[0]}-{at[1]}.json", at=Line(*at), what=replaced(OVERRIDE, fields))


def cancellation(at: tuple[int, int], **fields: Any) -> Said[Cancellation]:
    return Said(path=f"cancellations/digits/{at[0]}-{at[1]}.json", at=Line(*at), what=replaced(CANCELLATION, fields))


def replaced(what: Any, fields: dict[str, Any]) -> Any:
    return msgspec.structs.replace(what, **fields)


def grounds(**fields: Any) -> Grounds:
    return Grounds(**{"gate": Gate(), "overrides": (override(),), "now": NOW, **fields})


def conclusion(*checks: Check, **fields: Any) -> Conclusion:
    return lift(verdict(*(checks or (FAILED,)), conclusion=Conclusion.failure), grounds(**fields)).verdict.conclusion


def test_an_overridden_check_is_waived_and_says_by_whom() -> None:
    judged = verdict(FAILED, check("loss"), conclusion=Conclusion.failure)
    lifted = lift(judged, grounds())
    assert lifted.verdict.conclusion is Conclusion.success
    assert [c.status for c in lifted.verdict.checks] == [Status.waived, Status.passed]
    waiver = lifted.verdict.checks[0].waiver
    assert waiver is not None
    assert (waiver.by, waiver.reason, waiver.until, waiver.floor) == ("grace", "the seasonal dip", "2026-12-24", 0.87)
    seen = lift(judged, grounds(overrides=(override(floor=None),))).verdict.checks[0].waiver
    assert seen is not None
    assert seen.floor == 0.88  # what it was then
    assert lifted.verdict.checks[0].why == "as good as asked"
    assert [said.path for said in lifted.overrides] == ["overrides/digits/501-3.json"]
    assert msgspec.structs.replace(lifted.verdict, checks=(), conclusion=Conclusion.failure) == (
        msgspec.structs.replace(judged, checks=())
    )


@pytest.mark.parametrize(
    ("barred", "holds"), [((), True), (("ada",), True), (("ada", "grace"), False), (("Grace",), False)]
)
def test_nobodys_own_override_counts_under_their_pull_request(barred: tuple[str, ...], holds: bool) -> None:
    assert (conclusion(barred=frozenset(barred)) is Conclusion.success) is holds


def test_without_any_the_verdict_stays_itself() -> None:
    judged = verdict(FAILED, conclusion=Conclusion.failure)
    lifted = lift(judged, grounds(overrides=()))
    assert lifted.verdict is judged
    assert lifted.overrides == ()


@pytest.mark.parametrize(
    ("fields", "holds"),
    [
        ({}, True),
        ({"until": None}, True),
        ({"until": "2026-12-01"}, True),
        ({"until": "2026-11-30"}, False),
        ({"until": "2026-12-01T11:59:59Z"}, False),
        ({"until": "2026-12-01T12:00:00Z"}, True),
        ({"model": "other"}, False),
        ({"inputs_digest": OTHER}, False),
        ({"policy_digest": OTHER}, False),
        ({"check": "accuracy:min@label=3"}, False),
        ({"floor": 0.88}, True),
        ({"floor": 0.881}, False),
        ({"floor": None, "observed": 0.88}, True),
        ({"floor": None, "observed": 0.89}, False),
        ({"floor": None, "observed": None}, True),
        ({"floor": 0.5, "observed": 0.9}, True),
    ],
)
def test_it_holds_for_what_was_seen_until_its_end(fields: dict[str, Any], holds: bool) -> None:
    wanted = Conclusion.success if holds else Conclusion.failure
    assert conclusion(overrides=(override(**fields),)) is wanted


FAULTY = {
    Fault.failed: check(status=Status.failed, candidate=0.88),
    Fault.inconclusive: check(status=Status.inconclusive, candidate=0.88),
    Fault.no_baseline: check(status=Status.skipped, candidate=0.88, notes=(Skip.no_baseline,)),
    Fault.data_changed: check(status=Status.skipped, candidate=0.88, notes=(Skip.data_changed,)),
}


@pytest.mark.parametrize(
    ("seen", "lifts"),
    [
        (Fault.failed, set(Fault)),
        (Fault.inconclusive, {Fault.inconclusive}),
        (Fault.no_baseline, {Fault.no_baseline}),
        (Fault.data_changed, {Fault.data_changed}),
        (None, set()),
    ],
)
def test_what_was_not_proven_or_not_judged_was_not_let_pass_whatever_it_shows_since(
    seen: Fault | None, lifts: set[Fault]
) -> None:
    rules = Gate(on_inconclusive=OnInconclusive.block)
    given = (override(fault=seen, floor=None, observed=0.88),)
    assert {fault for fault, now in FAULTY.items() if conclusion(now, gate=rules, overrides=given) is GREEN} == lifts


@pytest.mark.parametrize(("floor", "holds"), [(0.9, True), (0.88, True), (0.87, False)])
def test_of_a_loss_less_is_better(floor: float, holds: bool) -> None:
    gate = Gate(metrics={"loss": MetricRules(direction=Direction.down)})
    failed = check("loss", Status.failed, id="accuracy:min", candidate=0.88)
    wanted = Conclusion.success if holds else Conclusion.failure
    assert conclusion(failed, gate=gate, overrides=(override(floor=floor),)) is wanted


def test_a_value_that_is_gone_may_be_worse() -> None:
    assert conclusion(check(status=Status.failed, candidate=None)) is Conclusion.failure


@pytest.mark.parametrize(
    ("cancelled", "holds"),
    [
        (cancellation((502, 1)), False),
        (cancellation((501, 4)), False),
        (cancellation((501, 2)), True),
        (cancellation((500, 9)), True),
        (cancellation((502, 1), check="loss:max"), True),
        (cancellation((502, 1), inputs_digest=OTHER), True),
        (cancellation((502, 1), model="other"), True),
    ],
)
def test_a_cancellation_takes_back_what_was_said_before_it(cancelled: Said[Cancellation], holds: bool) -> None:
    wanted = Conclusion.success if holds else Conclusion.failure
    assert conclusion(cancellations=(cancelled,)) is wanted


def test_said_again_after_a_cancellation_it_holds_and_the_newest_is_named() -> None:
    given = (override(), override((510, 1), by="ada"), override((505, 1)))
    judged = verdict(FAILED, conclusion=Conclusion.failure)
    lifted = lift(judged, grounds(overrides=given, cancellations=(cancellation((503, 1)),)))
    assert [said.what.by for said in lifted.overrides] == ["ada"]


@pytest.mark.parametrize(
    ("others", "gate", "first_run", "wanted"),
    [
        ((check("loss", Status.failed),), Gate(), False, Conclusion.failure),
        ((check("loss", Status.failed, severity=Severity.warn),), Gate(), False, Conclusion.success),
        ((check("loss", Status.error, severity=Severity.warn),), Gate(), False, Conclusion.failure),
        ((check("loss", Status.inconclusive),), Gate(), False, Conclusion.success),
        (
            (check("loss", Status.inconclusive),), Gate(on_inconclusive=OnInconclusive.block), False,
            Conclusion.failure,
        ),
        ((check("loss", Status.skipped, notes=(Skip.no_baseline,)),), Gate(), False, Conclusion.failure),
        ((check("loss", Status.skipped, notes=(Skip.no_baseline,)),), Gate(), True, Conclusion.success),
        ((check("loss", Status.waived),), Gate(), False, Conclusion.success),
    ],
)  # fmt: skip
def test_every_other_check_that_blocks_still_does(
    others: tuple[Check, ...], gate: Gate, first_run: bool, wanted: Conclusion
) -> None:
    assert conclusion(FAILED, *others, gate=gate, first_run=first_run) is wanted


def test_an_override_makes_no_verdict_worse() -> None:
    """What only warned is waived; that its baseline is gone by now is no reason to say no."""
    gone = check("loss", Status.skipped, notes=(Skip.no_baseline,))
    passed = verdict(check(status=Status.inconclusive, candidate=0.88), gone, conclusion=Conclusion.success)
    lifted = lift(passed, grounds())
    assert (lifted.verdict.conclusion, lifted.verdict.checks[0].status) == (Conclusion.success, Status.waived)


def test_what_was_said_of_a_verdict_and_not_taken_back() -> None:
    said = (override((510, 1), until="2026-11-30"), override(), override((505, 1), check="loss:max"))
    others = (override((500, 1), inputs_digest=OTHER), override((500, 2), policy_digest=OTHER))
    judged = verdict(FAILED, conclusion=Conclusion.failure)
    found = said_of(judged, (*said, *others), ())
    assert [one.path for one in found] == ["overrides/digits/501-3.json", "overrides/digits/510-1.json"]
    assert said_of(judged, said, (cancellation((502, 1)),)) == (said[0],)


def test_an_error_is_no_ones_to_override() -> None:
    assert conclusion(check(status=Status.error, candidate=0.88)) is Conclusion.failure


def test_a_first_run_has_no_merged_one_before_it() -> None:
    first = record()
    later = record(how=recorded(time="2026-11-24T00:00:00Z"), run_id=13)
    proposed = record(how=recorded(time="2026-11-22T00:00:00Z", merged=False), run_id=10)
    assert is_first_run(first, [proposed, first, later])
    assert not is_first_run(later, [proposed, first, later])

"""Which overrides hold for a verdict, and what it then comes to. The records themselves: `overrides`."""

import datetime
from collections.abc import Iterable

import msgspec

from merganser.config import Gate, Waiver
from merganser.config.commands import is_among
from merganser.config.dates import end_of
from merganser.evaluation.rollup import BaselineState, roll_up
from merganser.evaluation.verdict import Check, Status, Verdict
from merganser.evaluation.waivers import Fault, fault_of, no_worse_than
from merganser.plan import Conclusion
from merganser.registry.ledger import RunRecord
from merganser.registry.overrides import Cancellation, Override, Said


class Grounds(msgspec.Struct, frozen=True, kw_only=True):
    """What a verdict's failure may be lifted by: the gate that judged, what people said, and the time of asking.

    `first_run` is whether the model had no merged run before: then checks without a baseline did not block. What those
    said who are `barred` doesn't count here: nobody overrides the gate of their own pull request, wherever they say it.
    """

    gate: Gate
    overrides: tuple[Said[Override], ...] = ()
    cancellations: tuple[Said[Cancellation], ...] = ()
    first_run: bool = False
    barred: frozenset[str] = frozenset()
    now: datetime.datetime


class Lifted(msgspec.Struct, frozen=True, kw_only=True):
    """A verdict with the overridden checks waived and its conclusion drawn anew; the overrides that did it."""

    verdict: Verdict
    overrides: tuple[Said[Override], ...] = ()


def lift(verdict: Verdict, grounds: Grounds) -> Lifted:
    """The verdict as the overrides in force leave it; the same verdict where there are none."""
    in_force = {check.id: found for check in verdict.checks if (found := _override(verdict, check, grounds))}
    if not in_force:
        return Lifted(verdict=verdict)
    checks = tuple(_waived(check, in_force[check.id]) if check.id in in_force else check for check in verdict.checks)
    state = BaselineState.first_run if grounds.first_run else BaselineState.missing
    passes = verdict.conclusion is Conclusion.success
    conclusion = verdict.conclusion if passes else roll_up(checks, grounds.gate, state)
    lifted = msgspec.structs.replace(verdict, checks=checks, conclusion=conclusion)
    return Lifted(verdict=lifted, overrides=tuple(in_force.values()))


def said_of(
    verdict: Verdict, overrides: Iterable[Said[Override]], cancellations: Iterable[Said[Cancellation]]
) -> tuple[Said[Override], ...]:
    """What was said about a verdict's checks and not taken back, oldest first; whether it holds is another question."""
    back = tuple(cancellations)
    known = {check.id for check in verdict.checks}
    mine = (said for said in overrides if said.what.check in known and _is_of(said.what, verdict))
    return tuple(sorted((s for s in mine if not any(_takes_back(one, s) for one in back)), key=lambda said: said.at))


def is_first_run(record: RunRecord, others: Iterable[RunRecord]) -> bool:
    """Whether no run of the model was recorded as merged before this one."""
    return not any(other.recorded.merged and other.recorded.time < record.recorded.time for other in others)


def _override(verdict: Verdict, check: Check, grounds: Grounds) -> Said[Override] | None:
    """The override that lets the check pass, the newest of several."""
    holding = (said for said in grounds.overrides if _holds(said, verdict, check, grounds))
    return max(holding, key=lambda said: said.at, default=None)


def _holds(said: Said[Override], verdict: Verdict, check: Check, grounds: Grounds) -> bool:
    """Whether it was said about this check, inputs and policy, of as much that was wrong; nor taken back, nor ended."""
    given = said.what
    if given.check != check.id or not _is_of(given, verdict) or not _covers(given.fault, fault_of(check)):
        return False
    if is_among(given.by, grounds.barred):
        return False
    if given.until is not None and end_of(given.until) < grounds.now:
        return False
    if any(_takes_back(cancelled, said) for cancelled in grounds.cancellations):
        return False
    return no_worse_than(given.observed if given.floor is None else given.floor, check, grounds.gate)


def _covers(seen: Fault | None, now: Fault | None) -> bool:
    """Whether what was said of the one fault lets the other pass: the same, or less than a failure that was proven.

    Who let a check pass that was not proven, or not judged, has said nothing of what it shows since. A record that
    doesn't tell what was seen may be about anything, so it covers nothing.
    """
    return seen is not None and now is not None and (seen is now or seen is Fault.failed)


def _is_of(given: Override, verdict: Verdict) -> bool:
    """Whether it was said about the verdict's inputs, by the policy that judged."""
    return (given.model, given.inputs_digest, given.policy_digest) == (
        verdict.model, verdict.inputs_digest, verdict.policy.digest,
    )  # fmt: skip


def _takes_back(cancelled: Said[Cancellation], said: Said[Override]) -> bool:
    meant, given = cancelled.what, said.what
    same = (meant.model, meant.inputs_digest, meant.check) == (given.model, given.inputs_digest, given.check)
    return same and cancelled.at > said.at


def _waived(check: Check, said: Said[Override]) -> Check:
    given = said.what
    floor = given.observed if given.floor is None else given.floor
    waiver = Waiver(check=check.id, reason=given.reason, by=given.by, until=given.until or "", floor=floor)
    return msgspec.structs.replace(check, status=Status.waived, waiver=waiver)

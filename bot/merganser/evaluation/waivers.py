"""What a waiver in the configuration does to the check that it names, and when it is void. Pure."""

from collections.abc import Sequence
from enum import StrEnum

import msgspec

from merganser.config import Direction, Gate
from merganser.errors import ConfigError
from merganser.evaluation.metrics import direction_of
from merganser.evaluation.outcomes import Rule
from merganser.evaluation.rollup import Skip
from merganser.evaluation.verdict import Check, Status


class Fault(StrEnum):
    """What is wrong with a check that can be waived: a no, a not proven, or why it could not be judged."""

    failed = Status.failed
    inconclusive = Status.inconclusive
    no_baseline = Skip.no_baseline
    data_changed = Skip.data_changed


_LIMITS_RISE = (Rule.max, Rule.max_rise, Rule.rise, Rule.drift)


def waive(checks: Sequence[Check], gate: Gate, model: str) -> tuple[Check, ...]:
    """The checks with the configured waivers applied; one for no such check is a `ConfigError`."""
    kinds = {_kind(check.id) for check in checks}
    for number, waiver in enumerate(gate.waivers):
        if _kind(waiver.check) not in kinds:
            raise ConfigError(
                f"models.{model}.gate.waivers[{number}]: there is no check {waiver.check}",
                f"The checks are {', '.join(sorted(check.id for check in checks)[:20])}.",
            )
    return tuple(_waived(check, gate) for check in checks)


def _kind(check: str) -> str:
    """A check's id without the slice value, which may be there today and not tomorrow."""
    return check.partition("=")[0]


def _waived(check: Check, gate: Gate) -> Check:
    if not can_be_waived(check):
        return check
    for waiver in gate.waivers:
        if waiver.check == check.id and no_worse_than(waiver.floor, check, gate):
            return msgspec.structs.replace(check, status=Status.waived, waiver=waiver)
    return check


def can_be_waived(check: Check) -> bool:
    """Whether it is a no, a not proven, or a comparison for want of the baseline's rows; never an error."""
    return fault_of(check) is not None


def fault_of(check: Check) -> Fault | None:
    """What is wrong with it that can be waived, None for nothing."""
    if check.status in (Status.failed, Status.inconclusive):
        return Fault(check.status)
    lost = (skip for skip in (Skip.data_changed, Skip.no_baseline) if skip in check.notes)
    return next(map(Fault, lost), None) if check.status is Status.skipped else None


def no_worse_than(floor: float | None, check: Check, gate: Gate) -> bool:
    """Whether the candidate is no worse than the floor, if there is one; one whose value isn't known may be worse."""
    if floor is None:
        return True
    if check.candidate is None:
        return False
    if check.rule in _LIMITS_RISE or direction_of(check.metric, gate) is Direction.down:
        return check.candidate <= floor
    return check.candidate >= floor

"""How a check begins and how it ends: blank, with its numbers, settled. Which way it ends is decided elsewhere."""

from enum import StrEnum

import msgspec

from merganser.config import Severity
from merganser.evaluation.estimate import Discordant
from merganser.evaluation.evidence import Unavailable
from merganser.evaluation.measure import Compared, Measured
from merganser.evaluation.verdict import Check, Status


class Rule(StrEnum):
    min = "min"
    max = "max"
    max_drop = "max_drop"
    max_rise = "max_rise"
    non_inferior = "non_inferior"
    not_worse = "not_worse"
    drift = "drift"
    min_ratio = "min_ratio"
    rise = "rise"


class Note(StrEnum):
    """Words that stand beside a status."""

    improved = "improved"
    regressed = "regressed-within-margin"
    identical = "identical"
    not_proven_worse = "not proven worse"
    self_reported = "self-reported"


def blank(metric: str, rule: Rule, severity: Severity, where: dict[str, str] | None = None) -> Check:
    """A check with its name alone; an error until it is settled."""
    at = "".join(f"@{column}={value}" for column, value in (where or {}).items())
    return Check(
        id=f"{metric}:{rule}{at}",
        metric=metric,
        rule=rule.value,
        slice=where or {},
        severity=severity,
        status=Status.error,
        why="",
    )


def with_numbers(check: Check, measured: Measured, confidence: float) -> Check:
    """The check with what was measured; the bounds' confidence only beside bounds."""
    check = msgspec.structs.replace(
        check,
        candidate=measured.candidate,
        n=measured.n,
        notes=(Note.self_reported.value,) if measured.n is None else (measured.note,) if measured.note else (),
    )
    against = measured.compared
    if isinstance(against, Unavailable):
        return check
    pairs = against.spread if isinstance(against.spread, Discordant) else None
    return msgspec.structs.replace(
        check,
        baseline=against.baseline,
        delta=against.delta,
        low=against.low,
        high=against.high,
        confidence=None if against.low is None else confidence,
        method=against.method,
        b=pairs and pairs.b,
        c=pairs and pairs.c,
        p=against.p,
    )


def settled(check: Check, status: Status, why: str, *notes: str) -> Check:
    """The check with its status and sentence; `notes` stand before those that it has."""
    return msgspec.structs.replace(check, status=status, why=why, notes=(*map(str, notes), *check.notes))


def unavailable(check: Check, reason: Unavailable) -> Check:
    """An error or a skip, with the reason as its first note where it is one."""
    if reason.skip is None:
        return settled(check, Status.error, f"{check.metric} can't be judged: {reason.why}.")
    return settled(check, Status.skipped, f"Not judged, {reason.skip}: {reason.why}.", reason.skip)


def may_be_identical(measured: Measured) -> bool:
    """Whether nothing speaks against a model's being the baseline's own: the same number where the run reports it."""
    return isinstance(measured.compared, Compared) and (measured.n is not None or measured.compared.delta == 0)


def identical(check: Check) -> Check:
    """The pass of a model that is the baseline's own, byte for byte and answer for answer."""
    return settled(check, Status.passed, "The model is the very same as the baseline's.", Note.identical)

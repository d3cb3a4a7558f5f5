"""From the statuses of checks to one conclusion. No I/O, no statistics."""

from collections.abc import Sequence
from enum import StrEnum

from merganser.config import Gate, OnInconclusive, Severity
from merganser.evaluation.verdict import Check, Status
from merganser.plan import Conclusion


class BaselineState(StrEnum):
    """Whether there is a run to compare with: yes, not yet (the model has no merged run), or lost."""

    available = "available"
    first_run = "first_run"
    missing = "missing"


class Skip(StrEnum):
    """Why a check was skipped; stands first in its notes."""

    few_rows = "too few rows"
    no_baseline = "no baseline"
    data_changed = "evaluation data changed"
    no_method = "no valid method"


def roll_up(checks: Sequence[Check], gate: Gate, state: BaselineState) -> Conclusion:
    """Failure if any check blocks, or if nothing at all was judged (but for a model's first run); else success."""
    if all(check.status is Status.skipped for check in checks):
        first = state is BaselineState.first_run and any(Skip.no_baseline in check.notes for check in checks)
        return Conclusion.success if first else Conclusion.failure
    red = any(_blocks(check, gate, state) for check in checks)
    return Conclusion.failure if red else Conclusion.success


def _blocks(check: Check, gate: Gate, state: BaselineState) -> bool:
    if check.status is Status.error:
        return True
    if check.severity is not Severity.block:
        return False
    if check.status is Status.inconclusive:
        return _on_inconclusive(check, gate) is OnInconclusive.block
    if check.status is Status.skipped:
        lost = Skip.no_baseline in check.notes and state is not BaselineState.first_run
        return lost or Skip.data_changed in check.notes
    return check.status is Status.failed


def _on_inconclusive(check: Check, gate: Gate) -> OnInconclusive:
    rules = gate.metrics.get(check.metric)
    own = rules.non_inferior.on_inconclusive if rules and rules.non_inferior else None
    if check.rule != "non_inferior":  # its own word is of that rule alone, not of others on a metric of this name
        own = None
    return own or gate.on_inconclusive

"""How often these labels were tried: ten tries at a model just at the margin give a lucky pass in 40 %. Pure."""

import msgspec

from merganser.config import Gate, Severity
from merganser.evaluation.outcomes import Rule, blank, settled
from merganser.evaluation.verdict import Check, Status


def attempts_checks(gate: Gate, submission: int | None) -> list[Check]:
    """One check where the gate has a `max_attempts` and submissions are counted."""
    if gate.max_attempts is None or submission is None:
        return []
    check = msgspec.structs.replace(blank("attempts", Rule.max, Severity.block), candidate=float(submission))
    told = f"This is submission {submission:,} against these labels, and {gate.max_attempts:,} are allowed"
    if submission <= gate.max_attempts:
        return [settled(check, Status.passed, f"{told}.")]
    return [settled(check, Status.failed, f"{told}: use new labels, or have a maintainer waive {check.id}.")]

"""Slice checks: is any part of the rows proven to have become worse? One family, corrected by Holm. Pure."""

from collections.abc import Iterator

import msgspec

from merganser.config import Direction, Gate, SliceRules
from merganser.evaluation.evidence import Evidence, Found, Unavailable
from merganser.evaluation.layout import Grouping
from merganser.evaluation.measure import measured
from merganser.evaluation.metrics import direction_of
from merganser.evaluation.outcomes import (
    Note,
    Rule,
    blank,
    identical,
    may_be_identical,
    settled,
    unavailable,
    with_numbers,
)
from merganser.evaluation.rollup import Skip
from merganser.evaluation.statistics.bounds import p_not_worse
from merganser.evaluation.statistics.multiplicity import holm
from merganser.evaluation.verdict import Check, Status
from merganser.evaluation.wording import chance, moved, number_of_rows, percent


def slice_checks(gate: Gate, evidence: Evidence) -> list[Check]:
    """One check for each slice rule, metric and value; those with a p-value are decided together."""
    checks = [
        check for rules in gate.slices for metric in rules.metrics for check in _measured(metric, rules, gate, evidence)
    ]
    open_ones = [i for i, check in enumerate(checks) if check.p is not None]
    adjusted = holm([checks[i].p or 0.0 for i in open_ones])
    for i, p in zip(open_ones, adjusted, strict=True):
        checks[i] = _decided(checks[i], p, gate.confidence, len(open_ones))
    return checks


def _measured(metric: str, rules: SliceRules, gate: Gate, evidence: Evidence) -> Iterator[Check]:
    """The checks of one grouping with their numbers and p-values; settled already where there are none."""
    found = evidence.slices[Grouping(rules.by, rules.bins)]
    if isinstance(found, Unavailable):
        check = msgspec.structs.replace(blank(metric, Rule.not_worse, rules.severity), margin=rules.margin)
        columns = ", ".join(rules.by)
        named = msgspec.structs.replace(check, id=f"{check.id}@{'@'.join(rules.by)}")
        yield unavailable(named, Unavailable(why=f"slices by {columns}: {found.why}", skip=found.skip))
        return
    for values in sorted(found, key=lambda values: [_natural(value) for value in values]):
        check = blank(metric, Rule.not_worse, rules.severity, dict(zip(rules.by, values, strict=True)))
        check = msgspec.structs.replace(check, margin=rules.margin)
        lacking = Unavailable(why="slices are judged by metrics of the predictions", skip=Skip.no_method)
        yield _one(check, found[values].get(metric, lacking), rules, (gate, evidence))


def _one(check: Check, found: Found, rules: SliceRules, context: tuple[Gate, Evidence]) -> Check:
    gate, evidence = context
    direction = direction_of(check.metric, gate) or Direction.up
    numbers = measured(found, direction, gate.confidence, evidence.no_baseline)
    if isinstance(numbers, Unavailable):
        return unavailable(check, numbers)
    rows = numbers.n or 0
    check = msgspec.structs.replace(with_numbers(check, numbers, gate.confidence), p=None)
    if evidence.unchanged and may_be_identical(numbers):
        return identical(check)
    if isinstance(numbers.compared, Unavailable):
        return unavailable(check, numbers.compared)
    support = gate.min_support if rules.min_support is None else rules.min_support
    if rows < support:
        why = f"{number_of_rows(rows)}, and {support:,} are needed"
        return unavailable(check, Unavailable(why=why, skip=Skip.few_rows))
    if numbers.compared.spread is None or numbers.compared.doubt:
        return unavailable(check, Unavailable(why=numbers.compared.doubt, skip=Skip.no_method))
    return msgspec.structs.replace(check, p=p_not_worse(numbers.compared.spread, rules.margin))


def _decided(check: Check, adjusted: float, confidence: float, family: int) -> Check:
    check = msgspec.structs.replace(check, p_adjusted=adjusted)
    where = ", ".join(f"{column} = {value}" for column, value in check.slice.items())
    change = moved(check.metric, check.baseline or 0.0, check.candidate or 0.0)
    went = f"{where}: {change} over {number_of_rows(check.n or 0)}"
    if adjusted > 1 - confidence:
        why = f"{went}{_not_worse(check)}."
        return settled(check, Status.passed, why, Note.not_proven_worse)
    many = f" even among {family} slices" if family > 1 else ""
    why = (
        f"{went}, more than the allowed {check.margin:.4g} worse: by chance alone that would be seen{many} "
        f"with probability {chance(adjusted)} at most, and {percent(1 - confidence)} is the limit."
    )
    return settled(check, Status.failed, why)


def _not_worse(check: Check) -> str:
    """Why a slice passes, as a clause; nothing more is to be said of one that stayed the same."""
    step = (check.candidate or 0.0) - (check.baseline or 0.0)
    if step == 0:
        return ""
    if (check.delta or 0.0) > 0:
        return f"; it did not {'fall' if step > 0 else 'rise'}"
    return f"; that is no proof that it is more than {check.margin:.4g} worse"


def _natural(value: str) -> tuple[bool, int, str]:
    """Whole numbers by size, before other text by its letters."""
    return (False, int(value), value) if value.isascii() and value.isdigit() else (True, 0, value)

"""The rules of one metric over all rows: levels, changes, non-inferiority → settled checks. Pure."""

from collections.abc import Iterator
from fractions import Fraction

import msgspec

from merganser.config import Change, Direction, Gate, MetricRules, NonInferior, Unit
from merganser.evaluation.evidence import Evidence, Unavailable
from merganser.evaluation.layout import ece_name
from merganser.evaluation.measure import Compared, Measured, measure, needed
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
from merganser.evaluation.verdict import Check, Status
from merganser.evaluation.wording import at_best, at_worst, moved, number_of_rows, rows_clause, told_apart

POINT = "point"
Limit = float | Change | NonInferior


def set_rules(rules: MetricRules) -> list[tuple[Rule, Limit]]:
    """The rules that the configuration sets, in the order in which they are judged."""
    limits: list[tuple[Rule, Limit | None]] = [
        (Rule.min, rules.min),
        (Rule.max, rules.max),
        (Rule.max_drop, rules.max_drop),
        (Rule.max_rise, rules.max_rise),
        (Rule.non_inferior, rules.non_inferior),
    ]
    return [(rule, limit) for rule, limit in limits if limit is not None]


def metric_checks(metric: str, gate: Gate, evidence: Evidence) -> Iterator[Check]:
    """One check for each rule of `metric`."""
    rules, direction = gate.metrics[metric], direction_of(metric, gate) or Direction.up
    measured = measure(metric, direction, gate.confidence, evidence)
    for rule, limit in set_rules(rules):
        check = blank(metric, rule, rules.severity)
        if isinstance(measured, Unavailable):
            yield unavailable(check, measured)
            continue
        check = with_numbers(check, measured, gate.confidence)
        if isinstance(limit, NonInferior):
            yield _non_inferior(msgspec.structs.replace(check, margin=limit.margin), measured, evidence.unchanged)
        elif isinstance(limit, Change):
            beside = rules.min is not None or rules.max is not None
            yield _change(msgspec.structs.replace(check, method=POINT), limit, measured.compared, beside)
        else:
            yield _level(msgspec.structs.replace(check, method=POINT), limit, measured.candidate)


def calibration_checks(gate: Gate, evidence: Evidence) -> Iterator[Check]:
    """The check of the expected calibration error, judged on its point."""
    rules = gate.calibration.ece
    if rules is None:
        return
    check = blank("ece", Rule.max, rules.severity)
    measured = measure(ece_name(rules.bins), Direction.down, gate.confidence, evidence)
    if isinstance(measured, Unavailable):
        yield unavailable(check, measured)
        return
    check = with_numbers(check, measured, gate.confidence)
    yield _level(msgspec.structs.replace(check, method=POINT), rules.max, measured.candidate)


def _level(check: Check, limit: float, value: float) -> Check:
    shown, bound = told_apart(value, limit)
    lowest = check.rule == Rule.min
    good = value >= limit if lowest else value <= limit
    if good:
        side = "at least" if lowest else "at most"
        return settled(check, Status.passed, f"{check.metric} is {shown}, and has to be {side} {bound}.")
    side = "below the minimum" if lowest else "above the maximum"
    return settled(check, Status.failed, f"{check.metric} is {shown}, {side} of {bound}.")


def _change(check: Check, limit: Change, against: Compared | Unavailable, beside: bool) -> Check:
    """Judged exactly on the numbers as they are written, so that 0.95 → 0.94 is a drop of 0.01 and not a hair more.

    `beside`: whether an absolute rule stands beside it, which then judges alone where the baseline was 0.
    """
    if isinstance(against, Unavailable):
        return unavailable(check, against)
    before, after = Fraction(repr(against.baseline)), Fraction(repr(check.candidate))
    size = before - after if check.rule == Rule.max_drop else after - before
    if limit.unit is Unit.relative:
        if before == 0:
            why = f"{check.metric} was 0 in the baseline, so a change in percent means nothing"
            if beside:
                return unavailable(check, Unavailable(why=why, skip=Skip.no_method))
            return settled(check, Status.error, f"{why}.")
        size /= abs(before)
    return _within(check, limit, size, moved(check.metric, against.baseline, float(after)))


def _within(check: Check, limit: Change, size: Fraction, went: str) -> Check:
    """`size` is positive in the direction that is limited; `went` says in words how the metric moved."""
    good = size <= Fraction(repr(limit.value))
    scale, sign = (100, " %") if limit.unit is Unit.relative else (1, "")
    sizes = [_finite(exact * scale) for exact in (size, Fraction(repr(limit.value)))]
    if None in sizes:
        return settled(check, Status.error, f"{went}; that change is too large to be a number.")
    shown, allowed = told_apart(*(value for value in sizes if value is not None))
    what = "drop" if check.rule == Rule.max_drop else "rise"
    if size <= 0:
        return settled(check, Status.passed, f"{went}; a {what} of {allowed}{sign} is allowed.")
    end = f"; up to {allowed}{sign} is allowed." if good else f", and only {allowed}{sign} is allowed."
    return settled(check, Status.passed if good else Status.failed, f"{went}, a {what} of {shown}{sign}{end}")


def _finite(exact: Fraction) -> float | None:
    try:
        return float(exact)
    except OverflowError:
        return None


def _non_inferior(check: Check, measured: Measured, unchanged: bool) -> Check:
    against = measured.compared
    if unchanged and may_be_identical(measured):
        return identical(check)
    if measured.n is None:
        why = "the run reports this number itself, and how sure it is can't be computed from it"
        return unavailable(check, Unavailable(why=why, skip=Skip.no_method))
    if isinstance(against, Unavailable):
        return unavailable(check, against)
    return _interval(check, against, measured.unit)


def _interval(check: Check, against: Compared, unit: str) -> Check:
    """Pass when the lower bound lies above −margin, fail when the upper one lies below it."""
    margin, low, high = check.margin or 0.0, against.low, against.high
    confidence, n = check.confidence or 0.0, check.n or 0
    went = moved(check.metric, against.baseline, check.candidate or 0.0)
    rows = needed(against, n, margin, confidence)
    if low is None or high is None or against.doubt:
        return _open(check, f"Not proven either way: {went}; {against.doubt}.", rows)
    if low > -margin:
        notes = [Note.improved] if low > 0 else [Note.regressed] if high < 0 else []
        why = f"{went}; {at_worst(low, confidence)}{'' if low > 0 else f', and {margin:.4g} is allowed'}."
        return settled(check, Status.passed, why, *notes)
    if high < -margin:
        why = f"{went}; {at_best(high, confidence)}, and only {margin:.4g} is allowed."
        return settled(check, Status.failed, why)
    if high < 0:
        why = (
            f"Worse, but not proven to be worse by more than the allowed {margin:.4g}: {went}, and "
            f"{at_best(high, confidence)}, yet it may be {abs(low):.3g} worse; {number_of_rows(n, unit)} can't tell."
        )
        return _open(check, why, rows)
    why = (
        f"Not proven either way: {went}, and {at_worst(low, confidence)}, where {margin:.4g} is allowed; "
        f"{rows_clause(rows, n, unit)}."
    )
    return _open(check, why, rows)


def _open(check: Check, why: str, rows: int | None) -> Check:
    return settled(msgspec.structs.replace(check, n_needed=rows), Status.inconclusive, why)

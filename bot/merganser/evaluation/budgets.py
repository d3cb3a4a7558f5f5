"""Budgets: what a model may cost, and how far that may rise above the baseline. Pure.

A quantile of latencies is judged on its bounds, every other cost on the number that the run has.
"""

import math
import re
from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

import msgspec

from merganser.config import LATENCY_BUDGET, Change, Gate, Unit
from merganser.evaluation.evidence import Unavailable
from merganser.evaluation.outcomes import Rule, blank, settled, unavailable
from merganser.evaluation.rollup import Skip
from merganser.evaluation.verdict import Check, Status
from merganser.evaluation.wording import moved, percent, told_apart

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from merganser.evaluation.statistics.quantiles import Quantile

POINT = "point"
ORDER_STATISTICS = "order statistics"
MOVER = "mover"


class Costs(msgspec.Struct, frozen=True, kw_only=True):
    """What a run cost: numbers by name, and its latencies in milliseconds, None where it measured none."""

    values: dict[str, float]
    latencies: "NDArray[np.float64] | None" = None


class _Cost(msgspec.Struct, frozen=True, kw_only=True):
    """One cost; of latencies the `quantile` that `point` is, with its bounds."""

    point: float
    quantile: "Quantile | None" = None


def budget_checks(gate: Gate, candidate: Costs, baseline: Costs | Unavailable | None) -> list[Check]:
    """One check for each rule of each budget. How far a cost rose is judged where there is a `baseline`, not the reason
    why there is none."""
    return [check for name in gate.budgets for check in _checks(name, gate, candidate, baseline)]


def _checks(name: str, gate: Gate, candidate: Costs, baseline: Costs | Unavailable | None) -> Iterator[Check]:
    rules = gate.budgets[name]
    cost = _cost(name, candidate, gate.confidence)
    for rule, limit in ((Rule.max, rules.max), (Rule.rise, rules.rise)):
        if limit is None:
            continue
        check = blank(name, rule, rules.severity)
        if isinstance(cost, Unavailable):
            yield unavailable(check, Unavailable(why=f"the candidate {cost.why}"))
            continue
        check = _with_cost(check, cost, gate.confidence)
        if isinstance(limit, Change):
            before = _before(name, baseline, gate.confidence)
            yield (
                unavailable(check, before)
                if isinstance(before, Unavailable)
                else _rise(check, limit, before, cost, rules.max is not None)
            )
        else:
            yield _level(check, limit, cost)


def _cost(name: str, costs: Costs, confidence: float) -> _Cost | Unavailable:
    """A cost, or what the run lacks, as a clause without its subject."""
    latency = re.fullmatch(LATENCY_BUDGET, name)
    if latency is None:
        value = costs.values.get(name)
        if value is None:
            return Unavailable(why="has no such number among its budgets and metrics")
        return _Cost(point=value) if math.isfinite(value) else Unavailable(why=f"says {value}, which is no number")

    from merganser.evaluation.statistics.quantiles import quantile

    if costs.latencies is None or not len(costs.latencies):
        return Unavailable(why="has no latencies")
    found = quantile(costs.latencies, float(Fraction(latency[1]) / 100), confidence)
    return _Cost(point=found.point, quantile=found)


def _before(name: str, baseline: Costs | Unavailable | None, confidence: float) -> _Cost | Unavailable:
    if baseline is None:
        return Unavailable(why="there is no run whose cost it could rise above", skip=Skip.no_baseline)
    if isinstance(baseline, Unavailable):
        return baseline
    cost = _cost(name, baseline, confidence)
    return Unavailable(why=f"the baseline {cost.why}") if isinstance(cost, Unavailable) else cost


def _with_cost(check: Check, cost: _Cost, confidence: float) -> Check:
    """The check with the cost itself and its own bounds; a rise has those of the change in their place."""
    if cost.quantile is None:
        return msgspec.structs.replace(check, candidate=cost.point, method=POINT)
    found = cost.quantile
    return msgspec.structs.replace(
        check,
        candidate=found.point,
        low=found.low,
        high=found.high,
        confidence=confidence,
        n=found.n,
        method=ORDER_STATISTICS,
    )


def _level(check: Check, limit: float, cost: _Cost) -> Check:
    shown, allowed = told_apart(cost.point, limit)
    if cost.quantile is None:
        if cost.point <= limit:
            return settled(check, Status.passed, f"{check.metric} is {shown}, and has to be at most {allowed}.")
        return settled(check, Status.failed, f"{check.metric} is {shown}, above the maximum of {allowed}.")
    low, high, n = cost.quantile.low, cost.quantile.high, cost.quantile.n
    measured = "1 latency" if n == 1 else f"{n:,} latencies"
    went = f"{check.metric} is {shown} over {measured}; {_between(low, high, check)}"
    if high is not None and high <= limit:
        return settled(check, Status.passed, f"{went}, and {allowed} is allowed.")
    if low is not None and low > limit:
        return settled(check, Status.failed, f"{went}, and only {allowed} is allowed.")
    return settled(check, Status.inconclusive, f"Not proven either way: {went}, and {allowed} is allowed.")


def _between(low: float | None, high: float | None, check: Check) -> str:
    """What the bounds say, as a clause."""
    ends = [f"at {side} {end:.4g}" for side, end in (("least", low), ("most", high)) if end is not None]
    if not ends:
        return "they are too few to bound it"
    return f"with {_sure(check)} it is {' and '.join(ends)}"


def _sure(check: Check) -> str:
    return f"{percent(check.confidence or 0.0)} confidence"


def _rise(check: Check, limit: Change, before: _Cost, after: _Cost, beside: bool) -> Check:
    """As of a metric that is better when it is low: what rose is a negative change.

    `beside`: whether a maximum stands beside it, which then judges alone where the baseline was 0.
    """
    bare = msgspec.structs.replace(check, baseline=before.point, delta=before.point - after.point, low=None, high=None)
    if limit.unit is Unit.relative and before.point <= 0:
        why = f"{check.metric} was {before.point:g} in the baseline, so a rise in percent means nothing"
        if beside:
            return unavailable(bare, Unavailable(why=why, skip=Skip.no_method))
        return settled(bare, Status.error, f"{why}.")
    if before.quantile is None or after.quantile is None:
        return _point_rise(bare, limit)
    return _quantile_rise(bare, limit, before.quantile, after.quantile)


def _point_rise(check: Check, limit: Change) -> Check:
    """Exactly on the numbers as they are written, so that 0.9 → 1.0 is a rise of 0.1 and not a hair more."""
    before, after, most = (Fraction(repr(value)) for value in (check.baseline, check.candidate, limit.value))
    if after - before <= (most * before if limit.unit is Unit.relative else most):
        return settled(check, Status.passed, f"{_went(check)}; a rise of {_allowed(limit)} is allowed.")
    return settled(check, Status.failed, f"{_went(check)}, and only a rise of {_allowed(limit)} is allowed.")


def _quantile_rise(check: Check, limit: Change, before: "Quantile", after: "Quantile") -> Check:
    """By the bounds of candidate − (1 + r) · baseline, which a rise of r or less keeps at 0 or below."""
    from merganser.evaluation.statistics.quantiles import rise

    low, high = rise(after, before, 1.0)
    better = {"low": None if high is None else -high, "high": None if low is None else -low}
    check = msgspec.structs.replace(check, method=MOVER, **better)
    most = limit.value
    if limit.unit is Unit.relative:
        (low, high), most = rise(after, before, 1.0 + limit.value), 0.0
    if high is not None and high <= most:
        why = f"{_went(check)}; with {_sure(check)} that is within the allowed rise of {_allowed(limit)}."
        return settled(check, Status.passed, why)
    if low is not None and low > most:
        why = f"{_went(check)}; with {_sure(check)} that is more than the allowed rise of {_allowed(limit)}."
        return settled(check, Status.failed, why)
    why = f"{_went(check)}, which may be within the allowed rise of {_allowed(limit)} or above it"
    return settled(check, Status.inconclusive, f"Not proven either way: {why}, at {_sure(check)}.")


def _went(check: Check) -> str:
    return moved(check.metric, check.baseline or 0.0, check.candidate or 0.0)


def _allowed(limit: Change) -> str:
    return percent(limit.value) if limit.unit is Unit.relative else f"{limit.value:.4g}"

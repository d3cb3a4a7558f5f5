"""Budgets: what a model may cost, and how far that may rise above the baseline. Pure.

A quantile of latencies is judged on its bounds, every other cost on the number that the run has.
"""

import math
import re
from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

import msgspec

from merganser.config import LATENCY_BUDGET, Change, Gate, Severity, Unit
from merganser.evaluation.evidence import Unavailable
from merganser.evaluation.outcomes import Rule, blank, settled, unavailable
from merganser.evaluation.rollup import Skip
from merganser.evaluation.verdict import Check, Status
from merganser.evaluation.wording import moved, percent, told_apart
from merganser.run import Run

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from merganser.evaluation.statistics.quantiles import Quantile

POINT = "point"
ORDER = "order statistics"
MOVER = "mover"


class Costs(msgspec.Struct, frozen=True, kw_only=True):
    """What a run cost: numbers by name, and its latencies in milliseconds, None where it measured none."""

    values: dict[str, float]
    latencies: "NDArray[np.float64] | None" = None


class _Budget(msgspec.Struct, frozen=True, kw_only=True):
    """One cost of both sides, with the confidence that bounds have."""

    candidate: "Quantile | float"
    baseline: "Quantile | float | Unavailable"
    confidence: float


def costs_of(run: Run, latencies: "NDArray[np.float64] | None") -> Costs:
    """A run's costs: its budgets, and what it reports itself under another name."""
    measured = {name: value for name, value in run.budgets.items() if isinstance(value, int | float)}
    return Costs(values={**run.metrics, **measured}, latencies=latencies)


def budget_checks(gate: Gate, candidate: Costs, baseline: Costs | Unavailable | None) -> list[Check]:
    """One check for each rule of each budget; without a baseline, or with the reason why not, none may rise."""
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
        elif isinstance(limit, Change):
            budget = _Budget(candidate=cost, baseline=_before(name, baseline, gate), confidence=gate.confidence)
            yield _rise(check, limit, budget)
        elif isinstance(cost, float):
            yield _level(msgspec.structs.replace(check, candidate=cost, method=POINT), limit)
        else:
            yield _quantile_level(_with_bounds(check, cost, gate.confidence), limit, cost)


def _cost(name: str, costs: Costs, confidence: float) -> "Quantile | float | Unavailable":
    latency = re.fullmatch(LATENCY_BUDGET, name)
    if latency is None:
        value = costs.values.get(name)
        if value is None:
            return Unavailable(why=f"has no {name}, neither among its budgets nor among its metrics")
        return value if math.isfinite(value) else Unavailable(why=f"has {value} as {name}, which is no number to judge")

    from merganser.evaluation.statistics.quantiles import quantile

    if costs.latencies is None or not len(costs.latencies):
        return Unavailable(why="has no latencies")
    return quantile(costs.latencies, float(Fraction(latency[1]) / 100), confidence)


def _before(name: str, baseline: Costs | Unavailable | None, gate: Gate) -> "Quantile | float | Unavailable":
    if baseline is None:
        return Unavailable(why="there is no baseline whose cost it could have risen from", skip=Skip.no_baseline)
    if isinstance(baseline, Unavailable):
        return baseline
    cost = _cost(name, baseline, gate.confidence)
    return Unavailable(why=f"the baseline {cost.why}") if isinstance(cost, Unavailable) else cost


def _with_bounds(check: Check, cost: "Quantile", confidence: float) -> Check:
    return msgspec.structs.replace(
        check, candidate=cost.point, low=cost.low, high=cost.high, confidence=confidence, n=cost.n, method=ORDER
    )


def _level(check: Check, limit: float) -> Check:
    value = check.candidate or 0.0
    shown, allowed = told_apart(value, limit)
    if value <= limit:
        return settled(check, Status.passed, f"{check.metric} is {shown}, and has to be at most {allowed}.")
    return settled(check, Status.failed, f"{check.metric} is {shown}, above the maximum of {allowed}.")


def _quantile_level(check: Check, limit: float, cost: "Quantile") -> Check:
    sure = f"with {percent(check.confidence or 0.0)} confidence it is"
    shown, allowed = told_apart(cost.point, limit)
    went = f"{check.metric} is {shown} over {cost.n:,} latencies"
    if cost.high is not None and cost.high <= limit:
        why = f"{went}, and {sure} at most {cost.high:.4g}, where {allowed} is allowed."
        return settled(check, Status.passed, why)
    if cost.low is not None and cost.low > limit:
        return settled(check, Status.failed, f"{went}; {sure} at least {cost.low:.4g}, and only {allowed} is allowed.")
    ends = [f"{bound} {end:.4g}" for bound, end in (("at least", cost.low), ("at most", cost.high)) if end is not None]
    why = f"Not proven either way: {went}; {sure} {' and '.join(ends) or 'open'}, where {allowed} is allowed."
    return settled(check, Status.inconclusive, why)


def _rise(check: Check, limit: Change, budget: _Budget) -> Check:
    before, after = budget.baseline, budget.candidate
    if isinstance(before, Unavailable):
        return unavailable(check, before)
    if isinstance(before, float) or isinstance(after, float):
        return _point_rise(check, limit, float(before), float(after))
    return _quantile_rise(check, limit, (before, after), budget.confidence)

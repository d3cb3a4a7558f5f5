"""Smooth functions of totals (RMSE, R², a ratio of sums) and how sure they are, by the delta method. Pure.

Units are rows, or clusters of rows whose columns are sums over their rows: the same formulas serve both. The first
column is always the weight (1 for a row without one).
"""

import math
from collections.abc import Sequence

import msgspec
import numpy as np

from merganser.evaluation.estimate import Estimate, Sampled
from merganser.evaluation.statistics.moments import Moments

LEAST_UNITS = 30
ROUNDING = 1e-13  # relative size under which a sum of floats says nothing
_SUMMED = 1e-9  # how far apart two orders of adding the same floats may end, with much room


Values = tuple[float, float, float]  # candidate, baseline, difference


class Undefined(ValueError):
    """A metric has no value for these rows; the message is the clause that says why."""


class Units(msgspec.Struct, frozen=True, kw_only=True):
    """What the moments are of: `rows` of them, or clusters that have `rows` together."""

    rows: int
    clustered: bool = False


def rmse_estimate(found: Moments, units: Units, largest_error: float) -> Estimate:
    """Root mean squared error from columns (w, w·e_c², w·e_b²), the sides' errors e being of the labels' unit.

    A row's term of candidate − baseline is e_c²/(2R_c) − e_b²/(2R_b), each side with its own R; one without any error
    has no term. No row's error is taken to be larger than `largest_error` where none shows how much they vary.
    """
    weight = total_weight(found)
    candidate, baseline = (math.sqrt(mean / found.mean[0]) for mean in found.mean[1:])
    by_candidate, by_baseline = (1 / (2 * side * weight) if side else 0.0 for side in (candidate, baseline))
    gradient = ((baseline - candidate) / (2 * weight), by_candidate, -by_baseline)
    worst = max(candidate, baseline)
    reach = found.n * (math.hypot(worst, largest_error / math.sqrt(found.n)) - worst)
    values = (candidate, baseline, candidate - baseline)
    return estimate_of(found, units, values, linear_spread(found, units, gradient, values, reach))


def r2_estimate(found: Moments, units: Units, largest_error: float) -> Estimate:
    """R² from columns (w, w·e_c², w·e_b², w·y, w·y²), y the label less a constant near the labels' mean.

    `Undefined` where all labels are the same. `largest_error` as for RMSE.
    """
    weight = total_weight(found)
    errors_c, errors_b, labels, squares = (found.n * float(mean) for mean in found.mean[1:])
    scatter = squares - labels * labels / weight
    if scatter <= ROUNDING * squares:
        raise Undefined("all labels are the same, and R² compares with how much they differ")
    difference = (errors_b - errors_c) / scatter
    by_scatter = -difference / scatter
    mean = labels / weight
    gradient = (by_scatter * mean * mean, -1 / scatter, 1 / scatter, -2 * by_scatter * mean, by_scatter)
    values = (1 - errors_c / scatter, 1 - errors_b / scatter, difference)
    spread = linear_spread(found, units, gradient, values, found.n * largest_error**2 / scatter)
    return estimate_of(found, units, values, spread)


def linear_spread(found: Moments, units: Units, gradient: Sequence[float], values: Values, reach: float) -> Sampled:
    """The spread of a function of totals, from its `gradient` (k) by them.

    The function has to stay as it is when all totals are multiplied: then the terms of the units, gradient · totals of
    one, add up to 0. Variance: n/(n − 1) · Σ term² (Binder 1983, Int. Statist. Rev. 51:279), n − 1 degrees of freedom.
    Terms that are nothing but rounding have no variance, and `reach` decides.
    """
    candidate, baseline, difference = values
    return Sampled(
        difference=difference,
        error=_error(found, gradient, abs(candidate) + abs(baseline)),
        units=found.n,
        method="cluster" if units.clustered else "delta",
        df=max(found.n - 1, 1),
        reach=reach * found.n / effective_units(found),
    )


def estimate_of(found: Moments, units: Units, values: Values, spread: Sampled) -> Estimate:
    candidate, baseline, _ = values
    doubt, doubt_rows = doubt_about(found.n, effective_units(found), units)
    return Estimate(
        candidate=candidate, baseline=baseline, n=units.rows, spread=spread, doubt=doubt, doubt_rows=doubt_rows
    )


def effective_units(found: Moments) -> float:
    """(Σw)²/Σw² over the units (Kish 1965): all of them where they weigh the same, fewer where some dominate."""
    return found.n / (1 + float(found.second[0, 0]) / (found.n * float(found.mean[0]) ** 2))


def equally_weighted(n: int, effective: float) -> bool:
    return effective > n * (1 - ROUNDING)


def doubt_about(n: int, effective: float, units: Units) -> tuple[str, int | None]:
    """Why `n` units that count as `effective` can't be relied on, as a clause, and the rows that would end that."""
    least = LEAST_UNITS if units.clustered or not equally_weighted(n, effective) else 2
    effective = _settled(effective)
    if effective >= least:
        return "", None
    of_what = "clusters" if units.clustered else "rows"
    clause = f"{least} {of_what} are needed, and these count as {math.floor(effective)}"
    return clause, math.ceil(_settled(units.rows * least / effective))


def _settled(number: float) -> float:
    """The whole number, where only rounding keeps a sum from it: which parts rows came in must not decide."""
    whole = round(number)
    return float(whole) if math.isclose(number, whole, rel_tol=_SUMMED) else number


def total_weight(found: Moments) -> float:
    """Σw; `Undefined` where it is 0, or where the columns' numbers are too large for their squares and cubes."""
    if not (np.isfinite(found.second).all() and np.isfinite(found.third).all()):
        raise Undefined("the rows hold numbers too large to compute with")
    weight = found.n * float(found.mean[0])
    if weight <= 0:
        raise Undefined("the rows have no weight")
    return weight


def _error(found: Moments, gradient: Sequence[float], size: float) -> float:
    """The standard error of a difference of numbers of this `size`; exactly added up, so that swapped sides have the
    same to the bit.
    """
    if found.n < 2:
        return 0.0
    slopes = list(enumerate(gradient))
    terms = [one * other * float(found.second[i, j]) for i, one in slopes for j, other in slopes]
    squares = math.fsum(terms)
    rounding = ROUNDING * math.fsum(map(abs, terms)) + (ROUNDING * size) ** 2 / found.n
    return math.sqrt(squares * found.n / (found.n - 1)) if squares > rounding else 0.0

"""How far a change may lie from what was seen: bounds, p-values and rows needed, whatever the spread. Pure numbers.

Differences are candidate − baseline. Two sides swapped have bounds swapped and negated, to the bit.
"""

import math
from bisect import bisect_right
from statistics import NormalDist, median, pvariance

import msgspec

from merganser.evaluation.estimate import Discordant, Estimate, Resampled, Sampled, Spread
from merganser.evaluation.statistics.rates import LEAST_MARGIN, POWER, required_rows, tango_interval, tango_p

TAIL_REPLICATES = 20  # fewer beyond a bound would make it a matter of luck
FAR = 1e9  # in standard errors, where every distribution has ended


def bounds(spread: Spread, confidence: float) -> tuple[float, float]:
    """One-sided lower and upper bound of the difference, each at `confidence`.

    Counts have Tango's. Sampled ones Student's t or the normal distribution, corrected for skewness (Hall 1992, J. R.
    Statist. Soc. B 54:221); without any error the bound of what no row of `units` showed, which is Tango's for
    b = c = 0. Replicates have percentiles: at 1,000 rows Matthews' coefficient passed wrongly in 5.2 % (5.7 % with a
    rare class) by them, in 5.1 % (5.6 %) by the "basic" bounds, whose upper one was the further from its own 5 %.
    """
    if isinstance(spread, Discordant):
        return tango_interval(spread.b, spread.c, spread.n, confidence)
    if isinstance(spread, Resampled):
        mirrored = [-value for value in spread.replicates]
        return _percentile(spread.replicates, 1 - confidence), -_percentile(mirrored, 1 - confidence)
    if spread.error == 0:
        half = _unseen(spread, NormalDist().inv_cdf(confidence))
        return spread.difference - half, spread.difference + half
    quantile, bend = _quantile(confidence, spread.df), _bend(spread)
    return (
        spread.difference - spread.error * _unbent(quantile, bend),
        spread.difference - spread.error * _unbent(-quantile, bend),
    )


def p_not_worse(spread: Spread, margin: float) -> float:
    """One-sided p of the hypothesis that the difference is −margin or better; small where it is proven worse.

    It is at or under 1 − confidence where the upper bound at that confidence lies below −margin.
    """
    if isinstance(spread, Discordant):
        return tango_p(spread.b, spread.c, spread.n, margin)
    if isinstance(spread, Resampled):
        return _percentile_p([-value for value in spread.replicates], margin)
    distance = spread.difference + margin
    if spread.error == 0:
        return NormalDist().cdf(_unseen_score(spread, distance))
    score = max(-FAR, min(FAR, distance / spread.error))
    return _probability(_bent(score, _bend(spread)), spread.df)


def rows_needed(spread: Spread, rows: int, margin: float, confidence: float) -> int | None:
    """Rows by which two equal models would be proven to be within `margin` four times out of five, if any would.

    `rows` are those behind `spread`; more rows are taken to come with as many more units.
    """
    if isinstance(spread, Discordant):
        return required_rows((spread.b + spread.c) / spread.n, margin, confidence)
    if margin < LEAST_MARGIN:
        return None
    z = NormalDist().inv_cdf(confidence)
    if isinstance(spread, Sampled) and spread.error == 0:
        return math.ceil(z * z * max(spread.reach / margin - 1, 0.0) * rows / spread.units)
    variance = spread.error**2 if isinstance(spread, Sampled) else pvariance(spread.replicates)
    return math.ceil(((z + NormalDist().inv_cdf(POWER)) / margin) ** 2 * variance * rows)


def flipped(estimate: Estimate) -> Estimate:
    """The estimate with its difference as baseline − candidate, for metrics where lower is better."""
    return msgspec.structs.replace(estimate, spread=_negated(estimate.spread))


def _negated(spread: Spread) -> Spread:
    """Subtracted from 0.0, so that no change stays 0 and does not become −0."""
    if isinstance(spread, Discordant):
        return msgspec.structs.replace(spread, b=spread.c, c=spread.b)
    difference = 0.0 - spread.difference
    if isinstance(spread, Resampled):
        replicates = tuple(0.0 - value for value in spread.replicates)
        return msgspec.structs.replace(spread, difference=difference, replicates=replicates)
    return msgspec.structs.replace(spread, difference=difference, skewness=0.0 - spread.skewness)


def _quantile(confidence: float, df: int | None) -> float:
    from scipy.special import stdtrit  # type: ignore[import-untyped]

    return NormalDist().inv_cdf(confidence) if df is None else float(stdtrit(df, confidence))


def _probability(score: float, df: int | None) -> float:
    from scipy.special import stdtr

    return NormalDist().cdf(score) if df is None else float(stdtr(df, score))


def _bend(spread: Sampled) -> float:
    return spread.skewness / (3 * math.sqrt(spread.units))


def _bent(score: float, bend: float) -> float:
    """Hall's cubic transformation of a studentised difference: as good as symmetric, and rising everywhere."""
    return score * (1 + bend * score * (1 + bend * score / 3)) + bend / 2


def _unbent(score: float, bend: float) -> float:
    """The inverse of `_bent`, written without a division by `bend`, which may be 0."""
    moved = score - bend / 2
    root = math.cbrt(1 + 3 * bend * moved)
    return 3 * moved / (root * root + root + 1)


def _unseen(spread: Sampled, z: float) -> float:
    return spread.reach * z * z / (spread.units + z * z)


def _unseen_score(spread: Sampled, distance: float) -> float:
    """The z whose `_unseen` is `distance`, with its sign."""
    size = abs(distance)
    if size >= spread.reach:
        return math.copysign(math.inf, distance) if distance else 0.0
    return math.copysign(math.sqrt(spread.units * size / (spread.reach - size)), distance)


def _percentile(replicates: tuple[float, ...] | list[float], level: float) -> float:
    """The replicate with a share `level` at or below it; beyond the outermost ones the normal tail that goes on there.

    So an adjusted level that the replicates are too few for still has a bound, and a p-value below 1/(B + 1).
    """
    ordered, outermost = sorted(replicates), _outermost(len(replicates))
    rank = math.floor(level * (len(ordered) + 1))
    if rank >= outermost:
        return ordered[rank - 1]
    middle, normal = median(ordered), NormalDist()
    stretch = normal.inv_cdf(level) / normal.inv_cdf(outermost / (len(ordered) + 1))
    return middle + (ordered[outermost - 1] - middle) * stretch


def _percentile_p(replicates: list[float], value: float) -> float:
    """The level at which `_percentile` comes to lie above `value`."""
    ordered, outermost = sorted(replicates), _outermost(len(replicates))
    if value >= ordered[outermost - 1]:
        return (1 + bisect_right(ordered, value)) / (len(ordered) + 1)
    middle, normal = median(ordered), NormalDist()
    width = middle - ordered[outermost - 1]
    return normal.cdf(normal.inv_cdf(outermost / (len(ordered) + 1)) * (middle - value) / width) if width else 0.0


def _outermost(replicates: int) -> int:
    """The rank of the last replicate, from either end, that counts as more than luck."""
    return min(TAIL_REPLICATES, (replicates + 1) // 4)

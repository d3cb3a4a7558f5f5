"""The ratio of two independent proportions. Numbers in, numbers out."""

import math
from statistics import NormalDist

import msgspec


class Ratio(msgspec.Struct, frozen=True, kw_only=True):
    """A ratio of proportions with its one-sided bounds; `high` is None where nothing bounds it."""

    point: float
    low: float
    high: float | None


def ratio(hits: int, n: int, other_hits: int, other_n: int, confidence: float) -> Ratio:
    """hits/n over other_hits/other_n (both n at least 1), bounds each at `confidence`, symmetric in the logarithm (Katz
    et al. 1978, Biometrics 34:469).

    A proportion of 0 or 1 would seem to vary too little or not at all: for the bounds both then get z²/2 hits and as
    many misses (as one proportion does in Agresti & Coull 1998, Am. Stat. 52:119), and the point stays within. No hits
    leave 0 as lower bound, no other hits no upper one; without any on both sides the ratio is 1, without the other's
    alone that of the counts with those added.
    """
    z = NormalDist().inv_cdf(confidence)
    extreme = hits in (0, n) or other_hits in (0, other_n)
    logarithm, error = _logarithm(hits, n, other_hits, other_n, z * z / 2 if extreme else 0.0)
    low, high = math.exp(logarithm - z * error), math.exp(logarithm + z * error)
    if not other_hits:
        return Ratio(point=math.exp(logarithm) if hits else 1.0, low=low if hits else 0.0, high=None)
    point = hits * other_n / (n * other_hits)
    return Ratio(point=point, low=min(low, point), high=max(high, point))


def _logarithm(hits: int, n: int, other_hits: int, other_n: int, added: float) -> tuple[float, float]:
    """The logarithm of the ratio and its standard error, with `added` hits and misses on each side."""
    one, of_one, other, of_other = hits + added, n + 2 * added, other_hits + added, other_n + 2 * added
    variance = 1 / one - 1 / of_one + 1 / other - 1 / of_other
    return math.log(one * of_other / (of_one * other)), math.sqrt(variance)

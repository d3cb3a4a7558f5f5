"""A quantile of independent numbers and how much it may have risen, without any assumption about their shape. Pure."""

import math
from bisect import bisect_left, bisect_right

import msgspec
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Quantile(msgspec.Struct, frozen=True, kw_only=True):
    """The quantile of `n` numbers with its one-sided bounds; None where so few numbers leave that side open."""

    point: float
    low: float | None
    high: float | None
    n: int


def quantile(values: Floats, share: float, confidence: float) -> Quantile:
    """The `share` quantile (0 < share < 1) of one or more numbers, interpolated as numpy does, each bound one of them.

    The bounds are the order statistics beyond which the true quantile lies with a binomial probability of at most
    1 − confidence (David & Nagaraja 2003, Order Statistics, 7.1).
    """
    ordered, n = np.sort(values), len(values)
    below, above = _ranks(n, share, confidence)
    return Quantile(
        point=float(np.quantile(ordered, share)),
        low=float(ordered[below - 1]) if below else None,
        high=float(ordered[above - 1]) if above <= n else None,
        n=n,
    )


def rise(candidate: Quantile, baseline: Quantile, factor: float) -> tuple[float | None, float | None]:
    """One-sided bounds of candidate − `factor` · baseline, two independent quantiles; None where one of theirs is open.

    By MOVER: the distances to the bounds of both add up like standard errors (Zou & Donner 2008, Statist. Med.
    27:1693).
    """
    difference = candidate.point - factor * baseline.point
    fall, climb = (
        None if one is None or other is None else math.hypot(one - candidate.point, factor * (other - baseline.point))
        for one, other in ((candidate.low, baseline.high), (candidate.high, baseline.low))
    )
    return None if fall is None else difference - fall, None if climb is None else difference + climb


def _ranks(n: int, share: float, confidence: float) -> tuple[int, int]:
    """The ranks, from 1, of the lower and the upper bound; 0 and n + 1 where there is none."""
    from scipy.special import bdtr  # type: ignore[import-untyped]

    def at_most(k: int) -> float:
        """The probability that no more than `k` of the numbers lie below the quantile."""
        return float(bdtr(k, n, share))

    below = bisect_right(range(n), 1 - confidence, key=at_most)
    return below, bisect_left(range(n), confidence, key=at_most) + 1

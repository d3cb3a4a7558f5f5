"""How likely a distance between two samples' distribution functions is by chance. Numbers in, p out."""

import math
from typing import Final

import numpy as np

_LARGEST_LOG: Final = 700.0  # e^700 is still a number
_MOST_STEPS: Final = 5_000_000
_MOST_TERMS: Final = 5_000


def two_sample_p(distance: float, n: int, m: int) -> float:
    """p of a largest distance `distance` or more between samples of `n` and `m` rows of one continuous distribution.

    Exact (Hodges 1958, Arkiv för Matematik 3:469) for small samples, else the distribution of one sample of
    n·m / (n + m) rows. Where values are tied, the true p is smaller.
    """
    if distance <= 0:
        return 1.0
    paths = math.lgamma(n + m + 1) - math.lgamma(n + 1) - math.lgamma(m + 1)
    if paths < _LARGEST_LOG and n * m <= _MOST_STEPS:
        return _exact_p(distance, min(n, m), max(n, m))
    return min(1.0, max(0.0, one_sample_p(distance, round(n * m / (n + m)))))


def one_sample_p(distance: float, n: int) -> float:
    """p of a largest distance `distance` > 0 or more between `n` rows, many of them, and the distribution they are of.

    Near the middle the expansion of Pelz & Good (1976, J. R. Statist. Soc. B 38:152) as sums over theta functions; in
    the tail twice the one-sided p, exactly for few rows, else by its own expansion, taken as an exponent.
    """
    from scipy.special import smirnov  # type: ignore[import-untyped]

    square = n * distance * distance
    if square < 2.2:
        return _expansion(square, n)
    if n <= _MOST_TERMS:
        return 2 * float(smirnov(n, distance))
    correction = 2 * distance / 3 + 4 * distance**2 * (square - 1) / 9 + distance**3 * (17.6 - 7.2 / square) / 81
    return 2 * math.exp(-2 * square - correction)


def _expansion(square: float, n: int) -> float:
    k = np.arange(1, 60, dtype=np.float64)
    odd = k % 2
    u, f, g = k * k * square, k * k - odd, 5 * k * k + 22 - 15 * odd
    factor = 1 - 2 * k * k * math.sqrt(square / n) / 3
    factor -= (f - 4 * (f + 3) * u + 8 * u * u) / (18 * n)
    factor += k * k * math.sqrt(square / n) / (27 * n) * (g / 5 - 4 * (g + 45) * u / 15 + 8 * u * u)
    return float(2 * np.sum((2 * odd - 1) * np.exp(-2 * u) * factor))


def _exact_p(distance: float, n: int, m: int) -> float:
    """One minus the share of the ways to merge both samples on which they never come that far apart; n ≤ m.

    After i of n and j of m rows the distance is |i·m − j·n| / (n·m): whole numbers that are counted, never rounded.
    """
    least = math.ceil(distance * n * m - 1e-6)
    ways = np.zeros(m + 1)
    ways[: max(0, -(-least // n))] = 1.0  # i = 0: j·n < least
    for i in range(1, n + 1):
        low = max(0, (i * m - least) // n + 1)
        high = min(m, -(-(i * m + least) // n) - 1)
        ways[low : high + 1] = np.cumsum(ways[low : high + 1])
        ways[:low] = 0.0
    return max(0.0, 1.0 - float(ways[m]) / math.comb(n + m, n))

"""Paired per-row 0/1 metrics: interval, p-values and rows needed, from discordant counts. Numbers in, numbers out.

`b` counts the rows that only the baseline has right, `c` those that only the candidate has right, of `n` rows;
the change is (c − b) / n.
"""

import math
from statistics import NormalDist

POWER = 0.80
LEAST_MARGIN = 1e-9  # under it no number of rows that anybody has would prove anything


def tango_interval(b: int, c: int, n: int, confidence: float) -> tuple[float, float]:
    """One-sided lower and upper bound of the change, each at `confidence` (Tango 1998, Statist. Med. 17:891)."""
    z = NormalDist().inv_cdf(confidence)
    return _lower(b, c, n, z), -_lower(c, b, n, z)


def tango_p(b: int, c: int, n: int, margin: float) -> float:
    """One-sided p of the hypothesis that the change is −margin or better; small where it is proven worse."""
    return NormalDist().cdf(_score(b, c, n, -min(margin, 1.0)))


def mcnemar_exact_p(b: int, c: int) -> float:
    """Two-sided exact p of the hypothesis that `b` and `c` are equally likely (McNemar 1947, binomial form)."""
    from scipy.special import bdtr  # type: ignore[import-untyped]

    if b == c:
        return 1.0
    return min(1.0, 2.0 * float(bdtr(min(b, c), b + c, 0.5)))


def required_rows(discordant: float, margin: float, confidence: float) -> int | None:
    """Rows that would prove non-inferiority of equal models with power 0.8; None where no number of rows would.

    `discordant` is the share (b + c) / n; where it is 0, Tango's own bound is solved for n.
    """
    if margin < LEAST_MARGIN:
        return None
    z = NormalDist().inv_cdf(confidence)
    if discordant == 0:
        return math.ceil(z * z * max(1 - margin, 0.0) / margin)
    return math.ceil((z + NormalDist().inv_cdf(POWER)) ** 2 * discordant / (margin * margin))


def _lower(b: int, c: int, n: int, z: float) -> float:
    """The change at which the score statistic equals `z`, by bisection to the last bit."""
    low, high = -1.0, (c - b) / n
    while low < (middle := (low + high) / 2) < high:
        if _score(b, c, n, middle) > z:
            low = middle
        else:
            high = middle
    return high


def _score(b: int, c: int, n: int, change: float) -> float:
    """Tango's score statistic of the hypothesis that the true change is `change`; it falls as `change` grows."""
    if change < 0:
        return -_score(c, b, n, -change)
    distance = c - b - n * change
    variance = n * (2 * _constrained(b, c, n, change) + change * (1 - change))
    if variance <= 0:
        return math.copysign(math.inf, distance) if distance else 0.0
    return distance / math.sqrt(variance)


def _constrained(b: int, c: int, n: int, change: float) -> float:
    """Most likely probability of a `b` row when the change is `change` ≥ 0: the larger root of Tango's quadratic."""
    half = ((2 * n - c + b) * change - b - c) / 2
    product = 2 * n * b * change * (1 - change)
    root = math.sqrt(half * half + product)
    if half > 0:  # the same root, without subtracting two nearly equal numbers
        return product / (half + root) / (2 * n)
    return (root - half) / (2 * n)

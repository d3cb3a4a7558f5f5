"""The gate's formulas computed in another way: slowly, from their definitions."""

import math

from scipy.optimize import minimize_scalar


def score_by_likelihood(b: int, c: int, n: int, change: float) -> float:
    """The score statistic with the constrained most likely probabilities searched for, not solved for."""

    def unlikely(q: float) -> float:
        parts = [(b, q), (c, q + change), (n - b - c, 1 - 2 * q - change)]
        return -sum(count * math.log(max(p, 1e-300)) for count, p in parts if count)

    low, high = max(0.0, -change), (1 - change) / 2
    q = minimize_scalar(unlikely, bounds=(low, high), method="bounded", options={"xatol": 1e-13}).x
    return (c - b - n * change) / math.sqrt(n * (2 * q + change - change * change))

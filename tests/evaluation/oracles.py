"""The gate's formulas computed in another way: slowly, from their definitions."""

import math

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.stats import norm

MASK = 2**64 - 1
GOLDEN = 0x9E3779B97F4A7C15


def scrambled(value: int) -> int:
    """SplitMix64's step in Python's own numbers (Steele, Lea & Flood 2014)."""
    value = (value + GOLDEN) & MASK
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & MASK
    return value ^ (value >> 31)


def text_hash(text: str) -> int:
    """The length, then each block of eight bytes, mixed one after the other."""
    data = text.encode()
    found = scrambled(len(data) ^ 0xD6E8FEB86659FD93)
    for start in range(0, len(data), 8):
        found = scrambled(found ^ int.from_bytes(data[start : start + 8].ljust(8, b"\0"), "little"))
    return found


def score_by_likelihood(b: int, c: int, n: int, change: float) -> float:
    """The score statistic with the constrained most likely probabilities searched for, not solved for."""

    def slope(q: float) -> float:
        parts = ((b, q, 1), (c, q + change, 1), (n - b - c, 1 - 2 * q - change, -2))
        return sum(sign * count / p for count, p, sign in parts if count)

    low, high = max(0.0, -change) + 1e-15, (1 - change) / 2 - 1e-15
    q = low if slope(low) <= 0 else high if slope(high) >= 0 else brentq(slope, low, high, xtol=1e-17, rtol=1e-15)
    return (c - b - n * change) / math.sqrt(n * (2 * q + change - change * change))


def p_by_likelihood(b: int, c: int, n: int, margin: float) -> float:
    """One-sided p of the hypothesis that the change is −margin or better."""
    return float(norm.cdf(score_by_likelihood(b, c, n, -margin)))


def delong_by_pairs(
    positive: NDArray[np.bool_], one: NDArray[np.float64], two: NDArray[np.float64]
) -> tuple[float, float, float]:
    """Both AUCs and the standard error of their difference from all pairs (DeLong, DeLong & Clarke-Pearson 1988)."""
    placements = []
    for scores in (one, two):
        pairs = scores[positive][:, None] - scores[~positive][None, :]
        kernel = (pairs > 0) + 0.5 * (pairs == 0)
        placements.append((kernel.mean(axis=1), kernel.mean(axis=0), kernel.mean()))
    (v10a, v01a, auc_a), (v10b, v01b, auc_b) = placements
    s10, s01 = np.cov(v10a, v10b), np.cov(v01a, v01b)
    s = s10 / len(v10a) + s01 / len(v01a)
    return float(auc_a), float(auc_b), float(np.sqrt(max(0.0, s[0, 0] + s[1, 1] - 2 * s[0, 1])))

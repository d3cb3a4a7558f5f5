"""ROC AUC of two models on the same rows, and the error of their difference. Arrays in, numbers out.

All sums are of whole numbers (doubled midranks), so neither the order of rows nor their partition shows in the result.
"""

from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from merganser.evaluation.evidence import RankedPair

Integers = NDArray[np.int64]


def delong(positive: NDArray[np.bool_], baseline: NDArray[np.floating[Any]], candidate: NDArray[Any]) -> RankedPair:
    """Paired DeLong by midranks (Sun & Xu 2014, IEEE SPL 21:1389): three arrays of one length, both classes present."""
    positives = int(positive.sum())
    negatives = len(positive) - positives
    base_wins, base_losses = _placements(positive, baseline)
    cand_wins, cand_losses = _placements(positive, candidate)
    pairs = 2 * positives * negatives
    base, cand = int(base_wins.sum()), int(cand_wins.sum())
    error = None
    if min(positives, negatives) > 1:
        variance = _mean_variance(cand_wins - base_wins, 2 * negatives)
        variance += _mean_variance(cand_losses - base_losses, 2 * positives)
        error = float(variance) ** 0.5
    return RankedPair(
        positives=positives,
        negatives=negatives,
        baseline=base / pairs,
        candidate=cand / pairs,
        difference=(cand - base) / pairs,
        error=error,
        same_scores=bool(np.array_equal(baseline, candidate)),
    )


def _placements(positive: NDArray[np.bool_], scores: NDArray[Any]) -> tuple[Integers, Integers]:
    """Twice the number of negatives below each positive, and of positives below each negative; a tie counts half."""
    ranks = _doubled_midranks(scores)
    return (
        ranks[positive] - _doubled_midranks(scores[positive]),
        ranks[~positive] - _doubled_midranks(scores[~positive]),
    )


def _doubled_midranks(values: NDArray[Any]) -> Integers:
    """Twice the rank of each value from 1, equal values sharing the mean of their ranks: whole numbers."""
    order = np.argsort(values)
    ordered = values[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    ends = np.r_[starts[1:], len(values)]
    ranks = np.empty(len(values), dtype=np.int64)
    ranks[order] = np.repeat(starts + ends + 1, ends - starts)
    return ranks


def _mean_variance(values: Integers, scale: int) -> Fraction:
    """The sampling variance of the mean of `values / scale`, exactly."""
    n = len(values)
    total = int(values.sum())
    squares = values * values
    square_sum = (int((squares >> 32).sum()) << 32) + int((squares & 0xFFFFFFFF).sum())  # no overflow to 2³¹ rows
    return Fraction(n * square_sum - total * total, n * n * (n - 1) * scale * scale)

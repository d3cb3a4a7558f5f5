"""How far scores are from the shares that come true: expected calibration error and curve, from sums by bucket and bin.

Bins hold equal masses of the side's own scores, and equal scores share a bin. A bucket is a part of the rows that a
bootstrap draws as a whole: of the hashes of their keys, or of their clusters' where rows depend on each other.
"""

from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from merganser.evaluation.estimate import Estimate
from merganser.evaluation.statistics.resampling import (
    BUCKETS,
    REPLICATES,
    Codes,
    Draws,
    bucket_of,
    bucket_weights,
    resampled,
)

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Array = NDArray[Any]

AT_ONCE = 100  # replicates, whose weights take 8 MB


class CalibrationSums(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """Sums over rows, each buckets × bins: of their weights, and with these of scores and of positives."""

    weights: Floats
    scores: Floats
    positives: Floats


def equal_mass_edges(scores: Array, bins: int, weights: Array | None = None) -> Array:
    """The lowest score of each bin but the first: at most bins − 1, fewer where many scores are equal.

    `weights` ≥ 0, one a score, may also be how often a score was counted.
    """
    if not len(scores):
        return scores
    parts = np.arange(1, bins)
    if weights is None:
        ordered = np.sort(scores)
        places = len(scores) * parts // bins
    else:
        order = np.argsort(scores)
        ordered, mass = scores[order], np.cumsum(weights[order])
        places = np.minimum(np.searchsorted(mass, mass[-1] * parts / bins, side="right"), len(scores) - 1)
    candidates = np.unique(ordered[places])
    edges: Array = candidates[candidates > ordered[0]]
    return edges


def calibration_sums(
    positive: Bools, scores: Array, edges: Array, buckets: Codes, weights: Floats | None = None
) -> CalibrationSums:
    """The sums of rows from arrays of one length, each row's bucket below `BUCKETS`."""
    shape = BUCKETS, len(edges) + 1
    cells = buckets * shape[1] + np.searchsorted(edges, scores, side="right")
    heavy = np.ones(len(scores)) if weights is None else weights
    found: list[Floats] = [
        np.bincount(cells, each, shape[0] * shape[1]).astype(np.float64).reshape(shape)
        for each in (heavy, heavy * scores, heavy * positive)
    ]
    return CalibrationSums(weights=found[0], scores=found[1], positives=found[2])


def ece(sums: CalibrationSums) -> float:
    """The mean distance of a bin's share of positives from its mean score, by rows (Naeini et al. 2015, AAAI)."""
    return float(ece_replicates(sums, np.ones((1, len(sums.weights))))[0])


def ece_replicates(sums: CalibrationSums, drawn: Floats) -> Floats:
    """The ECE of each replicate that draws buckets so often (replicates × buckets), edges staying where they are.

    NaN where none of the rows is drawn.
    """
    distance = np.abs(drawn @ (sums.positives - sums.scores)).sum(axis=1)
    mass = drawn @ sums.weights.sum(axis=1)
    found: Floats = np.divide(distance, mass, out=np.full(len(drawn), np.nan), where=mass > 0)
    return found


def ece_estimate(
    outcomes: tuple[Bools, Bools], baseline: Array, candidate: Array, bins: int, draws: Draws
) -> Estimate | None:
    """The ECE of both sides, each in bins of its own scores, and the bootstrap of their difference.

    `outcomes`: what the baseline's and the candidate's scores are the probabilities of, whether a row is positive or
    whether the side is right. None where no row has weight.
    """
    buckets, scores = bucket_of(draws.hashes), (baseline, candidate)
    sides = [
        calibration_sums(outcome, score, equal_mass_edges(score, bins, draws.weights), buckets, draws.weights)
        for outcome, score in zip(outcomes, scores, strict=True)
    ]
    if not sides[0].weights.any():
        return None
    differences: list[float] = []
    for start in range(0, REPLICATES, AT_ONCE):
        drawn = bucket_weights(draws.seed, range(start, start + AT_ONCE))
        differences += (ece_replicates(sides[1], drawn) - ece_replicates(sides[0], drawn)).tolist()
    same = np.array_equal(*scores) and np.array_equal(*outcomes)
    return resampled((ece(sides[1]), ece(sides[0])), differences, draws, 0.0 if same else None)

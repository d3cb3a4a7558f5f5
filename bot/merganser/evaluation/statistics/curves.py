"""The points of ROC and calibration curves for pictures, from counts of rows by coarse scores, which add up over parts.

A code is the sign, the exponent and 7 more bits of a score in single precision; from 0.5 to 1 of what it lacks to 1, so
that nearness to 1 is told apart as well as nearness to 0.
"""

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from merganser.evaluation.curves import MOST_POINTS, CalibrationBin, RocPoint
from merganser.evaluation.statistics.calibration import equal_mass_edges

Array = NDArray[Any]
Codes = NDArray[np.integer[Any]]

_ROUNDING = 1e-9

_CUT = 16
_PATTERNS = 1 << 16
_ZERO = 0x7F80  # codes below that of 0
_HALF, _ONE = 0x3F00, 0x3F80  # upper bits of 0.5 and of 1
_UNUSED = 0x337F  # nothing but 1 itself is nearer to 1 than 2⁻²⁴, whose upper bits are one more
_NEAR_ONE = _HALF - _UNUSED  # codes from above 0.5 to 1
_SHIFT = _HALF + _NEAR_ONE + 1 - _ONE
CODES = 2 * _ZERO + _SHIFT + 1


def scores_of(codes: Codes) -> NDArray[np.float64]:
    """A score in the middle of those of each code."""
    place = codes - _ZERO
    near = _NEAR_ONE + _HALF - place
    above_half = np.where(near >= 0, 1 - _middle(near + _UNUSED * (near > 0)), _middle(place - _SHIFT))
    below = np.minimum(_middle(place), 0.5)
    return np.where(place < 0, -_middle(-place), np.where(place > _HALF, above_half, below))


def curve_counts(positive: NDArray[np.bool_], scores: Array) -> NDArray[np.int64]:
    """Negatives and positives by code (2 × `CODES`), which rises with the finite score; those of parts are added."""
    found = np.bincount(_patterns(scores) + 2 * _PATTERNS * positive, minlength=4 * _PATTERNS).reshape(2, -1)
    return np.stack([np.bincount(_codes(), rows, CODES) for rows in found]).astype(np.int64)


def roc_points(counts: NDArray[np.int64]) -> tuple[RocPoint, ...]:
    """From (0, 0) to (1, 1), at most `MOST_POINTS`, spread evenly along the curve; none where a class has no row."""
    rows = counts.sum(axis=1)
    if not rows.all():
        return ()
    used = np.flatnonzero(counts.any(axis=0))[::-1]
    shares = np.cumsum(counts[:, used], axis=1) / rows[:, None]
    if len(used) >= MOST_POINTS:
        steps = np.arange(1, MOST_POINTS) * (2 - _ROUNDING) / (MOST_POINTS - 1)
        shares = shares[:, np.unique(np.searchsorted(shares.sum(axis=0), steps))]
    found = np.column_stack([np.zeros(2), shares])
    return tuple(RocPoint(false_positive=x, true_positive=y) for x, y in found.T.tolist())


def calibration_points(counts: NDArray[np.int64], bins: int) -> tuple[CalibrationBin, ...]:
    """By rising score, in at most `bins` bins of nearly equal masses."""
    used = np.flatnonzero(counts.any(axis=0))
    scores, rows = scores_of(used), counts[:, used].sum(axis=0)
    where = np.searchsorted(equal_mass_edges(scores, bins, rows), scores, side="right")
    mass = np.bincount(where, rows)
    columns = (np.bincount(where, rows * scores) / mass, np.bincount(where, counts[1, used]) / mass, mass)
    return tuple(
        CalibrationBin(score=score, observed=share, rows=int(each))
        for score, share, each in zip(*(column.tolist() for column in columns), strict=True)
    )


def _patterns(scores: Array) -> NDArray[np.int32]:
    """The upper bits of each score, or of 1 less the score above `_PATTERNS`."""
    with np.errstate(over="ignore"):  # what single precision can't hold is infinite, and has the last code
        single = scores.astype(np.float32)
    mirrored = (single > 0.5) & (single <= 1)
    bits, lacking = single.view(np.uint32), (np.float32(1) - single).view(np.uint32)
    chosen = bits + (lacking - bits) * mirrored  # without branches, which random scores would mislead
    return (chosen >> _CUT).astype(np.int32) + mirrored * np.int32(_PATTERNS)


@cache
def _codes() -> Codes:
    """The code of each pattern."""
    size = np.minimum(np.arange(_PATTERNS // 2), _ZERO)
    near = _HALF + _NEAR_ONE - np.maximum(np.arange(_PATTERNS) - _UNUSED, 0)
    return np.concatenate([_ZERO + size + _SHIFT * (size >= _ONE), _ZERO - size, _ZERO + np.maximum(near, _HALF)])


def _middle(upper: Codes) -> NDArray[np.float64]:
    """The middle of the numbers ≥ 0 with these upper bits; of 0 alone it is 0."""
    bits = np.clip((upper << _CUT) + (1 << _CUT - 1) * (upper > 0), 0, 0x7F7FFFFF)
    return bits.astype(np.uint32).view(np.float32).astype(np.float64)

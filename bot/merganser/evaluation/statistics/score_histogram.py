"""ROC AUC with its error from counts of scores by bin: constant memory, any number of parts. For float32 in [0, 1].

A bin is the upper bits of a score, or above 0.5 of what it lacks to 1, which is exact: all but the last 8 of 23 bits of
its precision, and all of them above 1 − 2⁻⁸. Twice through the rows: count, then sum squares of placements.
"""

from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from merganser.evaluation.estimate import Estimate
from merganser.evaluation.statistics.placements import Bools, PlacementSums, square_sum
from merganser.evaluation.statistics.ranking import from_sums

Scores = NDArray[np.float32]
Codes = NDArray[np.int32]

_BLUR = 1e-4

_CUT = 8
_HALF = 0x3F000000 >> _CUT  # the bin of 0.5
_UNUSED = (0x33800000 >> _CUT) - 1  # no score but 1 is nearer to 1 than 2⁻²⁴
_TOP = 2 * _HALF - _UNUSED  # the bin of 1
_NONE, _SEVERAL = -1, 1 << _CUT


class ScoreCounts(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """Rows of one side by bin; `count` and `merge` change the arrays in place, which saves copies of 50 MB.

    `rows`: at twice the bin negatives, after them positives. `rests`: the low bits of all scores of a bin; −1 where
    there is none, 256 where they differ.
    """

    rows: NDArray[np.uint32]
    rests: NDArray[np.int16]


class PlacementTable(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """The doubled placements of a side's rows, at twice their bin and one further for positives. `wins`: their sum over
    positives. `blur`: by how much AUC could differ if scores that share a bin were told apart.
    """

    positives: int
    negatives: int
    wins: int
    doubled: NDArray[np.uint32]
    blur: float

    @property
    def sharp(self) -> bool:
        """Whether the bins may stand for the scores; where not, these lie too close together and have to be sorted.

        In trials with scores that vary smoothly AUC then moved by less than a thousandth of its standard error.
        """
        return self.blur <= _BLUR


def fits(scores: NDArray[Any]) -> bool:
    """Whether these scores may be counted in bins."""
    return scores.dtype == np.float32 and bool(((scores >= 0) & (scores <= 1)).all())


def no_rows() -> ScoreCounts:
    return ScoreCounts(rows=np.zeros(2 * (_TOP + 1), np.uint32), rests=np.full(_TOP + 1, _NONE, np.int16))


def score_bins(scores: Scores) -> tuple[Codes, NDArray[np.int16]]:
    """The bin of each score, which rises with it, and the bits that the bin leaves out."""
    bits = np.abs(np.minimum(scores, np.float32(1) - scores)).view(np.int32)
    codes = bits >> _CUT
    mirrored = np.int32(_TOP) - np.maximum(codes - np.int32(_UNUSED), 0)
    codes += (mirrored - codes) * (scores > 0.5)  # a choice without branches, which random scores would mislead
    return codes, (bits & np.int32(_SEVERAL - 1)).astype(np.int16)


def count(counts: ScoreCounts, positive: Bools, scores: Scores) -> None:
    """Adds rows to `counts`, up to 2³² of them in all."""
    codes, rests = score_bins(scores)
    np.add.at(counts.rows, (2 * codes + positive).astype(np.intp), np.uint32(1))
    known = counts.rests[codes]
    wanted = np.where((known == rests) | (known == _NONE), rests, np.int16(_SEVERAL))
    counts.rests[codes] = wanted
    counts.rests[codes[counts.rests[codes] != wanted]] = _SEVERAL


def merge(counts: ScoreCounts, other: ScoreCounts) -> None:
    """Adds the rows of `other` to `counts`."""
    first = _first_used(other)
    counts.rows[2 * first :] += other.rows[2 * first :]
    mine, others = counts.rests[first:], other.rests[first:]
    clash = (mine != others) & (mine != _NONE) & (others != _NONE)
    np.maximum(mine, others, out=mine)
    mine[clash] = _SEVERAL


def placement_table(counts: ScoreCounts) -> PlacementTable:
    """What the second time through the rows looks placements up in, exact to 2³¹ rows."""
    first = _first_used(counts)
    negatives, positives = (counts.rows[2 * first + side :: 2].astype(np.int64) for side in (0, 1))
    below_positives = 2 * np.cumsum(negatives) - negatives
    doubled = np.zeros(len(counts.rows), dtype=np.uint32)
    doubled[2 * first :: 2] = 2 * np.cumsum(positives) - positives
    doubled[2 * first + 1 :: 2] = below_positives
    several = counts.rests[first:] == _SEVERAL
    shared = np.dot(positives[several].astype(np.float64), negatives[several])
    total, others = int(positives.sum()), int(negatives.sum())
    return PlacementTable(
        positives=total,
        negatives=others,
        wins=int(np.dot(positives, below_positives)),
        doubled=doubled,
        blur=float(shared) / max(2 * total * others, 1),
    )


def squares(
    tables: tuple[PlacementTable, PlacementTable], positive: Bools, baseline: Scores, candidate: Scores
) -> tuple[int, int]:
    """Sums of squared differences of placements over positives and over negatives of a part; those of parts add up."""
    before, after = (
        table.doubled[2 * score_bins(scores)[0] + positive].astype(np.int64)
        for table, scores in zip(tables, (baseline, candidate), strict=True)
    )
    after -= before
    of_positives = square_sum(after * positive)
    return of_positives, square_sum(after) - of_positives


def finish(
    tables: tuple[PlacementTable, PlacementTable], squares: tuple[int, int], same_scores: bool
) -> Estimate | None:
    """The estimate that `delong` has for the bins; None where a class has no row."""
    baseline, candidate = tables
    if not (baseline.positives and baseline.negatives):
        return None
    return from_sums(
        PlacementSums(
            positives=baseline.positives,
            negatives=baseline.negatives,
            baseline=baseline.wins,
            candidate=candidate.wins,
            positive_squares=squares[0],
            negative_squares=squares[1],
            same_scores=same_scores,
        )
    )


def _first_used(counts: ScoreCounts) -> int:
    """The first bin that holds a row. Most bins are for scores so near to 0 that hardly anybody has them."""
    return int(np.argmax(counts.rests != _NONE))

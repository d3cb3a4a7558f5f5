"""Ranks scores of single precision for ROC AUC in constant memory: counted once, looked up in a second pass."""

from typing import Self

import numpy as np

from merganser.evaluation.accumulators.kept import Kept
from merganser.evaluation.batch import Batch
from merganser.evaluation.estimate import Estimate
from merganser.evaluation.statistics import score_histogram
from merganser.evaluation.statistics.score_histogram import PlacementTable, ScoreCounts

FIELDS = ("positive", "score")


class ScoreRanks:
    """Counts both sides' scores. Where they don't fit the bins, the second pass keeps the rows instead."""

    def __init__(self) -> None:
        self._fits = True
        self._same = True
        self._counts: tuple[ScoreCounts, ScoreCounts] | None = None

    def update(self, batch: Batch) -> None:
        baseline, candidate = np.asarray(batch.baseline.score), np.asarray(batch.candidate.score)
        self._fits &= score_histogram.fits(baseline) and score_histogram.fits(candidate)
        if not self._fits:
            return
        self._same &= bool(np.array_equal(baseline, candidate))
        if self._counts is None:
            self._counts = (score_histogram.no_rows(), score_histogram.no_rows())
        for counts, scores in zip(self._counts, (baseline, candidate), strict=True):
            score_histogram.count(counts, np.asarray(batch.positive), scores)

    def merge(self, other: Self) -> None:
        self._fits &= other._fits
        self._same &= other._same
        if self._counts is None or other._counts is None:
            self._counts = self._counts or other._counts
            return
        for mine, theirs in zip(self._counts, other._counts, strict=True):
            score_histogram.merge(mine, theirs)

    def second(self) -> "Placements | Kept":
        if not self._fits or self._counts is None:
            return Kept(FIELDS, ())
        baseline, candidate = (score_histogram.placement_table(counts) for counts in self._counts)
        self._counts = None  # 100 MB that nothing needs any more
        if not (baseline.sharp and candidate.sharp):
            return Kept(FIELDS, ())
        return Placements((baseline, candidate), self._same)


class Placements:
    """Sums the squares of what each row's placement changes between the sides."""

    def __init__(self, tables: tuple[PlacementTable, PlacementTable], same_scores: bool) -> None:
        self._tables, self._same = tables, same_scores
        self._squares = (0, 0)

    def __deepcopy__(self, memo: dict[int, object]) -> "Placements":
        """A copy that shares the tables, which nobody changes."""
        copied = Placements(self._tables, self._same)
        copied._squares = self._squares
        return copied

    def update(self, batch: Batch) -> None:
        scores = np.asarray(batch.baseline.score), np.asarray(batch.candidate.score)
        self._add(score_histogram.squares(self._tables, np.asarray(batch.positive), *scores))

    def merge(self, other: Self) -> None:
        self._add(other._squares)

    def second(self) -> None:
        return None

    def finish(self) -> Estimate | None:
        return score_histogram.finish(self._tables, self._squares, self._same)

    def _add(self, squares: tuple[int, int]) -> None:
        self._squares = (self._squares[0] + squares[0], self._squares[1] + squares[1])

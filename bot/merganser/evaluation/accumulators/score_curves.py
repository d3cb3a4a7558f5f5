"""Counts scores coarsely, for the curves of a picture."""

from typing import Self

import numpy as np

from merganser.evaluation.batch import Batch
from merganser.evaluation.curves import Curves, SideCurves
from merganser.evaluation.statistics.curves import CODES, calibration_points, curve_counts, roc_points

BINS = 15


class ScoreCurves:
    """Negatives and positives of both sides by coarse score."""

    def __init__(self) -> None:
        self._counts = np.zeros((2, 2, CODES), dtype=np.int64)

    def update(self, batch: Batch) -> None:
        for at, side in enumerate((batch.candidate, batch.baseline)):
            self._counts[at] += curve_counts(np.asarray(batch.positive), np.asarray(side.score))

    def merge(self, other: Self) -> None:
        self._counts += other._counts

    def second(self) -> None:
        return None

    def finish(self) -> Curves:
        candidate, baseline = (
            SideCurves(roc=roc_points(counts), calibration=calibration_points(counts, BINS)) for counts in self._counts
        )
        return Curves(candidate=candidate, baseline=baseline)

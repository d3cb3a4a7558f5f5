"""Sums over batches of paired rows that merge in any order: one pass each, the same result for every partition.

A batch has `right`, `baseline_right`, and as wanted `positive`, `score`, `baseline_score` and slice columns.
"""

from typing import Any, ClassVar, Protocol, Self

import numpy as np
import polars as pl
from numpy.typing import NDArray

from merganser.evaluation.evidence import Paired, RankedPair
from merganser.evaluation.statistics.ranking import delong


class Accumulator(Protocol):
    """Something that is fed batches; two fed with parts merge to what one fed with the whole would be."""

    passes: ClassVar[int]

    def update(self, batch: pl.DataFrame) -> None: ...

    def merge(self, other: Self) -> None: ...


class PairedCounts:
    """The 2×2 counts of right and wrong rows, for each value of column `by` (for the value "" without one)."""

    passes: ClassVar[int] = 1

    def __init__(self, by: str = "") -> None:
        self.by = by
        self._cells: dict[str, tuple[int, int, int, int]] = {}

    def update(self, batch: pl.DataFrame) -> None:
        candidate, baseline = pl.col("right"), pl.col("baseline_right")
        value = pl.col(self.by) if self.by else pl.lit("")
        cells = batch.group_by(value.alias("value")).agg(
            pl.len().alias("n"),
            baseline.sum().alias("baseline_right"),
            candidate.sum().alias("candidate_right"),
            (candidate & baseline).sum().alias("both"),
        )
        for name, *counts in cells.iter_rows():
            self._add(name, counts)

    def merge(self, other: Self) -> None:
        for name, counts in other._cells.items():
            self._add(name, counts)

    def finish(self) -> dict[str, Paired]:
        return {
            name: Paired(n=n, baseline_right=baseline, candidate_right=candidate, b=baseline - both, c=candidate - both)
            for name, (n, baseline, candidate, both) in self._cells.items()
        }

    def _add(self, name: str, counts: Any) -> None:
        before = self._cells.get(name, (0, 0, 0, 0))
        n, baseline, candidate, both = (old + int(new) for old, new in zip(before, counts, strict=True))
        self._cells[name] = (n, baseline, candidate, both)


class PairedScores:
    """Both sides' scores with the class of each row, kept until `finish` ranks them."""

    passes: ClassVar[int] = 1

    def __init__(self) -> None:
        self._parts: list[tuple[NDArray[Any], NDArray[Any], NDArray[Any]]] = []

    def update(self, batch: pl.DataFrame) -> None:
        columns = (batch[name].to_numpy() for name in ("positive", "baseline_score", "score"))
        positive, baseline, candidate = columns
        self._parts.append((positive, baseline, candidate))

    def merge(self, other: Self) -> None:
        self._parts += other._parts

    def finish(self) -> RankedPair | None:
        """Both AUCs, or None where all rows are of one class."""
        positive, baseline, candidate = (np.concatenate(column) for column in zip(*self._parts, strict=True))
        if positive.all() or not positive.any():
            return None
        return delong(positive, baseline, candidate)

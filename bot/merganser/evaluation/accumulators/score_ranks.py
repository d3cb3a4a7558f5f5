"""Counts scores of single precision by their upper bits, in two passes, for ROC AUC in constant memory."""

from typing import Self

from merganser.evaluation.rows import Batch


class ScoreRanks:
    def update(self, batch: Batch) -> None: ...

    def merge(self, other: Self) -> None: ...

    def second(self) -> None:
        return None

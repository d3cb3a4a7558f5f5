"""Rows as arrays: what both sides say of each, what labels it, which groups it belongs to. Reading them is `rows`'."""

from typing import Any

import msgspec
import numpy as np
import polars as pl
from numpy.typing import NDArray

from merganser.evaluation.keys import Hashes
from merganser.evaluation.layout import Grouping

MAX_SLICES = 1_000
CANDIDATE, BASELINE, LABELS = "the candidate's predictions", "the baseline's predictions", "the labels"

Array = NDArray[Any]


class Frames(msgspec.Struct, frozen=True, kw_only=True):
    """The raw columns of the same rows: canonical keys, both sides, and sealed labels; None for what isn't there."""

    keys: pl.Series
    candidate: pl.DataFrame
    baseline: pl.DataFrame | None = None
    labels: pl.DataFrame | None = None

    def sides(self) -> dict[str, pl.DataFrame]:
        """The frames that there are, by whose rows they hold."""
        found = {CANDIDATE: self.candidate, BASELINE: self.baseline, LABELS: self.labels}
        return {whose: frame for whose, frame in found.items() if frame is not None}


class Groups(msgspec.Struct, frozen=True):
    """Which group each row belongs to: codes into `names`, each a tuple of the columns' values; no names: too many."""

    codes: Array
    names: tuple[tuple[str, ...], ...]


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """What a side says of each row, as far as it is known.

    `classes`: codes of predicted classes; `score`: of the positive class, or of a ranked row; `scores`: rows × the
    configured classes; `number`: a predicted number; `columns`: what metrics name.
    """

    classes: Array | None = None
    score: Array | None = None
    scores: Array | None = None
    number: Array | None = None
    columns: dict[str, Array] = {}

    def says_as(self, other: "Side") -> bool:
        """Whether the other side says the very same of each row."""
        return all(
            np.array_equal(mine, theirs)
            for mine, theirs in zip(self._arrays(), other._arrays(), strict=True)
            if mine is not None and theirs is not None
        )

    def _arrays(self) -> list[Array | None]:
        return [self.classes, self.score, self.scores, self.number, *self.columns.values()]


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """Rows that can be judged. Without a baseline the candidate stands on both sides.

    `labels`: codes of classes into `names`, and for each name in `score_columns` which of a side's `scores` is for it
    (−1: none); `positive`: whether the label is the positive one; `target`: a label that is a number; `clusters` and
    `queries`: hashes; `weights`: 1 where None; `seen`: the labels of a binary task. `hashes` of keys, and `identities`,
    hashes of the key and all that labels it, are None unless the layout asks for them.
    """

    rows: int
    candidate: Side
    baseline: Side
    groups: dict[Grouping, Groups]
    hashes: Hashes | None = None
    names: tuple[str, ...] = ()
    labels: Array | None = None
    score_columns: Array | None = None
    positive: Array | None = None
    target: Array | None = None
    clusters: Hashes | None = None
    queries: Hashes | None = None
    weights: Array | None = None
    seen: frozenset[str] = frozenset()
    identities: Hashes | None = None

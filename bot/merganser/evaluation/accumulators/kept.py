"""Rows that are kept whole, for what no sums can say: ranks, queries, functions that only others know."""

from collections.abc import Iterator
from typing import Self

import msgspec
import numpy as np

from merganser.evaluation.batch import Array, Batch, Groups
from merganser.evaluation.layout import Grouping
from merganser.evaluation.statistics.resampling import Draws, seed_of

_OF_SIDE = ("classes", "score", "scores", "number")
_CODES = ("labels", "candidate.classes", "baseline.classes")


class Rows(msgspec.Struct, frozen=True, kw_only=True):
    """Kept rows: arrays by name (`labels`, `weights`, `candidate.score`, `baseline.score` …), as far as there are any.

    `labels` and `….classes` are codes into `names`. `seed`: from the hashes of all rows' keys, if
    they were kept; that of a group is the same.
    """

    arrays: dict[str, Array]
    seed: int
    groups: dict[Grouping, Groups]
    names: tuple[str, ...]

    def get(self, name: str) -> Array | None:
        return self.arrays.get(name)

    def draws(self) -> Draws:
        """What a bootstrap of the rows draws from: their keys, or their clusters."""
        clusters = self.get("clusters")
        hashes = self.arrays["hashes"] if clusters is None else clusters
        return Draws(seed=self.seed, hashes=hashes, clustered=clusters is not None, weights=self.get("weights"))

    def within(self, grouping: Grouping) -> Iterator[tuple[tuple[str, ...], "Rows"]]:
        """The rows of each group of a grouping; nothing for one whose columns no row has."""
        groups = self.groups.get(grouping)
        if groups is None:
            return
        order = np.argsort(groups.codes, kind="stable")
        ends = np.cumsum(np.bincount(groups.codes, minlength=len(groups.names)))
        for name, at in zip(groups.names, np.split(order, ends[:-1]), strict=True):
            yield name, msgspec.structs.replace(self, arrays={key: a[at] for key, a in self.arrays.items()}, groups={})


class Kept:
    """Keeps `fields` of rows and sides, and the groups of each grouping."""

    def __init__(self, fields: tuple[str, ...], groupings: tuple[Grouping, ...]) -> None:
        self.fields, self.groupings = fields, groupings
        self._parts: dict[str, list[Array]] = {}
        self._codes: dict[Grouping, list[Array]] = {}
        self._groups: dict[Grouping, dict[tuple[str, ...], int]] = {}
        self._names: dict[str, int] = {}

    def update(self, batch: Batch) -> None:
        for name, array in self._arrays(batch):
            self._parts.setdefault(name, []).append(self._moved(name, array, batch.names))
        for grouping in self.groupings:
            groups = batch.groups.get(grouping)
            if groups is not None and groups.names:
                self._add(grouping, groups.names, groups.codes)

    def merge(self, other: Self) -> None:
        for name, arrays in other._parts.items():
            moved = [self._moved(name, array, tuple(other._names)) for array in arrays]
            self._parts.setdefault(name, []).extend(moved)
        for grouping, codes in other._codes.items():
            for part in codes:
                self._add(grouping, tuple(other._groups[grouping]), part)

    def second(self) -> None:
        return None

    def finish(self) -> Rows:
        codes = {grouping: np.concatenate(parts) for grouping, parts in self._codes.items()}
        return Rows(
            arrays={name: np.concatenate(parts) for name, parts in self._parts.items()},
            seed=seed_of(sum(int(part.sum(dtype=np.uint64)) for part in self._parts.get("hashes", []))),
            groups={grouping: Groups(part, tuple(self._groups[grouping])) for grouping, part in codes.items()},
            names=tuple(self._names),
        )

    def _arrays(self, batch: Batch) -> Iterator[tuple[str, Array]]:
        for field in self.fields:
            sides = {"candidate.": batch.candidate, "baseline.": batch.baseline} if field in _OF_SIDE else {"": batch}
            for prefix, source in sides.items():
                array = getattr(source, field)
                if array is not None:
                    yield f"{prefix}{field}", array

    def _moved(self, name: str, array: Array, names: tuple[str, ...]) -> Array:
        """Codes of one batch as those of all batches; other arrays as they are."""
        if name not in _CODES:
            return array
        return np.array([self._names.setdefault(one, len(self._names)) for one in names], dtype=np.int32)[array]

    def _add(self, grouping: Grouping, names: tuple[tuple[str, ...], ...], codes: Array) -> None:
        known = self._groups.setdefault(grouping, {})
        moved = np.array([known.setdefault(name, len(known)) for name in names], dtype=np.int32)
        self._codes.setdefault(grouping, []).append(moved[codes])

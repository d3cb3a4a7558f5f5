"""Counts of rows by label and by what each side says, in each group: all that rates and confusions are made from."""

from typing import Self

import msgspec
import numpy as np
import polars as pl

from merganser.evaluation.batch import Array, Batch
from merganser.evaluation.layout import Grouping
from merganser.evaluation.statistics.confusion import Cells

_KEYS = ("grouping", "group", "cluster", "label", "candidate", "baseline")
_CLASSES = ("label", "candidate", "baseline")
MOST_CODES = 1 << 22  # as many numbers of cells are counted in an array
_SUMS = ("count", "weight", "weight_squares")


class CellTable(msgspec.Struct, frozen=True, kw_only=True):
    """The cells of one group, whose codes of classes point into `names`; `odd`: rows of all groups that have no class,
    so that the cells mean nothing."""

    names: tuple[str, ...]
    cells: Cells
    odd: int = 0


class CellCounts:
    """Counts cells of classes; of a column of 0 and 1 (`column`), where the label doesn't matter."""

    def __init__(self, groupings: tuple[Grouping, ...], column: str = "") -> None:
        self.groupings, self.column = groupings, column
        self._names: dict[str, int] = {}
        self._groups: dict[tuple[str, ...], int] = {}
        self._clustered = False
        self._parts: list[pl.DataFrame] = []
        self._odd = 0  # rows whose column holds something else than 0 and 1

    def update(self, batch: Batch) -> None:
        self._clustered = batch.clusters is not None
        columns, names = self._columns(batch)
        known = np.array([self._names.setdefault(name, len(self._names)) for name in names], dtype=np.int64)
        for at, grouping in enumerate(self.groupings):
            groups = batch.groups.get(grouping)
            if groups is None or not groups.names:
                continue
            own = np.array([self._groups.setdefault(name, len(self._groups)) for name in groups.names])
            self._add(at, _counted(batch, groups.codes, columns, len(names)), own, known)

    def merge(self, other: Self) -> None:
        names = np.array([self._names.setdefault(name, len(self._names)) for name in other._names], dtype=np.int64)
        groups = np.array([self._groups.setdefault(name, len(self._groups)) for name in other._groups], dtype=np.int64)
        self._clustered |= other._clustered
        self._odd += other._odd
        for part in other._parts:
            moved = {name: names[part[name].to_numpy()] for name in ("label", "candidate", "baseline")}
            moved["group"] = groups[part["group"].to_numpy()]
            self._parts.append(part.with_columns(pl.Series(name, values) for name, values in moved.items()))
        self._compact()

    def second(self) -> None:
        return None

    def finish(self) -> dict[Grouping, dict[tuple[str, ...], CellTable]]:
        found: dict[Grouping, dict[tuple[str, ...], CellTable]] = {grouping: {} for grouping in self.groupings}
        self._compact()
        groups, names = list(self._groups), tuple(self._names)
        for part in self._parts:
            for (at, group), cells in part.partition_by("grouping", "group", as_dict=True, maintain_order=True).items():
                arrays = {name: cells[name].to_numpy() for name in (*_KEYS[3:], *_SUMS)}
                cluster = np.unique(cells["cluster"].to_numpy(), return_inverse=True)[1] if self._clustered else None
                table = Cells(classes=len(names), cluster=cluster, **arrays)
                found[self.groupings[at]][groups[group]] = CellTable(names=names, cells=table, odd=self._odd)
        return found

    def _columns(self, batch: Batch) -> tuple[list[Array], tuple[str, ...]]:
        """Codes of label, candidate and baseline for each row, and the names behind them."""
        if self.column:
            sides = [np.asarray(side.columns[self.column]) for side in (batch.candidate, batch.baseline)]
            self._odd += int((((sides[0] != 0) & (sides[0] != 1)) | ((sides[1] != 0) & (sides[1] != 1))).sum())
            return [np.ones(batch.rows, dtype=np.uint8), *((side == 1).astype(np.uint8) for side in sides)], ("0", "1")
        arrays = (batch.labels, batch.candidate.classes, batch.baseline.classes)
        return [np.asarray(array) for array in arrays], batch.names

    def _add(self, at: int, frame: pl.DataFrame, groups: Array, names: Array) -> None:
        """Notes counted cells, their codes of one batch turned into those of all batches."""
        moved = [pl.Series("group", groups[frame["group"].to_numpy()])]
        moved += [pl.Series(name, names[frame[name].to_numpy()]) for name in ("label", "candidate", "baseline")]
        self._parts.append(
            frame.with_columns(pl.lit(at, dtype=pl.Int64).alias("grouping"), *moved).select(*_KEYS, *_SUMS)
        )
        if sum(part.height for part in self._parts) > 4 * max(self._parts[0].height, 100_000):
            self._compact()

    def _compact(self) -> None:
        if len(self._parts) > 1:
            joined = pl.concat(self._parts)
            self._parts = [joined.group_by(_KEYS, maintain_order=True).agg(pl.col(_SUMS).sum())]
        self._parts = [part.sort(_KEYS) for part in self._parts]


def _counted(batch: Batch, groups: Array, columns: list[Array], names: int) -> pl.DataFrame:
    """The cells of one batch that hold rows."""
    if batch.clusters is None and batch.weights is None and (int(groups.max()) + 1) * names**3 <= MOST_CODES:
        return _by_code(groups, columns, names)
    weights = np.ones(batch.rows) if batch.weights is None else batch.weights
    clusters = np.zeros(batch.rows, dtype=np.uint64) if batch.clusters is None else batch.clusters
    keys = dict(zip(("group", *_CLASSES), (groups, *columns), strict=True))
    frame = pl.DataFrame({name: pl.Series(key.astype(np.int64)) for name, key in keys.items()})
    frame = frame.with_columns(pl.Series("cluster", clusters), pl.Series("w", weights))
    return frame.group_by(*keys, "cluster", maintain_order=True).agg(
        pl.len().cast(pl.Int64).alias("count"),
        pl.col("w").sum().alias("weight"),
        pl.col("w").pow(2).sum().alias("weight_squares"),
    )


def _by_code(groups: Array, columns: list[Array], names: int) -> pl.DataFrame:
    """Cells by one number for each, which is much faster where numbers are small."""
    code = groups.astype(np.int64)
    for column in columns:
        code = code * names + column
    counts = np.bincount(code)
    used = np.flatnonzero(counts)
    count = counts[used].astype(np.int64)
    found = {}
    for name in reversed(_CLASSES):
        used, found[name] = np.divmod(used, names)
    return pl.DataFrame({"group": used, **found}).with_columns(
        pl.Series("count", count),
        pl.Series("weight", count * 1.0),
        pl.Series("weight_squares", count * 1.0),
        pl.lit(0, dtype=pl.UInt64).alias("cluster"),
    )

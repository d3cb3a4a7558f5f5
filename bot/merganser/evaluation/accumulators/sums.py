"""Moments of what each row, or each cluster of rows, adds to sums: all that means and their functions are made from."""

from collections.abc import Callable, Iterator
from typing import Self

import msgspec
import numpy as np
import polars as pl

from merganser.evaluation.batch import Array, Batch
from merganser.evaluation.layout import Grouping
from merganser.evaluation.statistics.moments import Floats, Moments, merged, moments
from merganser.evaluation.statistics.totals import Units

Columns = Callable[[Batch], Floats]


class SumTable(msgspec.Struct, frozen=True, kw_only=True):
    """The moments of one group's units; `low` and `high`: the least and the largest value of each column in any row,
    weights left out; `odd`: rows of all groups that have no number, so that the moments mean nothing."""

    moments: Moments
    units: Units
    low: Floats
    high: Floats
    odd: int = 0


class Sums:
    """Sums `columns` of each batch (k × rows), each times the row's weight, for each group of each grouping.

    In the moments the weights stand before the columns: 1 for a row without one. A row for which a column is NaN is
    counted as `odd`, and makes the sums meaningless.
    """

    def __init__(self, groupings: tuple[Grouping, ...], columns: Columns) -> None:
        self.groupings, self.columns = groupings, columns
        self._odd = 0
        self._moments: dict[tuple[int, tuple[str, ...]], Moments] = {}
        self._clusters: list[pl.DataFrame] = []
        self._groups: dict[tuple[str, ...], int] = {}
        self._low: Floats | float = np.inf
        self._high: Floats | float = -np.inf

    @np.errstate(over="ignore", invalid="ignore")  # numbers too large become infinite sums, which are told
    def update(self, batch: Batch) -> None:
        values = self.columns(batch)
        if np.isnan(values.sum()):
            self._odd += int(np.isnan(values).any(axis=0).sum())
            values = np.nan_to_num(values, nan=0.0)
        self._low = np.minimum(self._low, values.min(axis=1))
        self._high = np.maximum(self._high, values.max(axis=1))
        weighted = batch.weights is not None or batch.clusters is not None
        if weighted:
            weights = np.ones(batch.rows) if batch.weights is None else batch.weights
            values = np.vstack([weights, values * weights])
        for at, grouping in enumerate(self.groupings):
            groups = batch.groups.get(grouping)
            if groups is None or not groups.names:
                continue
            if batch.clusters is not None:
                own = np.array([self._groups.setdefault(name, len(self._groups)) for name in groups.names])
                self._clusters.append(_totals(own[groups.codes], batch.clusters, values, at))
                continue
            for name, part in zip(groups.names, _parts(groups.codes, len(groups.names), values), strict=True):
                self._note((at, name), part if weighted else _unit_weights(part))

    def merge(self, other: Self) -> None:
        self._odd += other._odd
        self._low, self._high = np.minimum(self._low, other._low), np.maximum(self._high, other._high)
        for key, part in other._moments.items():
            self._note(key, part)
        moved = np.array([self._groups.setdefault(name, len(self._groups)) for name in other._groups], dtype=np.int64)
        for sums in other._clusters:
            self._clusters.append(sums.with_columns(pl.Series("group", moved[sums["group"].to_numpy()])))
        if len(self._clusters) > 1:
            self._clusters = [_joined(self._clusters)]

    def second(self) -> None:
        return None

    def finish(self) -> dict[Grouping, dict[tuple[str, ...], SumTable]]:
        found: dict[Grouping, dict[tuple[str, ...], SumTable]] = {grouping: {} for grouping in self.groupings}
        low, high = np.asarray(self._low), np.asarray(self._high)
        for (at, name), part in self._moments.items():
            units = Units(rows=part.n)
            found[self.groupings[at]][name] = SumTable(moments=part, units=units, low=low, high=high, odd=self._odd)
        groups = list(self._groups)
        for (at, group), totals in self._totals():
            columns = totals.select(pl.exclude("grouping", "group", "cluster", "rows")).to_numpy()
            behind = Units(rows=int(totals["rows"].sum()), clustered=True)
            found[self.groupings[at]][groups[group]] = SumTable(
                moments=moments(columns), units=behind, low=low, high=high, odd=self._odd
            )
        return found

    def _totals(self) -> Iterator[tuple[tuple[int, int], pl.DataFrame]]:
        if self._clusters:
            parts = _joined(self._clusters).partition_by("grouping", "group", as_dict=True, maintain_order=True)
            yield from parts.items()

    def _note(self, key: tuple[int, tuple[str, ...]], part: Moments) -> None:
        known = self._moments.get(key)
        self._moments[key] = part if known is None else merged(known, part)


def _parts(codes: Array, groups: int, values: Floats) -> list[Moments]:
    """The moments of each group's rows, every group having at least one."""
    if groups == 1:
        return [moments(values.T)]
    count = np.bincount(codes, minlength=groups)
    width = range(len(values))
    mean = np.column_stack([np.bincount(codes, column, groups) / count for column in values])
    rest = values - mean.T[:, codes]
    second = np.empty((groups, len(width), len(width)))
    for i in width:
        for j in range(i + 1):
            second[:, i, j] = second[:, j, i] = np.bincount(codes, rest[i] * rest[j], groups)
    third = np.column_stack([np.bincount(codes, rest[i] ** 3, groups) for i in width])
    return [Moments(n=int(count[at]), mean=mean[at], second=second[at], third=third[at]) for at in range(groups)]


def _unit_weights(part: Moments) -> Moments:
    """The moments with a weight of 1 before each row's columns, which varies with nothing."""
    return Moments(
        n=part.n,
        mean=np.insert(part.mean, 0, 1.0),
        second=np.pad(part.second, ((1, 0), (1, 0))),
        third=np.insert(part.third, 0, 0.0),
    )


def _totals(groups: Array, clusters: Array, values: Floats, grouping: int) -> pl.DataFrame:
    """The sums of each cluster in each group."""
    columns = {f"{i}": pl.Series(column) for i, column in enumerate(values)}
    keys = {"group": pl.Series(groups.astype(np.int64)), "cluster": pl.Series(clusters)}
    frame = pl.DataFrame({**keys, "rows": np.ones(len(clusters), dtype=np.int64), **columns})
    sums = frame.group_by(*keys, maintain_order=True).agg(pl.col("rows", *columns).sum())
    return sums.select(pl.lit(grouping, dtype=pl.Int64).alias("grouping"), pl.all())


def _joined(parts: list[pl.DataFrame]) -> pl.DataFrame:
    keys = ("grouping", "group", "cluster")
    return pl.concat(parts).group_by(keys, maintain_order=True).agg(pl.exclude(*keys).sum()).sort(keys)

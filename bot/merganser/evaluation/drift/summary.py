"""From a table to its profile: what is kept of each column, with no row and no rare value in it. No files.

Numbers: an edge is the mean of ten rows next to each other in rank; the minimum and maximum are means of the ten lowest
and highest rows (of as many more as it takes). None of them is a value that one to nine rows have, and neither an edge
nor the range between two edges holds one to nine rows. Mean and standard deviation are over all rows: ten or more rows
stand in no other mean, so that none can be told by subtraction; a column too short for that has no minimum or maximum.

Categories: those of fewer than ten rows are told together, without their names.
"""

from collections.abc import Sequence

import msgspec
import numpy as np
import polars as pl
from numpy.typing import NDArray

from merganser.errors import DataError
from merganser.evaluation.drift.columns import Categories, Column, Floats, Numbers, Text, column_of
from merganser.evaluation.drift.profile import (
    FEWEST,
    MAX_BINS,
    MAX_COLUMNS,
    MAX_NAME,
    CategoryColumn,
    EmptyColumn,
    NumberColumn,
    Profile,
    ProfileColumn,
    TextColumn,
)


def profile_of(table: pl.DataFrame, columns: Sequence[str] = ()) -> Profile:
    """The profile of a table's columns (all without any); `DataError` where one is missing or they are too many."""
    wanted = tuple(columns) or tuple(table.columns)
    if lacking := [name for name in wanted if name not in table.columns]:
        raise DataError(f"the features have no column {lacking[0][:80]!a}", "Correct features.columns.")
    if len(wanted) > MAX_COLUMNS or any(len(name) > MAX_NAME for name in wanted):
        longest = max(map(len, wanted))
        what = f"the features have {len(wanted):,} columns, and the longest name has {longest:,} letters"
        raise DataError(what, f"Name at most {MAX_COLUMNS:,} in features.columns, of at most {MAX_NAME:,} letters.")
    return Profile(columns={name: _summary(column_of(table[name])) for name in wanted})


def _summary(column: Column) -> ProfileColumn:
    if isinstance(column, Numbers):
        return _number_column(column)
    if isinstance(column, Categories):
        return _category_column(column)
    if isinstance(column, Text):
        return TextColumn(n=column.rows, missing=column.missing)
    return EmptyColumn(n=column.rows)


def _category_column(column: Categories) -> CategoryColumn:
    present = column.present
    told = {name: count for name, count in column.counts.items() if count >= FEWEST and len(name) <= MAX_NAME}
    shares = {name: told[name] / present for name in sorted(told)}
    other = (present - sum(told.values())) / present
    return CategoryColumn(n=column.rows, missing=column.missing, shares=shares, other=other)


def _number_column(column: Numbers) -> NumberColumn:
    values = column.values
    bare = NumberColumn(n=column.rows, missing=column.missing, counts=(len(values),))
    if len(values) < FEWEST:
        return bare
    edges = _told(values, _edges(values))
    below, upto = np.searchsorted(values, edges, "left"), np.searchsorted(values, edges, "right")
    ties = upto - below
    most = (len(values) - FEWEST * (len(edges) + 1)) // 2
    return msgspec.structs.replace(
        bare,
        min=_end(values, most),
        max=_end(values[::-1], most),
        mean=float(values.mean()),
        sd=float(values.std(ddof=1)),
        edges=tuple(edges.tolist()),
        counts=tuple((np.append(below, len(values)) - np.insert(upto, 0, 0)).tolist()),
        ties=tuple(ties.tolist()) if ties.any() else (),
    )


def _edges(values: Floats) -> Floats:
    """Means of `FEWEST` rows around the ranks that part the rows into bins; one value where all of them are the same.

    A bin has at least twice as many rows, so that no two of these means have fewer than `FEWEST` rows between them
    unless rows are the same.
    """
    bins = min(MAX_BINS, len(values) // (2 * FEWEST))
    cuts = np.arange(1, bins) * len(values) // max(bins, 1)
    windows = values[cuts[:, None] + np.arange(-(FEWEST // 2), FEWEST - FEWEST // 2)]
    return np.unique(_means(windows))


def _means(windows: Floats) -> Floats:
    """The mean of each row; exactly the value where a row has only one."""
    return np.where(windows[:, 0] == windows[:, -1], windows[:, 0], windows.mean(axis=1))


def _told(values: Floats, edges: Floats) -> Floats:
    """The edges that neither hold nor part off one to nine rows."""
    below, upto = np.searchsorted(values, edges, "left"), np.searchsorted(values, edges, "right")
    kept: list[int] = []
    for i in np.flatnonzero(~_few(upto - below)).tolist():
        if not _few(below[i] - (upto[kept[-1]] if kept else 0)):
            kept.append(i)
    while kept and _few(len(values) - upto[kept[-1]]):
        kept.pop()
    return edges[kept]


def _end(values: Floats, most: int) -> float | None:
    """The mean of the first `FEWEST` rows, or of as many more (to `most`) as it takes to be no value of few rows."""
    for size in range(FEWEST, most + 1):
        mean = float(_means(values[None, :size])[0])
        if not _few(np.count_nonzero(values == mean)):
            return mean
    return None


def _few(rows: NDArray[np.int64] | np.int64 | int) -> NDArray[np.bool_]:
    return np.logical_and(np.greater(rows, 0), np.less(rows, FEWEST))

"""What a table's column holds: sorted numbers, counted categories, too many different values, or nothing. No files."""

import msgspec
import numpy as np
import polars as pl
from numpy.typing import NDArray

from merganser.evaluation.drift.profile import MAX_CATEGORIES
from merganser.evaluation.keys import as_text

Floats = NDArray[np.float64]

LARGEST = 1e150  # squares of larger numbers overflow
_PROBE = 1_000


class Numbers(msgspec.Struct, frozen=True, kw_only=True):
    """Numbers in ascending order, those missing left out of the `rows`."""

    rows: int
    values: Floats

    @property
    def missing(self) -> int:
        return self.rows - len(self.values)


class Categories(msgspec.Struct, frozen=True, kw_only=True):
    """Rows by category; `other` have one that is not told, which only a profile knows of."""

    rows: int
    counts: dict[str, int]
    other: int = 0

    @property
    def present(self) -> int:
        return sum(self.counts.values()) + self.other

    @property
    def missing(self) -> int:
        return self.rows - self.present


class Text(msgspec.Struct, frozen=True, kw_only=True):
    """More different values than are categories."""

    rows: int
    missing: int


class Empty(msgspec.Struct, frozen=True, kw_only=True):
    """No row has a value."""

    rows: int
    missing: int


Column = Numbers | Categories | Text | Empty


def column_of(values: pl.Series) -> Column:
    """Numbers, dates and times (as seconds), and texts that all are numbers (CSV knows no types) are numbers.

    Text and booleans are categories. Nulls, NaN, infinities and numbers beyond ±1e150 are missing.
    """
    rows = len(values)
    numbers = _numbers(values.drop_nulls())
    if numbers is None:
        return _categories(values)
    inside = np.abs(numbers) <= LARGEST
    if not inside.all():
        numbers = numbers[inside]
    return Numbers(rows=rows, values=np.sort(numbers)) if len(numbers) else Empty(rows=rows, missing=rows)


def _numbers(values: pl.Series) -> Floats | None:
    """The values as numbers, None where they are none; no values are no numbers."""
    kind = values.dtype
    if kind.is_numeric():
        return values.cast(pl.Float64).to_numpy()
    if kind in (pl.Date, pl.Datetime):
        return values.dt.epoch("us").to_numpy() / 1e6
    if kind in (pl.Duration, pl.Time):
        return values.cast(pl.Duration("us")).dt.total_microseconds().to_numpy() / 1e6
    if kind != pl.String or not _all_numbers(values.head(_PROBE)) or not _all_numbers(values):
        return None
    return values.cast(pl.Float64).to_numpy()


def _all_numbers(texts: pl.Series) -> bool:
    return len(texts) > 0 and texts.cast(pl.Float64, strict=False).null_count() == 0


def _categories(values: pl.Series) -> Categories | Text | Empty:
    rows, missing = len(values), values.null_count()
    if missing == rows:
        return Empty(rows=rows, missing=rows)
    found = values.drop_nulls().value_counts(name="rows")
    if found.height > MAX_CATEGORIES:
        return Text(rows=rows, missing=missing)
    counts: dict[str, int] = {}
    for name, count in zip(as_text(found.to_series(0)), found["rows"], strict=True):
        counts[name] = counts.get(name, 0) + count
    return Categories(rows=rows, counts=counts)

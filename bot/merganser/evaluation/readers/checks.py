"""What every format is held to: plain values, short texts, columns that agree, and errors that say what to do."""

import csv
import struct
from collections.abc import Iterator
from contextlib import contextmanager

import polars as pl

from merganser.errors import DataError

MAX_TEXT = 1_000
MAX_TEXTS = 2 << 30

Schema = dict[str, pl.DataType]

_BROKEN = (
    pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, ValueError, IndexError, KeyError, struct.error,
    csv.Error,
)  # fmt: skip
_DISAGREES = (pl.exceptions.PanicException, IndexError, KeyError, struct.error)


@contextmanager
def readable(name: str) -> Iterator[None]:
    """Whatever goes wrong with a file is a `DataError` that names it."""
    try:
        yield
    except _BROKEN as wrong:
        said = (str(wrong).splitlines() or [type(wrong).__name__])[0][:200]
        if isinstance(wrong, _DISAGREES):
            said = "its data is not as it says"
        raise DataError(f"{name} can't be read: {said}", "Write the file again; it may be cut or damaged.") from wrong


def check_rows(rows: int, most: int, name: str) -> None:
    if rows > most:
        raise DataError(f"{name}: more than {most:,} rows", "Use a smaller evaluation set.")


def check_flat(schema: Schema, name: str) -> None:
    """One plain value in each cell: no lists, no structs, no bytes."""
    nested = [column for column, kind in schema.items() if kind.is_nested() or kind in (pl.Binary, pl.Object)]
    if nested:
        raise DataError(f"{name}: column {nested[0]!r} holds lists or bytes", "One plain value in each cell.")


def check_texts(frame: pl.DataFrame, name: str) -> None:
    """Texts that a few bytes of parquet repeat a million times are refused before anything copies them."""
    total = 0.0
    for sizes in frame.select(pl.col(pl.String).str.len_bytes()).iter_columns():
        longest, mean = sizes.max(), sizes.mean()
        if isinstance(longest, int) and longest > MAX_TEXT:
            raise DataError(f"{name}: column {sizes.name!r} holds a text of over {MAX_TEXT:,} bytes", "Shorten it.")
        total += mean * len(sizes) if isinstance(mean, float) else 0
    if total > MAX_TEXTS:
        raise DataError(f"{name}: over {MAX_TEXTS >> 30} GB of text", "Keep only the columns that are needed.")


def wanted(present: Schema, columns: tuple[str, ...]) -> Schema:
    """The named columns that there are, in the file's order; all where none is named."""
    return {name: kind for name, kind in present.items() if not columns or name in columns}


def kept(present: Schema, columns: tuple[str, ...]) -> list[str]:
    """The wanted columns' names; without any the first one's, so that rows are counted all the same."""
    return list(wanted(present, columns)) or list(present)[:1]


def plain(schema: Schema) -> Schema:
    """The types that columns are read as: categories are text, and so are integers that need more than 64 bits."""
    return {name: pl.String() if _is_text(kind) else kind for name, kind in schema.items()}


def wider(left: pl.DataType, right: pl.DataType) -> pl.DataType | None:
    """The type that holds the values of both: the wider of two integers, the other than nothing; else None."""
    if left == right or right == pl.Null:
        return left
    if left == pl.Null:
        return right
    if left.is_integer() and right.is_integer():
        both = [pl.Series("", [], dtype=kind).to_frame() for kind in (left, right)]
        return pl.concat(both, how="vertical_relaxed").to_series().dtype
    return None


def _is_text(kind: pl.DataType) -> bool:
    return kind in (pl.Categorical, pl.Enum) or str(kind).endswith("Int128")

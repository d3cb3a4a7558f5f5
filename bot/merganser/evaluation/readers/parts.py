"""The parts of a table: parquet files read where they lie, and blocks of text kept as frames or as parquet."""

import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import msgspec
import polars as pl
from polars.selectors import by_name

from merganser.errors import DataError
from merganser.evaluation.readers.checks import Schema, check_flat, check_rows, check_texts, plain, readable, wanted
from merganser.evaluation.readers.csv_text import csv_frames
from merganser.evaluation.readers.folders import DataFile
from merganser.evaluation.readers.footer import check_pages, read_footer
from merganser.evaluation.readers.json_lines import json_frames

PARQUET = ".parquet"
TEXTS: dict[str, Callable[[Path, str, tuple[str, ...]], Iterator[pl.DataFrame]]] = {
    ".csv": csv_frames,
    ".jsonl": json_frames,
    ".ndjson": json_frames,
}


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """Rows that stand together: of the parquet file at `path`, else of `frame`.

    `file` is what messages call their file, `values` the columns that its folders' names give it.
    """

    file: str
    rows: int
    path: Path | None = None
    frame: pl.DataFrame | None = None
    values: dict[str, str | None] = {}


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """A file that was looked at: which of the wanted columns it has, and its rows."""

    file: str
    schema: Schema
    parts: tuple[Part, ...]


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How much is read: rows of a table, bytes of each parquet file and of each text file."""

    rows: int
    parquet: int
    text: int


def opened(file: DataFile, columns: tuple[str, ...], limits: Limits, scratch: Path | None) -> Opened:
    """Looks at a file, and rewrites text as parquet in `scratch` (None: keeps it in memory)."""
    suffix = file.path.suffix.lower()
    most = limits.parquet if suffix == PARQUET else limits.text
    with readable(file.name):
        if file.path.stat().st_size > most:
            raise DataError(f"{file.name}: larger than {most >> 30} GB", "Keep only the columns that are needed.")
        found = _parquet(file, columns) if suffix == PARQUET else _text(file, columns, limits, scratch)
    check_rows(sum(part.rows for part in found.parts), limits.rows, file.name)
    if clash := [name for name in file.values if name in found.schema]:
        raise DataError(f"{file.name} has a column {clash[0]!r} as its folder does", "Rename the folder or the column.")
    given = wanted(dict.fromkeys(file.values, pl.String()), columns)
    return msgspec.structs.replace(found, schema=found.schema | given)


def read_part(part: Part, schema: Schema, start: int, count: int) -> pl.DataFrame:
    """Rows of a part in the columns and types of its table: as many as were asked for, of short texts."""
    with readable(part.file):
        stored = _stored(part, schema, start, count)
        if stored.width and stored.height != count:
            raise ValueError("it has fewer rows than it says")
        frame = pl.DataFrame({name: _column(part, stored, name, kind, count) for name, kind in schema.items()})
        check_texts(frame, part.file)
        return frame


def _stored(part: Part, schema: Schema, start: int, count: int) -> pl.DataFrame:
    if part.path is None:
        frame = pl.DataFrame() if part.frame is None else part.frame
        return frame.select(by_name(_both(schema, frame.schema))).slice(start, count)
    scan = _scan(part.path)
    return scan.select(by_name(_both(schema, scan.collect_schema()))).slice(start, count).collect()


def _both(schema: Mapping[str, pl.DataType], present: Mapping[str, pl.DataType]) -> list[str]:
    """The names in both, for `by_name`: elsewhere Polars takes `*` and `^.*$` for more than names."""
    return [name for name in schema if name in present]


def _column(part: Part, stored: pl.DataFrame, name: str, kind: pl.DataType, count: int) -> pl.Series:
    """A column as it is stored; else the value that the folder gives, or nothing, where a later block brought it up."""
    if name in stored.columns and name not in part.values:
        return stored[name].cast(kind)
    return pl.repeat(part.values.get(name), count, dtype=kind, eager=True)


def _scan(path: Path) -> pl.LazyFrame:
    return pl.scan_parquet(path, glob=False, hive_partitioning=False)


def _parquet(file: DataFile, columns: tuple[str, ...]) -> Opened:
    footer = read_footer(file.path)
    schema = wanted(dict(_scan(file.path).collect_schema()), columns)
    check_flat(schema, file.name)
    check_pages(file.path, footer, schema)
    part = Part(file=file.name, rows=footer.rows, path=file.path, values=file.values)
    return Opened(file=file.name, schema=plain(schema), parts=(part,))


def _text(file: DataFile, columns: tuple[str, ...], limits: Limits, scratch: Path | None) -> Opened:
    """The last block's types are the file's, since later blocks only widen them."""
    read = TEXTS[file.path.suffix.lower()]
    folder = None if scratch is None else Path(tempfile.mkdtemp(prefix="table-", dir=scratch))
    parts: list[Part] = []
    schema: Schema = {}
    rows = 0
    for frame in read(file.path, file.name, columns):
        check_texts(frame, file.name)
        rows += frame.height
        check_rows(rows, limits.rows, file.name)
        schema = wanted(dict(frame.schema), columns)
        path = None if folder is None else folder / f"{len(parts)}.parquet"
        if path is not None:
            frame.write_parquet(path, compression="zstd", compression_level=1, statistics=False)
        held = frame if path is None else None
        parts.append(Part(file=file.name, rows=frame.height, path=path, frame=held, values=file.values))
    return Opened(file=file.name, schema=schema, parts=tuple(parts))

"""Prediction, label and feature files as tables that are read in ranges of rows; what columns mean is not known here.

Parquet is read where it lies. CSV and JSON lines can't be read in ranges: a little of them is held in memory, more is
written to parquet once.
"""

from pathlib import Path

import msgspec
import polars as pl

from merganser.errors import DataError
from merganser.evaluation.readers.checks import Schema, check_rows, plain, wanted, wider
from merganser.evaluation.readers.folders import DataFile, data_files
from merganser.evaluation.readers.parts import PARQUET, TEXTS, Limits, Opened, Part, opened, read_part

IN_RANGES = Limits(rows=200_000_000, parquet=64 << 30, text=8 << 30)
AT_ONCE = Limits(rows=20_000_000, parquet=2 << 30, text=2 << 30)
IN_MEMORY = 32 << 20


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """A file or folder that was looked at: the wanted columns that it has, and where its rows come from.

    It can be pickled. Whoever reads it elsewhere needs its files, and the scratch folder, under the same paths.
    """

    name: str
    schema: dict[str, pl.DataType]
    rows: int
    parts: tuple[Part, ...]


def open_table(path: Path, columns: tuple[str, ...], scratch: Path) -> Table:
    """A parquet, CSV or JSON lines file, or a folder of files of one of these kinds, ready to be read.

    Of its columns those that are named (all where none is). CSV columns and the values in folders' names are text.
    `DataError`: no regular file, another format, compressed text, too large, nested columns, files of one folder that
    disagree, or not what the name says. Text of 32 MB and more is written to `scratch`, which must outlive the table.
    """
    files = _files(path)
    small = files[0].path.suffix.lower() != PARQUET and sum(file.path.stat().st_size for file in files) < IN_MEMORY
    table = _opened(path, files, columns, IN_RANGES, None if small else scratch)
    if not small:
        return table
    part = Part(file=table.name, rows=table.rows, frame=read_rows(table, 0, table.rows))
    return msgspec.structs.replace(table, parts=(part,))


def read_rows(table: Table, start: int, count: int, columns: tuple[str, ...] = ()) -> pl.DataFrame:
    """Rows `start` to `start + count` of the table's columns (those named, where some are), in the files' order."""
    schema = wanted(table.schema, columns)
    frames = [pl.DataFrame(schema=schema)]
    for part in table.parts:
        taken = min(count, part.rows - start)
        if taken > 0:
            frames.append(read_part(part, schema, start, taken))
            count -= taken
        start = max(0, start - part.rows)
    return frames[-1] if len(frames) <= 2 else pl.concat(frames[1:])


def read_table(path: Path, columns: tuple[str, ...] = ()) -> pl.DataFrame:
    """All rows of a table of up to 20 million, as `open_table` would give them."""
    files = _files(path)
    table = _opened(path, files, columns, AT_ONCE, None)
    return read_rows(table, 0, table.rows)


def _files(path: Path) -> list[DataFile]:
    """The regular files of a table, of one kind that is known."""
    kinds = (PARQUET, *TEXTS)
    files = data_files(path)
    for file in files:
        kind = file.path.suffix.lower()
        if kind not in kinds:
            raise DataError(f"{file.name}: unknown kind of file", f"Use one of {', '.join(kinds)}.")
        if TEXTS.get(kind) is not TEXTS.get(files[0].path.suffix.lower()):
            raise DataError(f"{files[0].name} and {file.name} are of two kinds", "Keep files of one kind in a folder.")
        if not file.path.is_file():
            raise DataError(f"{file.path}: no such file", "Check the name; it must be a regular file.")
    return files


def _opened(path: Path, files: list[DataFile], columns: tuple[str, ...], limits: Limits, scratch: Path | None) -> Table:
    found: list[Opened] = []
    rows = 0
    for file in files:
        found.append(opened(file, columns, limits, scratch))
        rows += sum(part.rows for part in found[-1].parts)
        check_rows(rows, limits.rows, path.name)
    parts = tuple(part for one in found for part in one.parts)
    return Table(name=path.name, schema=_agreed(found), rows=rows, parts=parts)


def _agreed(files: list[Opened]) -> Schema:
    """The columns that all files have, in types that hold what each of them holds."""
    schema = dict(files[0].schema)
    says = dict.fromkeys(schema, files[0].file)
    for file in files[1:]:
        if other := schema.keys() ^ file.schema.keys():
            has, lacks = (file, files[0]) if min(other) in file.schema else (files[0], file)
            raise DataError(f"{lacks.file} has no column {min(other)!r}, but {has.file} has", "Write equal files.")
        for name, kind in file.schema.items():
            both = wider(schema[name], kind)
            if both is None:
                what = f"column {name!r} is {schema[name]} in {says[name]}, but {kind} in {file.file}"
                raise DataError(what, "Write the files of a folder with the same types.")
            if both != schema[name]:
                schema[name], says[name] = both, file.file
    return plain(schema)

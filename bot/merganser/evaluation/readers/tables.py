"""Prediction, label and feature files as tables that are read in ranges of rows. What columns mean is not known here."""

import io
from collections.abc import Callable
from pathlib import Path

import msgspec
import polars as pl

from merganser.errors import DataError

MAX_ROWS = 200_000_000
MAX_ROWS_AT_ONCE = 20_000_000
MAX_BYTES = 2 << 30
MAX_TEXT = 1_000
_COMPRESSED = (b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"\x78\x01", b"\x78\x9c", b"\x78\xda", b"BZh", b"\xfd7zXZ")


class Part(msgspec.Struct, frozen=True):
    """One parquet file of a table, and its rows."""

    path: Path
    rows: int


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """A file or folder that was looked at: its columns as far as they are wanted, and where its rows come from.

    Its rows are those of the parquet files in `parts`, else of `frame`. It can be pickled; whoever reads it elsewhere
    needs the files at the same paths.
    """

    name: str
    schema: dict[str, pl.DataType]
    rows: int
    parts: tuple[Part, ...] = ()
    frame: pl.DataFrame | None = None


def open_table(path: Path, columns: tuple[str, ...], scratch: Path) -> Table:
    """The named columns that a parquet, CSV or JSON lines file has (all where none is named), ready to be read."""
    if path.suffix.lower() == ".parquet":
        scan = pl.scan_parquet(path, glob=False)
        rows = scan.select(pl.len()).collect().item()
        present = scan.collect_schema()
        schema = {name: present[name] for name in _wanted(present.names(), columns)}
        _flat(schema, path)
        return Table(name=path.name, schema=schema, rows=rows, parts=(Part(path, rows),))
    frame = read_table(path, columns)
    return Table(name=path.name, schema=dict(frame.schema), rows=frame.height, frame=frame)


def read_rows(table: Table, start: int, count: int, columns: tuple[str, ...] = ()) -> pl.DataFrame:
    """Rows `start` to `start + count` of the table's columns (those named, where some are), in the files' order."""
    names = _wanted(list(table.schema), columns)
    if table.frame is not None:
        return table.frame.select(names).slice(start, count)
    frames = []
    for part in table.parts:
        if start < part.rows and count > 0:
            taken = min(count, part.rows - start)
            frames.append(pl.scan_parquet(part.path, glob=False).select(names).slice(start, taken).collect())
            count -= taken
        start = max(0, start - part.rows)
    if not frames:
        return pl.DataFrame(schema={name: table.schema[name] for name in names})
    return frames[0] if len(frames) == 1 else pl.concat(frames)


def read_table(path: Path, columns: tuple[str, ...] = ()) -> pl.DataFrame:
    """The named columns that a parquet, CSV or JSON lines file has (all where none is named), in the file's order.

    CSV columns are text. `DataError`: no regular file, another format, compressed text, too large, nested columns,
    or not what the name says.
    """
    read = _READERS.get(path.suffix.lower())
    if read is None:
        raise DataError(f"{path.name}: unknown kind of file", f"Use one of {', '.join(_READERS)}.")
    try:
        if not path.is_file():
            raise DataError(f"{path}: no such file", "Check the name; it must be a regular file.")
        if path.stat().st_size > MAX_BYTES:
            raise DataError(f"{path.name}: larger than {MAX_BYTES >> 30} GB", "Keep only the columns that are needed.")
        frame = read(path, columns)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, ValueError) as wrong:
        said = (str(wrong).splitlines() or [type(wrong).__name__])[0][:200]
        raise DataError(
            f"{path.name} can't be read: {said}", "Write the file again; it may be cut or damaged."
        ) from wrong
    return _checked(frame, path)


def _read_parquet(path: Path, columns: tuple[str, ...]) -> pl.DataFrame:
    scan = pl.scan_parquet(path, glob=False)
    rows = scan.select(pl.len()).collect().item()
    if rows > MAX_ROWS_AT_ONCE:
        raise DataError(f"{path.name}: {rows:,} rows", f"At most {MAX_ROWS_AT_ONCE:,} are read.")
    schema = scan.collect_schema()
    wanted = _wanted(schema.names(), columns)
    _flat({name: schema[name] for name in wanted}, path)
    return scan.select(wanted).collect()


def _read_csv(path: Path, columns: tuple[str, ...]) -> pl.DataFrame:
    _refuse_compressed(path)
    frame = pl.read_csv(io.BytesIO(path.read_bytes()), infer_schema=False, n_rows=MAX_ROWS_AT_ONCE + 1)
    if any(name.endswith("_duplicated_0") for name in frame.columns):
        raise DataError(f"{path.name}: a column name stands twice", "Give each column its own name.")
    return frame.select(_wanted(frame.columns, columns))


def _read_json_lines(path: Path, columns: tuple[str, ...]) -> pl.DataFrame:
    _refuse_compressed(path)
    frame = pl.read_ndjson(path, infer_schema_length=None, n_rows=MAX_ROWS_AT_ONCE + 1)
    return frame.select(_wanted(frame.columns, columns))


_READERS: dict[str, Callable[[Path, tuple[str, ...]], pl.DataFrame]] = {
    ".parquet": _read_parquet,
    ".csv": _read_csv,
    ".jsonl": _read_json_lines,
    ".ndjson": _read_json_lines,
}


def _wanted(present: list[str], columns: tuple[str, ...]) -> list[str]:
    return [name for name in present if name in columns] if columns else present


def _refuse_compressed(path: Path) -> None:
    with path.open("rb") as file:
        if file.read(8).startswith(_COMPRESSED):
            raise DataError(f"{path.name}: compressed", "Unpack it first, or use parquet, which is small by itself.")


def _checked(frame: pl.DataFrame, path: Path) -> pl.DataFrame:
    if frame.height > MAX_ROWS_AT_ONCE:
        raise DataError(f"{path.name}: more than {MAX_ROWS_AT_ONCE:,} rows", "Use a smaller evaluation set.")
    _flat(dict(frame.schema), path)
    _short(frame, path)
    return frame


def _flat(schema: dict[str, pl.DataType], path: Path) -> None:
    nested = [name for name, kind in schema.items() if kind.is_nested() or kind in (pl.Binary, pl.Object)]
    if nested:
        raise DataError(f"{path.name}: column {nested[0]!r} holds lists or bytes", "One plain value in each cell.")


def _short(frame: pl.DataFrame, path: Path) -> None:
    """Texts that a few bytes of parquet repeat a million times are refused before anything copies them."""
    total = 0
    for column in frame.select(pl.col(pl.String)).iter_columns():
        sizes = column.str.len_bytes().cast(pl.Int64)
        total += int(sizes.sum())
        if len(column) and int(sizes.fill_null(0).max()) > MAX_TEXT:  # type: ignore[arg-type]
            raise DataError(
                f"{path.name}: column {column.name!r} holds a text of over {MAX_TEXT:,} bytes", "Shorten it."
            )
    if total > MAX_BYTES:
        raise DataError(f"{path.name}: over {MAX_BYTES >> 30} GB of text", "Keep only the columns that are needed.")

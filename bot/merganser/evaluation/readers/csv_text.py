"""CSV files, block by block: every cell is text."""

import csv
import io
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import polars as pl
from polars.selectors import by_name

from merganser.errors import DataError
from merganser.evaluation.readers.blocks import MAX_COLUMNS, blocks, last_record, unquoted
from merganser.evaluation.readers.checks import kept


def csv_frames(path: Path, name: str, columns: tuple[str, ...]) -> Iterator[pl.DataFrame]:
    """The named columns that there are (without any the first), in the file's order. `DataError` for ragged rows."""
    header, names, rows = b"", list[str](), 0
    for block in blocks(path, name, last_record):
        if not header:
            block = block.lstrip(b"\r\n")
            header, names = _header(block, name)
            block = block[len(header) :]
        _check_width(block, len(names), name, rows)
        frame = pl.read_csv(io.BytesIO(header + block), infer_schema=False)
        rows += frame.height
        yield frame.select(by_name(kept(dict(frame.schema), columns)))
    if not header:
        raise DataError(f"{name} can't be read: it is empty", "Write the file again, with a line of column names.")


def _header(block: bytes, name: str) -> tuple[bytes, list[str]]:
    """The first line of a block (more, where quotes hold line ends), and the columns that it names."""
    reader = csv.reader(_lines(block))
    names = next(reader)
    if len(set(names)) < len(names):
        raise DataError(f"{name}: a column name stands twice", "Give each column its own name.")
    if len(names) > MAX_COLUMNS:
        raise DataError(f"{name}: over {MAX_COLUMNS:,} columns", "Keep only the columns that are needed.")
    return b"".join(islice(io.BytesIO(block), reader.line_num)), names


def _check_width(block: bytes, width: int, name: str, rows: int) -> None:
    """Every row has as many cells as the header: Polars would fill up a row that was cut, and unpack empty lines."""
    bare = unquoted(block)
    if bare.count(b",") == bare.count(b"\n") * (width - 1):
        return
    for number, row in enumerate(csv.reader(_lines(block)), rows + 1):
        if len(row) != width:
            raise DataError(
                f"{name}: row {number:,} has {len(row):,} cells, the header {width:,}",
                "Write a cell for every column, and quotes around text that holds commas.",
            )


def _lines(block: bytes) -> Iterator[str]:
    return (line.decode() for line in io.BytesIO(block))

"""JSON lines, block by block: each line an object, read in the types of the whole file."""

import io
from collections.abc import Iterator
from pathlib import Path

import polars as pl
from polars.selectors import by_name

from merganser.errors import DataError
from merganser.evaluation.readers.blocks import blocks, last_line
from merganser.evaluation.readers.checks import Schema, check_flat, kept, wanted
from merganser.evaluation.readers.json_objects import joined, repeated_name, shape_of, types_of

MAX_CELLS = 1 << 24
_SAMPLE = 256 << 10
_LONG_LINE = 64 << 10


def json_frames(path: Path, name: str, columns: tuple[str, ...]) -> Iterator[pl.DataFrame]:
    """The named columns that there are (without any the first). Later frames may have wider types and more columns.

    Whole and other numbers together are floats; numbers beside text, or of over 64 bits, are text. `DataError` for a
    name that stands twice in an object, with the line.
    """
    reader = _Reader(name, columns)
    for block in blocks(path, name, last_line):
        yield reader.read(block)
    if not reader.lines:
        raise DataError(f"{name} can't be read: it is empty", "Write the file again, with an object on each line.")


class _Reader:
    """The types of the columns as far as they are known, and how many lines have been read.

    Polars reads a block whose types it is told quickly; to find them takes it seven times as long, and in nested values
    without bound. So they are looked for in a few lines, and again in a block that they don't fit.
    """

    def __init__(self, name: str, columns: tuple[str, ...]) -> None:
        self.name, self.columns = name, columns
        self.schema: Schema = {}
        self.lines = 0

    def read(self, block: bytes) -> pl.DataFrame:
        shape = shape_of(block, self.name)
        if not self.schema:
            self._learn(types_of(block[: last_line(block[:_SAMPLE])] or block, self.name).schema)
        frame = self._fitting(block) if shape.longest < _LONG_LINE else None  # names may be very many there
        # As many values as names: in no line is a name new, null, or there twice.
        if frame is None or shape.nested or shape.names != sum(len(cells) - cells.null_count() for cells in frame):
            types = types_of(block, self.name)
            if types.names != shape.names:
                twice = repeated_name(block)
                what = f"{self.name}, line {self.lines + twice.line:,}: the name {twice.name[:80]!r} stands twice"
                raise DataError(what, "Write each name once in an object.")
            if self._learn(types.schema) or frame is None:
                frame = self._typed(block)
        self.lines += block.count(b"\n")
        return frame.select(by_name(kept(self._plain(), self.columns)))

    def _learn(self, schema: Schema) -> bool:
        """Widens the known types by those of some lines, and adds new columns; whether there was anything to learn."""
        before = self.schema
        self.schema = before | {
            name: joined(self.name, name, before.get(name, kind), kind) for name, kind in schema.items()
        }
        check_flat(wanted(self.schema, self.columns), self.name)
        return self.schema != before

    def _fitting(self, block: bytes) -> pl.DataFrame | None:
        try:
            return self._typed(block)
        except pl.exceptions.PolarsError:
            return None

    def _typed(self, block: bytes) -> pl.DataFrame:
        schema = self._plain()
        if len(schema) * block.count(b"\n") > MAX_CELLS:  # a line of three bytes has a cell in each column
            what = f"{self.name} has {len(schema):,} columns, and lines that lack nearly all of them"
            raise DataError(what, "Write the same names in every line, or use parquet.")
        return pl.read_ndjson(io.BytesIO(block), schema=schema)

    def _plain(self) -> Schema:
        return {name: kind for name, kind in self.schema.items() if not kind.is_nested()}

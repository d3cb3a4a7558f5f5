"""JSON lines, block by block: each an object on its own line, with the types of the whole file."""

import io
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from merganser.errors import DataError
from merganser.evaluation.readers.blocks import MAX_COLUMNS, blocks, last_line, unquoted
from merganser.evaluation.readers.checks import Schema, check_flat, plain, wanted, wider

MAX_NESTING = 64
MAX_CELLS = 1 << 24
_SAMPLE = 256 << 10
_NAME = re.compile(rb'"([^"\\]*+(?:\\.[^"\\]*+)*+)"\s*+:')


def json_frames(path: Path, name: str, columns: tuple[str, ...]) -> Iterator[pl.DataFrame]:
    """The named columns that there are (all where none is named). Later frames may have wider types and more columns.

    `DataError` for a name that stands twice in an object, with the line. Polars takes seven times as long to find the
    types as to read a block whose types it is told: they are found in a few lines, and again where they don't fit.
    """
    reader = _Reader(name, columns)
    for block in blocks(path, name, last_line):
        yield reader.read(block)
    if not reader.lines:
        raise DataError(f"{name} can't be read: it is empty", "Write the file again, with an object on each line.")


class _Reader:
    """The types of the plain columns as far as they are known, which columns are nested, how many lines are read."""

    def __init__(self, name: str, columns: tuple[str, ...]) -> None:
        self.name, self.columns = name, columns
        self.schema: Schema = {}
        self.nested: set[str] = set()
        self.lines = 0

    def read(self, block: bytes) -> pl.DataFrame:
        escaped = block.replace(rb"\\", b"__").replace(rb"\"", b"__") if b"\\" in block else block
        bare = unquoted(escaped)
        self._check_nesting(bare)
        if not self.schema:
            self._find_types(block[: last_line(block[:_SAMPLE])] or block)
        frame = self._fitting(block)
        # As many values as names in front of colons: in no line is a name new, null, or there twice.
        if frame is None or bare.count(b":") != sum(len(column) - column.null_count() for column in frame):
            names = self._names(block)
            if frame is None or not names <= self.schema.keys() | self.nested:
                self._find_types(block)
                frame = self._typed(block)
        self.lines += block.count(b"\n")
        schema = plain(wanted(self.schema, self.columns))
        return frame.select(*schema).cast(dict(schema))

    def _fitting(self, block: bytes) -> pl.DataFrame | None:
        try:
            return self._typed(block)
        except pl.exceptions.PolarsError:
            return None

    def _typed(self, block: bytes) -> pl.DataFrame:
        self._check_cells(len(self.schema), block)
        return pl.read_ndjson(io.BytesIO(block), schema=self.schema)

    def _find_types(self, block: bytes) -> None:
        """Widens the known types by those of a block, and adds its new columns."""
        self._check_cells(len(self._names(block)), block)
        found = pl.read_ndjson(io.BytesIO(block), infer_schema_length=None).schema
        check_flat(wanted(dict(found), self.columns), self.name)
        self.nested |= {name for name, kind in found.items() if kind.is_nested()}
        kinds = self.schema | {name: self._wider(name, kind) for name, kind in found.items()}
        self.schema = {name: kind for name, kind in kinds.items() if name not in self.nested}

    def _wider(self, name: str, kind: pl.DataType) -> pl.DataType:
        known = self.schema.get(name, kind)
        if (both := wider(known, kind)) is not None:
            return both
        if pl.String in (known, kind):
            return pl.String()
        if known.is_numeric() and kind.is_numeric():
            return pl.Float64()
        raise DataError(f"{self.name}: column {name!r} holds {known} and {kind}", "Write values of one kind.")

    def _names(self, block: bytes) -> set[str]:
        """The names in front of colons; `DataError` where an object has one twice, and for too many."""
        seen: set[bytes] = set()
        for number, line in enumerate(io.BytesIO(block), self.lines + 1):
            found = _NAME.findall(line)
            if len(set(found)) < len(found) and (twice := _twice(line)) is not None:
                what = f"{self.name}, line {number:,}: the name {twice[:80]!r} stands twice"
                raise DataError(what, "Write each name once in an object.")
            seen.update(found)
            if len(seen) > MAX_COLUMNS:
                raise DataError(f"{self.name}: over {MAX_COLUMNS:,} names", "Keep only the columns that are needed.")
        return {json.loads(b'"%b"' % name) for name in seen}

    def _check_cells(self, columns: int, block: bytes) -> None:
        """A line of three bytes takes a cell in each column of the file."""
        if columns * block.count(b"\n") > MAX_CELLS:
            raise DataError(f"{self.name}: {columns:,} names, of which lines lack nearly all", "Use parquet for it.")

    def _check_nesting(self, bare: bytes) -> None:
        if bare.count(b"{") + bare.count(b"[") <= bare.count(b"\n"):
            return
        marks = np.frombuffer(bare, dtype=np.uint8)
        opening, closing = np.isin(marks, tuple(b"{[")), np.isin(marks, tuple(b"}]"))
        depth = np.cumsum(opening.astype(np.int8) - closing, dtype=np.int32)
        if int(depth.max()) > MAX_NESTING:
            raise DataError(f"{self.name} is nested over {MAX_NESTING} deep", "One plain value in each cell.")


def _twice(line: bytes) -> str | None:
    """A name that stands twice in one of a line's objects."""
    found: list[str] = []

    def note(pairs: list[tuple[str, Any]]) -> None:
        names = Counter(name for name, _ in pairs)
        found.extend(name for name, times in names.items() if times > 1)

    json.loads(line, object_pairs_hook=note)
    return found[0] if found else None

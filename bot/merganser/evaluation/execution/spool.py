"""Tables too large to join at once: their rows on disk in partitions by key, so that equal keys meet in one."""

from pathlib import Path

import msgspec
import numpy as np
import polars as pl

from merganser.evaluation.execution.sources import Keys as KeysOf
from merganser.evaluation.execution.sources import Part, joined, keys_of
from merganser.evaluation.faults import Faults, Grade
from merganser.evaluation.keys import hashes
from merganser.evaluation.layout import Layout
from merganser.evaluation.readers.tables import Table, read_rows
from merganser.evaluation.rows import Frames

_KEY = "key:"


class Piece(msgspec.Struct, frozen=True):
    """A file with rows of one table in the order of their partitions, and where each partition begins."""

    file: Path
    starts: tuple[int, ...]


class ByPartition(msgspec.Struct, frozen=True, kw_only=True):
    """Spooled tables: the rows of partition p are the p-th range of each piece."""

    pieces: dict[str, tuple[Piece, ...]]
    layout: Layout
    rows: dict[str, int]
    partitions: int

    def parts(self) -> list[Part]:
        return [Part(number, 1) for number in range(self.partitions)]

    def read(self, part: Part, faults: Faults) -> tuple[Frames, KeysOf | None]:
        frames = {whose: self._frame(pieces, part.start) for whose, pieces in self.pieces.items()}
        keys = {whose: frame[_KEY].alias("key") for whose, frame in frames.items()}
        plain = {whose: frame.drop(_KEY) for whose, frame in frames.items()}
        return joined(plain, keys, faults, self.rows), None

    def _frame(self, pieces: tuple[Piece, ...], partition: int) -> pl.DataFrame:
        found = []
        for piece in pieces:
            start, end = piece.starts[partition], piece.starts[partition + 1]
            found.append(pl.scan_ipc(piece.file).slice(start, end - start).collect())
        if len({frame[_KEY].dtype for frame in found}) > 1:
            found = [frame.with_columns(pl.col(_KEY).cast(pl.String)) for frame in found]
        return pl.concat(found)


def spooled(tables: dict[str, Table], layout: Layout, batch: int, scratch: Path) -> ByPartition | Faults:
    """The tables, partitioned in `scratch` into about `batch` rows each; the faults of keys where there are any."""
    faults = Faults()
    partitions = max(2, -(-max(table.rows for table in tables.values()) // batch))
    pieces = {
        whose: tuple(
            _piece(read_rows(table, start, batch), (layout, whose, faults), partitions, scratch / f"{at}-{start}.arrow")
            for start in range(0, table.rows, batch)
        )
        for at, (whose, table) in enumerate(tables.items())
    }
    if faults.any(Grade.unusable):
        return faults
    rows = {whose: table.rows for whose, table in tables.items()}
    return ByPartition(pieces=pieces, layout=layout, rows=rows, partitions=partitions)


def _piece(frame: pl.DataFrame, of: tuple[Layout, str, Faults], partitions: int, file: Path) -> Piece:
    keys = keys_of(frame, *of)
    where = (hashes(keys.fill_null(0) if keys.dtype == pl.Int64 else keys) % np.uint64(partitions)).astype(np.int64)
    order = np.argsort(where, kind="stable")
    frame.with_columns(keys.alias(_KEY))[order].write_ipc(file)
    starts = np.concatenate(([0], np.cumsum(np.bincount(where, minlength=partitions))))
    return Piece(file, tuple(starts.tolist()))

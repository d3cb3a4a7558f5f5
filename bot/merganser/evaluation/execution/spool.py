"""Tables too large to join at once: their rows on disk in partitions by key, so that equal keys meet in one."""

from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
import polars as pl

from merganser.evaluation.batch import Frames
from merganser.evaluation.execution.sources import Keys, Part, framed, joined, keys_of
from merganser.evaluation.execution.workers import Workers
from merganser.evaluation.faults import Faults, Grade
from merganser.evaluation.keys import hashes
from merganser.evaluation.layout import Layout
from merganser.evaluation.readers.tables import Table, read_rows

_KEY = "key:"
MOST_PARTITIONS = 2**16 - 1


class Piece(msgspec.Struct, frozen=True):
    """A file with rows of one table in the order of their partitions, and where each partition begins."""

    file: Path
    starts: tuple[int, ...]


class ByPartition(msgspec.Struct, frozen=True, kw_only=True):
    """Spooled tables: the rows of partition p are the p-th range of each piece.

    Joined partitions are left in `scratch`, where one is that is read `again`.
    """

    pieces: dict[str, tuple[Piece, ...]]
    layout: Layout
    rows: dict[str, int]
    partitions: int
    scratch: Path
    again: bool = False

    def parts(self) -> list[Part]:
        return [Part(number, 1) for number in range(self.partitions)]

    def read(self, part: Part, faults: Faults) -> tuple[Frames, Keys | None]:
        files = {whose: self.scratch / f"joined-{at}-{part.start}.arrow" for at, whose in enumerate(self.pieces)}
        if self.again:
            frames = {whose: pl.read_ipc(file) for whose, file in files.items()}
            keys = next(iter(frames.values()))[_KEY]
            return framed(keys, frames), None
        raw = {whose: _partition(pieces, part.start) for whose, pieces in self.pieces.items()}
        own = {whose: frame[_KEY].alias("key") for whose, frame in raw.items()}
        found = joined({whose: frame.drop(_KEY) for whose, frame in raw.items()}, own, faults, self.rows)
        if self.layout.passes > 1:
            for whose, frame in found.sides().items():
                frame.with_columns(found.keys.alias(_KEY)).write_ipc(files[whose])
        return found, None


class _Cut(NamedTuple):
    """What becomes one piece: rows of a table from `start`."""

    table: Table
    whose: str
    start: int
    file: Path


class _Plan(NamedTuple):
    layout: Layout
    batch: int
    partitions: int


def spooled(tables: dict[str, Table], plan: tuple[Layout, int, Path], workers: Workers) -> ByPartition | Faults:
    """The tables, partitioned in a folder into about as many rows as a batch has; where keys have faults, these.

    `plan`: the layout, the rows of a batch, the folder.
    """
    layout, batch, scratch = plan
    partitions = min(max(2, -(-max(table.rows for table in tables.values()) // batch)), MOST_PARTITIONS)
    cuts = [
        _Cut(table, whose, start, scratch / f"{at}-{start}.arrow")
        for at, (whose, table) in enumerate(tables.items())
        for start in range(0, table.rows, batch)
    ]
    faults = Faults()
    pieces: dict[str, list[Piece]] = {whose: [] for whose in tables}
    for cut, (piece, wrong) in zip(cuts, workers.map(_piece, _Plan(layout, batch, partitions), cuts), strict=True):
        faults.merge(wrong)
        pieces[cut.whose].append(piece)
    if faults.any(Grade.unusable):
        return faults
    return ByPartition(
        pieces={whose: tuple(found) for whose, found in pieces.items()},
        layout=layout,
        rows={whose: table.rows for whose, table in tables.items()},
        partitions=partitions,
        scratch=scratch,
    )


def _piece(plan: _Plan, cut: _Cut) -> tuple[Piece, Faults]:
    faults = Faults()
    frame = read_rows(cut.table, cut.start, plan.batch)
    keys = keys_of(frame, plan.layout, cut.whose, faults)
    known = keys.fill_null(0) if keys.dtype == pl.Int64 else keys
    where = (hashes(known) % np.uint64(plan.partitions)).astype(np.uint16)  # numpy sorts 16 bits by counting
    frame.with_columns(keys.alias(_KEY))[np.argsort(where, kind="stable")].write_ipc(cut.file)
    starts = np.concatenate(([0], np.cumsum(np.bincount(where, minlength=plan.partitions))))
    return Piece(cut.file, tuple(starts.tolist())), faults


def _partition(pieces: tuple[Piece, ...], number: int) -> pl.DataFrame:
    found = []
    for piece in pieces:
        start, end = piece.starts[number], piece.starts[number + 1]
        found.append(pl.read_ipc(piece.file).slice(start, end - start))
    if len({frame[_KEY].dtype for frame in found}) > 1:
        found = [frame.with_columns(pl.col(_KEY).cast(pl.String)) for frame in found]
    return pl.concat(found, rechunk=True)

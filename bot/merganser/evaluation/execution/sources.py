"""Rows of both sides, and of sealed labels, beside each other: read by their place, or joined by their key."""

from collections.abc import Iterable
from typing import NamedTuple, Protocol

import msgspec
import numpy as np
import polars as pl

from merganser.evaluation.batch import BASELINE, CANDIDATE, LABELS, Frames
from merganser.evaluation.faults import Faults, Grade, Kind
from merganser.evaluation.keys import canonical, equal, increasing
from merganser.evaluation.layout import Layout
from merganser.evaluation.readers.tables import Table, read_rows

TABLES = (LABELS, CANDIDATE, BASELINE)  # in the order in which their faults are told
_LACKING, _REPEATED, _LONE = -30, -20, -10  # faults of keys, which are told before those of what rows say


class Misaligned(Exception):
    """The tables don't hold the same keys in the same order."""


class Part(NamedTuple):
    """Some rows: so many from `start`, or all of the partition of that number."""

    start: int
    rows: int


class Keys(NamedTuple):
    """What a part's keys prove about repetition: within the part, and beside the next one."""

    increasing: bool
    first: int | str
    last: int | str


class Source(Protocol):
    """Somewhere to get rows from; it can be sent to another process."""

    def parts(self) -> list[Part]: ...

    def read(self, part: Part, faults: Faults) -> tuple[Frames, Keys | None]:
        """The rows of a part; the second is None where repeated keys were looked for already."""
        ...


class ByPlace(msgspec.Struct, frozen=True, kw_only=True):
    """Tables by whose rows they are that are expected to have the same keys in the same order.

    `proven`: that they have was seen before, so keys are not read any more.
    """

    tables: dict[str, Table]
    layout: Layout
    batch: int
    proven: bool = False

    def parts(self) -> list[Part]:
        rows = self.tables[CANDIDATE].rows
        return [Part(start, min(self.batch, rows - start)) for start in range(0, rows, self.batch)]

    def read(self, part: Part, faults: Faults) -> tuple[Frames, Keys | None]:
        if self.proven:
            frames = {whose: read_rows(table, *part, self._columns(whose)) for whose, table in self.tables.items()}
            return framed(pl.Series("key", [0]).new_from_index(0, part.rows), frames), None
        frames = {whose: read_rows(table, *part) for whose, table in self.tables.items()}
        keys = {whose: keys_of(frame, self.layout, whose, faults) for whose, frame in frames.items()}
        first = keys[CANDIDATE]
        if any(not equal(first, other) for other in keys.values()):
            raise Misaligned
        return framed(first, frames), Keys(increasing(first), first[0], first[-1])

    def _columns(self, whose: str) -> tuple[str, ...]:
        label = (self.layout.labelled.label,)
        said = self.layout.said_columns()
        if whose == LABELS:
            return label
        return said if whose == BASELINE or LABELS in self.tables else (*said, *label)


class ByKey(msgspec.Struct, frozen=True, kw_only=True):
    """Tables whose rows have to be joined, all in one part."""

    tables: dict[str, Table]
    layout: Layout

    def parts(self) -> list[Part]:
        return [Part(0, max(table.rows for table in self.tables.values()))]

    def read(self, part: Part, faults: Faults) -> tuple[Frames, Keys | None]:  # noqa: ARG002
        frames = {whose: read_rows(table, 0, table.rows) for whose, table in self.tables.items()}
        keys = {whose: keys_of(frame, self.layout, whose, faults) for whose, frame in frames.items()}
        return joined(frames, keys, faults, {whose: table.rows for whose, table in self.tables.items()}), None


def keys_of(frame: pl.DataFrame, layout: Layout, whose: str, faults: Faults) -> pl.Series:
    """The canonical keys of one table's rows; missing ones, and numbers that aren't whole, are faults."""
    name = layout.labelled.key if whose == LABELS else layout.predictions.key
    keys = canonical(frame[name]).alias("key")
    order = _LACKING + TABLES.index(whose)
    faults.count(Kind(Grade.unusable, order, f"rows of {whose}", f"have no key in {name}"), keys.null_count())
    if frame[name].dtype.is_float() and keys.dtype == pl.String:
        fractions = keys.filter(keys.str.contains(r"[.e]"))
        faults.add(
            Kind(Grade.unusable, order, f"rows of {whose}", f"have a fraction as their key in {name}"), fractions
        )
    return keys


def framed(keys: pl.Series, frames: dict[str, pl.DataFrame]) -> Frames:
    return Frames(keys=keys, candidate=frames[CANDIDATE], baseline=frames.get(BASELINE), labels=frames.get(LABELS))


def joined(frames: dict[str, pl.DataFrame], keys: dict[str, pl.Series], faults: Faults, rows: dict[str, int]) -> Frames:
    """The rows whose key every table has, in the candidate's order; repeated and lone keys are faults."""
    for whose, own in keys.items():
        repeated = own.filter(own.is_duplicated() & own.is_not_null())
        order = _REPEATED + TABLES.index(whose)
        faults.add(Kind(Grade.unusable, order, f"of {rows[whose]:,} rows of {whose}", "repeat a key"), repeated)
    if faults.any(Grade.unusable):
        return framed(keys[CANDIDATE].head(0), {whose: frame.head(0) for whose, frame in frames.items()})
    if any(own.dtype != keys[CANDIDATE].dtype for own in keys.values()):
        keys = {whose: own.cast(pl.String) for whose, own in keys.items()}
    places = _places(keys[CANDIDATE], CANDIDATE)
    for whose, own in keys.items():
        if whose != CANDIDATE:
            places = places.join(_places(own, whose), on="key", how="inner", maintain_order="left")
    if any(len(own) > places.height for own in keys.values()):
        _lone_keys(keys, faults)
    elif places.height == frames[CANDIDATE].height:  # the candidate's rows are where they were
        return framed(places["key"], frames | {w: f[places[w]] for w, f in frames.items() if w != CANDIDATE})
    return framed(places["key"], {whose: frame[places[whose]] for whose, frame in frames.items()})


def _places(keys: pl.Series, whose: str) -> pl.DataFrame:
    return pl.DataFrame([keys, pl.Series(whose, np.arange(len(keys), dtype=np.uint32))])


def _lone_keys(keys: dict[str, pl.Series], faults: Faults) -> None:
    """Keys that one table has and another lacks: of labels and candidate unusable, of the baseline another data set."""
    pairs = [(LABELS, CANDIDATE, Grade.unusable), (LABELS, BASELINE, Grade.changed)]
    if LABELS not in keys:
        pairs = [(CANDIDATE, BASELINE, Grade.changed)]
    for order, (one, other, grade) in enumerate(pairs):
        if other not in keys:
            continue
        for step, (here, there) in enumerate(((one, other), (other, one))):
            lone = _lone(keys[here], keys[there])
            faults.add(Kind(grade, _LONE + 2 * order + step, f"rows of {here}", f"are not in {there}"), lone)


def _lone(keys: pl.Series, others: pl.Series) -> pl.Series:
    return keys.filter(~keys.is_in(others.implode()))


def repeated_anywhere(parts: Iterable[Keys | None]) -> bool:
    """Whether keys may be repeated, given what is known of all parts in their order."""
    before: int | str | None = None
    for keys in parts:
        if keys is None:
            continue
        if not keys.increasing or (before is not None and not _greater(keys.first, before)):
            return True
        before = keys.last
    return False


def _greater(after: int | str, before: int | str) -> bool:
    if isinstance(after, int) and isinstance(before, int):
        return after > before
    return isinstance(after, str) and isinstance(before, str) and after > before

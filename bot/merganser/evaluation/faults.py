"""What is wrong with the rows of both sides: counted, with examples, mergeable over parts. Pure."""

import itertools
import re
from collections.abc import Iterable, Iterator
from enum import IntEnum
from typing import NamedTuple, Self

import polars as pl

EXAMPLES = 3
_SINGULAR = {"have": "has", "are": "is", "hold": "holds"}
_SHOWN = 40


class Grade(IntEnum):
    """What a fault makes impossible: any judgement, the comparison with the baseline, or slices by one column."""

    unusable = 0
    changed = 1
    slices = 2


class Kind(NamedTuple):
    """One kind of fault. Of several the one with the smallest `order` is told.

    `what` and `fault` are worded for many rows: `rows of the labels`, `have no label`; `column` only for slices.
    """

    grade: Grade
    order: int
    what: str
    fault: str
    column: str = ""


class Faults:
    """Counts of rows by what is wrong with them, each with the first of their keys, sorted as text, as examples."""

    def __init__(self) -> None:
        self._found: dict[Kind, tuple[int, list[str]]] = {}

    def add(self, kind: Kind, keys: pl.Series) -> None:
        """Rows with these keys have this fault; none is fine."""
        if len(keys):
            self._put(kind, len(keys), keys.cast(pl.String).unique().sort()[:EXAMPLES].to_list())

    def count(self, kind: Kind, rows: int) -> None:
        """Rows that have no key to name them by."""
        if rows:
            self._put(kind, rows, ())

    def merge(self, other: Self) -> None:
        for kind, (count, examples) in other._found.items():
            self._put(kind, count, examples)

    def any(self, grade: Grade) -> bool:
        return any(kind.grade is grade for kind in self._found)

    def first(self, grade: Grade, column: str = "") -> str:
        """The first fault of a grade (for slices of one column) as a clause; empty where there is none."""
        return next(self._told(grade, column), "")

    def both(self, grade: Grade) -> str:
        """The first two faults of a grade: what either side has and the other lacks are two."""
        return "; ".join(itertools.islice(self._told(grade), 2))

    def _told(self, grade: Grade, column: str = "") -> Iterator[str]:
        for kind in sorted(kind for kind in self._found if (kind.grade, kind.column) == (grade, column)):
            yield _clause(*self._found[kind], kind)

    def _put(self, kind: Kind, count: int, examples: Iterable[str]) -> None:
        before, known = self._found.get(kind, (0, []))
        self._found[kind] = before + count, sorted({*known, *examples})[:EXAMPLES]


def counted(count: int, what: str, fault: str) -> str:
    """`12 rows of … have no label`, `1 row of … has no label`: the words are given for many rows."""
    if count == 1:
        verb, _, rest = fault.partition(" ")
        what, fault = re.sub("^rows", "row", what), f"{_SINGULAR.get(verb, verb)} {rest}"
    return f"{count:,} {what} {fault}"


def _clause(count: int, examples: list[str], kind: Kind) -> str:
    """`12 rows of … have no label (e.g. a, b, c)`."""
    shown = f" (e.g. {', '.join(key[:_SHOWN] for key in examples)})" if examples else ""
    return counted(count, kind.what, kind.fault) + shown

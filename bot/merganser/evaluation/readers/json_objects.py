"""What stands in lines of JSON, found without making tables of them: names, nesting, types of values."""

import io
import json
from collections import Counter
from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec
import numpy as np
import polars as pl

from merganser.errors import DataError
from merganser.evaluation.readers.blocks import MAX_COLUMNS, unquoted
from merganser.evaluation.readers.checks import Schema, wider

MAX_NESTING = 64
_LONG = b"0" * 19
_AS_ZERO = bytes.maketrans(b"123456789", b"000000000")
_TYPES: dict[type, pl.DataType] = {
    type(None): pl.Null(), bool: pl.Boolean(), int: pl.Int64(), float: pl.Float64(), str: pl.String(),
    list: pl.List(pl.Null()), dict: pl.Struct([]),
}  # fmt: skip


class Shape(NamedTuple):
    """How many names stand in front of colons, the bytes of the longest line, and whether any value is nested."""

    names: int
    longest: int
    nested: bool


class Types(NamedTuple):
    """The types of some lines' columns, in the order in which they come up, and how many names all objects have."""

    schema: Schema
    names: int


class Repeated(NamedTuple):
    """A name that stands twice in an object, and in which of a block's lines."""

    name: str
    line: int


def shape_of(block: bytes, name: str) -> Shape:
    """The shape of some lines. `DataError` for nesting that nobody should follow."""
    escaped = block.replace(rb"\\", b"__").replace(rb"\"", b"__") if b"\\" in block else block
    bare = unquoted(escaped)
    ends = np.flatnonzero(np.frombuffer(block, dtype=np.uint8) == ord("\n"))
    nested = bare.count(b"{") + bare.count(b"[") > len(ends)
    if nested and _depth(bare) > MAX_NESTING:
        raise DataError(f"{name} is nested over {MAX_NESTING} deep", "Write one plain value in each cell.")
    return Shape(bare.count(b":"), int(np.diff(ends, prepend=-1).max()), nested)


def types_of(block: bytes, name: str) -> Types:
    """The types of some lines; `DataError` for too many names, and where no type holds all of a column's values."""
    decode = msgspec.json.Decoder(dict[str, Any]).decode
    type_of: Callable[[Any], type] = _type_of if _LONG in block.translate(_AS_ZERO) else type
    columns: dict[str, Any] = {}
    found: set[tuple[str, type]] = set()
    names = 0
    for line in io.BytesIO(block):
        if line.isspace():
            continue
        row = decode(line)
        columns |= row
        found.update(zip(row, map(type_of, row.values()), strict=True))
        names += len(row)
        if b"{" in line[1:]:
            names += sum(map(_names_in, row.values()))
        if len(columns) > MAX_COLUMNS:
            raise DataError(f"{name}: over {MAX_COLUMNS:,} columns", "Keep only the columns that are needed.")
    schema: Schema = dict.fromkeys(columns, pl.Null())
    for column, kind in found:
        schema[column] = joined(name, column, schema[column], _TYPES[kind])
    return Types(schema, names)


def joined(name: str, column: str, left: pl.DataType, right: pl.DataType) -> pl.DataType:
    """The type that holds values of both; `DataError` where there is none."""
    if (both := wider(left, right)) is not None:
        return both
    for kind in (left, right):
        if kind.is_nested():
            return kind
    if pl.String in (left, right):
        return pl.String()
    if left.is_numeric() and right.is_numeric():
        return pl.Float64()
    raise DataError(f"{name}: column {column!r} holds both {left} and {right}", "Write values of one kind.")


def repeated_name(block: bytes) -> Repeated:
    """The first name that stands twice in one object, as one does where objects have fewer names than colons."""
    found: list[str] = []

    def note(pairs: list[tuple[str, Any]]) -> None:
        if len(dict(pairs)) < len(pairs):
            found.append(Counter(name for name, _ in pairs).most_common(1)[0][0])

    for number, line in enumerate(io.BytesIO(block), 1):
        if not line.isspace():
            json.loads(line, object_pairs_hook=note)
        if found:
            return Repeated(found[0], number)
    raise ValueError("its colons are not those of objects")


def _depth(bare: bytes) -> int:
    marks = np.frombuffer(bare, dtype=np.uint8)
    opening, closing = np.isin(marks, tuple(b"{[")), np.isin(marks, tuple(b"}]"))
    return int(np.cumsum(opening.astype(np.int8) - closing, dtype=np.int32).max())


def _type_of(value: Any) -> type:
    """An integer of over 64 bits is text: no other type of a column holds each of its digits."""
    return str if isinstance(value, int) and not -(2**63) <= value < 2**63 else type(value)


def _names_in(value: Any) -> int:
    if isinstance(value, dict):
        return len(value) + sum(map(_names_in, value.values()))
    return sum(map(_names_in, value)) if isinstance(value, list) else 0

"""Arrow's description of a schema, which parquet files carry along: measured before anything follows it down.

It is a FlatBuffer (flatbuffers.dev/internals; github.com/apache/arrow, `format/Schema.fbs` and `Message.fbs`): tables
that point to each other, so that a few bytes can describe a tree of any depth and size.
"""

import base64
import struct

MAX_DEPTH = 64
MAX_FIELDS = 100_000
_MESSAGE_HEADER, _SCHEMA_FIELDS, _FIELD_CHILDREN = 2, 1, 5


def check_arrow_schema(encoded: bytes) -> None:
    """`ValueError` and `struct.error`: nested deeper than 64 times, over 100,000 fields, or no schema."""
    data = base64.b64decode(encoded)
    data = data[8:] if data[:4] == b"\xff" * 4 else data
    schema = _pointed(data, _field(data, _pointed(data, 0), _MESSAGE_HEADER))
    level, seen = _tables(data, _field(data, schema, _SCHEMA_FIELDS)), 0
    for _ in range(MAX_DEPTH):
        seen += len(level)
        if seen > MAX_FIELDS:
            break
        level = [child for at in level for child in _tables(data, _field(data, at, _FIELD_CHILDREN))]
        if not level:
            return
    raise ValueError("its schema is nested too deeply or has too many columns")


def _tables(data: bytes, at: int) -> list[int]:
    """The places of the tables in the vector that is pointed to from `at`; none where there is no vector."""
    if not at:
        return []
    start = _pointed(data, at)
    size = _number("<I", data, start)
    if size > MAX_FIELDS:
        raise ValueError("its schema has too many columns")
    return [_pointed(data, start + 4 + 4 * position) for position in range(size)]


def _field(data: bytes, table: int, number: int) -> int:
    """Where a table keeps a field; 0 where it has none."""
    layout = table - _number("<i", data, table)
    entry = 4 + 2 * number
    offset = _number("<H", data, layout + entry) if entry < _number("<H", data, layout) else 0
    return table + offset if offset else 0


def _pointed(data: bytes, at: int) -> int:
    return at + _number("<I", data, at)


def _number(form: str, data: bytes, at: int) -> int:
    if at < 0:
        raise ValueError("its schema points out of itself")
    value: int = struct.unpack_from(form, data, at)[0]
    return value

"""Parquet files written by hand, byte by byte, so that they can claim what no writer would.

The format: github.com/apache/parquet-format, `parquet.thrift` and `Encodings.md`; its metadata is in Thrift's compact
protocol. Only what one required column of INT64, DOUBLE or BYTE_ARRAY needs.
"""

import base64
import struct
from typing import Any, NamedTuple

INT64, DOUBLE, BYTE_ARRAY = 2, 5, 6
PLAIN, RLE, DICTIONARY = 0, 3, 8
UNCOMPRESSED, SNAPPY, GZIP, ZSTD = 0, 1, 2, 6


def varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


class Raw(NamedTuple):
    """Bytes that stand in a struct as they are, with the type that they are said to be (9: a list)."""

    data: bytes
    kind: int = 9


class Long(int):
    """An integer of 64 bits in the description of the format."""


def thrift(fields: dict[int, Any]) -> bytes:
    """A struct in the compact protocol: int, str or bytes, a list of these, or a dictionary (a struct), by field id."""
    out, last = b"", 0
    for number, value in fields.items():
        kind, data = _value(value)
        step = number - last
        out += bytes([step << 4 | kind]) if step < 16 else bytes([kind]) + varint(number << 1)
        out, last = out + data, number
    return out + b"\0"


def _value(value: Any) -> tuple[int, bytes]:
    if isinstance(value, Raw):
        return value.kind, value.data
    if isinstance(value, int):
        return 6 if isinstance(value, Long) else 5, varint(value << 1 ^ value >> 127)
    if isinstance(value, str | bytes):
        data = value.encode() if isinstance(value, str) else value
        return 8, varint(len(data)) + data
    if isinstance(value, dict):
        return 12, thrift(value)
    kinds = [_value(one) for one in value]
    kind = kinds[0][0] if kinds else 12
    size = bytes([len(kinds) << 4 | kind]) if len(kinds) < 15 else bytes([0xF0 | kind]) + varint(len(kinds))
    return 9, size + b"".join(data for _, data in kinds)


def data_page(
    values: int, body: bytes, size: int | None = None, encoding: int = PLAIN, packed: int | None = None
) -> bytes:
    """A page that claims so many values, and so many bytes (unpacked, packed)."""
    packed = len(body) if packed is None else packed
    header = {1: 0, 2: packed if size is None else size, 3: packed, 5: {1: values, 2: encoding, 3: RLE, 4: RLE}}
    return thrift(header) + body


def dictionary_page(values: int, body: bytes, size: int | None = None) -> bytes:
    return thrift({1: 2, 2: len(body) if size is None else size, 3: len(body), 7: {1: values, 2: PLAIN}}) + body


def parquet(
    pages: list[bytes],
    rows: int,
    *,
    kind: int = INT64,
    codec: int = UNCOMPRESSED,
    values: int | None = None,
    group_rows: int | None = None,
    size: int | None = None,
    dictionary: bool = False,
    footer: dict[int, Any] | None = None,
) -> bytes:
    """A file of one required column `v`; what is None is as it should be for `rows`."""
    body = b"".join(pages)
    length = len(body) if size is None else size
    values = rows if values is None else values
    column: dict[int, Any] = {1: kind, 2: [PLAIN, RLE, DICTIONARY], 3: ["v"], 4: codec, 5: Long(values)}
    column |= {6: Long(length), 7: Long(length), 9: Long(4 + (len(pages[0]) if dictionary else 0))}
    if dictionary:
        column[11] = Long(4)
    group = {1: [{2: Long(4), 3: column}], 2: Long(length), 3: Long(rows if group_rows is None else group_rows)}
    schema = [{4: "schema", 5: 1}, {1: kind, 3: 0, 4: "v"} | ({6: 0} if kind == BYTE_ARRAY else {})]
    meta = thrift({1: 1, 2: schema, 3: Long(rows), 4: [group]} | (footer or {}))
    return b"PAR1" + body + meta + struct.pack("<I", len(meta)) + b"PAR1"


def run(width: int, count: int, value: int = 0) -> bytes:
    """The indices of a dictionary page's data: one run of the same value."""
    return bytes([width]) + varint(count << 1) + value.to_bytes((width + 7) // 8, "little")


def arrow_schema(depth: int, children: int = 1) -> bytes:
    """Arrow's schema of columns within columns, so deep; a column's several children are all the same one.

    FlatBuffers: flatbuffers.dev/internals. Three layouts, then tables of 8 bytes that do nothing but point onward.
    """
    field = struct.pack("<9H2x", 18, 8, 0, 0, 0, 0, 0, 4, 0)
    message, schema = struct.pack("<5H2x", 10, 8, 0, 0, 4), struct.pack("<4H", 8, 8, 0, 4)
    start = struct.pack("<I", 44) + field + message + schema
    start += struct.pack("<iI", 20, 4) + struct.pack("<iI", 16, 4) + struct.pack("<II", 1, 4)
    for level in range(depth):
        count = children if level + 1 < depth else 0
        start += struct.pack("<iII", len(start) - 4, 4, count)
        start += struct.pack(f"<{count}I", *range(4 * count, 0, -4))
    return base64.b64encode(start)

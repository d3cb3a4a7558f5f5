"""Parquet files written by hand, byte by byte, so that they can claim what no writer would.

The format: github.com/apache/parquet-format, `parquet.thrift` and `Encodings.md`; its metadata is in Thrift's compact
protocol. Only what one required column of INT64, DOUBLE or BYTE_ARRAY needs.
"""

import struct
from typing import Any

INT64, DOUBLE, BYTE_ARRAY = 2, 5, 6
PLAIN, RLE, DICTIONARY = 0, 3, 8
UNCOMPRESSED, SNAPPY, GZIP, ZSTD = 0, 1, 2, 6


def varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


class Raw(bytes):
    """Bytes that stand in a struct as they are, with the type that they are said to be."""

    kind = 9


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
        return value.kind, bytes(value)
    if isinstance(value, int):
        return (5 if -(2**31) <= value < 2**31 else 6), varint(value << 1 ^ value >> 127)
    if isinstance(value, str | bytes):
        data = value.encode() if isinstance(value, str) else value
        return 8, varint(len(data)) + data
    if isinstance(value, dict):
        return 12, thrift(value)
    kinds = [_value(one) for one in value]
    kind = kinds[0][0] if kinds else 12
    size = bytes([len(kinds) << 4 | kind]) if len(kinds) < 15 else bytes([0xF0 | kind]) + varint(len(kinds))
    return 9, size + b"".join(data for _, data in kinds)


def data_page(values: int, body: bytes, size: int | None = None, encoding: int = PLAIN, packed: int | None = None) -> bytes:
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
    column: dict[int, Any] = {1: kind, 2: [PLAIN, RLE, DICTIONARY], 3: ["v"], 4: codec, 5: values, 6: length, 7: length}
    column[9] = 4 + (len(pages[0]) if dictionary else 0)
    if dictionary:
        column[11] = 4
    group = {1: [{2: 4, 3: column}], 2: length, 3: rows if group_rows is None else group_rows}
    schema = [{4: "schema", 5: 1}, {1: kind, 3: 0, 4: "v"} | ({6: 0} if kind == BYTE_ARRAY else {})]
    meta = thrift({1: 1, 2: schema, 3: rows, 4: [group]} | (footer or {}))
    return b"PAR1" + body + meta + struct.pack("<I", len(meta)) + b"PAR1"


def run(width: int, count: int, value: int = 0) -> bytes:
    """The indices of a dictionary page's data: one run of the same value."""
    return bytes([width]) + varint(count << 1) + value.to_bytes((width + 7) // 8, "little")

"""The compact protocol, against bytes from its specification and against parquet's own metadata by pyarrow."""

import io
from typing import Any

import pyarrow
import pytest
from hypothesis import given
from hypothesis import strategies as some
from pyarrow import parquet

from merganser.evaluation.readers.thrift import BYTE, Compact, Struct
from tests.evaluation.readers.crafted import Long, Raw, thrift, varint


@pytest.mark.parametrize(
    ("data", "value"),
    [  # zigzag: the table of the specification
        ("00", 0), ("01", -1), ("02", 1), ("03", -2), ("04", 2), ("feffffff0f", 2**31 - 1), ("ffffffff0f", -(2**31)),
        ("ffffffffffffffffff01", -(2**63)), ("feffffffffffffffff01", 2**63 - 1),
    ],
)  # fmt: skip
def test_integers(data: str, value: int) -> None:
    assert Compact(bytes.fromhex("16" + data + "00")).struct({1: int}) == {1: value}


FIELDS = {
    1: 5,
    2: "text",
    3: [1, -2, 3],
    4: {1: Long(-7), 9: {}},
    5: [{1: 1}, {}, {2: "x"}],
    6: ["a"] * 20,
    40: 8,
    41: Raw(b"", 1),  # true
    42: Raw(b"\x07", 3),  # a byte
    43: Raw(bytes(8), 7),  # a double
    44: Raw(b"\x00", 11),  # an empty map
    45: Raw(b"\x02\x85\x01a\x02\x01b\x04", 11),  # a map of two, from text to integer
    46: Raw(b"\x32\x01\x02\x01", 10),  # a set of three truth values
    47: Raw(b"\x27" + bytes(16), 9),  # a list of two doubles
    48: 9,
}


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, {}),
        ({48: int, 40: int, 1: int, 7: int}, {1: 5, 40: 8, 48: 9}),
        ({-1: int, -2: bytes, -3: [int], -4: {1: int}, -41: bool, -42: BYTE, -43: float, 48: int}, {48: 9}),
        ({2: bytes, 6: [bytes]}, {2: b"text", 6: [b"a"] * 20}),
        ({3: [int], 4: {1: int}}, {3: [1, -2, 3], 4: {1: -7}}),
        ({4: {9: {}}, 5: [{2: bytes}]}, {4: {9: {}}, 5: [{}, {}, {2: b"x"}]}),
    ],
)
def test_only_what_is_wanted(wanted: Struct, found: dict[int, object]) -> None:
    data = thrift({number: value for number, value in FIELDS.items() if number != 45})
    reader = Compact(b"?" + data + b"!", 1)
    assert reader.struct(wanted) == found
    assert reader.data[reader.at :] == b"!"


def test_a_map_is_passed_over() -> None:
    data = thrift({1: Raw(b"\x02\x85\x01a\x02\x01b\x04", 11), 2: 9})
    assert Compact(data).struct({2: int}) == {2: 9}


@pytest.mark.parametrize(
    "wanted",
    [
        *({2: int}, {1: bytes}, {1: [int]}, {1: {}}, {3: int}, {4: [int]}, {3: [bytes]}, {1: bool}, {41: int}),
        *({43: BYTE}, {42: float}, {1: None}, {-1: bytes}, {-4: bytes}, {-42: int}, {-3: [bytes]}),
    ],
)
def test_another_type_than_what_is_wanted(wanted: Struct) -> None:
    with pytest.raises(ValueError, match="a field of another type"):
        Compact(thrift(FIELDS)).struct(wanted)


@pytest.mark.parametrize("kind", [0, 13, 15])
def test_types_that_there_are_not(kind: int) -> None:
    data = bytes([0x19, 0x10 | kind]) + bytes(9)
    with pytest.raises(ValueError, match="unknown type"):
        Compact(data).struct({})


@given(some.binary(max_size=60))
def test_any_bytes_end_well(data: bytes) -> None:
    for wanted in ({}, {1: int, 2: [{1: bytes}], 3: {1: [int]}}):
        try:
            Compact(data).struct(wanted)
        except (ValueError, IndexError):
            continue


def a_million_steps(data: bytes) -> Any:
    """Bytes that are refused only after that many, which takes seconds."""
    return pytest.param(data, marks=pytest.mark.integration)


@pytest.mark.parametrize(
    "data",
    [
        b"\x1c" * 1000,
        a_million_steps(b"\x1b" + varint(1_200_000) + b"\x33" + bytes(2_400_000)),
        a_million_steps(b"\x19\xfc" + varint(1_200_000) + bytes(1_200_000)),
        b"\x19" * 1000,
        b"\x16" + b"\xff" * 11,
    ],
)
def test_what_would_take_too_much(data: bytes) -> None:
    for wanted in ({}, {1: [{}]}, {-1: [{}]}):
        with pytest.raises(ValueError, match=r"too deeply|too many|endless|another type"):
            Compact(data).struct(wanted)


def test_the_metadata_of_a_real_file() -> None:
    file = io.BytesIO()
    parquet.write_table(pyarrow.table({"a": range(1000), "b": ["x"] * 1000}), file, row_group_size=100)
    meta = parquet.ParquetFile(file).metadata
    data = file.getvalue()
    said = Compact(data[len(data) - 8 - meta.serialized_size : -8]).struct(
        {3: int, 4: [{1: [{3: {3: [bytes], 9: int}}], 3: int}]}
    )
    assert said[3] == meta.num_rows == 1000
    assert [group[3] for group in said[4]] == [100] * 10
    chunks = [column[3] for group in said[4] for column in group[1]]
    assert [chunk[3] for chunk in chunks] == [[b"a"], [b"b"]] * 10
    assert [chunk[9] for chunk in chunks] == [
        meta.row_group(group).column(column).data_page_offset for group in range(10) for column in range(2)
    ]

"""Arrow's description of a schema: real ones pass, whatever their shape; what is bottomless or broken doesn't."""

import base64
import contextlib
import struct

import pyarrow
import pytest
from hypothesis import given
from hypothesis import strategies as some

from merganser.evaluation.readers.arrow_schema import check_arrow_schema
from tests.evaluation.readers.crafted import arrow_schema

TYPES = some.recursive(
    some.sampled_from([pyarrow.int8(), pyarrow.string(), pyarrow.timestamp("us"), pyarrow.dictionary("int8", "str")]),
    lambda inner: (
        some.lists(inner, max_size=3).map(
            lambda kinds: pyarrow.struct([(f"c{n}", kind) for n, kind in enumerate(kinds)])
        )
        | inner.map(pyarrow.list_)
    ),
)


def encoded(schema: pyarrow.Schema) -> bytes:
    return base64.b64encode(schema.serialize().to_pybytes())


@given(some.lists(TYPES, max_size=5))
def test_what_arrow_writes(kinds: list[pyarrow.DataType]) -> None:
    fields = [pyarrow.field(f"c{n}", kind, metadata={"a": "b"}) for n, kind in enumerate(kinds)]
    check_arrow_schema(encoded(pyarrow.schema(fields, metadata={"pandas": "{}"})))


@pytest.mark.parametrize(("depth", "fine"), [(63, True), (64, False), (100, False)])
def test_depth(depth: int, fine: bool) -> None:
    kind = pyarrow.int8()
    for _ in range(depth):
        kind = pyarrow.list_(kind)
    if fine:
        check_arrow_schema(encoded(pyarrow.schema([("v", kind)])))
    else:
        with pytest.raises(ValueError, match="nested too deeply"):
            check_arrow_schema(encoded(pyarrow.schema([("v", kind)])))


def test_tables_that_are_pointed_to_twice_are_counted_twice() -> None:
    check_arrow_schema(arrow_schema(depth=10, children=2))
    with pytest.raises(ValueError, match="too many columns"):
        check_arrow_schema(arrow_schema(depth=20, children=2))


def test_a_vector_that_claims_too_many() -> None:
    data = bytearray(base64.b64decode(arrow_schema(depth=1)))
    data[60:64] = struct.pack("<I", 2**31)
    with pytest.raises(ValueError, match="too many columns"):
        check_arrow_schema(base64.b64encode(data))


def test_a_table_before_the_beginning() -> None:
    data = bytearray(base64.b64decode(arrow_schema(depth=1)))
    data[44:48] = struct.pack("<i", 1000)
    with pytest.raises(ValueError, match="points out of itself"):
        check_arrow_schema(base64.b64encode(data))


@given(some.binary(max_size=80))
def test_any_bytes_end_well(data: bytes) -> None:
    with contextlib.suppress(ValueError, struct.error):
        check_arrow_schema(base64.b64encode(data))

"""Parquet that lies about itself: an error or rows, in bounded memory, and never the end of the process."""

import base64
import gzip
import struct
from pathlib import Path

import pyarrow
import pytest
from pyarrow.parquet import read_table

from tests.evaluation.readers.apart import Outcome, read_apart
from tests.evaluation.readers.crafted import (
    BYTE_ARRAY,
    DICTIONARY,
    GZIP,
    SNAPPY,
    Raw,
    arrow_schema,
    data_page,
    dictionary_page,
    parquet,
    run,
    thrift,
    varint,
)

MEGABYTES = 200
BILLION = 10**9
ENDLESS = Raw(bytes([0xFC]) + varint(2**31 - 1))  # a list of structs that says it has two billion
INTS = struct.pack("<3q", 1, 2, 3)
SEVEN = struct.pack("<q", 7)
PLAIN_PAGE = data_page(3, INTS)
LONG = struct.pack("<I", 900) + b"x" * 900
HIDING = gzip.compress(INTS, mtime=0)
# A checksum that is said to be text, which holds a page's header: Polars reads a number there, and then the header.
HIDDEN = b"\x05\x04" + varint((2**31 - 1) << 1) + b"\x3c" + thrift({1: 3, 2: 0, 3: 3, 4: 3}) + b"\0"


def flat(**claims: object) -> bytes:
    return parquet([PLAIN_PAGE], 3, **claims)  # type: ignore[arg-type]


def repeated(kind_of_value: bytes, rows: int, **claims: object) -> bytes:
    """A few bytes that hold any number of equal rows."""
    pages = [dictionary_page(1, kind_of_value), data_page(rows, run(1, rows), encoding=DICTIONARY)]
    return parquet(pages, rows, dictionary=True, **claims)  # type: ignore[arg-type]


def indices(body: bytes, values: int = 1) -> bytes:
    return parquet([dictionary_page(values, SEVEN), data_page(3, body, encoding=DICTIONARY)], 3, dictionary=True)


def packed(size: int, body: bytes = INTS, values: int = 3, rows: int = 3) -> bytes:
    return parquet([data_page(values, gzip.compress(body, mtime=0), size=size)], rows, codec=GZIP)


def arrow_within(depth: int) -> bytes:
    """What Arrow itself writes of a column that lies so deep."""
    kind = pyarrow.int64()
    for _ in range(depth):
        kind = pyarrow.struct([("v", kind)])
    return base64.b64encode(pyarrow.schema([("v", kind)]).serialize().to_pybytes())


def with_arrow(encoded: bytes) -> bytes:
    return flat(footer={5: [{1: "pandas", 2: "{}"}, {1: "ARROW:schema", 2: encoded}]})


def nested(depth: int) -> list[dict[int, object]]:
    """A schema whose only column lies so deep."""
    return [{4: "schema", 5: 1}, *[{3: 0, 4: "a", 5: 1}] * depth, {1: 2, 3: 0, 4: "v"}]


NOT_READ = {
    "a billion rows, in the footer alone": (
        parquet([PLAIN_PAGE], BILLION, values=3, group_rows=3),
        "its groups have another number of rows",
    ),
    "a billion rows, everywhere but in the page": (parquet([PLAIN_PAGE], BILLION), "more than 200,000,000 rows"),
    "a billion rows that are there": (repeated(SEVEN, BILLION), "more than 200,000,000 rows"),
    "150 million rows, but three in the page": (parquet([PLAIN_PAGE], 150_000_000), "can't be read"),
    "150 million rows, and a page that has three": (
        parquet([data_page(150_000_000, INTS)], 150_000_000),
        "its data is not as it says",
    ),
    "more rows than integers": (parquet([PLAIN_PAGE], 2**62), "more than 200,000,000 rows"),
    "less than no rows": (parquet([PLAIN_PAGE], -5), "can't be read"),
    "less than no rows in a group": (flat(group_rows=-1), "its groups have another number of rows"),
    "less than no values": (flat(values=-1), "a column has another number of values"),
    "no page": (parquet([b""], 3), "can't be read"),
    "a page of 2 GB, by its word": (packed(2**31 - 1), "too many bytes for its values"),
    "a page of 2 GB, by many values too": (packed(2**31 - 1, values=2**31 - 1), "too many bytes"),
    "a page of 200 MB that is there": (packed(200 << 20, bytes(200 << 20), 25 << 20, 25 << 20), "over 128 MB"),
    "a page of 100 MB for three values": (packed(100 << 20, bytes(100 << 20)), "too many bytes for its values"),
    "a page of 2 GB behind a field of another type": (
        parquet(
            [thrift({1: 0, 2: 24, 3: len(HIDING), 4: HIDDEN, 5: {1: 3, 2: 0, 3: 3, 4: 3}}) + HIDING], 3, codec=GZIP
        ),
        "a field of another type",
    ),
    "less than no bytes": (packed(-1), "too many bytes"),
    "a dictionary of 2 GB": (
        parquet(
            [dictionary_page(1, SEVEN, size=2**31 - 1), data_page(3, run(1, 3), encoding=DICTIONARY)],
            3,
            dictionary=True,
            codec=SNAPPY,
        ),
        "too many bytes",
    ),
    "less than no packed bytes": (parquet([data_page(3, INTS, packed=-9)], 3, codec=GZIP), "too many bytes"),
    "a snappy page of 4 GB": (
        parquet([data_page(3, varint(2**32 - 1) + b"\x5c" + INTS, size=24)], 3, codec=SNAPPY),
        "can't be read",
    ),
    "a column beyond the file": (flat(size=2**40), "a column lies outside of the file"),
    "a column of less than no bytes": (flat(size=-9), "a column lies outside of the file"),
    "a text of 4 GB": (
        parquet([data_page(3, struct.pack("<I", 2**32 - 1) + b"abc")], 3, kind=BYTE_ARRAY),
        "can't be read",
    ),
    "an index beyond the dictionary": (indices(run(1, 3, 1)), "can't be read"),
    "indices of 255 bits": (indices(bytes([255, 6, 0])), "can't be read"),
    "two billion columns": (flat(footer={2: ENDLESS}), "can't be read"),
    "two billion groups": (flat(footer={4: ENDLESS}), "can't be read"),
    "two billion notes": (flat(footer={5: ENDLESS}), "can't be read"),
    "two million groups": (
        flat(footer={4: Raw(bytes([0xFC]) + varint(2 * 10**6) + bytes(2 * 10**6))}),
        "too many parts",
    ),
    "a note of 2 GB": (flat(footer={6: Raw(varint(2**31 - 1) + b"abc", 8)}), "its data is not as it says"),
    "100,000 columns in each other": (flat(footer={2: nested(100_000)}), "its columns are nested too deeply"),
    "two billion children": (flat(footer={2: [{4: "schema", 5: 2**31 - 1}, {1: 2, 3: 0, 4: "v"}]}), "can't be read"),
    "less than no children": (flat(footer={2: [{4: "schema", 5: -1}, {1: 2, 3: 0, 4: "v"}]}), "can't be read"),
    "100,000 structs in each other": (
        flat(footer={20: Raw(b"\x1c" * 100_000 + bytes(100_001), 12)}),
        "its metadata is nested too deeply",
    ),
    "a footer beyond the file": (b"PAR1" + INTS + struct.pack("<I", 2**31) + b"PAR1", "doesn't end as"),
    "an Arrow schema 5,000 deep": (with_arrow(arrow_within(5000)), "its schema is nested too deeply"),
    "an Arrow schema of 4 billion columns": (with_arrow(arrow_schema(depth=32, children=2)), "too many columns"),
    "an Arrow schema that is none": (with_arrow(b"////"), "can't be read"),
    "an Arrow schema that points out of itself": (with_arrow(base64.b64encode(b"\xff" * 64)), "can't be read"),
}
READ = {
    "as it should be": (flat(), 3),
    "a dictionary that claims two billion": (indices(run(1, 3), 2**31 - 1), 3),
    "150 million equal rows": (repeated(SEVEN, 150_000_000), 4_000_000),
    "150 million equal texts": (repeated(LONG, 150_000_000, kind=BYTE_ARRAY), 4_000_000),
    "columns 60 deep in Arrow's words": (with_arrow(arrow_within(60)), 3),
}


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    folder = tmp_path_factory.mktemp("hostile")
    files = {}
    for number, (case, (data, _)) in enumerate({**NOT_READ, **READ}.items()):
        files[case] = folder / f"{number}.parquet"
        files[case].write_bytes(data)
    return read_apart(files)


@pytest.mark.parametrize("case", NOT_READ)
def test_refused(outcomes: dict[str, Outcome], case: str) -> None:
    outcome, says = outcomes[case], NOT_READ[case][1]
    assert says in outcome.said
    assert outcome.megabytes < MEGABYTES


@pytest.mark.parametrize("case", READ)
def test_read(outcomes: dict[str, Outcome], case: str) -> None:
    outcome, rows = outcomes[case], READ[case][1]
    assert (outcome.said, outcome.rows) == ("", rows)
    assert outcome.megabytes < MEGABYTES


def test_the_crafted_file_is_one_that_others_read(tmp_path: Path) -> None:
    """What is refused here is refused for its lie alone: without it the same bytes are a table."""
    (tmp_path / "good.parquet").write_bytes(flat())
    assert read_table(tmp_path / "good.parquet").to_pydict() == {"v": [1, 2, 3]}
    (tmp_path / "texts.parquet").write_bytes(repeated(LONG, 5, kind=BYTE_ARRAY))
    assert read_table(tmp_path / "texts.parquet").to_pydict() == {"v": ["x" * 900] * 5}
    (tmp_path / "packed.parquet").write_bytes(packed(24))
    assert read_table(tmp_path / "packed.parquet").to_pydict() == {"v": [1, 2, 3]}

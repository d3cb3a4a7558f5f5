"""CSV and JSON lines that are endless, deep or wide: an error or rows, in bounded memory."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.evaluation.readers.apart import Outcome, read_apart

MEGABYTES = 200
GIGABYTE = 1 << 30
MEGA = 1 << 20


def objects(names: Iterable[str]) -> bytes:
    return b"{" + ",".join(f'"{name}":1' for name in names).encode() + b"}\n"


# What a file begins with, what follows, how often, and how long it is then made by zero bytes.
NOT_READ: dict[str, tuple[bytes, bytes, int, int, str]] = {
    "line.csv": (b"a,b\n1,", b"", 0, GIGABYTE, "a line of over 8 MB"),
    "first-line.csv": (b"a", b"", 0, GIGABYTE, "a line of over 8 MB"),
    "line.jsonl": (b'{"a":1}\n{"a":"', b"", 0, GIGABYTE, "a line of over 8 MB"),
    "open-quote.csv": (b'a,b\n1,"x\n', b"1,2\n" * MEGA, 5, 0, "a line of over 8 MB"),
    "empty-lines.csv": (b"a\n1\n", b"\n" * MEGA, 20, 0, "or as many empty lines"),
    "columns.csv": (b",".join(b"c%d" % n for n in range(60_000)) + b"\n", b"1\n", MEGA, 0, "over 50,000 columns"),
    "wide.csv": (b",".join(b"c%d" % n for n in range(49_999)) + b"\n", b"1\n", MEGA, 0, "row 1 has 1 cells"),
    "digits.csv": (b"a,b\n" + b"1" * 5000 + b",2\n", b"", 0, 0, "a text of over 1,000 bytes"),
    "long-cells.csv": (b"a,b\n", b"x" * 2000 + b",1\n", 30_000, 0, "a text of over 1,000 bytes"),
    "names.jsonl": (b"".join(objects([f"k{n}"]) for n in range(400_000)), b"", 0, 0, "lines that lack nearly all"),
    "names-in-a-line.jsonl": (objects(f"k{n}" for n in range(400_000)), b"", 0, 0, "over 50,000 columns"),
    "empty.jsonl": (objects(f"k{n}" for n in range(9_000)), b"{}\n" * MEGA, 8, 0, "lines that lack nearly all"),
    "twice.jsonl": (objects(["k"] * 400_000), b"", 0, 0, "line 1: the name 'k' stands twice"),
    "deep.jsonl": (b'{"a":' * 100_000 + b"1" + b"}" * 100_000 + b"\n", b"", 0, 0, "nested over 64 deep"),
    "deep-list.jsonl": (b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}\n", b"", 0, 0, "nested over 64 deep"),
    "open-list.jsonl": (b'{"a":' + b"[" * 100_000 + b"\n", b"", 0, 0, "nested over 64 deep"),
    "rather-deep.jsonl": (b'{"a":' * 60 + b"1" + b"}" * 60 + b"\n", b"", 0, 0, "column 'a' holds lists"),
    "digits.jsonl": (b'{"a":' + b"1" * 5000 + b"}\n", b"", 0, 0, "can't be read"),
}


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    folder = tmp_path_factory.mktemp("hostile")
    for name, (begin, more, times, size, _) in NOT_READ.items():
        with (folder / name).open("wb") as file:
            file.write(begin)
            file.writelines([more] * times)
            file.truncate(max(size, file.tell()))
    return read_apart({name: folder / name for name in NOT_READ})


@pytest.mark.parametrize("name", NOT_READ)
def test_refused(outcomes: dict[str, Outcome], name: str) -> None:
    assert NOT_READ[name][4] in outcomes[name].said
    assert outcomes[name].megabytes < MEGABYTES


@pytest.mark.parametrize(
    ("name", "begin", "line"),
    [
        ("quoted.csv", b"a,b\n", b'"%b","y"\n'),
        ("plain.csv", b"a,b\n", b"%b,6\n"),
        ("lines.jsonl", b"", b'{"a":"%b"}\n'),
        ("nulls.jsonl", b"", b'{"a":"%b","b":null}\n'),
    ],
)
def test_a_file_much_larger_than_a_block_takes_no_more_memory(
    tmp_path: Path, name: str, begin: bytes, line: bytes
) -> None:
    lines = line % (b"x" * 70) * 1_000
    with (tmp_path / name).open("wb") as file:
        file.write(begin)
        file.writelines([lines] * 500)
    outcome = read_apart({name: tmp_path / name})[name]
    assert (outcome.said, outcome.rows) == ("", 500_000)
    assert outcome.megabytes < MEGABYTES

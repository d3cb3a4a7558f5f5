"""CSV as people and programs write it: read as they mean it, or refused with what to do."""

import csv
import io
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as some

from merganser.errors import DataError
from merganser.evaluation.readers import blocks, read_table
from merganser.evaluation.readers.csv_text import csv_frames


def rows(path: Path, content: bytes) -> list[tuple[object, ...]]:
    path.write_bytes(content)
    frame = read_table(path)
    return [tuple(frame.columns), *frame.rows()]


@pytest.mark.parametrize(
    ("content", "meant"),
    [
        (b"a,b\n1,2\n", [("a", "b"), ("1", "2")]),
        (b"a,b\n1,2", [("a", "b"), ("1", "2")]),
        (b"a,b\r\n1,2\r\n3,\r\n", [("a", "b"), ("1", "2"), ("3", None)]),
        (b"\xef\xbb\xbfa,b\r\n1,2\r\n", [("a", "b"), ("1", "2")]),
        (b'\xef\xbb\xbf"a",b\n1,2\n', [("a", "b"), ("1", "2")]),
        (b"\n\r\na,b\n1,2\n", [("a", "b"), ("1", "2")]),
        (b"a,b\n1,2\n\n\r\n\n", [("a", "b"), ("1", "2")]),
        (b"a\n1\n\n3\n", [("a",), ("1",), (None,), ("3",)]),
        (b"a,b\n", [("a", "b")]),
        (b"a,b", [("a", "b")]),
        (b'a,b\n"x,\r\ny","say ""hi"""\n', [("a", "b"), ("x,\r\ny", 'say "hi"')]),
        (b'"a\nb",c\n1,2\n', [("a\nb", "c"), ("1", "2")]),
        ("a,b\nñandú,日本\n".encode(), [("a", "b"), ("ñandú", "日本")]),
        (b",b\n0,x\n", [("", "b"), ("0", "x")]),
        (b"a,b\n0.50,007\n", [("a", "b"), ("0.50", "007")]),
        (b"a,b\nNaN,inf\n", [("a", "b"), ("NaN", "inf")]),
    ],
)
def test_read_as_it_is_meant(tmp_path: Path, content: bytes, meant: list[tuple[object, ...]]) -> None:
    assert rows(tmp_path / "a.csv", content) == meant


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "it is empty"),
        (b"\xef\xbb\xbf\n\n", "it is empty"),
        (b"a,b\n1,2\n3\n", "row 2 has 1 cells, the header 2"),
        (b"a,b\n1,2\n3,4,5\n", "row 2 has 3 cells, the header 2"),
        (b"a,b\n1,2\n4,5,\n", "row 2 has 3 cells, the header 2"),
        (b"a,b\n1,2\n\n3,4\n", "row 2 has 0 cells, the header 2"),
        (b'a,b\n"1\n,",2\n"3"\n', "row 2 has 1 cells, the header 2"),
        (b"# made today\na,b\n1,2\n", "row 1 has 2 cells, the header 1"),
        (b"a,b\n1,\0\n", "holds zero bytes"),
        ("a,b\n1,é\n".encode("latin-1"), "is not text in UTF-8"),
        ("a,b\n1,é\n".encode("utf-16"), "is not text in UTF-8"),
        ("a,b\n1,2\n".encode("utf-16-le"), "holds zero bytes"),
        (b"a,b\r1,2\r", "can't be read: new-line character seen in unquoted field"),
        (b"a,b,a\n1,2,3\n", "a column name stands twice"),
        (b'a,b\n1,"x"y\n', "can't be read"),
        (b'a,b\n1,"x\n', "can't be read"),
        (b"\x1f\x8b\x08", "compressed"),
    ],
)
def test_refused(tmp_path: Path, content: bytes, says: str) -> None:
    with pytest.raises(DataError, match=says) as wrong:
        rows(tmp_path / "a.csv", content)
    assert wrong.value.hint


@given(
    table=some.lists(some.tuples(*[some.text(some.sampled_from('ab, "\n\r\tñ日'), max_size=6)] * 2), max_size=20),
    size=some.integers(40, 90),
)
def test_blocks_change_nothing(
    tmp_path_factory: pytest.TempPathFactory, table: list[tuple[str, ...]], size: int
) -> None:
    """Python's own CSV module writes and reads the same; wherever a block ends, it ends between rows."""
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows([("a", "b"), *table])
    path = tmp_path_factory.getbasetemp() / "blocks.csv"
    path.write_bytes(text.getvalue().encode())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "MAX_BLOCK", size)
        frame = pl.concat(csv_frames(path, "blocks.csv", ()))
    assert frame.rows() == table


def test_a_row_longer_than_a_block(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "MAX_BLOCK", 8)
    (tmp_path / "a.csv").write_bytes(b"a,b\n1,2\n1,345678\n")
    with pytest.raises(DataError, match="a line of over"):
        read_table(tmp_path / "a.csv")


def test_rows_are_counted_over_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "MAX_BLOCK", 8)
    (tmp_path / "a.csv").write_bytes(b"a,b\n" + b"1,2\n" * 9 + b"3\n")
    with pytest.raises(DataError, match="row 10 has 1 cells"):
        read_table(tmp_path / "a.csv")

"""Tables in ranges of rows: every format, every range, and what is refused."""

import gzip
import os
import pickle
import random
from pathlib import Path

import msgspec
import polars as pl
import pytest

from merganser.errors import DataError
from merganser.evaluation.readers import blocks, checks, open_table, read_rows, read_table, tables

FRAME = pl.DataFrame({"key": [1, 2, 3], "p": [0.25, 0.5, 1.0], "name": ["a", "b", "c"]})


def write(path: Path, frame: pl.DataFrame) -> Path:
    if path.suffix == ".parquet":
        frame.write_parquet(path)
    elif path.suffix == ".csv":
        frame.write_csv(path)
    else:
        frame.write_ndjson(path)
    return path


@pytest.mark.parametrize("name", ["t.parquet", "t.csv", "t.jsonl", "t.ndjson", "T.CSV"])
def test_formats(tmp_path: Path, name: str) -> None:
    path = write(tmp_path / name.lower(), FRAME).rename(tmp_path / name)
    assert read_table(path).cast({"key": pl.Int64, "p": pl.Float64}).equals(FRAME)
    assert read_table(path, ("name", "key", "other")).columns == ["key", "name"]


def refuses(path: Path, says: str) -> None:
    with pytest.raises(DataError, match=says) as wrong:
        read_table(path)
    assert wrong.value.hint


def test_kinds_that_are_not_read(tmp_path: Path) -> None:
    refuses(tmp_path / "model.pkl", "unknown kind of file")
    refuses(tmp_path / "none.csv", "no such file")
    (tmp_path / "folder.csv").mkdir()
    refuses(tmp_path / "folder.csv", "a folder without data files")
    os.mkfifo(tmp_path / "pipe.csv")
    refuses(tmp_path / "pipe.csv", "no such file")


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.csv", gzip.compress(b"key,p\n1,2\n", mtime=0), "compressed"),
        ("a.jsonl", gzip.compress(b'{"key":1}\n', mtime=0), "compressed"),
        ("a.csv", b"key,key,p\n1,2,3\n", "a column name stands twice"),
        ("a.csv", b"", "can't be read"),
        ("a.csv", b"a,b\n1,2,3,4\n5\n", "row 1 has 4 cells, the header 2"),
        ("a.csv", b"a,b\n\xff\xfe,2\n", "is not text in UTF-8"),
        ("a.jsonl", b"", "can't be read"),
        ("a.jsonl", b'{"key": 1', "can't be read"),
        ("a.jsonl", b"[1]\n", "can't be read"),
        ("a.jsonl", b'{"p": NaN}\n', "can't be read"),
        ("a.jsonl", b'{"p": 1e999}\n', "can't be read"),
        ("a.jsonl", b'{"p": [1, 2]}\n', "column 'p' holds lists or bytes"),
        ("a.parquet", b"", "can't be read"),
        ("a.parquet", b"PAR1 no table PAR1", "can't be read"),
    ],
)
def test_broken_files(tmp_path: Path, name: str, content: bytes, says: str) -> None:
    (tmp_path / name).write_bytes(content)
    refuses(tmp_path / name, says)


def test_nested_and_binary_columns(tmp_path: Path) -> None:
    for column in (pl.Series([[1], [2]]), pl.Series([{"a": 1}, {"a": 2}]), pl.Series([b"x", b"y"])):
        path = write(tmp_path / "n.parquet", pl.DataFrame({"key": [1, 2], "bad": column}))
        refuses(path, "column 'bad' holds lists or bytes")
        assert read_table(path, ("key",)).height == 2


def limit(monkeypatch: pytest.MonkeyPatch, **limits: int) -> None:
    monkeypatch.setattr(tables, "AT_ONCE", msgspec.structs.replace(tables.AT_ONCE, **limits))


def test_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    limit(monkeypatch, rows=2)
    for name in ("t.parquet", "t.csv", "t.jsonl"):
        refuses(write(tmp_path / name, FRAME), "more than 2 rows")
    limit(monkeypatch, rows=3)
    assert read_table(tmp_path / "t.csv").height == 3
    limit(monkeypatch, parquet=10)
    refuses(tmp_path / "t.parquet", "larger than")
    limit(monkeypatch, text=10)
    refuses(tmp_path / "t.csv", "larger than")


def test_texts_that_unpack_to_more_than_their_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    long = write(tmp_path / "l.parquet", pl.DataFrame({"key": ["x" * 1001] * 1000}))
    refuses(long, "column 'key' holds a text of over 1,000 bytes")
    many = write(tmp_path / "m.parquet", pl.DataFrame({"key": ["x" * 1000] * 9000, "other": [None] * 9000}))
    assert read_table(many).height == 9000
    monkeypatch.setattr(checks, "MAX_TEXTS", 1_000_000)
    assert many.stat().st_size < 1_000_000
    refuses(many, "of text")


def test_a_damaged_parquet_is_refused_or_read_but_never_breaks(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    good = write(tmp_path / "g.parquet", FRAME).read_bytes()
    chance, refused = random.Random(5), 0
    for _ in range(60):
        damaged = bytearray(good)
        for _ in range(4):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        (tmp_path / "d.parquet").write_bytes(damaged)
        try:
            read_table(tmp_path / "d.parquet")
        except DataError:
            refused += 1
    assert refused > 20
    capfd.readouterr()  # Polars' own words about its panics


WIDE = pl.DataFrame(
    {
        "key": range(100),
        "small": pl.Series([n % 100 for n in range(100)], dtype=pl.Int8),
        "p": [n / 7 for n in range(100)],
        "name": [f"segment-{n % 7}" if n % 5 else None for n in range(100)],
        "sort": pl.Series([f"c{n % 3}" for n in range(100)], dtype=pl.Categorical),
        "day": pl.Series([n * 1000 for n in range(100)], dtype=pl.Date),
        "^.*$": [n % 2 == 0 for n in range(100)],
        "*": range(100),
    }
)


@pytest.mark.parametrize("groups", [7, 1000])
@pytest.mark.parametrize(("start", "count"), [(0, 100), (0, 1), (13, 30), (99, 5), (100, 5), (500, 5), (20, 0)])
def test_ranges_of_parquet(tmp_path: Path, groups: int, start: int, count: int) -> None:
    WIDE.write_parquet(tmp_path / "t.parquet", row_group_size=groups)
    table = open_table(tmp_path / "t.parquet", (), tmp_path)
    expected = WIDE.with_columns(pl.col("sort").cast(pl.String))
    assert (table.name, table.rows, table.schema) == ("t.parquet", 100, dict(expected.schema))
    assert read_rows(table, start, count).equals(expected[start : start + count])
    part = read_rows(table, start, count, ("*", "p", "none"))
    assert part.equals(expected[["p", "*"]][start : start + count])


@pytest.mark.parametrize("memory", [0, 1 << 30])
@pytest.mark.parametrize("name", ["t.csv", "t.jsonl"])
@pytest.mark.parametrize(("start", "count"), [(0, 100), (13, 30), (99, 5), (100, 5)])
def test_ranges_of_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, memory: int, name: str, start: int, count: int
) -> None:
    """Whether it is held in memory or was written to parquet, block by block, a range is the same."""
    monkeypatch.setattr(tables, "IN_MEMORY", memory)
    monkeypatch.setattr(blocks, "MAX_BLOCK", 400)
    frame = WIDE[["key", "p", "name", "*"]]
    write(tmp_path / name, frame)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    table = open_table(tmp_path / name, ("key", "p", "name"), scratch)
    assert bool(list(scratch.iterdir())) == (not memory)
    expected = frame[["key", "p", "name"]].cast(pl.Schema(table.schema))
    assert (table.rows, list(table.schema)) == (100, ["key", "p", "name"])
    assert read_rows(table, start, count).equals(expected[start : start + count])
    assert read_rows(table, start, count, ("name",)).equals(expected[["name"]][start : start + count])


def test_two_tables_in_one_scratch_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "IN_MEMORY", 0)
    opened = [open_table(write(tmp_path / f"{n}.csv", FRAME.head(n)), (), tmp_path) for n in (1, 2)]
    assert [read_rows(table, 0, 9)["key"].to_list() for table in opened] == [["1"], ["1", "2"]]


@pytest.mark.parametrize("memory", [0, 1 << 30])
@pytest.mark.parametrize("name", ["t.parquet", "t.csv"])
def test_a_table_can_be_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, memory: int, name: str) -> None:
    monkeypatch.setattr(tables, "IN_MEMORY", memory)
    table = open_table(write(tmp_path / name, FRAME), (), tmp_path)
    sent = pickle.loads(pickle.dumps(table))
    assert read_rows(sent, 1, 2).equals(read_rows(table, 1, 2))


def test_columns_that_are_not_there(tmp_path: Path) -> None:
    for name in ("t.parquet", "t.csv", "t.jsonl"):
        table = open_table(write(tmp_path / name, FRAME), ("none",), tmp_path)
        assert (table.schema, table.rows) == ({}, 3)


def test_a_file_that_shrinks_after_it_was_opened(tmp_path: Path) -> None:
    table = open_table(write(tmp_path / "t.parquet", FRAME), (), tmp_path)
    write(tmp_path / "t.parquet", FRAME.head(1))
    with pytest.raises(DataError, match="can't be read: it has fewer rows than it says"):
        read_rows(table, 0, 3)


def test_each_range_is_checked(tmp_path: Path) -> None:
    path = write(tmp_path / "t.parquet", pl.DataFrame({"key": ["x"] * 10 + ["y" * 1001]}))
    table = open_table(path, (), tmp_path)
    assert read_rows(table, 0, 10).height == 10
    with pytest.raises(DataError, match="column 'key' holds a text of over 1,000 bytes"):
        read_rows(table, 10, 1)


def test_long_categories_are_long_texts(tmp_path: Path) -> None:
    refuses(
        write(tmp_path / "t.parquet", pl.DataFrame({"key": pl.Series(["y" * 1001], dtype=pl.Categorical)})),
        "column 'key' holds a text of over 1,000 bytes",
    )

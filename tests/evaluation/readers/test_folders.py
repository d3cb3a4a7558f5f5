"""Data sets in several files: their order, what agrees and what doesn't, and what has no place in a folder."""

import os
from pathlib import Path

import polars as pl
import pytest

from merganser.errors import DataError
from merganser.evaluation.readers import folders, open_table, read_rows, read_table, tables
from tests.evaluation.readers.test_tables import write


def fill(folder: Path, files: dict[str, pl.DataFrame | str]) -> Path:
    """A folder of files: tables in the format of their names, or text as it is."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, str):
            path.write_text(content)
        else:
            write(path, content)
    return folder


def keys(*values: object, kind: pl.DataType | None = None) -> pl.DataFrame:
    return pl.DataFrame({"key": pl.Series(values, dtype=kind)})


@pytest.mark.parametrize("suffix", ["parquet", "csv", "jsonl"])
@pytest.mark.parametrize("memory", [0, 1 << 30])
def test_files_come_in_natural_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str, memory: int) -> None:
    monkeypatch.setattr(tables, "IN_MEMORY", memory)
    files = {f"part-{n}.{suffix}": keys(*(f"{n}-{row}" for row in range(3))) for n in (10, 2, 1, 100)}
    ignored = {".hidden": "x", "_SUCCESS": "", "_temporary/x.csv": "a\n", ".crc/y.parquet": "?"}
    folder = fill(tmp_path / "data.parquet", files | ignored)
    table = open_table(folder, (), tmp_path)
    order = [f"{n}-{row}" for n in (1, 2, 10, 100) for row in range(3)]
    assert (table.name, table.rows) == ("data.parquet", 12)
    for start, count in [(0, 12), (0, 3), (2, 2), (1, 8), (11, 5), (3, 3)]:
        assert read_rows(table, start, count)["key"].to_list() == order[start : start + count]
    assert read_table(folder)["key"].to_list() == order


def test_order_of_names() -> None:
    names = ["b", "a10", "a9", "a", "a9b", "10", "9", "a٣", "a009", "1" * 200, "2" * 199]
    assert sorted(names, key=folders._natural) == [
        "9", "10", "2" * 199, "1" * 200, "a", "a9", "a009", "a9b", "a10", "a٣", "b",
    ]  # fmt: skip


def test_json_lines_have_two_names(tmp_path: Path) -> None:
    folder = fill(tmp_path / "d", {"1.jsonl": keys(1), "2.ndjson": keys(2)})
    assert read_table(folder)["key"].to_list() == [1, 2]


@pytest.mark.parametrize(
    ("kinds", "read"),
    [
        ((pl.Int8(), pl.Int64()), pl.Int64()),
        ((pl.Int64(), pl.Int16(), pl.UInt8()), pl.Int64()),
        ((pl.UInt8(), pl.Int8()), pl.Int16()),
        ((pl.UInt64(), pl.Int64()), pl.String()),
        ((pl.Null(), pl.Float32()), pl.Float32()),
        ((pl.String(), pl.Null(), pl.String()), pl.String()),
        ((pl.Categorical(), pl.String()), pl.String()),
    ],
)
def test_types_are_widened(tmp_path: Path, kinds: tuple[pl.DataType, ...], read: pl.DataType) -> None:
    folder = fill(tmp_path / "d", {f"{n}.parquet": keys(None, kind=kind) for n, kind in enumerate(kinds)})
    assert read_table(folder).schema == {"key": read}
    assert read_table(folder).height == len(kinds)


def test_wide_integers_keep_their_digits(tmp_path: Path) -> None:
    files = {"1.parquet": keys(2**64 - 1, kind=pl.UInt64()), "2.parquet": keys(-1, kind=pl.Int64())}
    assert read_table(fill(tmp_path / "d", files))["key"].to_list() == ["18446744073709551615", "-1"]


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({}, "d: a folder without data files"),
        ({"_x.csv": "a\n"}, "d: a folder without data files"),
        ({"1.csv": "a\n", "2.parquet": keys(1)}, "d/1.csv and d/2.parquet are of two kinds"),
        ({"1.csv": "a\n", "README.md": "x"}, "d/README.md: unknown kind of file"),
        ({"1.csv": "a,b\n1,2\n", "2.csv": "a\n1\n"}, "d/2.csv has no column 'b', but d/1.csv has"),
        ({"1.csv": "a\n1\n", "2.csv": "a,b\n1,2\n"}, "d/1.csv has no column 'b', but d/2.csv has"),
        ({"1.csv": "a\n1\n", "2.csv": "a,a\n1,2\n"}, "d/2.csv: a column name stands twice"),
        (
            {"1.parquet": keys(1), "2.parquet": keys(None), "3.parquet": keys("x")},
            "column 'key' is Int64 in d/1.parquet, but String in d/3.parquet",
        ),
        (
            {"1.parquet": keys(1, kind=pl.Int8()), "2.parquet": keys(2), "3.parquet": keys(0.5)},
            "column 'key' is Int64 in d/2.parquet, but Float64 in d/3.parquet",
        ),
        ({"sub/1.csv": "a\n1\n"}, "d/sub: a folder within a data set"),
        ({"=de/1.csv": "a\n1\n"}, "d/=de: a folder within a data set"),
        ({"a=1/a=2/1.csv": "b\n1\n"}, "d/a=1/a=2: a folder within a data set"),
        ({"a=1/1.csv": "a\n1\n"}, "d/a=1/1.csv has a column 'a' as its folder does"),
        ({"1.csv": "b\n1\n", "a=1/1.csv": "b\n1\n"}, "d/a=1/1.csv lies in other folders than d/1.csv"),
        ({"a=1/1.csv": "c\n1\n", "b=1/1.csv": "c\n1\n"}, "d/b=1/1.csv lies in other folders than d/a=1/1.csv"),
        ({"1.jsonl": '{"a":1}\n', "2.jsonl": '{"a":[1]}\n'}, "d/2.jsonl: column 'a' holds lists or bytes"),
        ({"1.csv": "a\n1\n", "2.csv": "a\n" + "x" * 1001}, "d/2.csv: column 'a' holds a text of over"),
        ({"1.parquet": keys(1), "2.parquet": "PAR1"}, "d/2.parquet can't be read"),
    ],
)
def test_folders_that_are_no_table(tmp_path: Path, files: dict[str, pl.DataFrame | str], says: str) -> None:
    (tmp_path / "d").mkdir()
    with pytest.raises(DataError) as wrong:
        open_table(fill(tmp_path / "d", files), (), tmp_path)
    assert says in wrong.value.message
    assert wrong.value.hint


@pytest.mark.parametrize("suffix", ["parquet", "csv"])
def test_folders_named_by_a_value(tmp_path: Path, suffix: str) -> None:
    files = {
        f"country=de/plan=a%2Fb/1.{suffix}": keys("x"),
        f"country=fr/plan=__HIVE_DEFAULT_PARTITION__/1.{suffix}": keys("y"),
        f"country=fr/plan=c=d/10.{suffix}": keys("z2"),
        f"country=fr/plan=c=d/9.{suffix}": keys("z1"),
    }
    folder = fill(tmp_path / "d", files)
    table = open_table(folder, (), tmp_path)
    assert table.schema == {"key": pl.String(), "country": pl.String(), "plan": pl.String()}
    expected = [("x", "de", "a/b"), ("y", "fr", None), ("z1", "fr", "c=d"), ("z2", "fr", "c=d")]
    assert read_rows(table, 0, 9).rows() == expected
    assert read_rows(table, 1, 2).rows() == expected[1:3]
    assert read_rows(open_table(folder, ("country",), tmp_path), 1, 2).rows() == [("fr",), ("fr",)]
    assert read_table(folder, ("key",)).rows() == [(key,) for key, _, _ in expected]


def test_a_column_that_nobody_asked_for_may_differ(tmp_path: Path) -> None:
    files = {"1.parquet": pl.DataFrame({"key": [1], "x": [1]}), "2.parquet": pl.DataFrame({"key": [2], "y": [[1]]})}
    assert read_table(fill(tmp_path / "d", files), ("key",)).rows() == [(1,), (2,)]


def test_links(tmp_path: Path) -> None:
    folder = fill(tmp_path / "d", {"_real/1.csv": "a\n1\n", "2.csv": "a\n2\n"})
    (folder / "1.csv").symlink_to("_real/1.csv")
    assert read_table(folder)["a"].to_list() == ["1", "2"]
    (tmp_path / "link").symlink_to(folder)
    assert read_table(tmp_path / "link")["a"].to_list() == ["1", "2"]
    fill(tmp_path, {"outside.csv": "a\n3\n", "d2/1.csv": "a\n1\n"})
    for target in ("../outside.csv", "../d2", str(tmp_path / "outside.csv"), "/"):
        (folder / "b=1").symlink_to(target)
        with pytest.raises(DataError, match=r"d/b=1 is a link that leads out of its folder"):
            read_table(folder)
        (folder / "b=1").unlink()
    (folder / "b=1").symlink_to(".")
    with pytest.raises(DataError, match="d/b=1/b=1: a folder within a data set"):
        read_table(folder)


def test_what_is_no_regular_file(tmp_path: Path) -> None:
    folder = fill(tmp_path / "d", {"1.csv": "a\n1\n"})
    (folder / "2.csv").symlink_to("3.csv")
    with pytest.raises(DataError, match="no such file"):
        read_table(folder)
    (folder / "2.csv").unlink()
    os.mkfifo(folder / "2.csv")
    with pytest.raises(DataError, match="no such file"):
        read_table(folder)


def test_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = fill(tmp_path / "d", {f"{n}.csv": "a\n1\n2\n" for n in range(3)})
    monkeypatch.setattr(tables, "IN_RANGES", tables.Limits(rows=5, parquet=100, text=100))
    with pytest.raises(DataError, match="d: more than 5 rows"):
        open_table(folder, (), tmp_path)
    monkeypatch.setattr(folders, "MAX_FILES", 2)
    with pytest.raises(DataError, match="d: over 2 files"):
        read_table(folder)

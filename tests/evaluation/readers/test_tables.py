"""Reading tables: every format, and everything that a hostile or broken file may be."""

import gzip
import os
import random
from pathlib import Path

import msgspec
import polars as pl
import pytest

from merganser.config import Predictions, Task
from merganser.errors import DataError
from merganser.evaluation.judge import Side
from merganser.evaluation.readers import checks, default_model, read_table, tables
from merganser.evaluation.verdict import Status
from tests.evaluation.samples import ask, csv

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


@pytest.mark.parametrize(
    ("header", "line", "task", "positive", "columns"),
    [
        ("row_id,label,score", "{n},{bit},0.{n}", Task.binary, "1", {"score": "score"}),
        ("id,y_true,y_pred,p", "{n},{bit},{bit},0.{n}", Task.binary, "1", {"score": "p", "prediction": "y_pred"}),
        ("key,target,pred", "{n},c{bit},c{bit}", Task.multiclass, "", {"prediction": "pred"}),
        ("key,target,pred,score", "{n},c{bit},c{bit},0.{n}", Task.multiclass, "", {"prediction": "pred"}),
    ],
)
def test_default_rules(
    tmp_path: Path, header: str, line: str, task: Task, positive: str, columns: dict[str, str]
) -> None:
    path = csv(tmp_path / "p.csv", header, [line.format(n=n, bit=n % 2) for n in range(400)])
    model = default_model(path)
    key, label = header.split(",")[:2]
    assert (model.task, model.positive) == (task, positive)
    assert model.predictions == Predictions(file="p.csv", key=key, label=label, **columns)
    assert list(model.gate.metrics) == (["accuracy", "roc_auc"] if task is Task.binary else ["accuracy"])
    found = ask(model, Side(name="c", predictions=path), Side(name="b", predictions=path))
    assert {check.status for check in found.checks} == {Status.passed}


@pytest.mark.parametrize(
    ("header", "line", "says"),
    [
        ("a,b,c", "1,2,3", r"its columns \(a, b, c\) don't say what they are"),
        ("id,label", "1,2", "don't say what they are"),
        ("id,label,score", "{n},c{n},0.5", "a score for one class, but which of c0, c1, c2"),
    ],
)
def test_columns_that_say_nothing(tmp_path: Path, header: str, line: str, says: str) -> None:
    path = csv(tmp_path / "p.csv", header, [line.format(n=n) for n in range(3)])
    with pytest.raises(DataError, match=says):
        default_model(path)

"""JSON lines: types of the whole file wherever its blocks end, and what no reader should guess at."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as some

from merganser.errors import DataError
from merganser.evaluation.readers import blocks, json_lines, read_table

NAMES = some.sampled_from(["a", "b", 'q"', "ü", ":", "\\"])
NUMBERS = some.integers(-(2**63), 2**63 - 1)
FLOATS = some.floats(allow_nan=False, allow_infinity=False)
TEXTS = some.text(some.sampled_from('ab:{}[]"\\, ñ日\n'), max_size=8)


def read(path: Path, content: bytes, columns: tuple[str, ...] = ()) -> pl.DataFrame:
    path.write_bytes(content)
    return read_table(path, columns)


@pytest.mark.parametrize(
    ("content", "kinds", "meant"),
    [
        (b'{"a":1,"b":"x"}\n{"b":"y","a":2}', ["Int64", "String"], [(1, "x"), (2, "y")]),
        (b'{"a":1}\r\n{"a":2}\r\n', ["Int64"], [(1,), (2,)]),
        (b'\xef\xbb\xbf{"a":1}\n', ["Int64"], [(1,)]),
        (b'{"a":1}\n\n \t\n{"a":2}\n\n', ["Int64"], [(1,), (2,)]),
        (b'{"a":1}\n{"a":1.5}\n', ["Float64"], [(1.0,), (1.5,)]),
        (b'{"a":1}\n{"a":"x"}\n', ["String"], [("1",), ("x",)]),
        (b'{"a":null}\n{"a":true}\n', ["Boolean"], [(None,), (True,)]),
        (b'{"a":null}\n', ["Null"], [(None,)]),
        (b'{"a":1}\n{"b":2}\n{}\n', ["Int64", "Int64"], [(1, None), (None, 2), (None, None)]),
        (b'{"a":9223372036854775807}\n', ["Int64"], [(2**63 - 1,)]),
        (b'{"a":18446744073709551617}\n{"a":1}\n', ["String"], [("18446744073709551617",), ("1",)]),
        (b'{"a":"\\u00e9\\"\\\\"}\n', ["String"], [('é"\\',)]),
        (b'{"a":"x:y{[","b":":"}\n', ["String", "String"], [("x:y{[", ":")]),
        (b'{ "a" : 1 , "b" : 2 }\n', ["Int64", "Int64"], [(1, 2)]),
        (b'{"a":-0.0}\n{"a":1e3}\n', ["Float64"], [(-0.0,), (1000.0,)]),
    ],
)
def test_read_as_it_is_meant(tmp_path: Path, content: bytes, kinds: list[str], meant: list[tuple[object, ...]]) -> None:
    frame = read(tmp_path / "a.jsonl", content)
    assert ([str(kind) for kind in frame.dtypes], frame.rows()) == (kinds, meant)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "it is empty"),
        (b"\n\n", "it is empty"),
        (b'{"a":1,"a":2}\n', "line 1: the name 'a' stands twice"),
        (b'{"a":1,"b":2}\n{"a":1,"b":2,"b":3}\n', "line 2: the name 'b' stands twice"),
        (b'{"a":1,"b":2}\n\n{"a":1,"a":null}\n', "line 3: the name 'a' stands twice"),
        (b'{"a":1}\n{"a":null,"\\u0061":2}\n', "line 2: the name 'a' stands twice"),
        (b'{"a":1}\n{"a":1}{"a":2}\n', "can't be read"),
        (b'{"a":1}\n[1]\n', "can't be read"),
        (b'{"a":1}\nnull\n', "can't be read"),
        (b'[{"a":1},\n{"a":2}]\n', "can't be read"),
        (b'{"a":1},\n{"a":2}\n', "can't be read"),
        (b'{"a":NaN}\n', "can't be read"),
        (b'{"a":0.5}\n{"a":Infinity}\n', "can't be read"),
        (b'{"a":0.5}\n{"a":1e999}\n', "can't be read"),
        (b'{"a":012}\n', "can't be read"),
        (b'{"a":"x\n', "can't be read"),
        (b'{"a":"\\ud800"}\n', "can't be read"),
        (b'{"a":1}\n{"a":true}\n', "column 'a' holds both"),
        (b'{"a":1}\n{"a":{"b":1}}\n', "column 'a' holds lists"),
        (b'{"a":"x"}\n{"a":[1]}\n', "column 'a' holds lists"),
        (b'{"a":\0}\n', "holds zero bytes"),
        ('{"a":"é"}\n'.encode("latin-1"), "is not text in UTF-8"),
    ],
)
def test_refused(tmp_path: Path, content: bytes, says: str) -> None:
    with pytest.raises(DataError, match=says) as wrong:
        read(tmp_path / "a.jsonl", content)
    assert wrong.value.hint


def test_nested_columns_that_nobody_asked_for(tmp_path: Path) -> None:
    content = b'{"key":1,"more":{"x":[1,2,{"y":3}]}}\n{"key":2,"more":null}\n{"more":[{"x":1},{"x":2}],"key":3}\n'
    assert read(tmp_path / "a.jsonl", content, ("key",)).rows() == [(1,), (2,), (3,)]
    with pytest.raises(DataError, match="column 'more' holds lists"):
        read_table(tmp_path / "a.jsonl", ("more",))
    with pytest.raises(DataError, match="line 2: the name 'x' stands twice"):
        read(tmp_path / "a.jsonl", b'{"key":1}\n{"key":2,"more":{"x":1,"x":2}}\n', ("key",))


def test_the_line_is_counted_over_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "MAX_BLOCK", 16)
    with pytest.raises(DataError, match="line 20: the name 'a' stands twice"):
        read(tmp_path / "a.jsonl", b'{"a":1}\n' * 19 + b'{"a":1,"a":2}\n')


def test_types_change_after_the_first_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_lines, "_SAMPLE", 10)
    frame = read(tmp_path / "a.jsonl", b'{"a":1}\n{"a":2}\n{"a":0.5}\n{"a":3,"b":"x"}\n')
    assert frame.rows() == [(1.0, None), (2.0, None), (0.5, None), (3.0, "x")]


def test_long_lines_are_looked_at_before_they_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_lines, "_LONG_LINE", 8)
    assert read(tmp_path / "a.jsonl", b'{"a":1,"b":2}\n').rows() == [(1, 2)]


@given(
    columns=some.dictionaries(NAMES, some.sampled_from([NUMBERS, TEXTS, some.booleans(), FLOATS])),
    data=some.data(),
    size=some.integers(200, 300),
)
def test_blocks_change_nothing(
    tmp_path_factory: pytest.TempPathFactory, columns: dict[str, Any], data: some.DataObject, size: int
) -> None:
    """Python's own JSON module writes and reads the same; names may lack and values may be null in any line."""
    row = some.fixed_dictionaries({}, optional={name: some.none() | kind for name, kind in columns.items()})
    table = [dict.fromkeys(columns, None) | {"": 0}, *data.draw(some.lists(row, max_size=12))]
    path = tmp_path_factory.getbasetemp() / "blocks.jsonl"
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in table), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "MAX_BLOCK", size)
        frame = read_table(path)
    assert frame.columns == list(dict.fromkeys(name for row in table for name in row))
    assert frame.rows(named=True) == [{name: row.get(name) for name in frame.columns} for row in table]

"""Strict JSON: what it refuses, what it says about it, and that what it writes it reads."""

import json
import time
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from merganser.documents import dump_json, load_json, parse_json
from merganser.errors import DataError

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


class Point(msgspec.Struct, frozen=True):
    x: float
    name: str = ""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b'{"a": NaN}', "NaN is no number"),
        (b'{"a": Infinity}', "Infinity is no number"),
        (b'{"a": -Infinity}', "-Infinity is no number"),
        (b'{"a": 1e999}', "the number 1e999 is not finite"),
        (b'{\n"a": 1,\n"a": 2}', "the key 'a' stands twice (lines 2, 3)"),
        (b'{"a": 1, "a": 2}', "the key 'a' stands twice (line 1)"),
        (b'{"\\u0061": 1,\n"\\u0061": 2}', "the key 'a' stands twice"),
        (b"[" * 100_000, "nested deeper than 100 levels"),
        (b"9" * 5_000, "a number of 5000 digits"),
        (b'"\xff"', "not UTF-8 text"),
        (b'"\\ud800"', "not UTF-8 text"),
        (b'{"a": 1,\n}', "line 2, column 1: "),
        (b"", "line 1, column 1: "),
    ],
)  # fmt: skip
def test_a_way_to_be_fooled_is_refused_at_once(text: bytes, said: str) -> None:
    started = time.process_time()
    with pytest.raises(DataError) as refused:
        parse_json(text, "run.json")
    assert refused.value.message.startswith(f"run.json: {said}")
    assert refused.value.hint
    assert time.process_time() - started < 1


def test_brackets_in_strings_are_no_depth() -> None:
    assert parse_json(json.dumps(["[" * 500, '"[' * 500]).encode(), "x") == ["[" * 500, '"[' * 500]


def test_a_wrong_shape_names_the_file_and_the_field() -> None:
    with pytest.raises(DataError, match=r"run\.json: .*\$\.x"):
        load_json(b'{"x": "1"}', "run.json", Point)
    assert load_json(b'{"x": 1}', "run.json", Point) == Point(1)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_numbers_that_are_none_are_not_written(value: float) -> None:
    with pytest.raises(DataError):
        dump_json({"accuracy": value})


def test_the_form_is_canonical() -> None:
    assert dump_json(Point(0.5, "é")) == '{\n  "name": "é",\n  "x": 0.5\n}\n'.encode()


@given(VALUES)
def test_what_is_written_is_read(value: Any) -> None:
    assert parse_json(dump_json(value), "x") == value

"""`profile.json` is written canonically and read as if by an enemy."""

import json
from typing import Any

import polars as pl
import pytest

from merganser.errors import DataError
from merganser.evaluation.drift import profile
from merganser.evaluation.drift.profile import dump_profile, load_profile
from merganser.evaluation.drift.summary import profile_of

NUMBER = {"type": "number", "n": 40, "missing": 2, "edges": [1.5, 2.0], "counts": [12, 0, 14], "ties": [0, 12]}
CATEGORY = {"type": "category", "n": 40, "missing": 2, "shares": {"a": 0.75}, "other": 0.25}


def load(**columns: Any) -> profile.Profile:
    return load_profile(json.dumps({"schema": "merganser.profile/1", "columns": columns}).encode(), "profile.json")


def test_a_profile_is_read_as_it_was_written() -> None:
    table = pl.DataFrame(
        {
            "age": list(range(100)),
            "flat": [5] * 100,
            "plan": ["a"] * 60 + ["b"] * 39 + ["c"],
            "note": [None] * 100,
            "few": [1.0, 2.0] + [None] * 98,
        }
    )
    made = profile_of(table)
    data = dump_profile(made)
    assert load_profile(data, "profile.json") == made
    plain = json.loads(data)
    assert plain["schema"] == "merganser.profile/1"
    assert {name: column["type"] for name, column in plain["columns"].items()} == {
        "age": "number", "flat": "number", "plan": "category", "note": "empty", "few": "number"
    }  # fmt: skip
    assert plain["columns"]["plan"] == {
        "type": "category", "n": 100, "missing": 0, "shares": {"a": 0.6, "b": 0.39}, "other": 0.01
    }  # fmt: skip
    assert plain["columns"]["few"] == {"type": "number", "n": 100, "missing": 98, "counts": [2]}
    flat = plain["columns"]["flat"]
    assert (flat["min"], flat["max"], flat["mean"], flat["sd"]) == (5, 5, 5, 0)
    assert (flat["edges"], flat["counts"], flat["ties"]) == ([5], [0, 0], [100])


def test_names_and_text_have_no_shares() -> None:
    found = profile_of(pl.DataFrame({"name": [f"n{i}" for i in range(10_001)]}))
    assert found.columns == {"name": profile.TextColumn(n=10_001, missing=0)}
    assert load_profile(dump_profile(found), "p") == found


def test_the_columns_of_the_sample_load() -> None:
    assert (
        len(load(a=NUMBER, b=CATEGORY, c={"type": "empty", "n": 4}, d={"type": "text", "n": 4, "missing": 1}).columns)
        == 4
    )


@pytest.mark.parametrize(
    ("column", "said"),
    [
        (NUMBER | {"edges": [2.0, 1.5]}, "'x': the edges don't rise"),
        (NUMBER | {"edges": [2.0, 2.0]}, "the edges don't rise"),
        (NUMBER | {"counts": [12, 14]}, "2 edges have 2 counts and 2 ties"),
        (NUMBER | {"ties": [12]}, "2 edges have 3 counts and 1 ties"),
        (NUMBER | {"ties": []}, "don't add up to the rows"),
        (NUMBER | {"missing": 3}, "don't add up to the rows"),
        (NUMBER | {"missing": 41}, "more rows are missing than there are"),
        (NUMBER | {"n": -1}, "Expected `int` >= 0"),
        (NUMBER | {"n": 2**54}, "Expected `int` <="),
        (NUMBER | {"counts": []}, "length >= 1"),
        (NUMBER | {"edges": list(range(1_001)), "counts": [1] * 1_002}, "length <= 100"),
        (CATEGORY | {"other": 0.2}, "don't add up to 1"),
        (CATEGORY | {"shares": {"a": 1.5}}, "Expected `float` <= 1"),
        (CATEGORY | {"shares": {"a" * 1_001: 0.75}}, "length <= 1000"),
        (CATEGORY | {"shares": {str(i): 0.0 for i in range(10_001)}}, "length <= 10000"),
        (CATEGORY | {"missing": 41}, "more rows are missing"),
        ({"type": "text", "n": 1, "missing": 2}, "more rows are missing"),
        ({"type": "list", "n": 1}, "Invalid value 'list'"),
        ({"n": 1}, "missing required field `type`"),
    ],
)
def test_what_contradicts_itself_is_refused(column: dict[str, Any], said: str) -> None:
    with pytest.raises(DataError, match=r"profile\.json: ") as caught:
        load(x=column)
    assert said in caught.value.message


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"schema": "merganser.profile/2", "columns": {}}', "merganser.profile/2"),
        ('{"schema": "merganser.profile/1", "columns": {}, "rows": []}', "unknown field"),
        ('{"columns": {"a": {"type": "empty", "n": 1}, "a": {"type": "empty", "n": 2}}}', "stands twice"),
        ('{"columns": {"a": {"type": "number", "n": 1, "missing": 0, "counts": [1], "min": NaN}}}', "NaN is no number"),
        ('{"columns": {"a": {"type": "number", "n": 1, "missing": 0, "counts": [1], "min": 1e999}}}', "not finite"),
        ("[" * 100_000, "nested deeper"),
    ],
)
def test_json_that_fools_is_refused(text: str, said: str) -> None:
    with pytest.raises(DataError, match=said):
        load_profile(text.encode(), "profile.json")


def test_too_many_columns_are_refused_on_both_ways() -> None:
    with pytest.raises(DataError, match="length <= 2000"):
        load(**{f"c{i}": {"type": "empty", "n": 1} for i in range(2_001)})
    with pytest.raises(DataError, match="2,001 columns"):
        profile_of(pl.DataFrame({f"c{i}": [1] for i in range(2_001)}))
    with pytest.raises(DataError, match="the longest name has 1,001 letters"):
        profile_of(pl.DataFrame({"c" * 1_001: [1]}))


def test_a_file_too_large_is_not_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(profile, "MAX_BYTES", 1 << 20)
    with pytest.raises(DataError, match="larger than 1 MiB"):
        load_profile(b" " * ((1 << 20) + 1), "profile.json")


def test_only_the_named_columns_are_profiled() -> None:
    table = pl.DataFrame({"a": [1], "b": [2], "c": [3]})
    assert list(profile_of(table, ("c", "a")).columns) == ["c", "a"]
    with pytest.raises(DataError, match="the features have no column 'd'"):
        profile_of(table, ("a", "d"))

"""Types of columns by what a file says or, where it says nothing, by what all of its texts can be read as."""

import datetime
import decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from merganser.config import Artifact, Column, ColumnType, Model, Predictions, Task
from merganser.evaluation.contract import answers, columns, common_type, outputs, type_of, written_type

PREDICTIONS = Predictions(file="p.csv", key="id")


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1, 2], "integer"),
        ([0.5, None], "float"),
        ([decimal.Decimal("1.5")], "float"),
        ([True], "boolean"),
        (["a"], "text"),
        ([datetime.date(2026, 1, 2)], "date"),
        ([datetime.time(1, 2)], "time"),
        ([datetime.datetime(2026, 1, 2, 3)], "datetime"),
        ([datetime.timedelta(1)], "duration"),
        ([None], "empty"),
    ],
)
def test_a_files_types(values: list[object], kind: str) -> None:
    assert type_of(pl.Series(values).dtype) == kind


def test_widths_and_zones_are_no_other_types() -> None:
    assert {type_of(kind()) for kind in (pl.Int8, pl.UInt64)} == {ColumnType.integer}
    assert type_of(pl.Float32()) is ColumnType.float
    assert type_of(pl.Datetime("ns", "Europe/Berlin")) is ColumnType.datetime


@pytest.mark.parametrize(
    ("texts", "kind"),
    [
        (["1", "-20", "+0"], "integer"),
        (["1", "2.5"], "float"),
        (["1e3", ".5", "-2.", "NaN", "-inf"], "float"),
        (["01234", "20095"], "text"),
        (["."], "text"),
        (["true", "FALSE"], "boolean"),
        (["true", "1"], "text"),
        (["2026-11-23"], "date"),
        (["2026-11-23T16:00:00Z", "2026-11-23 16:00"], "datetime"),
        (["2026-11-23", "soon"], "text"),
        (["1\n2"], "text"),
        (["", "1"], "text"),
        ([None, "7"], "integer"),
        ([None], "empty"),
        ([], "empty"),
    ],
)
def test_what_texts_can_be_read_as(texts: list[str | None], kind: str) -> None:
    assert written_type(pl.Series(texts, dtype=pl.String)) == kind


@given(st.lists(st.integers(-(10**20), 10**20).map(str) | st.floats().map(repr), min_size=1))
def test_what_python_writes_as_a_number_is_one(texts: list[str]) -> None:
    whole = all("." not in text and text.lstrip("-").isdigit() for text in texts)
    assert written_type(pl.Series(texts)) is (ColumnType.integer if whole else ColumnType.float)


@given(st.lists(st.sampled_from(["1", "2.5", "x", "true", None, "2026-01-02"]), max_size=6), st.integers(0, 6))
def test_ranges_of_rows_agree_on_the_type_of_all(texts: list[str | None], cut: int) -> None:
    rows = pl.Series(texts, dtype=pl.String)
    assert common_type([written_type(rows[:cut]), written_type(rows[cut:])]) is written_type(rows)


@pytest.mark.parametrize(
    ("task", "positive", "said", "expected"),
    [
        (Task.binary, "yes", {"score": "p"}, {"p": ("yes",)}),
        (Task.binary, "", {"score": "p", "prediction": "c"}, {"p": (), "c": ()}),
        (
            Task.multiclass, "", {"scores": {"cat": "pc", "dog": "pd"}, "prediction": "c"},
            {"pc": ("cat",), "pd": ("dog",), "c": ("cat", "dog")},
        ),
        (Task.regression, "", {"prediction": "y"}, {"y": ()}),
        (Task.ranking, "", {"score": "s"}, {"s": ()}),
        (Task.binary, "", {}, {}),
    ],
)  # fmt: skip
def test_what_a_model_answers_with(
    task: Task, positive: str, said: dict[str, object], expected: dict[str, tuple[str, ...]]
) -> None:
    model = Model(artifact=Artifact(path="m"), task=task, positive=positive)
    assert answers(model, Predictions(file="p.csv", key="id", **said)) == expected  # type: ignore[arg-type]


def test_inputs_stand_in_the_order_asked_for() -> None:
    types = {"a": ColumnType.text, "b": ColumnType.float}
    assert columns(["b", "a"], types) == (
        Column(name="b", type=ColumnType.float),
        Column(name="a", type=ColumnType.text),
    )
    assert outputs({"a": ("x",)}, types) == (Column(name="a", type=ColumnType.text, classes=("x",)),)

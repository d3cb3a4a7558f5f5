"""Faults of rows: counted over all parts, worded for one row and for many, the gravest told first."""

import itertools

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from merganser.evaluation.faults import Faults, Grade, Kind, counted

LABEL = Kind(Grade.unusable, 1, "rows of the labels", "have no label")
KEY = Kind(Grade.unusable, -1, "rows of the labels", "have no key in id")
OTHER = Kind(Grade.changed, 0, "rows", "have another label than in the baseline")
LONE = Kind(Grade.changed, 20, "rows of the labels", "are not in the baseline's predictions")
PLACE = Kind(Grade.slices, 0, "rows", "have another value there in the baseline", "country")


def noted(kind: Kind, *keys: int | str) -> Faults:
    faults = Faults()
    faults.add(kind, pl.Series(keys))
    return faults


@pytest.mark.parametrize(
    ("faults", "told"),
    [
        (noted(LABEL, 7), "1 row of the labels has no label (e.g. 7)"),
        (noted(LABEL, 30, 4, 9, 200), "4 rows of the labels have no label (e.g. 200, 30, 4)"),
        (noted(LABEL, "b", "a"), "2 rows of the labels have no label (e.g. a, b)"),
        (noted(LABEL, "a", "a"), "2 rows of the labels have no label (e.g. a)"),
        (noted(LABEL, "x" * 41), f"1 row of the labels has no label (e.g. {'x' * 40})"),
    ],
)
def test_a_fault_is_counted_with_three_examples(faults: Faults, told: str) -> None:
    assert faults.first(Grade.unusable) == told


def test_one_and_many_rows_that_are_missing() -> None:
    assert noted(LONE, 1).first(Grade.changed) == "1 row of the labels is not in the baseline's predictions (e.g. 1)"
    many = noted(LONE, *range(1200)).first(Grade.changed)
    assert many == "1,200 rows of the labels are not in the baseline's predictions (e.g. 0, 1, 10)"
    repeated = Kind(Grade.unusable, 10, "of 600 rows of the labels", "repeat a key")
    assert noted(repeated, 7, 7).first(Grade.unusable) == "2 of 600 rows of the labels repeat a key (e.g. 7)"


@pytest.mark.parametrize(
    ("count", "fault", "told"),
    [
        (1, "hold nothing", "1 row of it holds nothing"),
        (2, "hold nothing", "2 rows of it hold nothing"),
        (1, "are new", "1 row of it is new"),
        (1_000, "have no name", "1,000 rows of it have no name"),
    ],
)
def test_the_words_fit_the_number(count: int, fault: str, told: str) -> None:
    assert counted(count, "rows of it", fault) == told


def test_what_each_side_lacks_is_told_and_no_more() -> None:
    faults = Faults()
    other = Kind(Grade.changed, 21, "rows of the baseline's predictions", "are not in the labels")
    for kind in (other, LONE, Kind(Grade.changed, 22, "rows", "are something else")):
        faults.merge(noted(kind, 1))
    assert faults.both(Grade.changed) == (
        "1 row of the labels is not in the baseline's predictions (e.g. 1); "
        "1 row of the baseline's predictions is not in the labels (e.g. 1)"
    )
    assert faults.both(Grade.unusable) == ""


def test_rows_without_a_key_have_no_example() -> None:
    faults = Faults()
    faults.count(KEY, 0)
    assert not faults.any(Grade.unusable)
    faults.count(KEY, 2)
    assert faults.first(Grade.unusable) == "2 rows of the labels have no key in id"


def test_nothing_is_no_fault() -> None:
    faults = noted(LABEL)
    assert [faults.any(grade) for grade in Grade] == [False] * 3
    assert [faults.first(grade) for grade in Grade] == [""] * 3


def test_the_first_of_a_grade_is_told_and_slices_by_their_column() -> None:
    faults = noted(LABEL, 1)
    for other in (noted(KEY, 2), noted(LONE, 3), noted(OTHER, 4), noted(PLACE, 5)):
        faults.merge(other)
    assert [faults.any(grade) for grade in Grade] == [True] * 3
    assert faults.first(Grade.unusable) == "1 row of the labels has no key in id (e.g. 2)"
    assert faults.first(Grade.changed) == "1 row has another label than in the baseline (e.g. 4)"
    assert faults.first(Grade.slices) == faults.first(Grade.slices, "plan") == ""
    assert faults.first(Grade.slices, "country") == "1 row has another value there in the baseline (e.g. 5)"


ROWS = st.lists(st.tuples(st.sampled_from([LABEL, OTHER, PLACE]), st.integers(0, 300)), max_size=30)


@given(ROWS, st.lists(st.integers(0, 30), max_size=4), st.booleans())
@settings(max_examples=60)
def test_parts_and_their_order_do_not_show(rows: list[tuple[Kind, int]], cuts: list[int], backwards: bool) -> None:
    total = Faults()
    parts = [rows[start:end] for start, end in itertools.pairwise([0, *sorted(cuts), len(rows)])]
    for part in reversed(parts) if backwards else parts:
        own = Faults()
        for kind, key in part:
            own.add(kind, pl.Series([key]))
        total.merge(own)
    for kind in (LABEL, OTHER, PLACE):
        keys = [key for one, key in rows if one is kind]
        told = total.first(kind.grade, kind.column)
        assert bool(told) is bool(keys) is total.any(kind.grade)
        if keys:
            examples = sorted({str(key) for key in keys})[:3]
            assert told.startswith(f"{len(keys)} row")
            assert told.endswith(f"(e.g. {', '.join(examples)})")

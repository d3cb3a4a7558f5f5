"""A profile keeps the shape of a column, and shows neither a row nor a rare value."""

import re
from collections import Counter
from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from merganser.evaluation.drift.profile import CategoryColumn, NumberColumn, dump_profile
from merganser.evaluation.drift.summary import profile_of

numbers = st.one_of(st.integers(-4, 4), st.floats(-1e150, 1e150), st.sampled_from([0.5, 1 / 3, 1e-300]))
# Values with how often they stand there: rare ones and common ones, near each other.
columns = st.lists(st.tuples(numbers, st.sampled_from([1, 2, 9, 10, 30, 300])), min_size=1, max_size=60).map(
    lambda found: [float(value) for value, times in found for _ in range(times)]
)


def number_column(values: list[float] | np.ndarray) -> NumberColumn:
    column = profile_of(pl.DataFrame({"x": values})).columns["x"]
    assert isinstance(column, NumberColumn)
    return column


def few(count: int) -> bool:
    return 0 < count < 10


@given(columns)
def test_no_place_among_the_numbers_is_a_rare_value(values: list[float]) -> None:
    found, times = number_column(values), Counter(values)
    shown = [value for value in (*found.edges, found.min, found.max) if value is not None]
    assert [value for value in shown if few(times[value])] == []


@given(columns)
def test_no_range_and_no_edge_holds_few_rows(values: list[float]) -> None:
    found = number_column(values)
    if len(values) < 10:
        assert (found.edges, found.counts, found.min, found.max, found.mean, found.sd) == (
            (), (len(values),), None, None, None, None
        )  # fmt: skip
        return
    assert [count for count in (*found.counts, *found.ties) if few(count)] == []
    ends = [-np.inf, *found.edges, np.inf]
    between = [sum(low < value < high for value in values) for low, high in pairwise(ends)]
    assert list(found.counts) == between
    assert list(found.ties or [0] * len(found.edges)) == [values.count(edge) for edge in found.edges]


@given(columns.filter(lambda values: len(values) >= 10))
def test_minimum_and_maximum_are_means_of_ten_rows_or_more(values: list[float]) -> None:
    found = number_column(values)
    lowest = np.cumsum(sorted(values)) / np.arange(1, len(values) + 1)
    highest = np.cumsum(sorted(values, reverse=True)) / np.arange(1, len(values) + 1)
    for shown, means in ((found.min, lowest), (found.max, highest)):
        assert shown is None or np.isclose(means[9:], shown, rtol=1e-9, atol=1e-9).any()


@pytest.mark.parametrize("rows", [10, 11, 19, 20, 21, 29, 30, 31, 39, 40, 41, 59, 60, 61, 199, 200])
def test_no_row_can_be_told_by_subtracting_means(rows: int) -> None:
    """What is left of all rows, once those are taken away whose means are shown, is ten rows or none."""
    values = np.sort(np.random.default_rng(rows).normal(size=rows))
    found = number_column(values)
    ends = [value for value in (found.min, found.max) if value is not None]
    assert ends == (pytest.approx([values[:10].mean(), values[-10:].mean()]) if rows >= 30 else [])
    assert rows - 10 * (len(ends) + len(found.edges)) >= 10 or not ends + list(found.edges)


def test_a_column_whose_means_are_all_rare_shows_no_end() -> None:
    """Ten rows: their mean is 0, which two rows have."""
    found = number_column([-4.0, -3.0, -2.0, -1.0, 0.0, 0.0, 1.0, 2.0, 3.0, 4.0])
    assert (found.min, found.max, found.mean) == (None, None, 0.0)


# Without what is spelled in one way only: `True` is told as `true`, `1.0` as `1`.
texts = st.text(st.characters(codec="utf-8", exclude_characters='"\\TF.'), min_size=1, max_size=8)
worded = st.lists(
    st.tuples(texts, st.sampled_from([1, 3, 9, 10, 25])), min_size=1, max_size=30, unique_by=lambda c: c[0]
)


@given(worded)
def test_no_rare_category_is_named(found: list[tuple[str, int]]) -> None:
    table = pl.DataFrame({"column": [name for name, times in found for _ in range(times)] + ["none of them"]})
    profile = profile_of(table)
    column = profile.columns["column"]
    assert isinstance(column, CategoryColumn)
    times = Counter(table["column"].to_list())
    assert set(column.shares) == {name for name, count in times.items() if count >= 10}
    assert column.shares == pytest.approx({name: times[name] / table.height for name in column.shares})
    assert column.other == pytest.approx(1 - sum(column.shares.values()))
    names = set(re.findall(r'"((?:[^"\\]|\\.)*)"', dump_profile(profile).decode()))
    assert "none of them" not in names


def test_a_long_name_is_told_with_the_rare_ones() -> None:
    column = profile_of(pl.DataFrame({"x": ["a" * 1_001] * 20 + ["b"] * 20})).columns["x"]
    assert column == CategoryColumn(n=40, missing=0, shares={"b": 0.5}, other=0.5)


def test_a_large_column_has_a_thousand_ranges_of_equally_many_rows() -> None:
    values = np.random.default_rng(0).normal(size=200_000)
    found = number_column(values)
    assert len(found.edges) == 999
    assert max(abs(count - 200) for count in found.counts) <= 5
    assert found.ties == ()
    cuts = np.quantile(values, np.arange(1, 1_000) / 1_000)
    assert found.edges == pytest.approx(cuts, abs=0.1)
    assert np.abs(np.array(found.edges)[100:-100] - cuts[100:-100]).max() < 0.002
    assert (found.mean, found.sd) == (pytest.approx(values.mean()), pytest.approx(values.std(ddof=1)))
    assert found.min == pytest.approx(np.sort(values)[:10].mean())
    assert found.max == pytest.approx(np.sort(values)[-10:].mean())


def test_ties_are_told() -> None:
    found = number_column([0.0] * 600 + [1.0] * 400)
    assert (found.edges, found.counts, found.ties) == ((0.0, 0.5, 1.0), (0, 0, 0, 0), (600, 0, 400))


def test_missing_rows_are_counted() -> None:
    table = pl.DataFrame({"x": [1.5] * 30 + [None, float("nan")], "y": ["a"] * 20 + [None] * 12})
    found = profile_of(table).columns
    assert [(one.n, one.missing) for one in (found["x"], found["y"])] == [(32, 2), (32, 12)]  # type: ignore[union-attr]

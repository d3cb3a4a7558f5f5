"""What a column holds, whatever type a file kept it in."""

import datetime
from decimal import Decimal

import polars as pl
import pytest

from merganser.evaluation.drift.columns import Categories, Empty, Numbers, Text, column_of

DAY = datetime.date(1970, 1, 3)
NOON = datetime.datetime(1970, 1, 1, 12, tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    ("values", "numbers"),
    [
        (pl.Series([3, 1, None, 2]), [1, 2, 3]),
        (pl.Series([2.5, None, float("nan"), float("inf"), float("-inf"), 1e151, -1e150]), [-1e150, 2.5]),
        (pl.Series([1.5, 0.25], dtype=pl.Float32), [0.25, 1.5]),
        (pl.Series([Decimal("2.5"), Decimal("1.25")]), [1.25, 2.5]),
        (pl.Series(["2", "1e3", None, "-0.5", "nan"]), [-0.5, 2, 1000]),
        (pl.Series([DAY, None]), [172_800]),
        (pl.Series([NOON.replace(tzinfo=None)], dtype=pl.Datetime("ms")), [43_200]),
        (pl.Series([NOON], dtype=pl.Datetime("ns", "Europe/Berlin")), [43_200]),
        (pl.Series([datetime.timedelta(minutes=2)], dtype=pl.Duration("ms")), [120]),
        (pl.Series([datetime.time(0, 1, 1)]), [61]),
    ],
)
def test_numbers_and_times(values: pl.Series, numbers: list[float]) -> None:
    found = column_of(values)
    assert isinstance(found, Numbers)
    assert found.values.tolist() == numbers
    assert (found.rows, found.missing) == (len(values), len(values) - len(numbers))


@pytest.mark.parametrize(
    ("values", "counts"),
    [
        (pl.Series(["b", "a", None, "b"]), {"a": 1, "b": 2}),
        (pl.Series(["b", "a", "b", "a"], dtype=pl.Categorical), {"a": 2, "b": 2}),
        (pl.Series(["b", "a"], dtype=pl.Enum(["a", "b", "c"])), {"a": 1, "b": 1}),
        (pl.Series([True, None, False, True]), {"true": 2, "false": 1}),
        (pl.Series(["True", "true", "x"]), {"true": 2, "x": 1}),
        (pl.Series(["1"] * 1_001 + ["x"]), {"1": 1_001, "x": 1}),
    ],
)
def test_categories(values: pl.Series, counts: dict[str, int]) -> None:
    found = column_of(values)
    assert isinstance(found, Categories)
    assert found.counts == counts
    assert (found.rows, found.missing, found.other) == (len(values), values.null_count(), 0)


@pytest.mark.parametrize(
    "values", [pl.Series([None, None]), pl.Series([float("nan"), None]), pl.Series([None, None], dtype=pl.String)]
)
def test_a_column_without_values_is_of_no_kind(values: pl.Series) -> None:
    assert column_of(values) == Empty(rows=2, missing=2)


def test_no_rows() -> None:
    assert column_of(pl.Series([], dtype=pl.Float64)) == Empty(rows=0, missing=0)


def test_ten_thousand_values_are_categories_and_one_more_is_text() -> None:
    names = [f"n{i}" for i in range(10_000)]
    assert isinstance(column_of(pl.Series([*names, None])), Categories)
    assert column_of(pl.Series([*names, "x", None])) == Text(rows=10_002, missing=1)

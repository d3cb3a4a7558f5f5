"""Two tables, two profiles, or one of each: what differs, column by column."""

from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2_contingency, false_discovery_control, ks_2samp, kstwo
from statsmodels.stats.proportion import proportions_ztest

from merganser.evaluation.drift.compare import Features, compare_features
from merganser.evaluation.drift.findings import ColumnDrift, Share
from merganser.evaluation.drift.profile import NumberColumn, Profile, dump_profile, load_profile
from merganser.evaluation.drift.summary import profile_of
from merganser.evaluation.evidence import Unavailable


def found(reference: Any, current: Any) -> ColumnDrift | Unavailable:
    """The comparison of one column, of tables or of lists of values."""
    sides = [side if isinstance(side, Profile) else pl.DataFrame({"x": side}) for side in (reference, current)]
    return compare_features(*sides).columns["x"]


def drift(reference: Any, current: Any) -> ColumnDrift:
    one = found(reference, current)
    assert isinstance(one, ColumnDrift)
    return one


def kept(values: Any) -> Profile:
    """A profile as it comes back from its file."""
    return load_profile(dump_profile(profile_of(pl.DataFrame({"x": values}))), "profile.json")


@pytest.mark.parametrize(("n", "m", "shift"), [(900, 1_400, 0.0), (5_000, 3_000, 0.05), (20_000, 10_000, 0.02)])
def test_numbers_are_compared_as_by_scipy(n: int, m: int, shift: float) -> None:
    chance = np.random.default_rng(n)
    one, two = chance.normal(size=n), chance.normal(size=m) + shift
    expected = ks_2samp(one, two, method="asymp")
    assert drift(one, two) == ColumnDrift(
        psi=pytest.approx(psi_by_histogram(one, two), rel=1e-9),
        method="ks",
        statistic=expected.statistic,
        p=pytest.approx(expected.pvalue, rel=1e-6),
        p_adjusted=pytest.approx(expected.pvalue, rel=1e-6),
        rows=(n, m),
        missing=(0.0, 0.0),
    )


def psi_by_histogram(one: Any, two: Any) -> float:
    cuts = np.quantile(one, np.arange(1, 10) / 10, method="inverted_cdf")
    r, c = (np.bincount(np.searchsorted(cuts, side, "left"), minlength=10) / len(side) for side in (one, two))
    return float(((c - r) * np.log(c / r)).sum())


def test_categories_are_compared_as_by_scipy() -> None:
    one, two = ["a"] * 500 + ["b"] * 300 + ["c"] * 200, ["a"] * 210 + ["b"] * 150 + ["c"] * 90
    expected = chi2_contingency([[500, 300, 200], [210, 150, 90]], correction=False)
    column = drift(one, two)
    assert (column.method, column.rows) == ("chi2", (1_000, 450))
    assert column.statistic == pytest.approx(expected.statistic, rel=1e-9)
    assert column.p == pytest.approx(expected.pvalue, rel=1e-9)
    shares = [(0.5, 210 / 450), (0.3, 150 / 450), (0.2, 0.2)]
    assert column.psi == pytest.approx(sum((c - r) * np.log(c / r) for r, c in shares), rel=1e-9)


@pytest.mark.parametrize("kind", ["numbers", "categories"])
def test_a_missing_rate_is_a_second_test_and_a_bin(kind: str) -> None:
    values: list[Any] = [float(i % 7) for i in range(1_000)] if kind == "numbers" else ["a", "b"] * 500
    column = drift(values, values[:600] + [None] * 400)
    assert column.missing == (0.0, 0.4)
    assert (column.rows, column.method) == ((1_000, 1_000), "ks" if kind == "numbers" else "chi2")
    _, p = proportions_ztest([0, 400], [1_000, 1_000])
    assert p < 1e-90
    assert column.p == pytest.approx(2 * p, rel=1e-9)
    assert column.psi > (0.4 - 0.0005) * np.log(0.4 / 0.0005)


def test_the_values_may_be_the_stronger_evidence() -> None:
    one = drift([*range(1_000), *[None] * 10], [*range(500, 1_500), *[None] * 12])
    p = kstwo.sf(0.5, 500)
    assert p < 1e-50
    assert one.p == pytest.approx(2 * p, rel=1e-6)


@pytest.mark.parametrize("swap", [False, True])
def test_all_missing_on_one_side_is_a_missing_rate(swap: bool) -> None:
    sides: list[Any] = [[1.0, 2.0] * 200, [None] * 300]
    column = drift(*(sides[::-1] if swap else sides))
    _, p = proportions_ztest([0, 300], [400, 300])
    assert (column.method, column.statistic, column.p) == ("missing rate", None, pytest.approx(p, rel=1e-9, abs=1e-150))
    assert column.psi > 5


def test_all_missing_on_both_sides_is_no_drift() -> None:
    column = drift([None] * 300, [None] * 200)
    assert (column.psi, column.p, column.missing) == (0.0, 1.0, (1.0, 1.0))


def test_constants() -> None:
    same, moved = drift([3.0] * 300, [3.0] * 500), drift([3.0] * 300, [2.5] * 500)
    assert (same.psi, same.statistic, same.p) == (0.0, 0.0, 1.0)
    assert (moved.statistic, moved.p) == (1.0, pytest.approx(0.0, abs=1e-80))
    assert moved.psi > 5
    words = drift(["a"] * 300, ["a"] * 500)
    assert (words.psi, words.statistic, words.p) == (0.0, 0.0, 1.0)


def test_new_and_vanished_categories() -> None:
    column = drift(["a"] * 600 + ["b"] * 400, ["a"] * 500 + ["c"] * 500 + ["d"])
    assert column.new == (Share(name="c", share=500 / 1_001),)
    assert column.vanished == (Share(name="b", share=0.4),)
    assert column.psi > 5


def test_booleans_dates_and_few_rows() -> None:
    assert drift([True, False] * 100, [True] * 200).method == "chi2"
    days = pl.date_range(pl.date(2024, 1, 1), pl.date(2024, 12, 31), eager=True)
    later = drift(days, days.dt.offset_by("1y"))
    assert (later.method, later.statistic) == ("ks", 1.0)
    few = drift([1.0, 2.0], [5.0])
    assert (few.statistic, few.p) == (1.0, pytest.approx(2 / 3))
    assert drift(["a", "b"], ["c"]).p == 1.0


@pytest.mark.parametrize(
    ("reference", "current", "why"),
    [
        ([1.0, 2.0], ["a", "b"], "it holds numbers in the reference and categories in the candidate"),
        (["a"], [1], "it holds categories in the reference and numbers in the candidate"),
        ([1.0], [f"n{i}" for i in range(10_001)], "it holds numbers in the reference and texts in the candidate"),
        ([], [1.0], "the reference has no rows"),
        ([1.0], [], "the candidate has no rows"),
    ],
)
def test_columns_that_cant_be_compared(reference: list[Any], current: list[Any], why: str) -> None:
    assert found(reference, current) == Unavailable(why=why)
    if reference and current:
        assert found(kept(reference), kept(current)) == Unavailable(why=why)


def test_text_is_not_compared() -> None:
    names = [f"n{i}" for i in range(10_001)]
    for one, two, whose in ((names, ["a"], "the reference"), (["a"], names, "the candidate")):
        why = f"it has more than 10,000 different values in {whose}, as names or free text do: leave it out of "
        why += "features.columns"
        assert found(one, two) == Unavailable(why=why)
        assert found(kept(one), kept(two)) == Unavailable(why=why)


def test_a_column_of_one_side_alone_is_an_error() -> None:
    one, two = pl.DataFrame({"a": [1.0], "b": [1.0]}), pl.DataFrame({"c": [1.0], "b": [1.0]})
    columns = compare_features(one, two).columns
    assert list(columns) == ["a", "b", "c"]
    assert columns["a"] == Unavailable(why="the candidate has no such column")
    assert columns["c"] == Unavailable(why="the reference has no such column")
    assert list(compare_features(profile_of(one), two, ("b", "d")).columns) == ["b", "d"]
    assert compare_features(profile_of(one), two, ("d",)).columns["d"] == Unavailable(
        why="the reference has no such column"
    )


def tables(seed: int, rows: int, shift: float) -> pl.DataFrame:
    """Columns of all kinds, some of them shifted."""
    chance = np.random.default_rng(seed)
    weights = np.array([5.0, 3, 1 + shift, 1])
    return pl.DataFrame(
        {
            "normal": chance.normal(size=rows) + shift,
            "count": chance.poisson(1.5 + shift, size=rows),
            "plan": chance.choice(list("abcd"), size=rows, p=weights / weights.sum()),
            "rare": [f"r{i % 700}" for i in range(rows)],
            "steady": chance.gamma(2, size=rows),
        }
    ).with_columns(pl.when(pl.col("normal") > -2).then("steady"))


@pytest.mark.parametrize("shift", [0.0, 0.15, 1.0])
def test_a_profile_answers_nearly_as_its_table_does(shift: float) -> None:
    one, two = tables(1, 20_000, 0.0), tables(2, 12_000, shift)
    exact = compare_features(one, two).columns
    sides: list[tuple[Features, Features]] = [
        (profile_of(one), two), (one, profile_of(two)), (profile_of(one), profile_of(two))
    ]  # fmt: skip
    for reference, current in sides:
        for name, column in compare_features(reference, current).columns.items():
            whole = exact[name]
            assert isinstance(column, ColumnDrift)
            assert isinstance(whole, ColumnDrift)
            assert column.method == {"ks": "ks bound", "chi2": "chi2"}[whole.method]
            assert column.psi == pytest.approx(whole.psi, rel=0.1, abs=0.003)
            assert column.missing == whole.missing
            assert column.rows == whole.rows
            assert column.statistic is not None
            assert whole.statistic is not None
            if column.method == "ks bound":
                assert column.statistic <= whole.statistic + 1e-12
                assert column.p >= whole.p - 1e-12
                assert column.statistic == pytest.approx(whole.statistic, abs=0.004)
            else:
                assert column.statistic == pytest.approx(whole.statistic, rel=1e-9)


def test_p_values_are_adjusted_for_the_columns_that_have_one() -> None:
    one, two = tables(1, 3_000, 0.0), tables(2, 2_000, 0.06)
    columns = compare_features(one.with_columns(x=1.0), two.with_columns(x=pl.lit("a"))).columns
    drifts = [column for column in columns.values() if isinstance(column, ColumnDrift)]
    assert len(drifts) == len(columns) - 1 == 5
    expected = false_discovery_control([column.p for column in drifts])
    assert [column.p_adjusted for column in drifts] == pytest.approx(expected, rel=1e-12)


def test_nothing_to_compare() -> None:
    assert compare_features(pl.DataFrame(), pl.DataFrame()).columns == {}


def test_a_hostile_profile_without_numbers_is_empty() -> None:
    lying = Profile(columns={"x": NumberColumn(n=40, missing=40, counts=(0,))})
    column = drift(lying, [1.0] * 40)
    assert (column.method, column.missing) == ("missing rate", (1.0, 0.0))


sides = st.lists(st.one_of(st.none(), st.integers(-3, 3), st.floats(-5, 5)), min_size=1, max_size=80).map(
    lambda values: pl.DataFrame({"x": pl.Series(values, dtype=pl.Float64, strict=False)})
)


@given(sides, sides, st.booleans(), st.booleans(), st.randoms())
def test_the_order_of_rows_never_shows(one: Any, two: Any, first: bool, second: bool, chance: Any) -> None:
    def side(table: pl.DataFrame, profiled: bool) -> Features:
        return profile_of(table) if profiled else table

    found = compare_features(side(one, first), side(two, second))
    order = list(range(one.height))
    chance.shuffle(order)
    assert compare_features(side(one[order], first), side(two.reverse(), second)) == found
    column = found.columns["x"]
    assert isinstance(column, ColumnDrift)
    assert 0 <= column.p <= column.p_adjusted <= 1
    assert np.isfinite(column.psi)

"""Distances and bins of two columns of numbers, against scipy and against what a profile can't know."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ks_2samp

from merganser.evaluation.drift.columns import Floats, Numbers, column_of
from merganser.evaluation.drift.numbers import binned, cumulated, distance
from merganser.evaluation.drift.profile import NumberColumn
from merganser.evaluation.drift.summary import profile_of

values = st.lists(st.one_of(st.integers(-5, 5), st.floats(-10, 10)), min_size=1, max_size=400).map(
    lambda found: np.array(found, dtype=np.float64)
)
skewed = st.tuples(st.integers(0, 2**32), st.integers(30, 2_000), st.sampled_from([0, 1, 2])).map(
    lambda found: drawn(*found)
)


def drawn(seed: int, n: int, digits: int) -> Floats:
    """Log-normal numbers, rounded so that some are tied."""
    return np.random.default_rng(seed).lognormal(size=n).round(digits)


def whole(found: Floats) -> Numbers:
    column = column_of(pl.Series(found))
    assert isinstance(column, Numbers)
    return column


def summed(found: Floats) -> NumberColumn:
    column = profile_of(pl.DataFrame({"x": found})).columns["x"]
    assert isinstance(column, NumberColumn)
    return column


def largest(one: Floats, two: Floats) -> float:
    """The largest distance over all values, from the definition."""
    return max(abs(float(np.mean(one <= value)) - float(np.mean(two <= value))) for value in {*one, *two})


@given(st.one_of(values, skewed), st.one_of(values, skewed))
def test_the_distance_is_that_of_the_distribution_functions(one: Floats, two: Floats) -> None:
    assert distance(whole(one), whole(two)) == largest(one, two)
    assert distance(whole(two), whole(one)) == distance(whole(one), whole(two))


@pytest.mark.parametrize("shift", [0.0, 0.001, 0.3, 5.0])
def test_the_distance_of_many_rows_is_scipys(shift: float) -> None:
    chance = np.random.default_rng(3)
    one, two = chance.normal(size=50_000), chance.normal(size=30_001) + shift
    assert distance(whole(one), whole(two)) == ks_2samp(one, two, method="asymp").statistic


@given(skewed, skewed)
def test_a_profile_shows_a_bound_of_the_distance(one: Floats, two: Floats) -> None:
    exact = distance(whole(one), whole(two))
    bounds = [
        distance(summed(one), whole(two)), distance(whole(one), summed(two)), distance(summed(one), summed(two))
    ]  # fmt: skip
    assert max(bounds) <= exact + 1e-12
    assert bounds[2] <= min(bounds[:2]) + 1e-12


@pytest.mark.parametrize("shift", [0.0, 0.1, 2.0])
def test_the_bound_is_near(shift: float) -> None:
    chance = np.random.default_rng(5)
    one, two = chance.normal(size=20_000), chance.normal(size=20_000) + shift
    exact = distance(whole(one), whole(two))
    assert distance(summed(one), whole(two)) == pytest.approx(exact, abs=0.0011)
    assert distance(summed(one), summed(two)) == pytest.approx(exact, abs=0.0031)


def test_too_few_values_for_a_profile_show_no_distance() -> None:
    few = NumberColumn(n=9, missing=0, counts=(9,))
    assert distance(few, whole(np.arange(100.0))) == 0.0
    assert distance(few, few) == 0.0


@given(skewed, st.lists(st.floats(-1, 20), min_size=1, max_size=30))
def test_a_profile_knows_between_which_counts_a_point_lies(found: Floats, points: list[float]) -> None:
    at = np.unique([*points, *summed(found).edges])
    exact, known = cumulated(whole(found), at), cumulated(summed(found), at)
    assert (known[[0, 2]] <= exact[[0, 2]]).all()
    assert (exact[[1, 3]] <= known[[1, 3]]).all()
    on_edges = np.isin(at, summed(found).edges)
    assert (known[:, on_edges] == exact[:, on_edges]).all()


def histogram(reference: Floats, current: Floats) -> tuple[list[int], list[int]]:
    """Rows by decile of the reference, from the definition: a value up to a decile lies in its bin."""
    cuts = np.unique(np.quantile(reference, np.arange(1, 10) / 10, method="inverted_cdf"))
    one, two = (
        np.bincount(np.searchsorted(cuts, side, "left"), minlength=len(cuts) + 1) for side in (reference, current)
    )
    return one.tolist(), two.tolist()


@pytest.mark.parametrize("n", [100, 101, 999, 12_345])
def test_bins_are_the_references_deciles(n: int) -> None:
    chance = np.random.default_rng(n)
    one, two = chance.normal(size=n), chance.normal(size=500) * 1.5
    found = binned(whole(one), whole(two))
    assert tuple(side[:-1].tolist() for side in found) == histogram(one, two)
    assert (len(found[0]), found[0][-1], found[1][-1]) == (11, 0, 0)


def test_a_value_of_several_deciles_is_a_bin_of_its_own() -> None:
    reference = np.repeat([1.0, 2.0, 7.0], [10, 60, 30])
    current = np.array([0.0, 1.0, 1.5, 2.0, 2.0, 3.0, 7.0, 8.0])
    # Deciles 1 2 2 2 2 2 2 7 7: up to 1, between, 2, between, 7, above; then those missing.
    one, two = binned(whole(reference), Numbers(rows=9, values=current))
    assert one.tolist() == [10, 0, 60, 0, 30, 0, 0]
    assert two.tolist() == [2, 1, 2, 1, 1, 1, 1]


def test_a_constant_has_a_bin_below_and_one_above() -> None:
    reference = np.full(50, 3.0)
    for side in (whole(reference), summed(reference)):
        one, two = binned(side, whole(np.array([2.0, 3.0, 3.0, 4.0, 5.0])))
        assert one.tolist() == [0, 50, 0, 0]
        assert two.tolist() == [1, 2, 2, 0]


@pytest.mark.parametrize("seed", range(5))
def test_bins_of_a_profile_are_nearly_those_of_its_table(seed: int) -> None:
    chance = np.random.default_rng(seed)
    one, two = chance.gamma(2, size=20_000), chance.gamma(2.2, size=10_000)
    exact = binned(whole(one), whole(two))
    from_profile, both = binned(summed(one), whole(two)), binned(summed(one), summed(two))
    assert from_profile[0] == pytest.approx(exact[0], abs=25)
    assert from_profile[1] == pytest.approx(exact[1], abs=40)
    assert both[0].tolist() == from_profile[0].tolist()
    assert both[1] == pytest.approx(from_profile[1], abs=20)
    assert both[1].sum() == 10_000


def test_a_profile_without_edges_is_one_bin() -> None:
    one, two = binned(NumberColumn(n=9, missing=2, counts=(7,)), whole(np.arange(30.0)))
    assert (one.tolist(), two.tolist()) == ([7, 2], [30, 0])

"""Means of per-row numbers: paired t, Hall's correction, weights and clusters, against scipy and statsmodels."""

import math

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import skew, ttest_rel

from merganser.evaluation.estimate import Estimate, Sampled
from merganser.evaluation.statistics.bounds import bounds, flipped
from merganser.evaluation.statistics.means import LEAST_FOR_SKEWNESS, mean_estimate
from merganser.evaluation.statistics.moments import merged, moments
from merganser.evaluation.statistics.totals import Undefined, Units
from tests.evaluation.statistics.units import Floats, Sides, jackknife, regression, totals

# The hours that ten patients slept more under each of two drugs (Student 1908), as in R's `sleep`.
SLEEP = (
    np.array([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]),
    np.array([1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]),
)


def columns(candidate: Floats, baseline: Floats, weight: Floats) -> Floats:
    return np.column_stack([weight, weight * candidate, weight * baseline, weight * (candidate - baseline)])


def estimate(candidate: Floats, baseline: Floats, reach: float = 1.0, weight: Floats | None = None) -> Estimate:
    found = moments(columns(candidate, baseline, np.ones(len(candidate)) if weight is None else weight))
    return mean_estimate(found, Units(rows=len(candidate)), reach)


def spread_of(found: Estimate) -> Sampled:
    assert isinstance(found.spread, Sampled)
    return found.spread


def losses(sides: Sides) -> tuple[Floats, Floats]:
    return abs(sides.candidate - sides.label), abs(sides.baseline - sides.label)


def difference(sides: Sides) -> float:
    candidate, baseline = losses(sides)
    return float(np.average(candidate - baseline, weights=sides.weight))


def test_sleep_has_the_published_bounds() -> None:
    """Group 1 is the baseline, group 2 the candidate, lower is better."""
    found = flipped(estimate(SLEEP[1], SLEEP[0]))
    spread = spread_of(found)
    assert (found.n, found.doubt, spread.method, spread.df) == (10, "", "t", 9)
    assert [found.baseline, found.candidate, spread.difference] == pytest.approx([0.75, 2.33, -1.58])
    assert bounds(spread, 0.95) == pytest.approx((-2.2930053, -0.8669947), abs=6e-8)
    assert -spread.difference / spread.error == pytest.approx(4.0621277, abs=6e-8)


@pytest.mark.parametrize("n", [2, LEAST_FOR_SKEWNESS - 1, LEAST_FOR_SKEWNESS, 500])
def test_rows_are_a_paired_t_test(n: int) -> None:
    random = np.random.default_rng(n)
    candidate, baseline = random.exponential(size=(2, n))
    spread = spread_of(estimate(candidate, baseline))
    assert spread.difference / spread.error == pytest.approx(ttest_rel(candidate, baseline).statistic, rel=1e-11)
    assert (spread.units, spread.df) == (n, n - 1)
    corrected = n >= LEAST_FOR_SKEWNESS
    assert spread.method == ("hall" if corrected else "t")
    assert spread.skewness == pytest.approx(skew(candidate - baseline) if corrected else 0.0, rel=1e-10)


@pytest.mark.parametrize(("weighted", "clusters"), [(True, 0), (False, 40), (True, 40), (True, 60)])
def test_weights_and_clusters_have_the_errors_of_a_regression_on_a_constant(weighted: bool, clusters: int) -> None:
    """Statsmodels' cluster-robust variance, factor (n − 1)/(n − k) · G/(G − 1) with k = 1, is the linearised one."""
    sides = regression(clusters + weighted, 600, clusters or 5, weighted=weighted)
    candidate, baseline = losses(sides)
    groups = sides.cluster if clusters else np.arange(600)
    model = sm.WLS(candidate - baseline, np.ones(600), weights=sides.weight)
    expected = model.fit(cov_type="cluster", cov_kwds={"groups": groups, "use_correction": True})
    found = mean_estimate(
        moments(totals(columns(candidate, baseline, sides.weight), groups)),
        Units(rows=600, clustered=bool(clusters)),
        1.0,
    )
    spread = spread_of(found)
    assert spread.difference == pytest.approx(expected.params[0], rel=1e-10)
    assert spread.error == pytest.approx(expected.bse[0], rel=1e-10)
    assert found.candidate == pytest.approx(np.average(candidate, weights=sides.weight))
    assert found.baseline == pytest.approx(np.average(baseline, weights=sides.weight))
    assert (found.n, spread.units, spread.df) == (600, clusters or 600, (clusters or 600) - 1)
    assert (spread.method, spread.skewness) == ("cluster" if clusters else "delta", 0.0)
    if clusters:
        assert spread.error == pytest.approx(jackknife(sides, difference), rel=0.05)


def test_equal_weights_are_none() -> None:
    random = np.random.default_rng(1)
    candidate, baseline = random.exponential(size=(2, 100))
    plain, weighed = estimate(candidate, baseline), estimate(candidate, baseline, weight=np.full(100, 0.1))
    one, two = spread_of(plain), spread_of(weighed)
    assert two.method == "hall"
    assert (two.difference, two.error, two.skewness) == pytest.approx((one.difference, one.error, one.skewness))


@given(st.integers(0, 1000), st.integers(2, 60), st.booleans())
def test_swapping_sides_mirrors_to_the_bit(seed: int, n: int, weighted: bool) -> None:
    random = np.random.default_rng(seed)
    candidate, baseline = random.exponential(size=(2, n))
    weight = random.random(n) if weighted else np.ones(n)
    low, high = bounds(estimate(candidate, baseline, 1.0, weight).spread, 0.95)
    assert bounds(estimate(baseline, candidate, 1.0, weight).spread, 0.95) == (-high, -low)


def test_parts_agree_with_the_whole() -> None:
    sides = regression(3, 999, 9, weighted=False)
    found = columns(*losses(sides), sides.weight)
    whole = spread_of(mean_estimate(moments(found), Units(rows=999), 1.0))
    parts = merged(merged(moments(found[:100]), moments(found[100:101])), moments(found[101:]))
    joined = spread_of(mean_estimate(parts, Units(rows=999), 1.0))
    assert (joined.difference, joined.error, joined.skewness) == pytest.approx(
        (whole.difference, whole.error, whole.skewness), rel=1e-12
    )


@pytest.mark.parametrize("constant", [0.0, 0.1, 1e-3])
def test_rows_that_all_change_alike_are_no_proof(constant: float) -> None:
    """The tenth that they all differ by is not the same float in each row; only that is their variance."""
    baseline = np.random.default_rng(2).random(50) * 30
    spread = spread_of(estimate(baseline + constant, baseline, reach=1.0))
    assert (spread.error, spread.reach) == (0.0, 1.0)
    assert bounds(spread, 0.95) == pytest.approx((constant - 0.0513332, constant + 0.0513332), abs=6e-8)


def test_where_some_weigh_more_fewer_rows_show_what_differs() -> None:
    weight = np.array([9.0] * 10 + [1.0] * 90)
    zero = np.zeros(100)
    spread = spread_of(estimate(zero, zero, weight=weight))
    effective = weight.sum() ** 2 / (weight**2).sum()
    assert spread.reach == pytest.approx(100 / effective)
    assert bounds(spread, 0.95)[1] > bounds(spread_of(estimate(zero, zero)), 0.95)[1]


@pytest.mark.parametrize(
    ("sizes", "clause", "rows"),
    [
        ([10] * 30, "", None),
        ([10] * 12, "30 clusters are needed, and these count as 12", 300),
        ([100] + [1] * 99, "30 clusters are needed, and these count as 3", math.ceil(199 * 30 / (199**2 / 10_099))),
        ([7], "30 clusters are needed, and these count as 1", 210),
    ],
)
def test_few_clusters_are_doubted(sizes: list[int], clause: str, rows: int | None) -> None:
    random = np.random.default_rng(4)
    cluster = np.repeat(np.arange(len(sizes)), sizes)
    candidate, baseline = random.random((2, len(cluster)))
    found = mean_estimate(
        moments(totals(columns(candidate, baseline, np.ones(len(cluster))), cluster)),
        Units(rows=len(cluster), clustered=True),
        1.0,
    )
    assert (found.doubt, found.doubt_rows) == (clause, rows)


@pytest.mark.parametrize(
    ("weight", "clause", "rows"),
    [
        (np.ones(10), "", None),
        (np.ones(1), "2 rows are needed, and these count as 1", 2),
        (np.array([1e9, 1.0, 1.0]), "30 rows are needed, and these count as 1", 90),
    ],
)
def test_few_rows_are_doubted_where_they_are_one_or_weighted(weight: Floats, clause: str, rows: int | None) -> None:
    random = np.random.default_rng(5)
    candidate, baseline = random.random((2, len(weight)))
    found = estimate(candidate, baseline, weight=weight)
    assert (found.doubt, found.doubt_rows) == (clause, rows)
    assert all(math.isfinite(bound) for bound in bounds(found.spread, 0.95))


def test_no_weight_has_no_mean() -> None:
    with pytest.raises(Undefined, match="the rows have no weight"):
        estimate(np.ones(3), np.ones(3), weight=np.zeros(3))


@pytest.mark.parametrize("size", [1e110, 1e200, 1e308])
def test_numbers_that_overflow_have_no_mean(size: float) -> None:
    losses = np.array([size, 0.0, size, 1.0])
    with pytest.raises(Undefined, match="numbers too large to compute with"):
        estimate(losses, losses[::-1])
    parts = merged(moments(columns(losses, losses[::-1], np.ones(4))), moments(columns(losses, losses, np.ones(4))))
    with pytest.raises(Undefined, match="numbers too large to compute with"):
        mean_estimate(parts, Units(rows=8), 1.0)


def test_tiny_numbers_have_a_skewness() -> None:
    losses = np.random.default_rng(6).exponential(size=(2, 50))
    plain, tiny = spread_of(estimate(losses[0], losses[1])), spread_of(estimate(losses[0] / 1e90, losses[1] / 1e90))
    assert tiny.skewness == pytest.approx(plain.skewness)

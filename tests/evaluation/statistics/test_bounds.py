"""Bounds, p-values and rows needed of every kind of spread: published numbers, other software, and what must agree."""

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.stats import norm, skew, t, ttest_1samp

from merganser.evaluation.estimate import Discordant, Estimate, Resampled, Sampled, Spread
from merganser.evaluation.statistics.bounds import bounds, flipped, p_not_worse, rows_needed

# The hours that ten patients slept more under each of two drugs (Student 1908), as in R's `sleep`.
SLEEP = np.array(
    [[0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0], [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]]
)


def sampled(difference: float, error: float, units: int = 100, **fields: float) -> Sampled:
    return Sampled(difference=difference, error=error, units=units, method="t", **fields)  # type: ignore[arg-type]


def negated(spread: Spread) -> Spread:
    return flipped(Estimate(candidate=0.0, baseline=0.0, n=1, spread=spread)).spread


# b, c, n → L, U: from the score equation solved by other software.
@pytest.mark.parametrize(
    ("b", "c", "n", "low", "high"),
    [
        (150, 130, 10_000, -0.00477340, 0.00075588),
        (20, 14, 500, -0.0321381, 0.0074443),
        (400, 200, 10_000, -0.0240600, -0.0160141),
        (0, 0, 50, -0.0513332, 0.0513332),
    ],
)
def test_published_bounds_of_counts(b: int, c: int, n: int, low: float, high: float) -> None:
    assert bounds(Discordant(b=b, c=c, n=n), 0.95) == pytest.approx((low, high), abs=6e-8)


def test_published_bounds_of_sleep() -> None:
    """The loss rose from group 1 to group 2: oriented, the change is −1.58."""
    change = SLEEP[0] - SLEEP[1]
    spread = sampled(float(change.mean()), float(change.std(ddof=1) / math.sqrt(10)), 10, df=9)
    assert bounds(spread, 0.95) == pytest.approx((-2.2930053, -0.8669947), abs=6e-8)
    assert spread.difference / spread.error == pytest.approx(-4.0621277, abs=6e-8)
    assert p_not_worse(spread, 0.5) == pytest.approx(ttest_1samp(change, -0.5, alternative="less").pvalue)
    assert 2 * p_not_worse(spread, 0.0) == pytest.approx(0.00283289, abs=6e-9)


@pytest.mark.parametrize(("difference", "error", "confidence"), [(0.1, 0.3, 0.95), (-2.0, 1e-3, 0.99), (0.0, 5, 0.6)])
def test_without_degrees_of_freedom_the_distribution_is_normal(
    difference: float, error: float, confidence: float
) -> None:
    spread = sampled(difference, error)
    expected = norm.interval(2 * confidence - 1, difference, error)
    assert bounds(spread, confidence) == pytest.approx(expected, rel=1e-12)
    assert p_not_worse(spread, 0.5) == pytest.approx(norm.cdf(difference, -0.5, error))


def hall_by_search(values: NDArray[np.float64], confidence: float) -> tuple[float, float]:
    """Hall's (1992) bounds: the means at which the cubic of the studentised mean is a quantile of t, searched for."""
    n, mean, error = len(values), values.mean(), values.std(ddof=1) / math.sqrt(len(values))
    g = skew(values)

    def cubic(true: float) -> float:
        score = (mean - true) / error
        return float(score + g * score**2 / (3 * n**0.5) + g**2 * score**3 / (27 * n) + g / (6 * n**0.5))

    quantile = t.ppf(confidence, n - 1)
    low, high = (
        brentq(lambda true, q=q: cubic(true) - q, mean - 90 * error, mean + 90 * error, xtol=1e-15)
        for q in (quantile, -quantile)
    )
    return low, high


@pytest.mark.parametrize("seed", range(6))
def test_skewness_bends_the_bounds_as_halls_transformation_does(seed: int) -> None:
    random = np.random.default_rng(seed)
    values = random.exponential(size=40 + 100 * seed) ** (1 + seed % 3) * (-1) ** seed
    n = len(values)
    error = float(values.std(ddof=1) / math.sqrt(n))
    spread = sampled(float(values.mean()), error, n, df=n - 1, skewness=float(skew(values)))
    low, high = bounds(spread, 0.95)
    assert (low, high) == pytest.approx(hall_by_search(values, 0.95), rel=1e-8)
    for bound in (high, low):
        confidence = 0.95 if bound == high else 0.05
        assert p_not_worse(spread, -bound) == pytest.approx(1 - confidence, rel=1e-9)


@pytest.mark.parametrize(("n", "reach"), [(50, 1.0), (268, 1.0), (267, 1.0), (1000, 0.25), (30, 7.0)])
def test_without_any_error_the_bounds_are_of_what_no_row_showed(n: int, reach: float) -> None:
    spread = sampled(0.0, 0.0, n, reach=reach)
    expected = bounds(Discordant(b=0, c=0, n=n), 0.95)
    assert bounds(spread, 0.95) == pytest.approx((reach * expected[0], reach * expected[1]), rel=1e-12)
    for margin in (-0.02, -0.001, 0.0, 0.003):
        other = p_not_worse(Discordant(b=0, c=0, n=n), margin)
        assert p_not_worse(spread, margin * reach) == pytest.approx(other, rel=1e-9)


@pytest.mark.parametrize(
    ("difference", "reach", "margin", "p"),
    [(-0.5, 0.0, 0.1, 0.0), (0.5, 0.0, 0.1, 1.0), (-0.5, 0.0, 0.5, 0.5), (-3.0, 1.0, 0.5, 0.0), (3.0, 1.0, 0.5, 1.0)],
)
def test_what_cannot_be_reached_is_certain(difference: float, reach: float, margin: float, p: float) -> None:
    assert p_not_worse(sampled(difference, 0.0, reach=reach), margin) == p


def test_nothing_can_differ() -> None:
    assert bounds(sampled(0.25, 0.0), 0.95) == (0.25, 0.25)


@pytest.mark.parametrize("margin", [1e200, -1e200])
def test_absurd_margins_are_certain(margin: float) -> None:
    for skewness in (0.0, 3.0):
        assert p_not_worse(sampled(0.1, 1e-200, skewness=skewness), margin) == (margin > 0)


REPLICATES = tuple(np.random.default_rng(5).normal(0.01, 0.02, 1999).tolist())


def test_percentiles() -> None:
    """Of 1,999 replicates the 100th from each end: (B + 1) · .05 (Efron & Tibshirani 1993, 12.2)."""
    ordered = sorted(REPLICATES)
    spread = Resampled(difference=0.01, replicates=REPLICATES)
    assert bounds(spread, 0.95) == (ordered[99], ordered[-100])
    assert bounds(spread, 0.99) == (ordered[19], ordered[-20])
    assert p_not_worse(spread, 0.0) == (1 + sum(value >= 0 for value in REPLICATES)) / 2000


@pytest.mark.parametrize("confidence", [0.9901, 0.995, 0.9999, 1 - 1e-6])
def test_beyond_the_replicates_the_tail_is_the_normal_one_they_come_from(confidence: float) -> None:
    exact = tuple(norm.ppf((np.arange(1, 2000)) / 2000, 0.01, 0.02).tolist())
    spread = Resampled(difference=0.01, replicates=exact)
    assert bounds(spread, confidence) == pytest.approx(norm.interval(2 * confidence - 1, 0.01, 0.02), rel=1e-9)
    low = norm.ppf(confidence, 0.01, 0.02)
    assert p_not_worse(spread, -low) == pytest.approx(1 - confidence, rel=1e-6)


def test_equal_replicates_are_certain() -> None:
    spread = Resampled(difference=0.0, replicates=(0.0,) * 50)
    assert bounds(spread, 0.999) == (0.0, 0.0)
    assert [p_not_worse(spread, margin) for margin in (0.1, -0.1)] == [1.0, 0.0]


finite = st.floats(-1, 1)
counts = st.builds(
    lambda b, c, rest: Discordant(b=b, c=c, n=b + c + rest), st.integers(0, 90), st.integers(0, 90), st.integers(1, 900)
)
samples = st.builds(
    Sampled,
    difference=finite,
    error=st.one_of(st.just(0.0), st.floats(1e-6, 1)),
    units=st.integers(2, 5000),
    method=st.just("t"),
    df=st.one_of(st.none(), st.integers(1, 5000)),
    skewness=st.floats(-30, 30),
    reach=st.floats(0, 3),
)
resamples = st.builds(
    lambda difference, values: Resampled(difference=difference, replicates=tuple(values)),
    finite,
    st.lists(st.one_of(finite, st.sampled_from([-0.5, 0.0, 0.5])), min_size=3, max_size=300),
)
spreads = st.one_of(counts, samples, resamples)


@given(spreads, st.sampled_from([0.8, 0.95, 0.999]))
@settings(max_examples=400)
def test_swapping_sides_mirrors_to_the_bit(spread: Spread, confidence: float) -> None:
    low, high = bounds(spread, confidence)
    assert bounds(negated(spread), confidence) == (-high, -low)
    assert low <= high
    assert negated(negated(spread)) == spread


@given(spreads, finite, st.sampled_from([0.8, 0.95, 0.999]))
@settings(max_examples=600)
def test_bound_and_p_agree(spread: Spread, margin: float, confidence: float) -> None:
    high, p = bounds(spread, confidence)[1], p_not_worse(spread, margin)
    assert 0 <= p <= 1
    assume(abs(high + margin) > 1e-9)
    assert (p <= 1 - confidence) == (high < -margin)


@given(spreads, st.floats(0, 0.5), st.floats(0, 0.5))
def test_a_wider_margin_is_never_harder(spread: Spread, one: float, other: float) -> None:
    assert p_not_worse(spread, min(one, other)) <= p_not_worse(spread, max(one, other)) + 1e-12


def power(error: float, margin: float, confidence: float) -> float:
    """How often a normal difference of mean 0 has its lower bound above −margin."""
    return float(norm.cdf(margin / error - norm.ppf(confidence)))


@pytest.mark.parametrize(("error", "rows", "units", "margin"), [(0.02, 400, 400, 0.01), (0.02, 900, 40, 0.03)])
def test_rows_needed_give_a_power_of_four_fifths(error: float, rows: int, units: int, margin: float) -> None:
    needed = rows_needed(sampled(0.3, error, units, df=units - 1), rows, margin, 0.95)
    assert needed is not None
    assert power(error * math.sqrt(rows / needed), margin, 0.95) == pytest.approx(0.8, abs=1e-3)
    assert power(error * math.sqrt(rows / (needed - 1)), margin, 0.95) < 0.8


def test_rows_needed_of_counts_and_replicates() -> None:
    assert rows_needed(Discordant(b=20, c=8, n=1000), 1000, 0.01, 0.95) == 1732
    assert rows_needed(Discordant(b=0, c=0, n=50), 50, 0.01, 0.95) == 268
    deviation = float(np.std(REPLICATES))
    needed = rows_needed(Resampled(difference=0.01, replicates=REPLICATES), 700, 0.01, 0.95)
    assert needed == math.ceil((1.644853627 + 0.841621234) ** 2 * deviation**2 * 700 / 0.0001)


@pytest.mark.parametrize(
    ("reach", "rows", "units", "margin", "needed"),
    [(1.0, 50, 50, 0.01, 268), (2.0, 50, 50, 0.02, 268), (1.0, 500, 50, 0.01, 2679), (1.0, 9, 9, 2.0, 0)],
)
def test_rows_needed_where_nothing_differs(reach: float, rows: int, units: int, margin: float, needed: int) -> None:
    spread = sampled(0.0, 0.0, units, reach=reach)
    assert rows_needed(spread, rows, margin, 0.95) == needed


@pytest.mark.parametrize("spread", [Discordant(b=1, c=2, n=90), sampled(0.0, 0.1), sampled(0.0, 0.0, reach=1.0)])
@pytest.mark.parametrize("margin", [0.0, 1e-200])
def test_no_number_of_rows_proves_equality(spread: Spread, margin: float) -> None:
    assert rows_needed(spread, 100, margin, 0.95) is None


def test_flipping_keeps_the_values_and_turns_the_difference() -> None:
    spread = sampled(0.1, 0.2, skewness=1.5)
    before = Estimate(candidate=0.6, baseline=0.5, n=100, spread=spread, doubt="few", doubt_rows=9, note="so")
    after = flipped(before)
    assert after == Estimate(
        candidate=0.6,
        baseline=0.5,
        n=100,
        spread=sampled(-0.1, 0.2, skewness=-1.5),
        doubt="few",
        doubt_rows=9,
        note="so",
    )
    assert negated(Discordant(b=3, c=1, n=9)) == Discordant(b=1, c=3, n=9)
    assert negated(Resampled(difference=1.0, replicates=(1.0, -2.0))) == Resampled(
        difference=-1.0, replicates=(-1.0, 2.0)
    )


def test_no_change_stays_a_plain_zero() -> None:
    turned = negated(sampled(0.0, 0.1))
    assert isinstance(turned, Sampled)
    assert (math.copysign(1, turned.difference), math.copysign(1, turned.skewness)) == (1, 1)

"""Ratios of proportions: published numbers, statsmodels, and counts at the ends."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm
from statsmodels.stats.proportion import confint_proportions_2indep

from merganser.evaluation.statistics.ratios import Ratio, ratio


@pytest.mark.parametrize(
    ("hits", "n", "other_hits", "other_n", "point", "low", "high"),
    [(38, 100, 50, 100, 0.76, 0.58201, 0.99242), (460, 1000, 500, 1000, 0.92, 0.85208, 0.99333)],
)
def test_published_numbers(
    hits: int, n: int, other_hits: int, other_n: int, point: float, low: float, high: float
) -> None:
    found = ratio(hits, n, other_hits, other_n, 0.95)
    assert found.point == pytest.approx(point)
    assert (found.low, found.high) == pytest.approx((low, high), abs=6e-6)


@given(st.integers(2, 4000), st.integers(2, 4000), st.floats(0, 1), st.floats(0, 1), st.sampled_from([0.8, 0.95]))
def test_as_statsmodels(n: int, other_n: int, one: float, other: float, confidence: float) -> None:
    hits, other_hits = 1 + int(one * (n - 2)), 1 + int(other * (other_n - 2))
    found = ratio(hits, n, other_hits, other_n, confidence)
    expected = confint_proportions_2indep(
        hits, n, other_hits, other_n, compare="ratio", method="log", alpha=2 * (1 - confidence)
    )
    assert (found.low, found.high) == pytest.approx(expected, rel=1e-9)


def adjusted(hits: int, n: int, other_hits: int, other_n: int) -> tuple[float, float, float]:
    """Point and bounds with z²/2 hits and misses more on each side."""
    z = norm.ppf(0.95)
    one, other = (hits + z * z / 2) / (n + z * z), (other_hits + z * z / 2) / (other_n + z * z)
    error = math.sqrt((1 - one) / (hits + z * z / 2) + (1 - other) / (other_hits + z * z / 2))
    return one / other, one / other * math.exp(-z * error), one / other * math.exp(z * error)


@pytest.mark.parametrize(
    "counts", [(50, 50, 50, 50), (50, 50, 30, 60), (30, 60, 50, 50), (7, 7, 1, 7), (1, 40, 40, 40)]
)
def test_full_counts_still_vary(counts: tuple[int, int, int, int]) -> None:
    found = ratio(*counts, 0.95)
    assert found.point == pytest.approx(counts[0] * counts[3] / counts[1] / counts[2])
    assert (found.low, found.high) == pytest.approx(adjusted(*counts)[1:])


def test_no_hits_leave_the_ratio_open_below() -> None:
    found = ratio(0, 40, 10, 50, 0.95)
    assert (found.point, found.low) == (0.0, 0.0)
    assert found.high == pytest.approx(adjusted(0, 40, 10, 50)[2])


def test_no_other_hits_leave_it_open_above() -> None:
    found, expected = ratio(10, 40, 0, 50, 0.95), adjusted(10, 40, 0, 50)
    assert (found.point, found.low) == pytest.approx(expected[:2])
    assert found.high is None


def test_no_hits_at_all_leave_it_open() -> None:
    assert ratio(0, 40, 0, 5000, 0.95) == Ratio(point=1.0, low=0.0, high=None)


@given(st.integers(1, 60), st.integers(1, 60), st.floats(0, 1), st.floats(0, 1))
def test_bounds_hold_the_point(n: int, other_n: int, one: float, other: float) -> None:
    found = ratio(round(one * n), n, round(other * other_n), other_n, 0.95)
    assert found.low <= found.point
    assert found.high is None or found.point <= found.high

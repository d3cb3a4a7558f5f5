"""Order-statistic bounds of quantiles and MOVER bounds of their rise: published numbers and definitions."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import binom, norm

from merganser.evaluation.statistics.quantiles import Quantile, quantile, rise


def numbers(n: int) -> NDArray[np.float64]:
    """1 … n."""
    return np.arange(1, n + 1, dtype=np.float64)


def test_published_latencies() -> None:
    """1 … 200 ms."""
    found = quantile(numbers(200)[::-1], 0.95, 0.95)
    assert (found.low, found.high, found.n) == (185.0, 196.0, 200)
    assert found.point == pytest.approx(190.05, abs=1e-12)


@pytest.mark.parametrize(("n", "low", "high"), [(1, None, None), (4, None, None), (5, 1.0, 5.0), (8, 2.0, 7.0)])
def test_the_sign_tests_table_has_the_medians_bounds(n: int, low: float | None, high: float | None) -> None:
    """Conover (1999), table A3: of 5 numbers the ends bound the median with 1/32 each, of 8 the second ones, 9/256."""
    found = quantile(numbers(n), 0.5, 0.95)
    assert (found.low, found.high) == (low, high)


@pytest.mark.parametrize(("n", "high"), [(58, None), (59, 59.0)])
def test_59_numbers_bound_a_95_percent_quantile(n: int, high: float | None) -> None:
    """Wilks (1941): .95⁵⁹ is the first power under .05."""
    assert quantile(numbers(n), 0.95, 0.95).high == high


@given(st.integers(1, 3000), st.floats(0.01, 0.99), st.sampled_from([0.8, 0.95, 0.999]))
def test_bounds_are_the_tightest_that_hold(n: int, share: float, confidence: float) -> None:
    """The chance that rank r lies above the quantile is P(B < r), that it lies below 1 − P(B < r), B binomial."""
    found = quantile(numbers(n), share, confidence)
    ranks = np.arange(1, n + 1)
    above = binom.cdf(ranks - 1, n, share)
    fits_low, fits_high = ranks[above <= 1 - confidence], ranks[above >= confidence]
    assert found.low == (fits_low.max() if len(fits_low) else None)
    assert found.high == (fits_high.min() if len(fits_high) else None)


def test_a_million_numbers() -> None:
    found = quantile(numbers(1_000_000), 0.99, 0.95)
    assert found.low is not None
    assert found.high is not None
    half = norm.ppf(0.95) * math.sqrt(1e6 * 0.99 * 0.01)
    assert (found.low, found.high) == pytest.approx((990_000 - half, 990_000 + half), abs=2)


def between(point: float, low: float | None, high: float | None) -> Quantile:
    return Quantile(point=point, low=low, high=high, n=100)


def test_symmetric_bounds_add_up_like_standard_errors() -> None:
    one, other = between(10.0, 7.0, 13.0), between(5.0, 3.0, 7.0)
    assert rise(one, other, 1.0) == (5 - math.sqrt(13), 5 + math.sqrt(13))
    assert rise(one, other, 2.0) == (0 - 5.0, 0 + 5.0)


def test_each_side_takes_the_distance_that_matters() -> None:
    """Zou & Donner (2008), equation 2: L = c − b − √((c − l_c)² + (u_b − b)²), U with the other distances."""
    one, other = between(10.0, 7.0, 22.0), between(6.0, 1.0, 10.0)
    assert rise(one, other, 1.0) == (4 - math.hypot(3, 4), 4 + math.hypot(12, 5))


@pytest.mark.parametrize(
    ("one", "other", "open_low", "open_high"),
    [
        (between(1.0, None, 2.0), between(1.0, 0.5, 2.0), True, False),
        (between(1.0, 0.5, None), between(1.0, 0.5, 2.0), False, True),
        (between(1.0, 0.5, 2.0), between(1.0, None, 2.0), False, True),
        (between(1.0, 0.5, 2.0), between(1.0, 0.5, None), True, False),
    ],
)
def test_open_bounds_leave_open(one: Quantile, other: Quantile, open_low: bool, open_high: bool) -> None:
    low, high = rise(one, other, 1.1)
    assert ((low is None), (high is None)) == (open_low, open_high)

"""p of a Kolmogorov–Smirnov distance, against scipy's two ways to compute it."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ks_2samp, kstwo

from merganser.evaluation.drift.kolmogorov import one_sample_p, two_sample_p


def counted(n: int, m: int, steps: int) -> float:
    """The share of all ways to merge samples of n and m rows that come `steps` / (n·m) apart or more, one by one."""
    ways = list(itertools.combinations(range(n + m), n))
    far = 0
    for first in ways:
        i = np.cumsum(np.isin(np.arange(n + m), first))
        j = np.arange(1, n + m + 1) - i
        far += int(np.abs(i * m - j * n).max() >= steps)
    return far / len(ways)


@pytest.mark.parametrize(("n", "m"), [(1, 1), (1, 5), (2, 3), (4, 4), (3, 6), (5, 5)])
def test_few_rows_are_counted(n: int, m: int) -> None:
    for steps in range(1, n * m + 1):
        assert two_sample_p(steps / (n * m), n, m) == pytest.approx(counted(n, m, steps), rel=1e-12)
        assert two_sample_p(steps / (n * m), n, m) == two_sample_p(steps / (n * m), m, n)


@pytest.mark.parametrize(("n", "m"), [(7, 30), (60, 41), (100, 350), (500, 480), (12, 20_000)])
@pytest.mark.parametrize("shift", [0.0, 0.2, 0.5])
def test_small_samples_are_exact(n: int, m: int, shift: float) -> None:
    chance = np.random.default_rng(n)
    found = ks_2samp(chance.normal(size=n), chance.normal(size=m) + shift, method="exact")
    assert two_sample_p(found.statistic, n, m) == pytest.approx(found.pvalue, rel=1e-9, abs=1e-13)


def test_a_distance_that_no_sample_can_have_counts_as_the_next_one() -> None:
    """A bound against a profile lies anywhere."""
    assert two_sample_p(0.9, 3, 3) == two_sample_p(1.0, 3, 3) == pytest.approx(0.1)


@pytest.mark.parametrize(("n", "m"), [(600, 900), (1_000, 1_000), (5_000, 800), (30_000, 9_000), (100_000, 60_000)])
@pytest.mark.parametrize("scaled", [0.3, 0.5, 0.7, 1.0, 1.2, 1.4, 1.47, 1.5, 1.7, 2.0, 2.3, 2.7])
def test_large_samples_agree_with_scipy_to_six_digits(n: int, m: int, scaled: float) -> None:
    """What `ks_2samp(method="asymp")` does with the distance, without making samples that have it."""
    one = round(n * m / (n + m))
    distance = scaled / math.sqrt(one)
    assert two_sample_p(distance, n, m) == pytest.approx(kstwo.sf(distance, one), rel=2e-6)


@pytest.mark.parametrize("scaled", [3.0, 4.0, 5.0, 6.0])
@pytest.mark.parametrize("n", [500, 5_000, 6_000, 50_000])
def test_the_tail_keeps_its_size(n: int, scaled: float) -> None:
    distance = scaled / math.sqrt(n)
    assert one_sample_p(distance, n) == pytest.approx(kstwo.sf(distance, n), rel=1e-3)


@pytest.mark.parametrize(("n", "m"), [(1_000_000, 1_000_000), (50, 30_000), (2_000, 40_000)])
def test_samples_of_real_numbers(n: int, m: int) -> None:
    chance = np.random.default_rng(7)
    one, two = chance.normal(size=n), chance.normal(size=m)
    found = ks_2samp(one, two, method="asymp")
    assert two_sample_p(found.statistic, n, m) == pytest.approx(found.pvalue, rel=2e-2 if n == 50 else 1e-6)


@pytest.mark.parametrize(("n", "m"), [(5, 9), (10_000, 20_000), (10**7, 10**7)])
def test_the_ends(n: int, m: int) -> None:
    assert two_sample_p(0.0, n, m) == 1.0
    assert two_sample_p(1e-9, n, m) == 1.0
    assert two_sample_p(1.0, n, m) == pytest.approx(2 / math.comb(n + m, n) if n < 10 else 0.0)


@given(st.integers(1, 10**6), st.integers(1, 10**6), st.floats(0, 1), st.floats(0, 1))
def test_p_falls_as_the_distance_grows(n: int, m: int, one: float, two: float) -> None:
    near, far = sorted((one, two))
    if n * m > 10**6 and min(n, m) < 200:
        n = m = 10**6  # the exact way is slow there, and tested above
    p = two_sample_p(near, n, m)
    assert 0 <= two_sample_p(far, n, m) <= p + 1e-6 <= 1 + 1e-6

"""The population stability index, against published numbers and its definition."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from merganser.evaluation.drift.stability import psi


@pytest.mark.parametrize(
    ("current", "expected"), [((0.3, 0.25, 0.25, 0.2), 0.0202733), ((0.4, 0.3, 0.2, 0.1), 0.2282174)]
)
def test_published_numbers(current: tuple[float, ...], expected: float) -> None:
    assert psi(np.full(4, 250.0), 1000 * np.array(current)) == pytest.approx(expected, abs=5e-8)


def test_an_empty_bin_is_half_a_row() -> None:
    expected = (0.5 / 20 - 0.5) * math.log(0.5 / 20 / 0.5) + (1.0 - 0.5) * math.log(1.0 / 0.5)
    assert psi(np.array([10.0, 10.0]), np.array([0.0, 20.0])) == pytest.approx(expected, rel=1e-12)


def test_a_bin_that_both_leave_empty_says_nothing() -> None:
    assert psi(np.array([10.0, 0.0]), np.array([1_000.0, 0.0])) == 0.0


histograms = st.lists(st.tuples(st.integers(0, 500), st.integers(0, 500)), min_size=1, max_size=12).filter(
    lambda found: any(one for one, _ in found) and any(two for _, two in found)
)


@given(histograms)
def test_it_is_symmetric_and_never_negative_without_empty_bins(found: list[tuple[int, int]]) -> None:
    one, two = np.array(found, dtype=np.float64).T
    assert psi(one, two) == pytest.approx(psi(two, one), rel=1e-9)
    assert psi(one, two) >= 0
    shares = [(a / one.sum(), b / two.sum()) for a, b in zip(one, two, strict=True) if a and b]
    if len(shares) == len(found):
        assert psi(one, two) == pytest.approx(math.fsum((c - r) * math.log(c / r) for r, c in shares), abs=1e-12)

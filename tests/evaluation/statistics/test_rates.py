"""Tango's interval, McNemar's p and rows needed, against published numbers and other ways to compute them."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest, norm

from merganser.evaluation.statistics.rates import mcnemar_exact_p, required_rows, tango_interval, tango_p
from tests.evaluation.oracles import p_by_likelihood, score_by_likelihood

# b, c, n → L, U, McNemar's p: from the score equation solved by other software.
ORACLES = [
    (150, 130, 10_000, -0.00477340, 0.00075588, 0.256139),
    (20, 14, 500, -0.0321381, 0.0074443, 0.391528),
    (400, 200, 10_000, -0.0240600, -0.0160141, 2.39258e-16),
    (0, 0, 50, -0.0513332, 0.0513332, 1.0),
]


@pytest.mark.parametrize(("b", "c", "n", "low", "high", "p"), ORACLES)
def test_published_numbers(b: int, c: int, n: int, low: float, high: float, p: float) -> None:
    assert tango_interval(b, c, n, 0.95) == pytest.approx((low, high), abs=6e-8)
    assert mcnemar_exact_p(b, c) == pytest.approx(p, rel=2e-6)


@pytest.mark.parametrize(
    ("b", "c", "n"), [(5, 3, 40), (0, 4, 60), (7, 0, 55), (12, 30, 200), (61, 28, 812), (1, 1, 12), (90, 5, 100)]
)
def test_bounds_solve_the_score_equation(b: int, c: int, n: int) -> None:
    low, high = tango_interval(b, c, n, 0.9)
    z = norm.ppf(0.9)
    assert score_by_likelihood(b, c, n, low) == pytest.approx(z, abs=1e-9)
    assert score_by_likelihood(b, c, n, high) == pytest.approx(-z, abs=1e-9)
    assert tango_p(b, c, n, 0.02) == pytest.approx(p_by_likelihood(b, c, n, 0.02), rel=1e-9)


@pytest.mark.parametrize(
    ("b", "c", "n", "low", "high"), [(10, 0, 10, -1.0, None), (0, 10, 10, None, 1.0), (1, 0, 1, -1.0, None)]
)
def test_all_rows_discordant(b: int, c: int, n: int, low: float | None, high: float | None) -> None:
    found = tango_interval(b, c, n, 0.95)
    assert -1 <= found[0] < found[1] <= 1
    assert low is None or found[0] == low
    assert high is None or found[1] == high


@pytest.mark.parametrize(
    ("b", "c", "n", "margin", "p"),
    [
        (0, 0, 100, 0.0, 0.5),  # equal, and nothing is allowed: as likely as not
        (5, 0, 5, 1.0, 0.5),  # on the very edge
        (0, 5, 5, 1.0, 1.0),
        (5, 0, 5, 1e200, 0.5),  # no change is worse than −1
    ],
)
def test_p_where_the_variance_vanishes(b: int, c: int, n: int, margin: float, p: float) -> None:
    assert tango_p(b, c, n, margin) == p


counts = st.tuples(st.integers(0, 300), st.integers(0, 300), st.integers(1, 3000)).map(
    lambda found: (found[0], found[1], found[0] + found[1] + found[2])
)


@given(counts, st.sampled_from([0.9, 0.95, 0.99]))
def test_swapping_sides_mirrors_to_the_bit(found: tuple[int, int, int], confidence: float) -> None:
    b, c, n = found
    low, high = tango_interval(b, c, n, confidence)
    assert tango_interval(c, b, n, confidence) == (-high, -low)
    assert low < (c - b) / n < high


@given(counts, st.floats(0, 0.2))
def test_bound_and_p_agree(found: tuple[int, int, int], margin: float) -> None:
    b, c, n = found
    high, p = tango_interval(b, c, n, 0.95)[1], tango_p(b, c, n, margin)
    if abs(p - 0.05) > 1e-9:
        assert (high < -margin) == (p < 0.05)


@given(st.integers(1, 267))
def test_no_difference_on_few_rows_never_passes(n: int) -> None:
    assert tango_interval(0, 0, n, 0.95)[0] <= -0.01


def test_no_difference_passes_from_268_rows_on() -> None:
    assert tango_interval(0, 0, 268, 0.95)[0] > -0.01
    assert required_rows(0, 0.01, 0.95) == 268


@given(st.integers(0, 2000), st.integers(0, 2000))
@settings(max_examples=50)
def test_mcnemar_is_a_binomial_test(b: int, c: int) -> None:
    expected = binomtest(b, b + c).pvalue if b + c else 1.0
    assert mcnemar_exact_p(b, c) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(
    ("discordant", "margin", "confidence", "rows"),
    [
        (0.06, 0.01, 0.95, math.ceil((1.6448536 + 0.8416212) ** 2 * 0.06 / 0.0001)),
        (0.028, 0.01, 0.95, 1732),
        (0.06, 0.02, 0.99, math.ceil((2.3263479 + 0.8416212) ** 2 * 0.06 / 0.0004)),
        (0.06, 0.0, 0.95, None),
        (0.0, 0.0, 0.95, None),
        (0.06, 1e-200, 0.95, None),
        (0.0, 5e-324, 0.95, None),
        (0.06, 1e200, 0.95, 0),
        (0.0, 1e200, 0.95, 0),
    ],
)
def test_rows_that_would_decide(discordant: float, margin: float, confidence: float, rows: int | None) -> None:
    assert required_rows(discordant, margin, confidence) == rows

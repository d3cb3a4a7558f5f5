"""Numbers and drawn intervals as people read them."""

import math

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from merganser.evaluation.verdict import Check, Status, bounds_level
from merganser.report.figures import change, level, number, places, signed
from merganser.report.interval import draw
from tests.report import samples
from tests.report.samples import check, compared

WIDTH = 25
FINITE = st.floats(-1e6, 1e6, allow_nan=False)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "–"), (0.0, "0"), (-0.0, "0"), (1.0, "1"), (0.97313, "0.9731"), (0.95, "0.95"), (-0.5, "−0.5"),
        (12.3456, "12.35"), (1234.5678, "1,235"), (1e6, "1,000,000"), (-2500.0, "−2,500"), (0.00012346, "0.0001235"),
        (0.0000123, "1.23e-05"), (2e15, "2e+15"), (math.nan, "nan"), (-math.inf, "-inf"),
    ],
)  # fmt: skip
def test_number(value: float | None, shown: str) -> None:
    assert number(value) == shown


@pytest.mark.parametrize(
    ("value", "digits", "shown"),
    [
        (None, None, "–"), (0.02123, None, "+0.0212"), (-0.02123, 3, "−0.021"), (0.0, None, "0"), (-0.0004, 3, "0.000"),
        (1234.5, 1, "+1,234.5"), (math.inf, None, "inf"),
    ],
)  # fmt: skip
def test_signed(value: float | None, digits: int | None, shown: str) -> None:
    assert signed(value, digits) == shown


@pytest.mark.parametrize(
    ("low", "high", "digits"),
    [(0.004, 0.038, 3), (-0.3, 0.3, 2), (-3.0, 3.0, 1), (-40.0, 40.0, 0), (-4e6, 4e6, 0), (0.1, 0.1, 4),
     (0.0, 1e-20, 12), (-math.inf, 1.0, 4)],
)  # fmt: skip
def test_places_show_two_digits_of_the_half_width(low: float, high: float, digits: int) -> None:
    assert places(low, high) == digits


def test_change_with_and_without_bounds() -> None:
    assert change(compared("accuracy", 0.95, 0.97, 0.008)) == "+0.0200 (+0.0120 … +0.0280)"
    assert change(check(delta=0.02)) == "+0.02"
    assert change(check(delta=0.02, low=0.01)) == "+0.02"
    assert change(check()) == "–"


@pytest.mark.parametrize(
    ("judged", "value", "moved"),
    [
        (samples.LATENCY, "190.1 (185.0 … 196.0)", "–"),
        (samples.RATIO, "0.76 (0.58 … 0.99)", "–"),
        (samples.DRIFT, "0.2282", "–"),
        (samples.CALIBRATION_ERROR, "0.031 (0.022 … 0.044)", "–"),
        (check("latency_p95_ms", "rise", baseline=180.0, candidate=190.05, delta=-10.05, low=185.0, high=196.0),
         "190.1 (185.0 … 196.0)", "−10.1"),
        (check("r2", candidate=-0.4, low=-0.5, high=-0.3), "−0.40 (−0.50 … −0.30)", "–"),
        (check("r2", low=-0.5, high=-0.3), "–", "–"),
        (compared("accuracy", 0.0, 0.01, 0.02), "0.01", "+0.010 (−0.010 … +0.030)"),
        (compared("rmse", 3.2, 3.1, 0.2, delta=0.1, low=-0.1, high=0.3), "3.1", "+0.10 (−0.10 … +0.30)"),
        (compared("skewed", 0.9, 0.91, 0.02, low=0.02, high=0.03), "0.91", "+0.0100 (+0.0200 … +0.0300)"),
    ],
)  # fmt: skip
def test_bounds_stand_beside_what_they_bound(judged: Check, value: str, moved: str) -> None:
    assert (level(judged), change(judged)) == (value, moved)
    assert bounds_level(judged) is ("(" in value or judged.id.startswith("r2"))


def test_nothing_is_drawn_of_a_level() -> None:
    for judged in samples.LEVELS:
        assert draw(judged) == draw(msgspec.structs.replace(judged, margin=0.8)) == ""


@pytest.mark.parametrize(
    ("low", "delta", "high", "margin", "drawn"),
    [
        # one cell is a quarter of the margin of 0.04; ║ at -0.04, │ at 0
        (-0.02, 0.01, 0.04, 0.04, "········║·├─┼●──┤········"),
        (-0.06, -0.04, -0.02, 0.04, "······├─●─┤·│············"),
        (-0.08, 0.00, 0.08, 0.04, "····├───╫───●───────┤····"),
        (0.02, 0.04, 0.06, 0.04, "········║···│·├─●─┤······"),
        (-0.30, -0.20, -0.10, 0.04, "◄─┤·····║···│············"),
        (-0.50, -0.40, -0.30, 0.04, "◄·······║···│············"),
        (0.30, 0.40, 0.50, 0.04, "········║···│···········►"),
        (-0.50, 0.0, 0.50, 0.04, "◄───────╫───●───────────►"),
        (0.01, 0.01, 0.01, 0.04, "········║···│●···········"),
        (-0.02, 0.0, 0.04, 0.0, "········├───●───────┤····"),
        (0.0, 0.0, 0.0, 0.0, "············●············"),
    ],
)
def test_drawings(low: float, delta: float, high: float, margin: float, drawn: str) -> None:
    assert draw(check(low=low, delta=delta, high=high, margin=margin)) == drawn


@pytest.mark.parametrize("gone", ["low", "high", "delta", "margin"])
def test_nothing_is_drawn_of_half_an_interval(gone: str) -> None:
    whole = {"low": -0.1, "delta": 0.0, "high": 0.1, "margin": 0.01}
    assert draw(check(**whole))
    assert draw(check(**{**whole, gone: None})) == ""


def test_nothing_is_drawn_of_infinite_bounds() -> None:
    assert draw(check(low=-math.inf, delta=0.0, high=0.1, margin=0.01)) == ""


@given(st.lists(FINITE, min_size=3, max_size=3).map(sorted), st.floats(0, 1e3))
def test_a_drawing_keeps_its_width_and_tells_the_truth_about_the_margin(values: list[float], margin: float) -> None:
    low, delta, high = values
    drawn = draw(check(low=low, delta=delta, high=high, margin=margin, status=Status.passed))
    assert len(drawn) == WIDTH
    first = next(at for at, cell in enumerate(drawn) if cell in "├●┤◄►")
    if margin:
        assert (first > 8) == (low > -margin)
        assert (first < 8) == (low < -margin)

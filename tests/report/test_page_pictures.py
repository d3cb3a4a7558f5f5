"""What the page's pictures show: where things lie, in which order, in which colour, and what is left out."""

import math
import re
import xml.etree.ElementTree as ET
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from merganser.config import Severity
from merganser.evaluation.curves import CalibrationBin, Curves, RocPoint, SideCurves
from merganser.evaluation.verdict import Check, Status
from merganser.report.page.curve_plots import calibration_plot, roc_plot, rows_plot
from merganser.report.page.drawing import Spec, svg
from merganser.report.page.drift_plot import drift_plot, drifted
from merganser.report.page.fitting import fitted
from merganser.report.page.interval_plot import drawn, interval_plot
from merganser.report.page.pictures import pictures
from merganser.report.page.rowed import LAYOUTS, NARROW, WIDE, Layout
from tests.report import page_samples, samples
from tests.report.page_reader import SVG, picture_texts
from tests.report.samples import check, compared, slice_check


def bounded(low: float, delta: float, high: float, margin: float, **fields: Any) -> Check:
    return check(low=low, delta=delta, high=high, margin=margin, baseline=0.0, candidate=delta, n=899, **fields)


def picture(spec: Spec) -> ET.Element:
    return ET.fromstring(svg(spec))


def bars(found: ET.Element, width: str) -> list[tuple[float, float, str]]:
    """From where to where the lines of a width go from left to right, each with its colour."""
    lines = [line for line in found.iter(f"{SVG}line") if line.get("stroke-width") == width]
    starts = [float(re.findall(r"[-\d.]+", line.get("transform", ""))[0]) for line in lines]
    return [
        (round(start, 6), round(start + float(line.get("x2", "0")), 6), line.get("stroke", ""))
        for start, line in zip(starts, lines, strict=True)
    ]


def across(check_: Check) -> dict[str, float | None]:
    """One row's places in units of its margin."""
    return interval_plot(drawn([check_]), WIDE)["data"]["values"][0]  # type: ignore[no-any-return]


def test_every_interval_is_drawn_in_units_of_its_own_margin() -> None:
    rows = drawn([bounded(-0.01, 0.0, 0.01, 0.01), bounded(0.0, 4.0, 8.0, 4.0), bounded(-0.06, -0.03, 0.0, 0.02)])
    # three margins to the left and two to the right share the plot
    unit = WIDE.plot / 5
    drawn_bars = bars(picture(interval_plot(rows, WIDE)), "7")
    assert [bar[:2] for bar in drawn_bars] == [
        (round(low, 6), round(high, 6)) for low, high in ((2 * unit, 4 * unit), (3 * unit, 5 * unit), (0, 3 * unit))
    ]


@pytest.mark.parametrize(
    ("low", "high", "margin", "reach"),
    [
        (-0.005, 0.005, 0.01, (2, 2)),
        (-0.031, 0.021, 0.01, (4, 3)),
        (-0.9, 0.9, 0.01, (6, 4)),
        (-0.02, 0.02, 0.0, (2, 2)),
        (0.0, 0.0, 0.0, (2, 2)),
        (-1e308, 1e308, 1e-300, (6, 4)),
    ],
)
def test_as_much_is_shown_as_there_is_up_to_six_margins_worse_and_four_better(
    low: float, high: float, margin: float, reach: tuple[int, int]
) -> None:
    spec = interval_plot(drawn([bounded(low, 0.0, high, margin)]), NARROW)
    domains = {
        tuple(layer["encoding"]["x"]["scale"]["domain"]) for layer in spec["layer"] if "scale" in layer["encoding"]["x"]
    }
    assert domains == {(-reach[0], reach[1])}


def test_what_goes_on_beyond_the_picture_ends_in_an_arrow() -> None:
    far = across(bounded(-0.09, -0.08, -0.07, 0.01))
    assert (far["low"], far["high"], far["beyond_left"], far["beyond_right"]) == (-6, -6, -6, None)
    assert (far["low_end"], far["high_end"], far["point"]) == (None, None, None)
    wide = across(bounded(-0.09, 0.0, 0.09, 0.01))
    assert (wide["low"], wide["high"], wide["beyond_left"], wide["beyond_right"]) == (-6, 4, -6, 4)
    assert (wide["low_end"], wide["high_end"], wide["point"]) == (None, None, 0)
    near = across(bounded(-0.01, 0.0, 0.01, 0.01))
    assert (near["low_end"], near["high_end"], near["beyond_left"], near["beyond_right"]) == (-1, 1, None, None)


def test_without_a_margin_its_mark_is_no_change() -> None:
    assert across(bounded(-0.01, 0.0, 0.01, 0.01))["wall"] == -1
    assert across(bounded(-0.01, 0.0, 0.01, 0.0))["wall"] == 0


BOUNDS = st.lists(st.floats(-1e6, 1e6), min_size=3, max_size=3).map(sorted)


@given(BOUNDS, st.floats(0, 1e3))
def test_an_interval_lies_on_its_side_of_the_margin(values: list[float], margin: float) -> None:
    place = across(bounded(*values, margin))
    for name, value in (("low", values[0]), ("high", values[2])):
        at, wall = place[name], place["wall"]
        assert at is not None
        assert wall is not None
        assert at >= wall if value > -margin else at <= wall


STATUSES = {
    Status.passed: "var(--good)",
    Status.failed: "var(--bad)",
    Status.inconclusive: "var(--open)",
    Status.waived: "var(--waived)",
    Status.skipped: "var(--quiet)",
    Status.error: "var(--bad)",
}


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
def test_a_status_has_its_colour_sign_and_shape(status: Status, layout: Layout) -> None:
    shown = picture(interval_plot(drawn([bounded(-0.01, 0.0, 0.01, 0.01, status=status)]), layout))
    ((_, _, colour),) = bars(shown, "7")
    assert colour == STATUSES[status]
    signs = [text for text in picture_texts(shown) if text in "✓✗?~-"]
    points = [path.get("d") for path in shown.iter(f"{SVG}path") if path.get("fill") == colour]
    assert (len(signs), len(points)) == (1, 3)  # two caps and the point


def test_statuses_differ_without_colour() -> None:
    shapes = {}
    for status in (Status.passed, Status.failed, Status.inconclusive, Status.waived):
        shown = picture(interval_plot(drawn([bounded(-0.01, 0.0, 0.01, 0.01, status=status)]), WIDE))
        shapes[status] = [path.get("d") for path in shown.iter(f"{SVG}path") if path.get("fill") == STATUSES[status]][
            -1
        ]
    assert len(set(shapes.values())) == 4


def test_a_failure_that_only_warns_has_the_colour_of_a_warning() -> None:
    failed = bounded(-0.03, -0.02, -0.01, 0.001, status=Status.failed, severity=Severity.warn)
    assert bars(picture(interval_plot(drawn([failed]), WIDE)), "7")[0][2] == "var(--open)"


def test_the_numbers_stand_beside_the_intervals_wide_and_narrow() -> None:
    rows = drawn([compared("auc", 0.91, 0.912, 0.004), compared("f1", 0.9, 0.9, 0.01, n=None)])
    wide, narrow = (picture_texts(picture(interval_plot(rows, layout))) for layout in LAYOUTS)
    for text in ("auc", "+0.0020 (−0.0020 … +0.0060)", "0.01", "899", "change, bounds", "margin", "rows", "no change"):
        assert text in wide
    assert "+0.0020 (−0.0020 … +0.0060) · margin 0.01 · 899 rows" in narrow
    assert "0.000 (−0.010 … +0.010) · margin 0.01" in narrow


def test_checks_without_a_margin_or_bounds_are_not_drawn() -> None:
    assert [row.check.id for row in drawn([*samples.LEVELS, check(), compared("auc", 0.9, 0.9, 0.01)])] == [
        "auc:non_inferior"
    ]


def labels(found: Any, start: str = "accuracy") -> list[str]:
    """The labels of a picture's first drawing, from the top."""
    return [text for text in picture_texts(ET.fromstring(found.drawings[0][1])) if text.startswith(start)]


def test_slices_are_sorted_by_evidence_and_then_by_harm_in_margins() -> None:
    checks = [
        slice_check(1, 0.9, 0.9),
        slice_check(2, 0.9, 0.85, margin=0.5),
        slice_check(3, 0.9, 0.88),
        slice_check(4, 0.9, 0.95, p_adjusted=0.2),
        slice_check(5, 0.9, 0.9, p_adjusted=None, margin=0.04),
    ]
    found = pictures(checks, None)
    assert found.intervals is None
    # harm in margins: 1: 0.06 / 0.05, 2: 0.01 / 0.5, 3: 0.04 / 0.05, 5: 0.06 / 0.04
    assert labels(found.slices) == [f"accuracy@label={digit}" for digit in (4, 2, 3, 1, 5)]


def test_a_slice_that_needs_eyes_stands_among_the_checks_too() -> None:
    failed = slice_check(1, 0.9, 0.7, status=Status.failed)
    found = pictures([failed, compared("accuracy", 0.9, 0.9, 0.01), slice_check(2, 0.9, 0.9)], None)
    assert labels(found.intervals) == ["accuracy@label=1", "accuracy"]
    assert labels(found.slices) == ["accuracy@label=1", "accuracy@label=2"]


def psi(column: str, index: float | None, **fields: Any) -> Check:
    return check("psi", "drift", slice={"column": column}, candidate=index, **{"n": 1000, **fields})


def test_drift_is_sorted_and_drawn_as_long_as_the_index() -> None:
    checks = drifted([psi("a", 0.1), psi("b", 0.2), psi("c", None), psi("d", math.inf), compared("auc", 0.9, 0.9, 0.1)])
    assert [one.slice["column"] for one in checks] == ["b", "a"]
    shown = picture(drift_plot(checks, WIDE))
    # at least a quarter is shown
    assert [bar[1] for bar in bars(shown, "9")] == [round(WIDE.plot * share, 6) for share in (0.8, 0.4)]
    assert [text for text in picture_texts(shown) if text in "abcd"] == ["b", "a"]
    assert "limit" not in picture_texts(shown)
    assert bars(shown, "1.5") == []


def test_a_long_bar_is_cut_and_its_number_stays() -> None:
    checks = [psi("a", 12.0, margin=0.2), psi("b", 0.5, n=None)]
    wide, narrow = (picture(drift_plot(checks, layout)) for layout in LAYOUTS)
    assert [bar[1] for bar in bars(wide, "9")] == [WIDE.plot, WIDE.plot / 2]
    assert [bar[0] for bar in bars(wide, "1.5")] == [round(0.2 * WIDE.plot, 6)]
    assert {"12", "limit", "0.2", "–", "1,000"} <= set(picture_texts(wide))
    assert {"12 · limit 0.2 · 1,000 rows", "0.5"} <= set(picture_texts(narrow))


def test_drift_of_nothing_in_particular_is_called_by_its_metric() -> None:
    assert "psi" in picture_texts(picture(drift_plot([check("psi", "drift", candidate=0.1)], WIDE)))


def side(rates: list[tuple[float, float]], bins: list[tuple[float, float, int]]) -> SideCurves:
    return SideCurves(
        roc=tuple(RocPoint(false_positive=x, true_positive=y) for x, y in rates),
        calibration=tuple(CalibrationBin(score=x, observed=y, rows=rows) for x, y, rows in bins),
    )


SMALL = Curves(
    candidate=side([(0.0, 0.0), (0.0, 0.8), (1.0, 1.0)], [(0.25, 0.5, 300), (0.75, 1.0, 150)]),
    baseline=side([(0.0, 0.0), (0.5, 0.5), (1.0, 1.0)], [(0.5, 0.25, 75)]),
)


def lines(found: ET.Element, colour: str) -> list[list[tuple[float, float]]]:
    """The corners of the lines of a colour, as shares of the square from its lower left corner."""
    paths = [path.get("d", "") for path in found.iter(f"{SVG}path") if path.get("stroke") == colour]
    points = [[tuple(map(float, pair.split(","))) for pair in re.findall(r"[\d.]+,[\d.]+", path)] for path in paths]
    return [[(x / 340, 1 - y / 340) for x, y in line] for line in points]


def test_roc_curves_lie_where_their_rates_are() -> None:
    shown = picture(roc_plot(SMALL))
    assert lines(shown, "var(--candidate)") == [[(0, 0), (0, pytest.approx(0.8)), (1, 1)]]
    assert lines(shown, "var(--baseline)") == [[(0, 0), (0.5, 0.5), (1, 1)]]
    assert lines(shown, "var(--quiet)") == [[(0, 0), (1, 1)]]
    dashes = [
        path.get("stroke-dasharray") for path in shown.iter(f"{SVG}path") if path.get("stroke") == "var(--baseline)"
    ]
    assert dashes == ["6,4"]


def test_calibration_lies_at_its_scores_and_shares() -> None:
    shown = picture(calibration_plot(SMALL))
    assert lines(shown, "var(--candidate)") == [[(0.25, 0.5), (0.75, 1)]]
    dots = [path for path in shown.iter(f"{SVG}path") if path.get("stroke") == "var(--paper)"]
    assert [dot.get("fill") for dot in dots] == ["var(--baseline)", "var(--candidate)", "var(--candidate)"]


def test_the_rows_of_bins_go_up_for_the_candidate_and_down_for_the_baseline() -> None:
    shown = picture(rows_plot(SMALL))
    found = [line for line in shown.iter(f"{SVG}line") if line.get("stroke-width") == "5"]
    heights = [(line.get("stroke"), round(float(line.get("y2", "0")), 6)) for line in found]
    # 84 pixels are 600 rows, 300 in either direction; a line runs from its rows to none
    assert heights == [("var(--baseline)", -10.5), ("var(--candidate)", 42), ("var(--candidate)", 21)]
    assert [text for text in picture_texts(shown) if text[0].isdigit()] == ["300", "0", "300"]


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [
        ("accuracy", 8, "accuracy"),
        ("abcdeabcdeabcdeabcde", 11.5, "abcd…eabcde"),
        ("🦆🦆🦆🦆🦆🦆🦆🦆🦆🦆", 11.5, "🦆🦆…🦆🦆🦆"),
        ("WWWWWWWW", 9, "WW…WWW"),
        ("iiiiiiiiii", 6, "iiiiiiiiii"),
        ("", 3, ""),
    ],
)
def test_names_are_cut_in_their_middle(text: str, width: float, shown: str) -> None:
    assert fitted(text, width) == shown


@given(st.text(st.characters(exclude_characters="…"), max_size=200), st.floats(5, 60))
def test_a_cut_name_has_a_bounded_length_and_keeps_whole_signs(text: str, width: float) -> None:
    shown = fitted(text, width)
    head, cut, tail = shown.partition("…") if shown != text else (text, "", "")
    assert text.startswith(head)
    assert text.endswith(tail)
    assert len(shown) <= width / 0.6 + 1
    assert bool(cut) is (shown != text)


def test_both_layouts_are_as_wide_as_their_screens_take() -> None:
    widths = {layout.name: layout.left + layout.plot + layout.right for layout in LAYOUTS}
    assert widths == {"wide": 920, "narrow": 356}
    for layout in LAYOUTS:
        spec = interval_plot(drawn(list(page_samples.SLICES)), layout)
        assert picture(spec).get("width") == str(widths[layout.name])


def test_a_name_with_the_signs_of_field_paths_is_a_name() -> None:
    name = "a.b[0]['c']\\."
    hostile = msgspec.structs.replace(compared("auc", 0.9, 0.9, 0.01), metric=name)
    assert name in picture_texts(picture(interval_plot(drawn([hostile]), WIDE)))

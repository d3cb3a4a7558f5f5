"""The picture of a metric over time: what stands in it, and that it needs nothing else."""

import re
from xml.etree import ElementTree

import msgspec
import pytest

from merganser.registry.timeline import Moment
from merganser.report.timeline_plot import MOST_LABELS, timeline_svg

SPACE = "{http://www.w3.org/2000/svg}"


def moment(day: int, value: float, version: str = "", verdict: str = "success", merged: bool = True) -> Moment:
    return Moment(
        time=f"2026-11-{day:02}T10:00:00Z", commit="a" * 40, merged=merged, event="push", pull_request=None,
        inputs_digest="", version=version, verdict=verdict, metrics={"accuracy": value},
    )  # fmt: skip


def words(svg: str) -> list[str]:
    return [text.text or "" for text in ElementTree.fromstring(svg).iter(f"{SPACE}text")]


def colours(svg: str) -> set[str]:
    return set(re.findall(r"#[0-9a-f]{6}", svg))


def test_versions_are_named_and_kinds_told() -> None:
    good = [moment(1, 0.9, "0.1.0"), moment(4, 0.97, "0.2.0")]
    runs = [*good, moment(3, 0.8, verdict="failure"), moment(2, 0.95, merged=False)]
    said = words(timeline_svg(runs, "digits", "accuracy"))
    for wanted in ("v0.1.0", "v0.2.0", "accuracy of digits", "2026-11-01 to 2026-11-04, UTC", "merged",
                   "merged, gate failed", "pull request"):  # fmt: skip
        assert wanted in said


def test_one_kind_needs_no_legend_and_one_run_is_a_picture() -> None:
    svg = timeline_svg([moment(1, 0.9)], "digits", "accuracy")
    assert "merged" not in words(svg)
    assert {"#0969da", "#ffffff"} <= colours(svg)


def at(time: str, value: float, version: str = "") -> Moment:
    return msgspec.structs.replace(moment(1, value, version), time=time)


@pytest.mark.parametrize(
    ("times", "said", "subtitle"),
    [
        (("2026-11-26T21:46:03Z", "2026-11-26T21:58:00Z"), {"21:47", "21:57"}, "2026-11-26, UTC"),
        (("2026-11-26T21:46:03Z", "2026-11-26T21:46:40Z"), {"21:46:10", "21:46:30"}, "2026-11-26, UTC"),
        (("2026-11-24T21:46:03Z", "2026-11-26T05:00:00Z"), {"Nov 25", "18:00"}, "2026-11-24 to 2026-11-26, UTC"),
    ],
)  # fmt: skip
def test_times_are_told_by_a_clock_of_24_hours(times: tuple[str, str], said: set[str], subtitle: str) -> None:
    first, last = times
    found = words(timeline_svg([at(first, 0.9), at(last, 0.95)], "digits", "accuracy"))
    assert {*said, subtitle} <= {*found}
    assert not [word for word in found if word.endswith(("AM", "PM"))]


@pytest.mark.parametrize("version", ["0.1.0", "10.20.30-rc.100"])
def test_a_label_is_clear_of_the_axis(version: str) -> None:
    """Of the plot's own frame, at 7 px a sign, which no digit at this size reaches."""
    svg = timeline_svg([moment(1, 0.9, version), moment(4, 0.95, version)], "digits", "accuracy")
    places = re.findall(rf'text-anchor="middle" transform="translate\(([0-9.]+),[^>]*>v{version}<', svg)
    width = re.findall(r'class="background"[^>]* d="M0,0h([0-9.]+)v', svg)[0]
    half = 7 * (len(version) + 1) / 2
    assert places
    assert all(half <= float(x) <= float(width) - half for x in places)


def test_a_run_without_the_metric_is_left_out() -> None:
    other = Moment(**{**{f: getattr(moment(2, 0.9, "9.9.9"), f) for f in Moment.__struct_fields__}, "metrics": {}})
    assert "v9.9.9" not in words(timeline_svg([moment(1, 0.9), other], "digits", "accuracy"))


@pytest.mark.parametrize("count", [MOST_LABELS, MOST_LABELS + 1, 100])
def test_labels_are_thinned_and_the_newest_stays(count: int) -> None:
    runs = [moment(1 + n % 28, n / 100, f"0.{n}.0") for n in range(count)]
    named = [text for text in words(timeline_svg(runs, "digits", "accuracy")) if text.startswith("v0.")]
    assert 1 < len(set(named)) <= MOST_LABELS
    assert f"v0.{count - 1}.0" in named


def test_it_stands_for_itself_whatever_a_metric_is_called() -> None:
    run = moment(1, 0.9)
    name = "<script src=x>\x00\x1b[31m&'\""
    svg = timeline_svg(
        [Moment(**{**{f: getattr(run, f) for f in Moment.__struct_fields__}, "metrics": {name: 1.0}})], "m", name
    )
    assert set(re.findall(r'https?://[^"\s]*', svg)) <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}
    assert not list(ElementTree.fromstring(svg).iter(f"{SPACE}script"))
    assert "var(" not in svg

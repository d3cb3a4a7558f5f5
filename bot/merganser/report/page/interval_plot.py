"""Intervals against their margins, one row a check, in units of each check's own margin so that they compare."""

import math
from collections.abc import Sequence

import msgspec

from merganser.evaluation.verdict import Check, Status
from merganser.report.figures import change, number
from merganser.report.interval import Interval, interval
from merganser.report.page.drawing import (
    BAD,
    BAD_TINT,
    INK,
    PAPER,
    QUIET,
    TEXT_SIZE,
    TONE,
    Datum,
    Spec,
    layer,
)
from merganser.report.page.rowed import Layout, down, frame, headings, placed, texts
from merganser.report.wording import SIGNS, subject, tone

_LEAST, _MOST_LEFT, _MOST_RIGHT = 2, 6, 4
_TOP, _BOTTOM = 66, 6
_UPPER, _LOWER, _AXIS = -54, -34, -14
_SHAPES = {
    Status.passed: "circle", Status.failed: "square", Status.error: "square",
    Status.inconclusive: "diamond", Status.waived: "triangle-up", Status.skipped: "circle",
}  # fmt: skip
_SHAPE: Spec = {
    "field": "status",
    "type": "nominal",
    "legend": None,
    "scale": {"domain": list(_SHAPES), "range": list(_SHAPES.values())},
}


class Drawn(msgspec.Struct, frozen=True):
    """A check with the interval that is drawn of it."""

    check: Check
    interval: Interval


def drawn(checks: Sequence[Check]) -> list[Drawn]:
    """Those that have one."""
    return [Drawn(check, found) for check in checks if (found := interval(check)) is not None]


def interval_plot(rows: Sequence[Drawn], layout: Layout) -> Spec:
    """The picture of at least one row; an end beyond it is an arrow."""
    left, right = _reach(rows)
    data = [_datum(row, layout, at, left, right) for at, row in enumerate(rows)]
    columns = ("change", "margin", "rows")
    return {
        **frame(layout, len(rows), _TOP, _BOTTOM),
        "data": {"values": data},
        "layer": [
            *_marks(len(rows), left, right),
            *_ends(data, len(rows), left, right),
            *headings(layout, ("change, bounds", *columns[1:]), _AXIS),
            *texts(layout, len(rows), columns),
            *_signposts(left, right),
        ],
    }


def _reach(rows: Sequence[Drawn]) -> tuple[int, int]:
    """How many margins are shown on either side of no change: all that there is, within bounds."""
    worst = max(-row.interval.low / row.interval.unit for row in rows)
    best = max(row.interval.high / row.interval.unit for row in rows)
    return math.ceil(min(max(worst, _LEAST), _MOST_LEFT)), math.ceil(min(max(best, _LEAST), _MOST_RIGHT))


def _datum(row: Drawn, layout: Layout, at: int, left: int, right: int) -> dict[str, float | str | None]:
    check, found = row.check, row.interval
    low, point, high = (value / found.unit for value in (found.low, found.point, found.high))
    rows = "" if check.n is None else f"{check.n:,}"
    margin = number(check.margin)
    return {
        **placed(layout, at, subject(check)),
        "status": check.status.value,
        "tone": tone(check).value,
        "sign": SIGNS[check.status],
        "low": min(max(low, -left), right),
        "high": min(max(high, -left), right),
        "low_end": low if -left <= low <= right else None,
        "high_end": high if -left <= high <= right else None,
        "point": point if -left <= point <= right else None,
        "beyond_left": -left if low < -left else None,
        "beyond_right": right if high > right else None,
        "wall": -1 if found.margin else 0,
        "edge": -left,
        "change": change(check),
        "margin": margin,
        "rows": rows,
        "line": f"{change(check)} · margin {margin}{f' · {rows} rows' if rows else ''}",
    }


def _across(left: int, right: int, **what: str | float) -> Spec:
    """A field's or a number's place between `left` margins worse and `right` margins better."""
    values = list(range(-left, right + 1))
    look = {"orient": "top", "grid": False, "ticks": False, "domain": False, "labelFlush": False, "title": None}
    axis = {**look, "values": values, "format": "d"}
    return {**what, "type": "quantitative", "axis": axis, "scale": {"domain": [-left, right], "nice": False}}


def _marks(count: int, left: int, right: int) -> list[Spec]:
    """What is worse than allowed in red, the marks of the margin and of no change, and the intervals upon them."""
    band, middle = {"y": down("top", count), "y2": {"field": "bottom"}}, {"y": down("middle", count)}
    edge, wall = _across(left, right, field="edge"), _across(left, right, field="wall")
    ends = {"x": _across(left, right, field="low"), "x2": {"field": "high"}}
    mark = {"type": "rule", "strokeWidth": 1.5}
    return [
        layer({"type": "rect", "color": BAD_TINT}, {**band, "x": edge, "x2": {"field": "wall"}}),
        layer({**mark, "color": BAD}, {**band, "x": wall}),
        layer({**mark, "color": QUIET}, {**band, "x": _across(left, right, datum=0)}),
        layer({"type": "rule", "strokeWidth": 7, "opacity": 0.5}, {**middle, **ends, "color": TONE}),
    ]


def _ends(data: Sequence[Datum], count: int, left: int, right: int) -> list[Spec]:
    """Caps where an interval ends, arrows where it goes on beyond the picture, and the point in its status's shape."""

    def marks(mark: Spec, name: str, **more: Spec) -> Spec:
        kept = (name, "middle", "status", "tone")
        values = [{key: row[key] for key in kept} for row in data if row[name] is not None]
        place = {"x": _across(left, right, field=name), "y": down("middle", count)}
        return layer(mark, {**place, "color": TONE, **more}, values)

    cap = {"type": "tick", "orient": "vertical", "size": 13, "thickness": 2}
    point = {"type": "point", "filled": True, "opacity": 1, "size": 90}
    halo = {"value": PAPER}
    return [
        marks(cap, "low_end"),
        marks(cap, "high_end"),
        marks({**point, "shape": "triangle-left"}, "beyond_left"),
        marks({**point, "shape": "triangle-right"}, "beyond_right"),
        marks({**point, "strokeWidth": 1.5}, "point", shape=_SHAPE, stroke=halo),
    ]


def _signposts(left: int, right: int) -> list[Spec]:
    """Our own words above the two marks, and which way is better."""
    mark = {"type": "text", "baseline": "middle", "fontSize": TEXT_SIZE}
    posts = (
        ("left", QUIET, 0, -left, _UPPER, "◄ worse"),
        ("right", QUIET, 0, right, _UPPER, "better ►"),
        ("right", BAD, 4, -1, _LOWER, "margin"),
        ("left", INK, -4, 0, _LOWER, "no change"),
    )
    return [
        layer(
            {**mark, "align": align, "color": colour, "dx": shift},
            {"x": _across(left, right, datum=at), "y": {"value": y}, "text": {"datum": words, "type": "nominal"}},
            [{}],
        )
        for align, colour, shift, at, y, words in posts
    ]

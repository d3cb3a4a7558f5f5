"""One metric of a model over time as a picture that stands for itself: an SVG without script, font or address."""

import math
from collections.abc import Sequence

from merganser.markdown import plain
from merganser.registry.timeline import Moment
from merganser.report.page.drawing import Datum, Spec, layer, number_field, svg
from merganser.report.text import NAME_LIMIT

WIDTH, HEIGHT = 720, 320
# More labels than these would lie on each other.
MOST_LABELS = 15
_INK, _QUIET, _LINE, _PAPER = "#24292f", "#57606a", "#d0d7de", "#ffffff"
_MERGED, _FAILED, _PROPOSED = "#0969da", "#cf222e", "#8c959f"
_KINDS = {"merged": _MERGED, "merged, gate failed": _FAILED, "pull request": _PROPOSED}
# The default is a clock of twelve hours, at minutes without saying which half of the day.
_TIMES: Spec = {"day": "%b %d", "date": "%b %d", "hours": "%H:%M", "minutes": "%H:%M", "seconds": "%H:%M:%S"}
_LEAST_MARGIN = 12
# Half of a digit's width: labels are centred over their points, and none may lie on the axis.
_HALF_DIGIT = 3.6
_CONFIG: Spec = {
    "font": "sans-serif",
    "view": {"stroke": None},
    "title": {
        "color": _INK, "fontSize": 15, "anchor": "start", "offset": 14, "subtitleColor": _QUIET, "subtitleFontSize": 12,
    },
    "axis": {
        "domainColor": _LINE, "gridColor": _LINE, "tickColor": _LINE, "labelColor": _QUIET, "titleColor": _QUIET,
        "labelFontSize": 12, "titleFontSize": 12, "titleFontWeight": "normal", "titlePadding": 8,
    },
    "legend": {"labelColor": _QUIET, "labelFontSize": 12, "orient": "bottom", "title": None},
}  # fmt: skip


def timeline_svg(moments: Sequence[Moment], model: str, metric: str) -> str:
    """The metric of each run that has it, merged ones joined by a line, versions named. At least one run has it."""
    data = [_datum(moment, moment.metrics[metric]) for moment in moments if metric in moment.metrics]
    merged = [row for row in data if row["kind"] != "pull request"]
    along = _along(data)
    room = {"zero": False, "padding": 16}
    up = number_field("value", title=plain(metric, NAME_LIMIT), scale=room, axis={"tickCount": 5})
    kinds = [kind for kind in _KINDS if any(row["kind"] == kind for row in data)]
    colour = {
        "field": "kind",
        "type": "nominal",
        "scale": {"domain": kinds, "range": [_KINDS[kind] for kind in kinds]},
        "legend": None if kinds == ["merged"] else {},
    }
    words = {"type": "text", "dy": -13, "fontSize": 12, "color": _INK}
    halo = {**words, "stroke": _PAPER, "strokeWidth": 4}
    name = {"x": along, "y": up, "text": {"field": "label"}}
    return svg(
        {
            "background": _PAPER,
            "autosize": {"type": "fit", "contains": "padding"},
            "padding": 16,
            "config": _CONFIG,
            "width": WIDTH,
            "height": HEIGHT,
            "title": {
                "text": f"{plain(metric, NAME_LIMIT)} of {plain(model, NAME_LIMIT)}",
                "subtitle": f"{_days(data)}, UTC",
            },
            "layer": [
                layer({"type": "line", "color": _MERGED, "strokeWidth": 1.5}, {"x": along, "y": up}, merged),
                layer(
                    {"type": "point", "filled": True, "opacity": 1, "size": 60},
                    {"x": along, "y": up, "color": colour},
                    data,
                ),
                *(layer(mark, name, _labelled(data)) for mark in (halo, words)),
            ],
        }
    )


def _along(data: Sequence[Datum]) -> Spec:
    """The time axis, with as much room at both ends as half of the longest label takes."""
    longest = max(len(str(row["label"])) for row in data)
    scale = {"type": "utc", "padding": max(_LEAST_MARGIN, math.ceil(_HALF_DIGIT * longest) + 4)}
    axis = {"grid": False, "format": _TIMES}
    return {"field": "time", "type": "temporal", "title": None, "scale": scale, "axis": axis}


def _days(data: Sequence[Datum]) -> str:
    days = sorted({str(row["time"])[:10] for row in data})
    return days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}"


def _datum(moment: Moment, value: float) -> Datum:
    failed = "merged, gate failed" if moment.verdict == "failure" else "merged"
    return {
        "time": moment.time,
        "value": value,
        "kind": failed if moment.merged else "pull request",
        "label": f"v{moment.version}" if moment.version else "",
    }


def _labelled(data: Sequence[Datum]) -> list[Datum]:
    """The rows with a version, thinned evenly where there are many; the newest is always there."""
    named = [row for row in data if row["label"]]
    step = math.ceil(len(named) / MOST_LABELS) or 1
    return named[::-1][::step][::-1]

"""How far each feature has moved: one bar a column, as long as its population stability index."""

import math
from collections.abc import Sequence

from merganser.evaluation.verdict import Check
from merganser.markdown import plain
from merganser.report.figures import number
from merganser.report.page.drawing import BAD, TONE, Datum, Spec, layer, number_field
from merganser.report.page.rowed import Layout, down, frame, headings, placed, texts
from merganser.report.text import NAME_LIMIT
from merganser.report.wording import SIGNS, tone

LONGEST = 1.0
_LEAST = 0.25
_TOP, _BOTTOM, _AXIS = 32, 6, -14


def drifted(checks: Sequence[Check]) -> list[Check]:
    """The checks of drift that have an index, the largest first."""
    found = [check for check in checks if check.rule == "drift" and check.candidate is not None]
    return sorted((check for check in found if math.isfinite(_index(check))), key=_index, reverse=True)


def drift_plot(checks: Sequence[Check], layout: Layout) -> Spec:
    """The picture of at least one check; no bar is longer than `LONGEST`. A check's margin is the index it may have."""
    end = max(_LEAST, *(min(LONGEST, max(_index(check), check.margin or 0.0)) for check in checks))
    data = [_datum(check, layout, at) for at, check in enumerate(checks)]
    count = len(checks)
    marks = [
        layer(
            {"type": "rule", "strokeWidth": 9, "opacity": 0.6},
            {"y": down("middle", count), "x": _along(end, "start"), "x2": {"field": "index"}, "color": TONE},
        ),
        layer(
            {"type": "rule", "color": BAD, "strokeWidth": 1.5},
            {"y": down("top", count), "y2": {"field": "bottom"}, "x": _along(end, "limit")},
            [row for row in data if row["limit"] is not None],
        ),
    ]
    columns = ("index", "rows") if all(row["limit"] is None for row in data) else ("index", "rows", "limit")
    written = tuple(f"{name}_text" for name in columns)
    words = [*headings(layout, columns, _AXIS), *texts(layout, count, written)]
    size = frame(layout, count, _TOP, _BOTTOM)
    return {**size, "data": {"values": data}, "layer": [*marks, *words]}


def _index(check: Check) -> float:
    return check.candidate or 0.0


def _datum(check: Check, layout: Layout, at: int) -> Datum:
    index, limit = number(check.candidate), number(check.margin)
    rows = "" if check.n is None else f"{check.n:,}"
    return {
        **placed(layout, at, plain(check.slice.get("column", check.metric), NAME_LIMIT)),
        "tone": tone(check).value,
        "sign": SIGNS[check.status],
        "start": 0,
        "index": min(_index(check), LONGEST),
        "limit": check.margin,
        "index_text": index,
        "rows_text": rows,
        "limit_text": limit,
        "line": f"{index}{'' if check.margin is None else f' · limit {limit}'}{f' · {rows} rows' if rows else ''}",
    }


def _along(end: float, name: str) -> Spec:
    look = {"orient": "top", "tickCount": 5, "grid": False, "ticks": False, "domain": False}
    axis = {**look, "labelFlush": False, "title": None}
    return number_field(name, axis=axis, scale={"domain": [0, end], "nice": False, "clamp": True})

"""An interval drawn in a line of text against two marks: no change, and minus the margin.

Each row is drawn in units of its own margin, so both marks stand in the same place in every row. Only glyphs that all
common monospace fonts have in one width are used.
"""

import math

import msgspec

from merganser.evaluation.verdict import Check, bounds_level

CELLS = 4
LEFT, RIGHT = 3, 3
LEGEND = "├●┤ the change between its bounds, ◄ ► goes on, ║ minus the margin, │ no change, · a quarter of the margin"
_ZERO = LEFT * CELLS
_WALL = _ZERO - CELLS
_WIDTH = (LEFT + RIGHT) * CELLS + 1
_AXIS, _LINE, _POINT = "·", "─", "●"
_CROSSED = {"│": "┼", "║": "╫"}


class Interval(msgspec.Struct, frozen=True, kw_only=True):
    """A change with its bounds, all finite, and its margin; `unit` is what they are drawn in: the margin, unless 0."""

    low: float
    point: float
    high: float
    margin: float
    unit: float


def interval(check: Check) -> Interval | None:
    """None where the check has no margin or no finite bounds of a change."""
    if check.margin is None or check.low is None or check.delta is None or check.high is None:
        return None
    values = (check.low, check.delta, check.high)
    if bounds_level(check) or not all(map(math.isfinite, values)):
        return None
    unit = check.margin or max(abs(value) for value in values) / 2 or 1.0
    return Interval(low=check.low, point=check.delta, high=check.high, margin=check.margin, unit=unit)


def draw(check: Check) -> str:
    """Empty where there is no interval; an end beyond the drawing is an arrow.

    A bound that lies strictly on one side of a mark is drawn on that side, however near it is.
    """
    found = interval(check)
    if found is None:
        return ""
    low, point, high = (_cell(value, found.unit, found.margin) for value in (found.low, found.point, found.high))
    cells = [_AXIS] * _WIDTH
    cells[_ZERO] = "│"
    if found.margin:
        cells[_WALL] = "║"
    for i in range(max(low, 0), min(high, _WIDTH - 1) + 1):
        cells[i] = _CROSSED.get(cells[i], _LINE)
    for i, glyph in ((low, "├"), (high, "┤"), (point, _POINT)):
        if 0 <= i < _WIDTH:
            cells[i] = glyph
    if low < 0:
        cells[0] = "◄"
    if high >= _WIDTH:
        cells[-1] = "►"
    return "".join(cells)


def _cell(value: float, unit: float, margin: float) -> int:
    """The cell of a value, kept on its side of both marks; −1 and the width stand for all beyond."""
    cell = _ZERO + round(max(min(value / unit, RIGHT + 1), -LEFT - 1) * CELLS)
    marks = ((_ZERO, 0.0), (_WALL, -margin)) if margin else ((_ZERO, 0.0),)
    for mark, at in marks:
        if cell == mark and value != at:
            cell += 1 if value > at else -1
    return min(max(cell, -1), _WIDTH)

"""Which pictures a verdict has, and what each says to those who don't see it."""

from collections.abc import Callable, Sequence
from typing import TypeVar

import msgspec

from merganser.evaluation.curves import Curves
from merganser.evaluation.verdict import Check
from merganser.report.page.curve_plots import calibration_plot, roc_plot, rows_plot
from merganser.report.page.drawing import Spec, svg
from merganser.report.page.drift_plot import drift_plot, drifted
from merganser.report.page.interval_plot import Drawn, drawn, interval_plot
from merganser.report.page.rowed import LAYOUTS, Layout
from merganser.report.wording import needs_eyes, tally

MOST_ROWS = 40
_NUMBERS = "The table of checks has the numbers."
_BINS = "The share that is positive by score. The table below has the numbers."
_Row = TypeVar("_Row")


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """One drawing as SVG in each of its layouts, by name; `says` is it in words, `more` how many rows were left out."""

    drawings: tuple[tuple[str, str], ...]
    says: str
    more: int = 0


class Pictures(msgspec.Struct, frozen=True, kw_only=True):
    """All that a verdict can have; None where there is nothing to draw."""

    intervals: Picture | None
    slices: Picture | None
    drift: Picture | None
    roc: Picture | None
    calibration: Picture | None
    bins: Picture | None


def pictures(checks: Sequence[Check], curves: Curves | None) -> Pictures:
    """`checks`: what needs eyes first. A slice stands among all rows' checks only where it needs eyes."""
    first = drawn([check for check in checks if not check.slice or needs_eyes(check)])
    slices = sorted(drawn([check for check in checks if check.slice]), key=_evidence)
    drift = drifted(checks)
    sides = (curves.candidate, curves.baseline) if curves else ()
    has_roc, has_bins = any(side.roc for side in sides), any(side.calibration for side in sides)
    return Pictures(
        intervals=_rowed(first, interval_plot, _intervals_say(first)),
        slices=_rowed(slices, interval_plot, _intervals_say(slices)),
        drift=_rowed(drift, drift_plot, f"The stability index of {len(drift):,} columns. {_NUMBERS}"),
        roc=_curve(roc_plot(curves), "The ROC curves of both sides.") if curves and has_roc else None,
        calibration=_curve(calibration_plot(curves), _BINS) if curves and has_bins else None,
        bins=_curve(rows_plot(curves), "The rows in each bin.") if curves and has_bins else None,
    )


def _evidence(row: Drawn) -> tuple[float, float]:
    """The strongest evidence of harm first, then the largest harm in units of the margin."""
    p = row.check.p_adjusted
    return 1.0 if p is None else p, row.interval.high / row.interval.unit


def _intervals_say(rows: Sequence[Drawn]) -> str:
    counts = ", ".join(words for _, words in tally([row.check for row in rows]))
    return f"Intervals against their margins: {counts}. {_NUMBERS}"


def _rowed(rows: Sequence[_Row], plot: Callable[[Sequence[_Row], Layout], Spec], says: str) -> Picture | None:
    if not rows:
        return None
    shown = rows[:MOST_ROWS]
    drawings = tuple((layout.name, svg(plot(shown, layout))) for layout in LAYOUTS)
    return Picture(drawings=drawings, says=says, more=len(rows) - len(shown))


def _curve(spec: Spec, says: str) -> Picture:
    return Picture(drawings=(("square", svg(spec)),), says=says)

"""The curves of both sides' scores: ROC, calibration, and the rows behind the latter's points."""

from merganser.evaluation.curves import Curves, SideCurves
from merganser.report.page.drawing import BASELINE, CANDIDATE, PAPER, QUIET, Datum, Spec, layer, number_field

_SIDE = 340
_PADDING = {"left": 62, "right": 14, "top": 12, "bottom": 46}
_BARS = 84
_SHARES = [0, 0.2, 0.4, 0.6, 0.8, 1]
_COLOUR: Spec = {
    "field": "side",
    "type": "nominal",
    "legend": None,
    "scale": {"domain": ["baseline", "candidate"], "range": [BASELINE, CANDIDATE]},
}
_DASH: Spec = {**_COLOUR, "scale": {"domain": ["baseline", "candidate"], "range": [[6, 4], [1, 0]]}}


def roc_plot(curves: Curves) -> Spec:
    """The share of positives found against the share of negatives taken for them, at every threshold."""
    x, y = _share("x", "negatives taken for positives"), _share("y", "positives found")
    points: list[Datum] = [
        {"side": side, "x": point.false_positive, "y": point.true_positive, "at": at}
        for side, own in _sides(curves)
        for at, point in enumerate(own.roc)
    ]
    return _square([_diagonal(x, y), _lines(x, y, points)])


def calibration_plot(curves: Curves) -> Spec:
    """What share of the rows with about the same score is positive."""
    x, y = _share("x", "mean score of a bin"), _share("y", "share that is positive")
    points: list[Datum] = [
        {"side": side, "x": each.score, "y": each.observed, "at": at}
        for side, own in _sides(curves)
        for at, each in enumerate(own.calibration)
    ]
    shape = {**_COLOUR, "scale": {"domain": ["baseline", "candidate"], "range": ["diamond", "circle"]}}
    dots = layer(
        {"type": "point", "filled": True, "opacity": 1, "size": 46, "stroke": PAPER, "strokeWidth": 1},
        {"x": x, "y": y, "color": _COLOUR, "shape": shape},
        points,
    )
    return _square([_diagonal(x, y), _lines(x, y, points), dots])


def rows_plot(curves: Curves) -> Spec:
    """The rows of each bin at its mean score: the candidate's upwards, the baseline's downwards."""
    most = max(each.rows for _, own in _sides(curves) for each in own.calibration)
    way = {"candidate": 1, "baseline": -1}
    bars: list[Datum] = [
        {"side": side, "x": each.score, "y": way[side] * each.rows, "zero": 0}
        for side, own in _sides(curves)
        for each in own.calibration
    ]
    axis = {"title": "rows", "values": [-most, 0, most], "labelExpr": "format(abs(datum.value), ',')", "grid": False}
    y = number_field("y", axis=axis, scale={"domain": [-most, most], "nice": False})
    x, base = {**_share("x", ""), "axis": None}, {"field": "zero"}
    return {
        "width": _SIDE,
        "height": _BARS,
        "padding": {**_PADDING, "bottom": 12},
        "layer": [
            layer({"type": "rule", "strokeWidth": 5}, {"x": x, "y": y, "y2": base, "color": _COLOUR}, bars),
            layer({"type": "rule", "color": QUIET}, {"y": {"datum": 0}}, [{}]),
        ],
    }


def _sides(curves: Curves) -> tuple[tuple[str, SideCurves], ...]:
    """The candidate last, so that it lies above."""
    return ("baseline", curves.baseline), ("candidate", curves.candidate)


def _share(name: str, title: str) -> Spec:
    axis = {"title": title, "values": _SHARES, "format": ".1~f", "gridOpacity": 0.6}
    return number_field(name, axis=axis, scale={"domain": [0, 1], "nice": False})


def _square(layers: list[Spec]) -> Spec:
    return {"width": _SIDE, "height": _SIDE, "padding": _PADDING, "layer": layers}


def _diagonal(x: Spec, y: Spec) -> Spec:
    ends = [{"x": end, "y": end} for end in (0, 1)]
    return layer({"type": "line", "color": QUIET, "strokeWidth": 1, "strokeDash": [2, 3]}, {"x": x, "y": y}, ends)


def _lines(x: Spec, y: Spec, points: list[Datum]) -> Spec:
    mark = {"type": "line", "strokeWidth": 2, "strokeJoin": "round"}
    return layer(mark, {"x": x, "y": y, "order": number_field("at"), "color": _COLOUR, "strokeDash": _DASH}, points)

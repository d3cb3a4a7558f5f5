"""Vega-Lite's specifications as SVG for the page, and the look that all pictures share.

Colours are the page's own CSS variables, so a picture is light or dark with it. A specification names its fields itself
and holds what others wrote as data alone, passed through `plain`: the renderer ends the process over a control sign.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from merganser.report.wording import Tone

Spec = dict[str, Any]
Datum = Mapping[str, float | str | None]

INK, QUIET, LINE, PAPER = "var(--ink)", "var(--quiet)", "var(--line)", "var(--paper)"
BAD, BAD_TINT, CANDIDATE, BASELINE = "var(--bad)", "var(--bad-tint)", "var(--candidate)", "var(--baseline)"
TEXT_SIZE = 12
TONE: Spec = {
    "field": "tone",
    "type": "nominal",
    "legend": None,
    "scale": {"domain": list(Tone), "range": [f"var(--{tone})" for tone in Tone]},
}
_CONFIG: Spec = {
    "aria": False,  # the page says in words what a picture shows, and its numbers stand in tables
    "font": "sans-serif",  # what widths are measured by; the page's style names the one that is shown
    "view": {"stroke": None},
    "axis": {
        "domainColor": LINE, "gridColor": LINE, "tickColor": LINE, "labelColor": QUIET, "titleColor": QUIET,
        "labelFontSize": TEXT_SIZE, "titleFontSize": TEXT_SIZE, "titleFontWeight": "normal", "titlePadding": 8,
    },
}  # fmt: skip


def svg(spec: Spec) -> str:
    """The picture, as wide and high as `spec` says, its `padding` included. Vega escapes every text in it."""
    import vl_convert

    whole = {"background": None, "autosize": "none", "config": _CONFIG, **spec}
    return vl_convert.vegalite_to_svg(whole)


def layer(mark: Spec, encoding: Spec, values: Iterable[Datum] | None = None) -> Spec:
    """One layer; its own `values`, unless those of the whole picture are meant."""
    own = {} if values is None else {"data": {"values": list(values)}}
    return {"mark": mark, "encoding": encoding, **own}


def number_field(name: str, **more: Any) -> Spec:
    return {"field": name, "type": "quantitative", **more}

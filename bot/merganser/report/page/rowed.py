"""What pictures with one row for each check share: where things stand, in a wide and in a narrow one, and the texts."""

import msgspec

from merganser.report.page.drawing import INK, LINE, QUIET, TEXT_SIZE, TONE, Spec, layer, number_field
from merganser.report.page.fitting import fitted

_SIGN = 18
_FIGURE: Spec = {"type": "text", "align": "right", "baseline": "middle", "fontSize": TEXT_SIZE, "color": QUIET}


class Layout(msgspec.Struct, frozen=True, kw_only=True):
    """Lengths in pixels; `letters` is how long a label may be. `band`, `label` and `figures` are heights within a row,
    from 0 (its top) to 1.

    `columns` are the right ends of the figures, from the right end of the plot; a narrow picture has one line of them.
    """

    name: str
    plot: int
    left: int
    right: int
    row: int
    letters: int
    label: float
    figures: float
    columns: tuple[int, ...]
    band: tuple[float, float]


WIDE = Layout(
    name="wide", plot=344, left=240, right=336, row=30, letters=28, label=0.5, figures=0.5,
    columns=(202, 262, 336), band=(0.0, 1.0),
)  # fmt: skip
NARROW = Layout(
    name="narrow", plot=336, left=10, right=10, row=66, letters=42, label=0.2, figures=0.46,
    columns=(), band=(0.62, 0.96),
)  # fmt: skip
LAYOUTS = (WIDE, NARROW)


def frame(layout: Layout, rows: int, top: int, bottom: int) -> Spec:
    """The size of a picture of so many rows."""
    padding = {"left": layout.left, "right": layout.right, "top": top, "bottom": bottom}
    return {"width": layout.plot, "height": rows * layout.row, "padding": padding}


def placed(layout: Layout, at: int, label: str) -> dict[str, float | str | None]:
    """Row `at` with its heights, by the names of their fields, and with its label in plain text."""
    top, bottom = layout.band
    return {
        "label_y": at + layout.label,
        "figures_y": at + layout.figures,
        "top": at + top,
        "bottom": at + bottom,
        "middle": at + (top + bottom) / 2,
        "end": at + 1,
        "label": fitted(label, layout.letters),
    }


def down(name: str, rows: int) -> Spec:
    """A height field's place from the top, one unit a row."""
    return number_field(name, axis=None, scale={"domain": [rows, 0], "nice": False})


def texts(layout: Layout, rows: int, columns: tuple[str, ...]) -> list[Spec]:
    """Sign, label, the fields `columns` as figures, and a line below each row."""
    edges = {"x": {"value": -layout.left}, "x2": {"value": layout.plot + layout.right}}
    label = {"type": "text", "align": "left", "baseline": "middle", "fontSize": TEXT_SIZE + 1}
    found = [
        layer({"type": "rule", "color": LINE}, {**edges, "y": down("end", rows)}),
        layer(
            {**label, "fontWeight": "bold"},
            {"x": {"value": -layout.left}, "y": down("label_y", rows), **_text("sign"), "color": TONE},
        ),
        layer(
            {**label, "color": INK},
            {"x": {"value": _SIGN - layout.left}, "y": down("label_y", rows), **_text("label")},
        ),
    ]
    return found + (_columns(layout, rows, columns) if layout.columns else [_line(layout, rows)])


def headings(layout: Layout, words: tuple[str, ...], y: int) -> list[Spec]:
    """Words of ours over the columns of figures, where the layout has any."""
    return [
        layer(_FIGURE, {"x": {"value": end}, "y": {"value": y}, **_text("words")}, [{"words": word}])
        for end, word in _ends(layout, words)
    ]


def _columns(layout: Layout, rows: int, names: tuple[str, ...]) -> list[Spec]:
    return [
        layer({**_FIGURE, "color": INK}, {"x": {"value": end}, "y": down("figures_y", rows), **_text(name)})
        for end, name in _ends(layout, names)
    ]


def _ends(layout: Layout, columns: tuple[str, ...]) -> list[tuple[int, str]]:
    """Where each column ends, the last at the picture's right edge."""
    ends = layout.columns[-len(columns) :]
    return [(layout.plot + end, column) for end, column in zip(ends, columns, strict=False)]


def _line(layout: Layout, rows: int) -> Spec:
    mark = {"type": "text", "align": "left", "baseline": "middle", "fontSize": TEXT_SIZE - 1, "color": QUIET}
    place = {"x": {"value": _SIGN - layout.left}, "y": down("figures_y", rows)}
    return layer(mark, {**place, **_text("line")})


def _text(name: str) -> Spec:
    return {"text": {"field": name, "type": "nominal"}}

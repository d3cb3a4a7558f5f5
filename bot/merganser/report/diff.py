"""The difference of two runs for `merganser compare`: a table for a terminal, Markdown, JSON or HTML."""

import math
from collections.abc import Callable, Sequence
from enum import StrEnum

import msgspec

from merganser.config import Direction
from merganser.documents import dump_json
from merganser.evaluation.compare import Comparison, ValueChange
from merganser.markdown import code_cell, plain, prose
from merganser.report.blocks import table
from merganser.report.figures import NONE, number, signed
from merganser.report.text import NAME_LIMIT, html

_NAME, _FIGURE, _WORD = "name", "figure", "word"
_SIDES = (1, 2)  # the columns of the two that are compared, under their names
_STYLE = (
    ":root{color-scheme:light dark;font:15px/1.5 system-ui,sans-serif}"
    "body{margin:2rem auto;max-width:60rem;padding:0 1rem}table{border-collapse:collapse;margin:1rem 0}"
    "th,td{border-bottom:1px solid #8884;padding:.3rem .8rem;text-align:left}"
    "td.name{font-family:ui-monospace,monospace}"
    "td.figure,th.figure{text-align:right;font-variant-numeric:tabular-nums}"
)


class DiffFormat(StrEnum):
    table = "table"
    md = "md"
    json = "json"
    html = "html"


class _Grid(msgspec.Struct, frozen=True):
    """One table before it has a format: its header, the kind of each column, its cells as raw text."""

    header: Sequence[str]
    kinds: Sequence[str]
    rows: Sequence[Sequence[str]]


def comparison_table(comparison: Comparison, form: DiffFormat) -> str:
    """The whole difference in one format, without a newline at its end; JSON is the comparison itself."""
    return _WRITERS[form](comparison)


def _terminal(comparison: Comparison) -> str:
    return "\n\n".join(_text(grid) for grid in _grids(comparison)) or "no difference"


def _document(comparison: Comparison) -> str:
    return "\n".join(line for grid in _grids(comparison) for line in _markdown(grid)).strip() or "No difference"


def _json(comparison: Comparison) -> str:
    return dump_json(comparison).decode().rstrip("\n")


def _grids(comparison: Comparison) -> list[_Grid]:
    metrics = [
        (m.name, number(m.baseline), number(m.candidate), signed(m.delta), _meaning(m.delta, m.direction))
        for m in comparison.metrics
    ]
    header = ("metric", comparison.a, comparison.b, "change", "means")
    grids = [
        _Grid(header, (_NAME, _FIGURE, _FIGURE, _FIGURE, _WORD), metrics),
        _Grid(("parameter", comparison.a, comparison.b), (_NAME, _NAME, _NAME), _values(comparison.params)),
        _Grid(("data", comparison.a, comparison.b), (_NAME, _NAME, _NAME), _values(comparison.data)),
    ]
    return [grid for grid in grids if grid.rows]


def _values(changes: Sequence[ValueChange]) -> list[tuple[str, ...]]:
    return [(c.name, NONE if c.before is None else c.before, NONE if c.after is None else c.after) for c in changes]


def _meaning(delta: float | None, direction: Direction | None) -> str:
    """`better` or `worse`, where the metric is known and moved."""
    if not delta or direction is None or math.isnan(delta):
        return NONE
    return "better" if (delta > 0) is (direction is Direction.up) else "worse"


def _text(grid: _Grid) -> str:
    from tabulate import tabulate

    rows = [[plain(cell, NAME_LIMIT) for cell in row] for row in grid.rows]
    align = ["right" if kind == _FIGURE else "left" for kind in grid.kinds]
    return tabulate(rows, [plain(h) for h in grid.header], tablefmt="simple", disable_numparse=True, colalign=align)


def _markdown(grid: _Grid) -> list[str]:
    rows = [
        [
            code_cell(cell) if kind == _NAME and cell != NONE else prose(cell)
            for cell, kind in zip(row, grid.kinds, strict=True)
        ]
        for row in grid.rows
    ]
    align = "".join("r" if kind == _FIGURE else "l" for kind in grid.kinds)
    header = [code_cell(name) if at in _SIDES else prose(name) for at, name in enumerate(grid.header)]
    return table(header, align, rows)


def _page(comparison: Comparison) -> str:
    """A whole page without scripts, so that it can be saved and opened."""
    title = f"{html(comparison.a)} → {html(comparison.b)}"
    body = "\n".join(_html_table(grid) for grid in _grids(comparison)) or "<p>No difference.</p>"
    head = f'<meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style>'
    return f'<!doctype html>\n<html lang="en"><head>{head}</head>\n<body><h1>{title}</h1>\n{body}\n</body></html>'


def _html_table(grid: _Grid) -> str:
    def row(tag: str, cells: Sequence[str]) -> str:
        inner = (f'<{tag} class="{kind}">{html(c)}</{tag}>' for c, kind in zip(cells, grid.kinds, strict=True))
        return f"<tr>{''.join(inner)}</tr>"

    lines = [row("th", grid.header), *(row("td", cells) for cells in grid.rows)]
    return "<table>\n" + "\n".join(lines) + "\n</table>"


_WRITERS: dict[DiffFormat, Callable[[Comparison], str]] = {
    DiffFormat.table: _terminal,
    DiffFormat.md: _document,
    DiffFormat.json: _json,
    DiffFormat.html: _page,
}

"""Plain tables of ASCII text, such as the names and numbers of a registry: printed at once, whatever their length."""

from collections.abc import Sequence

Cell = str | int | None


def columns(header: Sequence[str], rows: Sequence[Sequence[Cell]]) -> str:
    """A header, a rule and the rows, two spaces apart; whole numbers stand to the right, None is empty.

    Widths are counted in characters, which is what a terminal shows for ASCII alone. A library that knows all others
    takes longer to import than the rest of a listing.
    """
    text = [header, *([("" if cell is None else str(cell)) for cell in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*text, strict=True)]
    right = [any(isinstance(cell, int) for cell in column) for column in zip(*rows, strict=True)]
    lines = [text[0], ["-" * width for width in widths], *text[1:]]
    return "\n".join(
        "  ".join(_aligned(*cell) for cell in zip(line, widths, right, strict=True)).rstrip() for line in lines
    )


def _aligned(text: str, width: int, right: bool) -> str:
    return text.rjust(width) if right else text.ljust(width)

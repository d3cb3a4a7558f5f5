"""A series of numbers as one line of blocks, for a terminal."""

import math
from collections.abc import Sequence

WIDEST = 60
_BLOCKS = "▁▂▃▄▅▆▇█"
_GAP = " "


def sparkline(values: Sequence[float | None], widest: int = WIDEST) -> str:
    """One block a value, lowest to highest; None is a gap, and equal values stand in the middle.

    More values than `widest` share its blocks evenly, each block the mean of its values.
    """
    cells = [_mean(values[start:end]) for start, end in _parts(len(values), widest)]
    known = [cell for cell in cells if cell is not None]
    low, high = min(known, default=0.0), max(known, default=0.0)
    return "".join(_GAP if cell is None else _BLOCKS[_height(cell, low, high)] for cell in cells)


def _parts(count: int, widest: int) -> list[tuple[int, int]]:
    cells = min(count, widest)
    return [(count * cell // cells, count * (cell + 1) // cells) for cell in range(cells)]


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    # Divided before they are summed: the sum of two finite numbers may not be finite.
    return math.fsum(value / len(known) for value in known) if known else None


def _height(value: float, low: float, high: float) -> int:
    """Half of each number, for the same reason: the distance of two finite numbers may not be finite."""
    span = high / 2 - low / 2
    if span == 0:
        return len(_BLOCKS) // 2 - 1
    return round((value / 2 - low / 2) / span * (len(_BLOCKS) - 1))

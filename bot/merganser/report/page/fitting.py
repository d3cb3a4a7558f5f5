"""Names cut to about a width. The renderer could cut them itself, but divides signs that UTF-16 spells as two."""

import unicodedata
from collections.abc import Iterable
from itertools import accumulate

_NARROW, _BROAD = frozenset("fijlrt|I.,:;'!()[]{} "), frozenset("mwMW@%…")
_HEAD = 0.4


def fitted(text: str, width: float) -> str:
    """The text, or its beginning and end where it is wider than `width` usual letters: the end tells slices apart."""
    if sum(map(_width, text)) <= width:
        return text
    room = width - _width("…")
    head = _fitting(text, _HEAD * room)
    tail = _fitting(reversed(text), (1 - _HEAD) * room)
    return f"{text[:head]}…{text[len(text) - tail :]}"


def _fitting(letters: Iterable[str], room: float) -> int:
    """How many of the letters fit."""
    return sum(width <= room for width in accumulate(map(_width, letters)))


def _width(letter: str) -> float:
    if unicodedata.east_asian_width(letter) in "WF":
        return 1.9
    if letter in _NARROW:
        return 0.6
    return 1.5 if letter in _BROAD else 1.25 if letter.isupper() else 1.0

"""Words of others in our own messages: shown in one safe line, and which known word was probably meant."""

import difflib
from collections.abc import Iterable
from typing import Final

BIDIRECTIONAL: Final = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def shown(text: str) -> str:
    """Foreign text that is safe in one line of a message: escaped and cut."""
    return ascii(text[:80])[1:-1] + ("…" if len(text) > 80 else "")


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`; did you mean …?` for a near miss, otherwise nothing."""
    near = difflib.get_close_matches(word[:80], list(known), n=1, cutoff=0.6)
    return f"; did you mean {near[0]}?" if near else ""

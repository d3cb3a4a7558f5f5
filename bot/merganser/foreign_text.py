"""Words of others in our own messages: shown in one safe line, and which known word was probably meant."""

import difflib
from collections.abc import Callable, Iterable, Sequence
from typing import Final

BIDIRECTIONAL: Final = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_MOST_NAMES: Final = 10


def shown(text: str) -> str:
    """Foreign text that is safe in one line of a message: all but ASCII escaped, so that nothing looks alike; cut."""
    return _cut(text, ascii)


def readable(text: str) -> str:
    """The same in the letters of its own language: only what doesn't print is escaped."""
    return _cut(text, repr)


def _cut(text: str, spelled: Callable[[str], str]) -> str:
    return spelled(text[:80])[1:-1] + ("…" if len(text) > 80 else "")


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`; did you mean …?` for a near miss, otherwise nothing."""
    near = _near(word, known)
    return f"; did you mean {near}?" if near else ""


def no_column(missing: Sequence[str], there: Sequence[str]) -> str:
    """`no column label (did you mean labels?); there are row_id, labels, score`: a clause after who lacks it."""
    said = f"no column{'s' if len(missing) > 1 else ''} {', '.join(missing[:_MOST_NAMES])}"
    if not there:
        return said
    names = [shown(name) for name in there]
    near = _near(missing[0], names) if len(missing) == 1 else ""
    more = f" and {len(names) - _MOST_NAMES:,} more" if len(names) > _MOST_NAMES else ""
    meant = f" (did you mean {near}?)" if near else ""
    return f"{said}{meant}; there are {', '.join(names[:_MOST_NAMES])}{more}"


def _near(word: str, known: Iterable[str]) -> str:
    return next(iter(difflib.get_close_matches(word[:80], list(known), n=1, cutoff=0.6)), "")

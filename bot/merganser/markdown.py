"""Untrusted text as one plain line, and as Markdown code spans, in which GitHub looks for no link, mention or HTML."""

import re
import unicodedata

MAX_TEXT = 120
EMPTY = "(empty)"

_BACKTICKS = re.compile(r"`+")
_BACKSLASHES_BEFORE_PIPE = re.compile(r"\\+(?=\|)")
_SPACES = re.compile(r"\s+")


def plain(text: str, limit: int = MAX_TEXT) -> str:
    """One line of at most `limit` characters: white space folded, what can't be seen or reorders text spelled out."""
    line = _SPACES.sub(" ", text[: 4 * limit]).strip()
    if not line.isprintable():
        line = "".join(f"⟨U+{ord(c):04X}⟩" if unicodedata.category(c)[0] == "C" else c for c in line)
    return line if len(line) <= limit and len(text) <= 4 * limit else line[: limit - 1] + "…"


def code(text: str, limit: int = MAX_TEXT) -> str:
    """A code span outside tables."""
    return _span(plain(text, limit))


def code_cell(text: str, limit: int = MAX_TEXT) -> str:
    """A code span in a table's cell. A backslash before a pipe can't be written there and becomes one that looks so."""
    shown = _BACKSLASHES_BEFORE_PIPE.sub(lambda run: "⧵" * len(run[0]), plain(text, limit))
    return _span(shown.replace("|", r"\|"))


def _span(shown: str) -> str:
    if not shown:
        return EMPTY
    fence = "`" * (1 + max((len(run) for run in _BACKTICKS.findall(shown)), default=0))
    pad = " " if "`" in (shown[0], shown[-1]) else ""
    return f"{fence}{pad}{shown}{pad}{fence}"

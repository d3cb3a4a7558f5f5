"""Untrusted text as Markdown code spans, in which GitHub looks for no link, mention, reference or HTML."""

import re
import unicodedata

MAX_TEXT = 120

_BACKTICKS = re.compile(r"`+")
_BACKSLASHES_BEFORE_PIPE = re.compile(r"\\+(?=\|)")
_SPACES = re.compile(r"\s+")


def code(text: str) -> str:
    """A code span outside tables, on one line; what can't be seen or reorders text is spelled out, the rest cut."""
    return _span(_plain(text))


def code_cell(text: str) -> str:
    """A code span in a table's cell. A backslash before a pipe can't be written there and becomes one that looks so."""
    shown = _BACKSLASHES_BEFORE_PIPE.sub(lambda run: "⧵" * len(run[0]), _plain(text))
    return _span(shown.replace("|", r"\|"))


def _plain(text: str) -> str:
    line = _SPACES.sub(" ", text[: 4 * MAX_TEXT]).strip()
    shown = "".join(f"⟨U+{ord(c):04X}⟩" if unicodedata.category(c)[0] == "C" else c for c in line)
    return shown if len(shown) <= MAX_TEXT else shown[: MAX_TEXT - 1] + "…"


def _span(shown: str) -> str:
    if not shown:
        return "(empty)"
    fence = "`" * (1 + max((len(run) for run in _BACKTICKS.findall(shown)), default=0))
    pad = " " if "`" in (shown[0], shown[-1]) else ""
    return f"{fence}{pad}{shown}{pad}{fence}"

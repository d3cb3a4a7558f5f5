"""Untrusted text made inert: one plain line, code spans, and running text, for Markdown and for GitHub's own reading.

Everything in prose that Markdown or GitHub would read as more than text is spelled as an entity, or parted by a
zero-width space.
"""

import re
import unicodedata
from collections.abc import Callable

MAX_TEXT = 120
PROSE_LIMIT = 600
EMPTY = "(empty)"

_BACKTICKS = re.compile(r"`+")
_BACKSLASHES_BEFORE_PIPE = re.compile(r"\\+(?=\|)")
_SPACES = re.compile(r"\s+")
_MARKUP = re.compile(r"[\\`*_\[\]<>&|~$]")
_PLAIN_START = re.compile(r"(?!\d{1,9}[.)](?:\s|$))\d|[&(–−]|\+\d")  # no sign that begins a list or a heading
_PART = "&#8203;"
_CHARACTER = re.compile(r"&#\d+;|.", re.DOTALL)
_GROWTH = 2
# A command in backticks, and a digest: what people copy, which `prose` would part by signs that can't be seen.
_COPIED = re.compile(r"`([^`]+)`|\b([0-9a-f]{32,64}(?:\.dir)?)\b")
_TRIGGERS = re.compile(
    r"(?P<sign>[@#:])(?=\S)"  # mentions, issues, emoji and addresses
    r"|(?P<issue>\bGH-)(?=\d)"
    r"|(?P<host>\bwww)(?=\.)"
    r"|(?P<commit>[0-9a-f]{6})(?=[0-9a-f])",  # seven digits are a commit
    re.IGNORECASE,
)


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


def prose(text: str, limit: int = PROSE_LIMIT) -> str:
    """Running Markdown text, also in a table's cell or at the start of a block.

    At most `limit` characters to read, and twice as many to write: signs that have to be escaped are cut sooner.
    """
    parted = _TRIGGERS.sub(lambda found: found[0] + "\0", plain(text, limit) or EMPTY)
    inert = _MARKUP.sub(lambda sign: f"&#{ord(sign[0])};", parted).replace("\0", _PART)
    if not (inert[0].isalpha() or _PLAIN_START.match(inert)):
        inert = f"&#{ord(inert[0])};{inert[1:]}"
    return _cut(inert, _GROWTH * limit)


def sentences(text: str, limit: int = PROSE_LIMIT, span: Callable[[str, int], str] = code) -> str:
    """Running text like `prose`, with what stands in backticks and digests as code to be copied.

    In a table's cell `span` is `code_cell`.
    """
    shown, at, parts = plain(text, limit), 0, []
    for found in _COPIED.finditer(shown):
        parts += [_between(shown[at : found.start()]), span(found[1] or found[2], limit)]
        at = found.end()
    return "".join([*parts, _between(shown[at:])]) or EMPTY


def _between(text: str) -> str:
    """A piece of running text with the spaces around it; prose alone would drop them."""
    words = text.strip()
    return text.replace(words, prose(words)) if words else text


def _span(shown: str) -> str:
    if not shown:
        return EMPTY
    fence = "`" * (1 + max((len(run) for run in _BACKTICKS.findall(shown)), default=0))
    pad = " " if "`" in (shown[0], shown[-1]) else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def _cut(inert: str, limit: int) -> str:
    """As many whole characters, entities undivided, as fit in `limit`."""
    if len(inert) <= limit:
        return inert
    ends = (found.end() for found in _CHARACTER.finditer(inert))
    return inert[: max((end for end in ends if end < limit), default=0)] + "…"

"""Text that others wrote, made inert: one function for each place where it ends up. Numbers are in `figures`.

A code span keeps a name exactly as it is to be copied, and GitHub looks for no mention, reference, link or emoji in
it. Prose can't be kept so: everything that Markdown or GitHub would read as more than text is spelled as an entity, or
parted by a zero-width space.
"""

import html as _html
import re
import unicodedata
from urllib.parse import quote

NAME_LIMIT = 80
PROSE_LIMIT = 600
EMPTY = "(empty)"

_SPACES = re.compile(r"\s+")
_BACKTICKS = re.compile("`+")
_BACKSLASHES_BEFORE_PIPE = re.compile(r"\\+(?=\|)")
_MARKUP = re.compile(r"[\\`*_\[\]<>&|~$]")
_WEB = re.compile("https?://", re.IGNORECASE)
_PART = "&#8203;"
_TRIGGERS = re.compile(
    r"(?P<sign>[@#:])(?=\S)"  # mentions, issues, emoji and addresses
    r"|(?P<issue>\bGH-)(?=\d)"
    r"|(?P<host>\bwww)(?=\.)"
    r"|(?P<commit>[0-9a-f]{6})(?=[0-9a-f])",  # seven digits are a commit
    re.IGNORECASE,
)


def plain(text: str, limit: int = PROSE_LIMIT) -> str:
    """One line for a terminal or a title: white space folded, what can't be seen or reorders text spelled out."""
    line = _SPACES.sub(" ", text[: 4 * limit]).strip()
    shown = "".join(f"⟨U+{ord(c):04X}⟩" if unicodedata.category(c)[0] == "C" else c for c in line)
    if len(shown) > limit or len(text) > 4 * limit:
        return shown[: limit - 1] + "…"
    return shown


def code(text: str, limit: int = NAME_LIMIT) -> str:
    """A Markdown code span, outside tables."""
    return _span(plain(text, limit))


def code_cell(text: str, limit: int = NAME_LIMIT) -> str:
    """A Markdown code span in a table's cell. A backslash before a pipe can't be written there and is replaced."""
    shown = _BACKSLASHES_BEFORE_PIPE.sub(lambda run: "⧵" * len(run[0]), plain(text, limit))
    return _span(shown.replace("|", r"\|"))


def prose(text: str, limit: int = PROSE_LIMIT) -> str:
    """Running Markdown text, also in a table's cell or at the start of a block."""
    parted = _TRIGGERS.sub(lambda found: found[0] + "\0", plain(text, limit) or EMPTY)
    inert = _MARKUP.sub(lambda sign: f"&#{ord(sign[0])};", parted).replace("\0", _PART)
    return inert if inert[0].isalpha() or inert[0] in "&(" else f"&#{ord(inert[0])};{inert[1:]}"


def html(text: str, limit: int = PROSE_LIMIT) -> str:
    """Text or a quoted attribute's value in HTML."""
    return _html.escape(plain(text, limit), quote=True)


def link(label: str, url: str) -> str:
    """A Markdown link of a label that is Markdown already; the label alone unless `url` is an http(s) address."""
    if not _WEB.match(url):
        return label
    return f"[{label}]({quote(url, safe=':/?#@!$&+,;=%~-._')})"


def _span(shown: str) -> str:
    if not shown:
        return EMPTY
    fence = "`" * (1 + max((len(run) for run in _BACKTICKS.findall(shown)), default=0))
    pad = " " if "`" in (shown[0], shown[-1]) else ""
    return f"{fence}{pad}{shown}{pad}{fence}"

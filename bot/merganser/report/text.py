"""Prose that others wrote, made inert for Markdown and HTML, and links. Names are code spans: see `merganser.markdown`.

Everything in prose that Markdown or GitHub would read as more than text is spelled as an entity, or parted by a
zero-width space.
"""

import html as _html
import re
from urllib.parse import quote

from merganser.markdown import EMPTY, plain

NAME_LIMIT = 80
PROSE_LIMIT = 600

_MARKUP = re.compile(r"[\\`*_\[\]<>&|~$]")
_WEB = re.compile("https?://", re.IGNORECASE)
_PLAIN_START = re.compile(r"(?!\d{1,9}[.)](?:\s|$))\d|[&(–−]|\+\d")  # no sign that begins a list or a heading
_PART = "&#8203;"
_CHARACTER = re.compile(r"&#\d+;|.", re.DOTALL)
_GROWTH = 2
_TRIGGERS = re.compile(
    r"(?P<sign>[@#:])(?=\S)"  # mentions, issues, emoji and addresses
    r"|(?P<issue>\bGH-)(?=\d)"
    r"|(?P<host>\bwww)(?=\.)"
    r"|(?P<commit>[0-9a-f]{6})(?=[0-9a-f])",  # seven digits are a commit
    re.IGNORECASE,
)


def prose(text: str, limit: int = PROSE_LIMIT) -> str:
    """Running Markdown text, also in a table's cell or at the start of a block.

    At most `limit` characters to read, and twice as many to write: signs that have to be escaped are cut sooner.
    """
    parted = _TRIGGERS.sub(lambda found: found[0] + "\0", plain(text, limit) or EMPTY)
    inert = _MARKUP.sub(lambda sign: f"&#{ord(sign[0])};", parted).replace("\0", _PART)
    if not (inert[0].isalpha() or _PLAIN_START.match(inert)):
        inert = f"&#{ord(inert[0])};{inert[1:]}"
    return _cut(inert, _GROWTH * limit)


def _cut(inert: str, limit: int) -> str:
    """As many whole characters, entities undivided, as fit in `limit`."""
    if len(inert) <= limit:
        return inert
    ends = (found.end() for found in _CHARACTER.finditer(inert))
    return inert[: max((end for end in ends if end < limit), default=0)] + "…"


def html(text: str, limit: int = PROSE_LIMIT) -> str:
    """Text or a quoted attribute's value in HTML."""
    return _html.escape(plain(text, limit), quote=True)


def link(label: str, url: str) -> str:
    """A Markdown link of a label that is Markdown already; the label alone unless `url` is an http(s) address."""
    if not _WEB.match(url):
        return label
    return f"[{label}]({quote(url, safe=':/?#@!$&+,;=%~-._')})"

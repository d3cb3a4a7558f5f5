"""Whether raw HTML in a comment is open at a place: what it hides from readers, or makes something else, is no command.

Markdown nests no raw HTML, browsers do: a `<details>` in one block goes on in the next until it is closed. A tag or
HTML comment that isn't finished where its block ends hides all the rest, as nobody can say what a browser makes of it.
"""

import re
from typing import Final

# What makes a block of its own, and what makes its text something else: code, a link, struck out, quoted, turned round,
# or the part of a ruby that browsers don't show.
_BLOCKS: Final = (
    "address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption figure "
    "footer form frameset h1 h2 h3 h4 h5 h6 head header hgroup html legend li main menu menuitem nav noframes ol "
    "optgroup option p search section select summary table tbody td tfoot th thead title tr ul "
    "audio canvas iframe math noembed noscript object picture plaintext pre script style svg template textarea "
    "video xmp"
)
_NO_PLAIN_SPEECH: Final = "a bdo button code del kbd q rp rt rtc ruby s samp strike tt"
HIDING: Final = frozenset(f"{_BLOCKS} {_NO_PLAIN_SPEECH}".split())
# In these a browser reads no tags but their own end.
_RAW_TEXT: Final = frozenset(
    ("iframe", "noembed", "noframes", "plaintext", "script", "style", "textarea", "title", "xmp")
)

_COMMENT = re.compile(r"<!--(?:>|->|.*?--!?>)", re.DOTALL)
# Possessive, so that no text makes it slow. An attribute's value begins after `=`; a quote that isn't closed is no tag.
_TAG = re.compile(
    r"""<(?P<end>/?)(?P<name>[A-Za-z][^\s/>]*+)(?:=\s*+(?:"[^"]*+"|'[^']*+'|[^\s"'>][^\s>]*+|(?=>))|[^=>])*+>"""
)
_OTHER = re.compile(r"<[!?/][^>]*>")
_OPENS = re.compile(r"<(?:[A-Za-z]|[!?/])")


class RawHtml:
    """Reads a comment's pieces of raw HTML in their order."""

    def __init__(self) -> None:
        self._open: list[str] = []
        self._lost = False

    @property
    def hides(self) -> bool:
        """Whether what comes here stands inside of something, as far as was read."""
        return self._lost or bool(self._open)

    def read(self, html: str) -> None:
        """Take the next piece."""
        at = 0
        while not self._lost and (begin := _OPENS.search(html, at)):
            at = self._piece(html, begin.start())

    def _piece(self, html: str, at: int) -> int:
        """Take what begins at a `<`; where to go on."""
        if self._open and self._open[-1] in _RAW_TEXT:
            return self._raw_text(html, at)
        if html.startswith("<!--", at):
            found = _COMMENT.match(html, at)
        elif tag := _TAG.match(html, at):
            self._tag(tag["name"].lower(), closes=bool(tag["end"]))
            found = tag
        else:
            found = None if html[at + 1].isalpha() else _OTHER.match(html, at)
        self._lost = found is None
        return found.end() if found else len(html)

    def _raw_text(self, html: str, at: int) -> int:
        end = re.compile(rf"</{self._open[-1]}(?=[\s/>])[^>]*>", re.IGNORECASE).match(html, at)
        if end:
            self._open.pop()
        return end.end() if end else at + 1

    def _tag(self, name: str, *, closes: bool) -> None:
        if name not in HIDING:
            return
        if not closes:
            self._open.append(name)
        elif name in self._open:
            while self._open.pop() != name:
                pass

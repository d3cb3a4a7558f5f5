"""The lines of a comment that could be commands: those of its top-level paragraphs that begin with a slash.

Nothing is one inside of code, a quote, a list, a table, a footnote, mathematics, a link or raw HTML, whatever way of
hiding it Markdown knows. So each line that begins with a slash is marked by a character that the comment doesn't hold,
the comment is parsed once, and the marks that turn up as plain text of a top-level paragraph are the lines.
"""

import functools
import re
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING

import msgspec

from merganser.chatops.raw_html import RawHtml

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_LINE_END = re.compile(r"\r\n?|\n")
_BEGINS = re.compile(r"(?P<indent> {0,3})(?P<text>/.*)")
_BYTE_ORDER_MARK = "\ufeff"
_PRIVATE_USE = (range(0xE000, 0xF900), range(0xF0000, 0xFFFFE), range(0x100000, 0x10FFFE))


class Line(msgspec.Struct, frozen=True):
    """A line's number in the comment, from 1, and its source text from the slash on, white space at its end dropped."""

    number: int
    text: str


def lines(comment: str) -> tuple[Line, ...]:
    """The lines of a Markdown text that could be commands, in order."""
    source = _LINE_END.split(comment.removeprefix(_BYTE_ORDER_MARK))
    begun = {number: found for number, line in enumerate(source, 1) if (found := _BEGINS.fullmatch(line))}
    if not begun:
        return ()
    mark = _unused(comment)
    marked = [
        f"{begun[n]['indent']}{mark}{n}{mark}{begun[n]['text']}" if n in begun else line
        for n, line in enumerate(source, 1)
    ]
    seen = re.compile(f"{mark}([0-9]+){mark}")
    texts = _plain_texts(_parser().parse("\n".join(marked)))
    numbers = (int(number) for text in texts for number in seen.findall(text))
    return tuple(Line(number, begun[number]["text"].rstrip()) for number in numbers)


def _unused(comment: str) -> str:
    """A character that isn't there: there are more for private use than a comment has characters."""
    used = frozenset(comment)
    return next(chr(code) for code in chain(*_PRIVATE_USE) if chr(code) not in used)


def _plain_texts(tokens: "Sequence[Token]") -> Iterator[str]:
    """The texts of top-level paragraphs that stand in nothing else."""
    html, before = RawHtml(), ""
    for token in tokens:
        if token.type == "html_block":
            html.read(token.content)
        for text in _texts(token.children or (), html):
            if before == "paragraph_open" and token.level == 1:
                yield text
        before = token.type


def _texts(inline: "Sequence[Token]", html: RawHtml) -> Iterator[str]:
    """The texts of a block that are outside of links and raw HTML; what HTML it holds is read on the way."""
    links = 0
    for token in inline:
        links += (token.type == "link_open") - (token.type == "link_close")
        if token.type == "html_inline":
            html.read(token.content)
        elif token.type == "text" and not links and not html.hides:
            yield token.content


@functools.cache
def _parser() -> "MarkdownIt":
    # Imported late: other commands start without it.
    from markdown_it import MarkdownIt
    from mdit_py_plugins.dollarmath import dollarmath_plugin
    from mdit_py_plugins.footnote import footnote_plugin

    parser = MarkdownIt("commonmark").enable("table")
    parser.use(footnote_plugin, inline=False, move_to_end=False)
    parser.use(dollarmath_plugin, allow_space=False, allow_digits=False, double_inline=True)
    return parser

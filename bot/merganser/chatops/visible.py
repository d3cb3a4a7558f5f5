"""The lines of a comment that could be commands: those of its top-level paragraphs that begin with a slash.

Nothing is one inside of code, a quote, a list, a table, a footnote, mathematics, a link, raw HTML or struck out text,
whatever way of hiding it Markdown knows. So the comment is parsed once, as it stands, by a parser that has one rule
more than Markdown: a slash at the beginning of a paragraph's line is a token of its own. What stands in something else
never gets to it.
"""

import bisect
import functools
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import msgspec

from merganser.chatops import struck
from merganser.chatops.raw_html import RawHtml

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_inline import StateInline
    from markdown_it.token import Token

_LINE_END = re.compile(r"\r\n?|\n")
_BEGINS = re.compile(r" {0,3}(?P<text>/.*)")
_BYTE_ORDER_MARK = "\ufeff"
_SLASH = "merganser_slash"
_INTO = ("link_open", struck.OPEN)
_OUT_OF = ("link_close", struck.CLOSE)
# GitHub makes a table of a line that is followed by this, also where neither has a pipe; this parser doesn't.
_ONE_COLUMN = re.compile(r" {0,3}(?=.*[|:])\|?[ \t]*+:?-++:?[ \t]*+\|?[ \t]*+")


class Line(msgspec.Struct, frozen=True):
    """A line's number in the comment, from 1, and its source text from the slash on, white space at its end dropped."""

    number: int
    text: str


def lines(comment: str) -> tuple[Line, ...]:
    """The lines of a Markdown text that could be commands, in order."""
    source = _LINE_END.split(comment.removeprefix(_BYTE_ORDER_MARK))
    begun = {number: found["text"] for number, line in enumerate(source, 1) if (found := _BEGINS.fullmatch(line))}
    if not begun:
        return ()
    heads = [number for number, line in enumerate(source) if _ONE_COLUMN.fullmatch(line)]
    numbers = _plain_slashes(_parser().parse("\n".join(source)), heads)
    return tuple(Line(number, begun[number].rstrip()) for number in numbers if number in begun)


def _plain_slashes(tokens: "Sequence[Token]", heads: Sequence[int]) -> Iterator[int]:
    """The numbers of the lines of top-level paragraphs that begin with a slash and stand in nothing else.

    `heads` are the lines that GitHub takes for a table's first one, if they are in a paragraph; the rest is its rows.
    """
    html, before = RawHtml(), ""
    for token in tokens:
        if token.type == "html_block":
            html.read(token.content)
        found = [*_slashes(token.children or (), html)]
        if found and token.map and before == "paragraph_open" and token.level == 1:
            first, after = token.map
            table = _first_within(heads, first, after)
            yield from (first + line for line in found if first + line < table)
        before = token.type


def _first_within(numbers: Sequence[int], above: int, below: int) -> int:
    """The first of the rising numbers between the two; one past `below` where there is none."""
    at = bisect.bisect_right(numbers, above)
    return numbers[at] if at < len(numbers) and numbers[at] < below else below + 1


def _slashes(inline: "Sequence[Token]", html: RawHtml) -> Iterator[int]:
    """The lines of a block, from 1, that begin with a slash in no link, nothing struck out, and no raw HTML.

    That is read on the way.
    """
    inside = 0
    for token in inline:
        inside += (token.type in _INTO) - (token.type in _OUT_OF)
        if token.type == "html_inline":
            html.read(token.content)
        elif token.type == _SLASH and not inside and not html.hides:
            yield int(token.meta["line"])


def _slash(state: "StateInline", silent: bool) -> bool:
    """The parser's rule for a slash that begins a line."""
    at = state.pos
    _, newline, indent = state.src[max(0, at - 4) : at].rpartition("\n")
    if state.src[at] != "/" or indent.strip(" ") or (not newline and at > 3):
        return False
    if not silent:
        state.push(_SLASH, "", 0).meta = {"line": state.src.count("\n", 0, at) + 1}
    state.pos += 1
    return True


@functools.cache
def _parser() -> "MarkdownIt":
    # Imported late: other commands start without it.
    from markdown_it import MarkdownIt
    from mdit_py_plugins.dollarmath import dollarmath_plugin
    from mdit_py_plugins.footnote import footnote_plugin

    parser = MarkdownIt("commonmark").enable("table")
    parser.use(footnote_plugin, inline=False, move_to_end=False)
    parser.use(dollarmath_plugin, allow_labels=False, allow_space=False, allow_digits=False, double_inline=True)
    parser.inline.ruler.before("text", _SLASH, _slash)
    parser.inline.ruler.at("strikethrough", struck.tildes)
    parser.inline.ruler2.at("strikethrough", struck.strike)
    parser.enable("strikethrough")
    return parser

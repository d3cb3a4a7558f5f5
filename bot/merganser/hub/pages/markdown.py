"""GitHub-flavoured Markdown by strangers as safe HTML. Where its links lead is said in `linking`.

What a writer may use is an allow-list, kept by the sanitizer after all rendering. Images are loaded from the hub
alone; others become links, so that reading a comment tells nobody of it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from html import escape, unescape
from typing import Any

import nh3
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markupsafe import Markup

from merganser.hub.pages.linking import Place, address, image
from merganser.hub.pages.references import refer

_INLINE = "a abbr b br code del em i img ins kbd q s samp small strong sub sup tt var"
_BLOCKS = "blockquote dd details div dl dt h1 h2 h3 h4 h5 h6 hr li ol p pre summary ul"
_TABLES = "table tbody td tfoot th thead tr"
_TAGS = {tag for kind in (_INLINE, _BLOCKS, _TABLES) for tag in kind.split(" ")}
_ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "title", "width", "height"},
    "td": {"align", "colspan", "rowspan"},
    "th": {"align", "colspan", "rowspan"},
    "p": {"align"},
    "div": {"align"},
    "details": {"open"},
    "ol": {"start"},
}
_SCHEMES = {"http", "https", "mailto"}
_IMAGE = re.compile(r"<img\b([^>]*)>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""([a-z]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)
_ALIGN = re.compile(r"text-align:(left|right|center)")
_TASK = re.compile(r"\[([ xX])\](?=\s)")


def render(text: str | None, place: Place, *, spoken: bool = False) -> Markup:
    """The text as HTML that holds no script, style, form, foreign image or comment.

    In what people say to each other (`spoken`) GitHub breaks lines where they did; in files it doesn't.
    """
    engine = _engine(spoken)
    tokens = engine.parse(text or "", {})
    dangerous = engine.renderer.render(_prepared(tokens, place), engine.options, {})
    safe = nh3.clean(
        dangerous,
        tags=_TAGS,
        clean_content_tags={"script", "style", "iframe", "textarea", "title", "noscript"},
        attributes=_ATTRIBUTES,
        attribute_filter=lambda tag, name, value: _attribute(tag, name, value, place),
        strip_comments=True,
        link_rel="nofollow noopener noreferrer",
        url_schemes=_SCHEMES,
    )
    return Markup(safe)  # noqa: S704 - the sanitizer's own output


def _attribute(tag: str, name: str, value: str, place: Place) -> str | None:
    if (tag, name) == ("img", "src"):
        return image(value, place)
    return address(value, place) if (tag, name) == ("a", "href") else value


@cache
def _engine(breaks: bool) -> MarkdownIt:
    engine = MarkdownIt("gfm-like", {"html": True, "linkify": True, "breaks": breaks})
    engine.core.ruler.push("tasks", _tasks)
    engine.add_render_rule("image", _picture)
    return engine


def _tasks(state: StateCore) -> None:
    """`[ ]` and `[x]` at the start of a list's item."""
    tokens = state.tokens
    for i in range(2, len(tokens)):
        inline = tokens[i]
        if inline.type != "inline" or tokens[i - 2].type != "list_item_open" or not inline.children:
            continue
        first = inline.children[0]
        found = _TASK.match(first.content) if first.type == "text" else None
        if found:
            first.content = ("☐" if found[1] == " " else "☑") + first.content[found.end() :]


def _picture(self: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    token = tokens[index]
    alt = self.renderInlineAsText(token.children or [], options, env)
    return f'<img src="{escape(str(token.attrs["src"]))}" alt="{escape(alt)}">'


def _prepared(tokens: list[Token], place: Place) -> list[Token]:
    """The tokens with foreign images as links, and cells aligned by an attribute instead of a style."""
    for token in tokens:
        if token.children:
            token.children = _prepared(refer(token.children, place.repository, place.known), place)
        if token.type in ("html_block", "html_inline"):
            token.content = _IMAGE.sub(lambda found: _linked(found, place), token.content)
        style = _ALIGN.fullmatch(str(token.attrs.pop("style", "")))
        if style:
            token.attrs["align"] = style[1]
        if token.type == "image" and image(str(token.attrs["src"]), place) is None:
            _become_link(token)
    return tokens


def _become_link(token: Token) -> None:
    """An image token becomes raw HTML of a link; the sanitizer sees it after this."""
    token.type, token.content = "html_inline", _link(str(token.attrs["src"]), token.content)
    token.children = None


def _linked(found: re.Match[str], place: Place) -> str:
    """A raw image as it is, or as a link where it lies elsewhere. A misread tag is harmless before the sanitizer."""
    given = {name.lower(): unescape("".join(values)) for name, *values in _ATTRIBUTE.findall(found[1])}
    if "src" not in given or image(given["src"], place) is not None:
        return found[0]
    return _link(given["src"], given.get("alt", ""))


def _link(url: str, label: str) -> str:
    return f'<a href="{escape(url)}">{escape(label or "image")}</a>'

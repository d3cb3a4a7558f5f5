"""GitHub-flavoured Markdown by strangers as safe HTML. Which repository it speaks of is told by a `Place`.

What a writer may use is an allow-list, kept by the sanitizer after all rendering. Images are loaded from the hub
alone; others become links, so that reading a comment tells nobody of it.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence
from functools import cache
from html import escape, unescape
from typing import Any
from urllib.parse import quote, urlsplit

import msgspec
import nh3
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markupsafe import Markup

_TAGS = set(
    ["a", "abbr", "b", "blockquote", "br", "code", "dd", "del", "details", "div", "dl", "dt", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "ins", "kbd", "li", "ol", "p", "pre", "q", "s", "samp", "small", "strong", "sub", "summary", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "tt", "ul", "var"]
)
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
_LOOPBACK = re.compile(r"https?://(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?(/.*)?", re.IGNORECASE | re.DOTALL)
_IMAGE = re.compile(r"<img\b([^>]*)>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""([a-z]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)
_ALIGN = re.compile(r"text-align:(left|right|center)")
_TASK = re.compile(r"\[([ xX])\](?=\s)")


class Place(msgspec.Struct, frozen=True):
    """Where a text stands: its repository, the ref and folder that relative links start from, the hub's repositories.

    `known` holds the names of the repositories that the visitor may see, in lower case.
    """

    repository: str
    ref: str
    folder: str = ""
    known: frozenset[str] = frozenset()


def render(text: str | None, place: Place) -> Markup:
    """The text as HTML that holds no script, style, form, foreign image or comment."""
    engine = _engine()
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


def address(url: str, place: Place) -> str:
    """Where a link written here leads: into this hub's pages, to a file of the repository, or outside."""
    inside = _LOOPBACK.fullmatch(url)
    if inside:
        # Written when the hub had another port: still one of its pages, if it names one of its repositories.
        path = inside[1] or "/"
        name = "/".join(urlsplit(path).path.split("/")[1:3]).lower()
        return path if name in place.known else url
    parts = urlsplit(url)
    if parts.scheme or parts.netloc or url.startswith(("/", "#", "?")) or not parts.path:
        return url
    return _file(url, place, "blob")


def outward(url: str | None, place: Place) -> str | None:
    """A link that a program attached to something, such as a check's details; None unless a browser may follow it."""
    if not url or not url.lower().startswith(("http://", "https://", "/")) or url.startswith("//"):
        return None
    return address(url, place)


def image(url: str, place: Place) -> str | None:
    """Where an image may be loaded from: this hub, or nowhere."""
    parts = urlsplit(url)
    if not parts.scheme and not parts.netloc and parts.path and not parts.path.startswith("/"):
        return _file(url, place, "raw")
    found = address(url, place)
    return found if found.startswith("/") and not found.startswith(("//", "/\\")) else None


def _file(url: str, place: Place, kind: str) -> str:
    path, mark, fragment = url.partition("#")
    target = posixpath.normpath(posixpath.join("/", place.folder, path.partition("?")[0]))
    return f"/{place.repository}/{kind}/{quote(place.ref)}{target}{mark}{fragment}"


def _attribute(tag: str, name: str, value: str, place: Place) -> str | None:
    try:
        if (tag, name) == ("img", "src"):
            return image(value, place)
        return address(value, place) if (tag, name) == ("a", "href") else value
    except ValueError:  # no URL at all
        return None


@cache
def _engine() -> MarkdownIt:
    engine = MarkdownIt("gfm-like", {"html": True, "linkify": True})
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
            _prepared(token.children, place)
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
    try:
        if "src" not in given or image(given["src"], place) is not None:
            return found[0]
    except ValueError:
        return ""
    return _link(given["src"], given.get("alt", ""))


def _link(url: str, label: str) -> str:
    return f'<a href="{escape(url)}">{escape(label or "image")}</a>'

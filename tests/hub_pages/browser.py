"""A reader of pages: fetches as a browser would, follows links, and names everything in a page that could do harm."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from tests.hub.clients import Reply, fetch

# What the pages are made of. Anything else came from a stranger.
_FRAME = "a article aside body header head html link main meta nav section span title time"
_TEXT = (
    "b blockquote br code dd del details div dl dt em h1 h2 h3 h4 h5 h6 hr i img kbd li ol p pre s strong sub summary"
)
_REST = "sup table tbody td th thead tr ul"
ELEMENTS = {tag for kind in (_FRAME, _TEXT, _REST) for tag in kind.split(" ")}
_BRANCHES = re.compile("/(blob|tree|raw)/(?!main)")
VOID = {"br", "hr", "img", "link", "meta"}
ADDRESSES = {"href", "src"}


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.texts: list[str] = []
        self.tangled: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self.open and self.open[-1] == tag:
            self.open.pop()
        else:
            self.tangled.append(tag)

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def handle_comment(self, data: str) -> None:
        self.elements.append(("!comment", {"data": data}))


@dataclass
class Page:
    """One answer, parsed: its elements, its visible text with white space folded, and its links as full addresses."""

    url: str
    reply: Reply
    reader: _Reader = field(default_factory=_Reader)

    def __post_init__(self) -> None:
        if self.reply.headers.get("content-type", "").startswith("text/html"):
            self.reader.feed(self.reply.content.decode())
            self.reader.close()

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.reader.texts).split())

    @property
    def links(self) -> list[str]:
        return [urljoin(self.url, attrs["href"]) for tag, attrs in self.reader.elements if "href" in attrs]

    def dangers(self) -> list[str]:
        """Elements, attributes and addresses that no page of ours has, and tags that don't match up."""
        found = [f"</{tag}> closes nothing" for tag in self.reader.tangled]
        found += [f"<{tag}> is left open" for tag in self.reader.open]
        for tag, attrs in self.reader.elements:
            if tag not in ELEMENTS:
                found.append(f"<{tag}>")
            found += [f"{tag} {name}" for name in attrs if name.startswith("on") or name in ("style", "srcset")]
            found += [
                f"{tag} {name}={attrs[name]}" for name in ADDRESSES & attrs.keys() if self._leaves(tag, attrs[name])
            ]
        return found

    def _leaves(self, tag: str, address: str) -> bool:
        """Whether an address may not stand there: strange schemes anywhere, other hosts where they'd be loaded."""
        parts = urlsplit(address)
        if tag == "link" and address.startswith("data:image/svg+xml,"):
            return False
        if tag == "a":
            return parts.scheme not in ("", "http", "https", "mailto")
        return bool(parts.scheme or parts.netloc)


def look(url: str, **headers: str) -> Page:
    return Page(url, fetch("GET", url, headers))


def crawl(start: str) -> dict[str, Page]:
    """Every page of this host that links lead to, by address; a redirect is followed, also to another port.

    Links inside other trees than main's are not: they have pages of the same kinds.
    """
    host = urlsplit(start).netloc
    seen: dict[str, Page] = {}
    waiting = [start]
    while waiting:
        url = waiting.pop().partition("#")[0]
        if url in seen:
            continue
        page = look(url)
        seen[url] = page
        if page.reply.status == 302:
            target = urljoin(url, page.reply.headers["location"])
            if urlsplit(target).netloc == host:
                waiting.append(target)
            else:
                seen[target] = look(target)
        if not _BRANCHES.search(url):
            waiting += [link for link in page.links if urlsplit(link).netloc == host]
    return seen

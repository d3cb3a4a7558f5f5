"""Where the links and images of a text lead: into this hub's pages, to a file of its repository, outside, or nowhere.

Pure: what the hub has is told by a `Place`.
"""

from __future__ import annotations

import posixpath
import re
from urllib.parse import quote, urlsplit

import msgspec

_LOOPBACK = re.compile(r"https?://(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?(/.*)?", re.IGNORECASE | re.DOTALL)
_ODD = re.compile(r"[\x00-\x20\\]")


class Place(msgspec.Struct, frozen=True):
    """Where a text stands: its repository, the ref and folder that relative links start from, the hub's repositories.

    `known` holds the names of the repositories that the visitor may see, in lower case.
    """

    repository: str
    ref: str
    folder: str = ""
    known: frozenset[str] = frozenset()


def address(url: str, place: Place) -> str:
    """Where a link written here leads: into this hub's pages, to a file of the repository, or outside."""
    inside = _LOOPBACK.fullmatch(url)
    if inside:
        # Written when the hub had another port: still one of its pages, if it names one of its repositories.
        path = inside[1] or "/"
        name = "/".join(re.split("[/?#]", path)[1:3]).lower()
        return path if name in place.known else url
    return _file(url, place, "blob") if _is_relative(url) else url


def outward(url: str | None, place: Place) -> str | None:
    """A link that a program attached to something, such as a check's details; None unless a browser may follow it."""
    if not url or not url.lower().startswith(("http://", "https://", "/")) or url.startswith("//"):
        return None
    return address(url, place)


def image(url: str, place: Place) -> str | None:
    """Where an image may be loaded from: this hub, or nowhere."""
    if _is_relative(url):
        return _file(url, place, "raw")
    found = address(url, place)
    # Browsers read a backslash as a slash and drop white space: both could turn a path into another host.
    return found if found.startswith("/") and not found.startswith("//") and not _ODD.search(found) else None


def _is_relative(url: str) -> bool:
    """Whether this names a file beside the text, and nothing else."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return bool(parts.path) and not parts.scheme and not url.startswith("/")


def _file(url: str, place: Place, kind: str) -> str:
    path, mark, fragment = url.partition("#")
    target = posixpath.normpath(posixpath.join("/", place.folder, path.partition("?")[0]))
    return f"/{place.repository}/{kind}/{quote(place.ref)}{quote(target, safe='/%')}{mark}{fragment}"

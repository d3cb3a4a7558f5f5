"""From a page's address to the function that makes it. What such a function gives back is a `View`, or a way on."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

import msgspec

from merganser.hub.routing import Call


class View(msgspec.Struct, frozen=True):
    """A template with what it shows; `title` is the browser's."""

    template: str
    title: str
    shown: dict[str, Any]


class Elsewhere(msgspec.Struct, frozen=True):
    """Another address, absolute or from the hub's root, where the browser should look."""

    address: str


class Bytes(msgspec.Struct, frozen=True):
    """A file as it is."""

    content: bytes
    content_type: str


Made = View | Elsewhere | Bytes
Maker = Callable[[Call], Made]

# These may hold slashes.
_LONG = frozenset({"rest", "tag", "ref", "range"})
_PAGES: list[tuple[re.Pattern[str], Maker]] = []


def page(template: str) -> Callable[[Maker], Maker]:
    """Register the maker of all pages of this form; of two forms that fit, the one registered first wins."""

    def part(found: re.Match[str]) -> str:
        return f"(?P<{found[1]}>{'.+' if found[1] in _LONG else '[^/]+'})"

    pattern = re.compile(re.sub(r"\{(\w+)\}", part, template) + "/?")

    def register(maker: Maker) -> Maker:
        _PAGES.append((pattern, maker))
        return maker

    return register


def find(path: str) -> tuple[Maker, dict[str, str]] | None:
    """The maker for a still percent-encoded path, with the decoded parts."""
    for pattern, maker in _PAGES:
        found = pattern.fullmatch(path)
        if found:
            return maker, {name: unquote(value).rstrip("/") for name, value in found.groupdict().items()}
    return None

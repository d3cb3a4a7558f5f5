"""Pages of a list, and the Link header that leads through them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from urllib.parse import urlencode

from merganser.hub.routing import Answer, Call

T = TypeVar("T")
_MOST = 100


def _positive(given: str | None, otherwise: int) -> int:
    if given is None or not given.isascii() or not given.isdigit() or len(given) > 9:
        return otherwise
    return max(1, int(given))


def paged(call: Call, items: Sequence[T], view: Callable[[T], Any], key: str | None = None) -> Answer:
    """The asked page of a list; with `key` inside an object that also has the total count.

    Only the items of the page are turned into documents.
    """
    size = min(_MOST, _positive(call.query.get("per_page"), 30))
    page = _positive(call.query.get("page"), 1)
    last = max(1, -(-len(items) // size))
    shown = [view(item) for item in items[(page - 1) * size : page * size]]
    document: Any = shown if key is None else {"total_count": len(items), key: shown}
    return Answer(200, document, _links(call, f"{call.site.api}{call.path}", page, last))


def _links(call: Call, address: str, page: int, last: int) -> dict[str, str]:
    wanted = {}
    if page > 1:
        wanted = {"prev": min(page - 1, last), "first": 1}
    if page < last:
        wanted = {"next": page + 1, "last": last} | wanted
    if not wanted:
        return {}
    others = {name: value for name, value in call.query.items() if name != "page"}
    parts = [f'<{address}?{urlencode(others | {"page": target})}>; rel="{name}"' for name, target in wanted.items()]
    return {"Link": ", ".join(parts)}

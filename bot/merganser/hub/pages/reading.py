"""Reading the hub for a page: the functions that answer API requests, called with the visitor's own rights."""

from __future__ import annotations

import dataclasses
from typing import Any
from urllib.parse import quote

from merganser.hub.access import demand
from merganser.hub.refusals import existing
from merganser.hub.routing import Answer, Call, find

_MOST = "100"


def ask(call: Call, parts: tuple[str | int, ...], query: dict[str, str], accept: str = "") -> Answer:
    """The API's answer to a GET below the call's repository; a `Refusal` where it has none."""
    tail = (quote(str(part), safe="") for part in parts)  # a slash inside a part stays inside it
    path = "/".join(["/repos", call.repository.full_name, *tail])
    matched = existing(find("GET", path))
    route, params = matched
    demand(call.role, call.role if route.needs is None else route.needs, call.user)
    inner = dataclasses.replace(call, path=path, params=params, query=query, headers={"accept": accept})
    return route.handler(inner)


def read(call: Call, *parts: str | int, **query: str) -> Any:
    """The document of one API address, such as `read(call, "pulls", 3)`."""
    return ask(call, parts, query).document


def read_all(call: Call, *parts: str | int, key: str = "", **query: str) -> list[Any]:
    """All items of a list over all its pages; `key` where they stand in an object."""
    found: list[Any] = []
    page = 1
    while True:
        answer = ask(call, parts, {**query, "per_page": _MOST, "page": str(page)})
        found += answer.document[key] if key else answer.document
        if 'rel="next"' not in answer.headers.get("Link", ""):
            return found
        page += 1


def read_page(call: Call, *parts: str | int, key: str = "", **query: str) -> tuple[list[Any], dict[str, int]]:
    """The items of the page that the visitor is on, and the numbers of the pages around it (`newer`, `older`)."""
    wanted = call.query.get("page", "1")
    page = int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 7 else 1
    answer = ask(call, parts, {**query, "per_page": "50", "page": str(page)})
    around = {"newer": page - 1} if page > 1 else {}
    if 'rel="next"' in answer.headers.get("Link", ""):
        around["older"] = page + 1
    return (answer.document[key] if key else answer.document), around

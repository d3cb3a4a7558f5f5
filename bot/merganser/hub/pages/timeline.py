"""What happened to a pull request or an issue, in the order of time. Pure: from the API's documents to entries."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import groupby
from typing import Any

import msgspec
from markupsafe import Markup

# Within a second, in which much happens on a hub, this is the order.
_ORDER = ("commit", "event", "check", "comment", "end")
_ENDS = frozenset({"merged", "closed"})


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One entry: `kind` is one of commit, event, check, comment, end; `what` is the document it was made from."""

    kind: str
    when: str
    who: str
    what: Mapping[str, Any]
    html: Markup | None = None


def comments(found: Iterable[Mapping[str, Any]], render: Callable[[str], Markup]) -> list[Entry]:
    return [
        Entry(kind="comment", when=one["created_at"], who=one["user"]["login"], what=one, html=render(one["body"]))
        for one in found
    ]


def commits(found: Iterable[Mapping[str, Any]]) -> list[Entry]:
    return [
        Entry(kind="commit", when=one["commit"]["committer"]["date"], who=one["commit"]["author"]["name"], what=one)
        for one in found
    ]


def checks(found: Iterable[Mapping[str, Any]]) -> list[Entry]:
    """Completed check runs, at the moment of their conclusion."""
    return [
        Entry(kind="check", when=one["completed_at"], who=(one["app"] or {}).get("name", ""), what=one)
        for one in found
        if one["completed_at"]
    ]


def events(found: Iterable[Mapping[str, Any]], shown: frozenset[str]) -> list[Entry]:
    """Noted events, but pushes whose commit is `shown` among the commits anyway; equal ones in a row become one.

    An entry's `what` is its first event with the `details` of all.
    """
    told = [one for one in found if one["kind"] != "pushed" or one["detail"] not in shown]
    entries = []
    for (kind, who), row in groupby(told, key=lambda one: (one["kind"], one["login"])):
        same = list(row)
        what = {**same[0], "details": [one["detail"] for one in same]}
        place = "end" if kind in _ENDS else "event"
        entries.append(Entry(kind=place, when=same[0]["created_at"], who=who or "", what=what))
    return entries


def in_order(*parts: list[Entry]) -> list[Entry]:
    return sorted((entry for part in parts for entry in part), key=lambda entry: (entry.when, _ORDER.index(entry.kind)))

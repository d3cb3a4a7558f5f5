"""A patch as numbered lines, ready to be coloured. Pure."""

from __future__ import annotations

import re
from typing import Any

import msgspec

MOST_LINES = 1500
_HUNK = re.compile(r"@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@")
_KINDS = {"+": "added", "-": "removed", " ": "same"}


class Line(msgspec.Struct, frozen=True):
    """One line: `kind` is hunk, added, removed, same or note; the numbers are those in the old and the new file."""

    kind: str
    old: int | None
    new: int | None
    text: str


class FileDiff(msgspec.Struct, frozen=True, kw_only=True):
    """One file of a change. `lines` is empty for binary files and pure renames; `hidden` lines were left out.

    A removed file has no `page`.
    """

    path: str
    previous: str | None
    status: str
    additions: int
    deletions: int
    page: str | None
    lines: tuple[Line, ...]
    hidden: int


def numbered(patch: str) -> list[Line]:
    """The lines of a unified diff's hunks."""
    found = []
    old = new = 0
    for text in patch.split("\n"):
        hunk = _HUNK.match(text)
        if hunk:
            old, new = int(hunk[1]), int(hunk[2])
            found.append(Line("hunk", None, None, text))
            continue
        kind = _KINDS.get(text[:1], "note")
        in_old, in_new = kind in ("removed", "same"), kind in ("added", "same")
        found.append(Line(kind, old if in_old else None, new if in_new else None, text))
        old, new = old + in_old, new + in_new
    return found


def file_diff(entry: dict[str, Any]) -> FileDiff:
    """A view of one of the API's diff entries."""
    patch = entry.get("patch")
    lines = numbered(patch) if patch else []
    return FileDiff(
        path=entry["filename"],
        previous=entry.get("previous_filename"),
        status=entry["status"],
        additions=entry["additions"],
        deletions=entry["deletions"],
        page=None if entry["status"] == "removed" else entry["blob_url"],
        lines=tuple(lines[:MOST_LINES]),
        hidden=max(0, len(lines) - MOST_LINES),
    )

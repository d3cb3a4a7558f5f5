"""Labels of a repository and on issues."""

from __future__ import annotations

import re

from merganser.hub.access import Role
from merganser.hub.pagination import paged
from merganser.hub.parameters import body, names, number, optional_text, text
from merganser.hub.refusals import existing, invalid, not_found
from merganser.hub.routing import Answer, Call, route
from merganser.hub.store import Row, Value
from merganser.hub.tracking import record_event
from merganser.hub.views.issues import label, labels_of

_PLAIN = "ededed"
_COLOR = re.compile(r"[0-9a-fA-F]{6}")


def _find(call: Call, name: str) -> Row | None:
    return call.store.row("SELECT * FROM labels WHERE repo_id = ? AND name = ?", call.repository.id, name)


def _existing(call: Call) -> Row:
    return existing(_find(call, call.params["name"]))


def _insert(call: Call, name: str, color: str, description: str | None) -> int:
    columns: dict[str, Value] = {"repo_id": call.repository.id, "name": name, "color": color}
    return call.store.insert("labels", columns | {"description": description})


def _issue_id(call: Call) -> int:
    query = "SELECT id FROM issues WHERE repo_id = ? AND number = ?"
    row = existing(call.store.row(query, call.repository.id, number(call, "issue_number")))
    return int(row["id"])


def attach(call: Call, issue: int, wanted: list[str]) -> None:
    """Put labels on an issue; those that the repository lacks are made, as on GitHub."""
    for name in wanted:
        found = _find(call, name)
        # GitHub's description lets a listed pull request have no label without a description.
        key = found["id"] if found else _insert(call, name, _PLAIN, "")
        query = "INSERT OR IGNORE INTO issue_labels (issue_id, label_id) VALUES (?, ?)"
        if call.store.change(query, issue, key):
            record_event(call.store, issue, call.actor.id, "labeled", name)


def detach(call: Call, issue: int, row: Row) -> bool:
    """Take a label off an issue; whether it was there."""
    query = "DELETE FROM issue_labels WHERE issue_id = ? AND label_id = ?"
    removed = call.store.change(query, issue, row["id"]) > 0
    if removed:
        record_event(call.store, issue, call.actor.id, "unlabeled", row["name"])
    return removed


def replace(call: Call, issue: int, wanted: list[str]) -> None:
    """Leave exactly these labels on an issue."""
    keep = {name.lower() for name in wanted}
    for shown in labels_of(call, issue):
        row = _find(call, shown["name"])
        if row is not None and row["name"].lower() not in keep:
            detach(call, issue, row)
    attach(call, issue, wanted)


@route("GET", "/repos/{owner}/{repo}/labels")
def list_labels(call: Call) -> Answer:
    rows = call.store.rows("SELECT * FROM labels WHERE repo_id = ? ORDER BY name", call.repository.id)
    return paged(call, rows, lambda row: label(call, row))


@route("POST", "/repos/{owner}/{repo}/labels", needs=Role.WRITE)
def create_label(call: Call) -> Answer:
    name = text(call, "name", "Label")
    if _find(call, name) is not None:
        raise invalid("Label", "name", "already_exists")
    color = _color(call) or _PLAIN
    _insert(call, name, color, optional_text(call, "description", "Label"))
    return _answer(call, name, 201)


def _color(call: Call) -> str | None:
    color = optional_text(call, "color", "Label")
    if color is not None and not _COLOR.fullmatch(color):
        raise invalid("Label", "color")
    return color


def _answer(call: Call, name: str, status: int) -> Answer:
    row = existing(_find(call, name))
    return Answer(status, label(call, row))


@route("GET", "/repos/{owner}/{repo}/labels/{name}")
def get_label(call: Call) -> Answer:
    return Answer(200, label(call, _existing(call)))


@route("PATCH", "/repos/{owner}/{repo}/labels/{name}", needs=Role.WRITE)
def update_label(call: Call) -> Answer:
    row = _existing(call)
    name = optional_text(call, "new_name", "Label") or row["name"]
    other = _find(call, name)
    if other is not None and other["id"] != row["id"]:
        raise invalid("Label", "name", "already_exists")
    columns: dict[str, Value] = {"name": name, "color": _color(call) or row["color"]}
    if "description" in body(call):
        columns["description"] = optional_text(call, "description", "Label")
    call.store.update("labels", row["id"], columns)
    return _answer(call, name, 200)


@route("DELETE", "/repos/{owner}/{repo}/labels/{name}", needs=Role.WRITE)
def delete_label(call: Call) -> Answer:
    call.store.change("DELETE FROM labels WHERE id = ?", _existing(call)["id"])
    return Answer(204)


@route("GET", "/repos/{owner}/{repo}/issues/{issue_number}/labels")
def list_labels_of_issue(call: Call) -> Answer:
    return paged(call, labels_of(call, _issue_id(call)), lambda found: found)


@route("POST", "/repos/{owner}/{repo}/issues/{issue_number}/labels", needs=Role.TRIAGE)
def add_labels(call: Call) -> Answer:
    issue = _issue_id(call)
    attach(call, issue, names(call, "labels", "Label"))
    return Answer(200, labels_of(call, issue))


@route("PUT", "/repos/{owner}/{repo}/issues/{issue_number}/labels", needs=Role.TRIAGE)
def set_labels(call: Call) -> Answer:
    issue = _issue_id(call)
    replace(call, issue, names(call, "labels", "Label"))
    return Answer(200, labels_of(call, issue))


@route("DELETE", "/repos/{owner}/{repo}/issues/{issue_number}/labels", needs=Role.TRIAGE)
def remove_all_labels(call: Call) -> Answer:
    replace(call, _issue_id(call), [])
    return Answer(204)


@route("DELETE", "/repos/{owner}/{repo}/issues/{issue_number}/labels/{name}", needs=Role.TRIAGE)
def remove_label(call: Call) -> Answer:
    issue = _issue_id(call)
    row = _find(call, call.params["name"])
    if row is None or not detach(call, issue, row):
        raise not_found()
    return Answer(200, labels_of(call, issue))

"""Issues; a pull request is an issue too."""

from __future__ import annotations

from typing import Any

from merganser.hub.access import Role, powerless
from merganser.hub.api.labels import attach, replace
from merganser.hub.pagination import paged
from merganser.hub.parameters import body, choice, names, number, optional_text, text
from merganser.hub.refusals import Refusal, existing
from merganser.hub.routing import Answer, Call, route
from merganser.hub.store import Row, Value
from merganser.hub.tracking import record_event
from merganser.hub.views.issues import issue

SELECT = (
    "SELECT issues.*, pulls.issue_id IS NOT NULL AS is_pull, pulls.merged_at "
    "FROM issues LEFT JOIN pulls ON pulls.issue_id = issues.id WHERE issues.repo_id = ? "
)
_STATES = frozenset({"open", "closed"})


def find_issue(call: Call, key: int) -> Row:
    """The issue or pull request of this number."""
    return existing(call.store.row(SELECT + "AND number = ?", call.repository.id, key))


def open_issue(call: Call, title: str, content: str | None) -> int:
    """Insert an issue of the asker with the repository's next number; its id."""
    query = "SELECT max(number) FROM issues WHERE repo_id = ?"
    moment = call.store.now()
    columns: dict[str, Value] = {
        "repo_id": call.repository.id,
        "number": call.store.number(query, call.repository.id) + 1,
        "title": title,
        "body": content,
        "user_id": call.actor.id,
        "created_at": moment,
        "updated_at": moment,
    }
    return call.store.insert("issues", columns)


@route("GET", "/repos/{owner}/{repo}/issues")
def list_issues(call: Call) -> Answer:
    state = call.query.get("state", "open")
    rows = call.store.rows(SELECT + "AND (state = ? OR ? = 'all')", call.repository.id, state, state)
    wanted = {name.lower() for name in call.query.get("labels", "").split(",") if name}
    creator = call.query.get("creator", "").lower()
    shown = [row for row in rows if _matches(call, row, wanted, creator)]
    column = {"updated": "updated_at"}.get(call.query.get("sort", ""), "created_at")
    falling = call.query.get("direction", "desc") != "asc"
    shown.sort(key=lambda row: (row[column], row["id"]), reverse=falling)
    return paged(call, shown, lambda row: issue(call, row))


def _matches(call: Call, row: Row, wanted: set[str], creator: str) -> bool:
    shown = issue(call, row) if wanted or creator else {}
    if wanted and not wanted <= {label["name"].lower() for label in shown["labels"]}:
        return False
    if creator and shown["user"]["login"].lower() != creator:
        return False
    return bool(row["updated_at"] >= call.query.get("since", ""))


@route("POST", "/repos/{owner}/{repo}/issues")
def create_issue(call: Call) -> Answer:
    if not call.repository.has_issues:
        raise Refusal(410, "Issues has been disabled in this repository.")
    key = open_issue(call, text(call, "title", "Issue"), optional_text(call, "body", "Issue"))
    if call.role >= Role.TRIAGE:  # others' labels are dropped silently, as on GitHub
        attach(call, key, names(call, "labels", "Issue"))
    number_ = call.store.number("SELECT number FROM issues WHERE id = ?", key)
    return Answer(201, issue(call, find_issue(call, number_)))


@route("GET", "/repos/{owner}/{repo}/issues/{issue_number}")
def get_issue(call: Call) -> Answer:
    return Answer(200, issue(call, find_issue(call, number(call, "issue_number"))))


@route("PATCH", "/repos/{owner}/{repo}/issues/{issue_number}")
def update_issue(call: Call) -> Answer:
    row = find_issue(call, number(call, "issue_number"))
    apply_changes(call, row)
    if "labels" in body(call) and call.role >= Role.TRIAGE:
        replace(call, row["id"], names(call, "labels", "Issue"))
    return Answer(200, issue(call, find_issue(call, row["number"])))


def apply_changes(call: Call, row: Row) -> None:
    """Title, body and state, from the author or someone who may triage."""
    if row["user_id"] != call.actor.id and call.role < Role.TRIAGE:
        raise powerless(Role.TRIAGE, call.user)
    columns: dict[str, Value] = {}
    if "title" in body(call):
        columns["title"] = text(call, "title", "Issue")
    if "body" in body(call):
        columns["body"] = optional_text(call, "body", "Issue")
    state = choice(call, "state", _STATES, "Issue")
    if state is not None and state != row["state"]:
        columns |= _moved(call, row, state)
    if columns:
        call.store.update("issues", row["id"], columns | {"updated_at": call.store.now()})


def _moved(call: Call, row: Row, state: str) -> dict[str, Any]:
    closing = state == "closed"
    record_event(call.store, row["id"], call.actor.id, "closed" if closing else "reopened", "")
    reason = optional_text(call, "state_reason", "Issue") or ("completed" if closing else "reopened")
    return {
        "state": state,
        "state_reason": None if row["is_pull"] else reason,
        "closed_at": call.store.now() if closing else None,
        "closed_by": call.actor.id if closing else None,
    }

"""Reactions to issues and comments."""

from __future__ import annotations

from merganser.hub.access import Role, powerless
from merganser.hub.api.comments import find_comment
from merganser.hub.api.issues import find_issue
from merganser.hub.pagination import paged
from merganser.hub.parameters import number, text
from merganser.hub.refusals import invalid, not_found
from merganser.hub.routing import Answer, Call, route
from merganser.hub.store import Row, now
from merganser.hub.views.issues import CONTENTS, reaction

_OF_COMMENT = "/repos/{owner}/{repo}/issues/comments/{comment_id}/reactions"
_OF_ISSUE = "/repos/{owner}/{repo}/issues/{issue_number}/reactions"
_SELECT = "SELECT * FROM reactions WHERE subject = ? AND subject_id = ? "


def _list(call: Call, subject: str, key: int) -> Answer:
    rows = call.store.rows(_SELECT + "ORDER BY id", subject, key)
    wanted = call.query.get("content")
    shown = [row for row in rows if wanted is None or row["content"] == wanted]
    return paged(call, shown, lambda row: reaction(call, row))


def _mine(call: Call, subject: str, key: int, content: str) -> Row | None:
    query = _SELECT + "AND user_id = ? AND content = ?"
    return call.store.row(query, subject, key, call.actor.id, content)


def _create(call: Call, subject: str, key: int) -> Answer:
    content = text(call, "content", "Reaction")
    if content not in CONTENTS:
        raise invalid("Reaction", "content")
    known = _mine(call, subject, key, content)
    if known is not None:
        return Answer(200, reaction(call, known))
    call.store.insert(
        "reactions",
        {
            "subject": subject,
            "subject_id": key,
            "user_id": call.actor.id,
            "content": content,
            "created_at": now(),
        },
    )
    made = _mine(call, subject, key, content)
    if made is None:
        raise AssertionError("the reaction was inserted in this transaction")
    return Answer(201, reaction(call, made))


def _delete(call: Call, subject: str, key: int) -> Answer:
    row = call.store.row(_SELECT + "AND id = ?", subject, key, number(call, "reaction_id"))
    if row is None:
        raise not_found()
    if row["user_id"] != call.actor.id:
        raise powerless(Role.WRITE, call.user)
    call.store.change("DELETE FROM reactions WHERE id = ?", row["id"])
    return Answer(204)


def _comment_id(call: Call) -> int:
    return int(find_comment(call)["id"])


def _issue_id(call: Call) -> int:
    return int(find_issue(call, number(call, "issue_number"))["id"])


@route("GET", _OF_COMMENT)
def list_of_comment(call: Call) -> Answer:
    return _list(call, "comment", _comment_id(call))


@route("POST", _OF_COMMENT)
def create_for_comment(call: Call) -> Answer:
    return _create(call, "comment", _comment_id(call))


@route("DELETE", _OF_COMMENT + "/{reaction_id}")
def delete_of_comment(call: Call) -> Answer:
    return _delete(call, "comment", _comment_id(call))


@route("GET", _OF_ISSUE)
def list_of_issue(call: Call) -> Answer:
    return _list(call, "issue", _issue_id(call))


@route("POST", _OF_ISSUE)
def create_for_issue(call: Call) -> Answer:
    return _create(call, "issue", _issue_id(call))


@route("DELETE", _OF_ISSUE + "/{reaction_id}")
def delete_of_issue(call: Call) -> Answer:
    return _delete(call, "issue", _issue_id(call))

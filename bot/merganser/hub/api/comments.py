"""Comments on issues and pull requests."""

from __future__ import annotations

from merganser.hub.access import Role, powerless
from merganser.hub.api.issues import find_issue
from merganser.hub.pagination import paged
from merganser.hub.parameters import number, text
from merganser.hub.refusals import existing, invalid_because
from merganser.hub.routing import Answer, Call, route
from merganser.hub.store import Row
from merganser.hub.views.issues import comment

_SELECT = (
    "SELECT comments.*, issues.number, pulls.issue_id IS NOT NULL AS is_pull FROM comments "
    "JOIN issues ON issues.id = comments.issue_id LEFT JOIN pulls ON pulls.issue_id = issues.id "
    "WHERE issues.repo_id = ? "
)
_LONGEST = 65536


def find_comment(call: Call) -> Row:
    """The comment that the path names."""
    return existing(call.store.row(_SELECT + "AND comments.id = ?", call.repository.id, number(call, "comment_id")))


def _body(call: Call) -> str:
    content = text(call, "body", "IssueComment")
    if len(content) > _LONGEST:
        raise invalid_because("IssueComment", f"body is too long (maximum is {_LONGEST} characters)")
    return content


@route("GET", "/repos/{owner}/{repo}/issues/{issue_number}/comments")
def list_comments(call: Call) -> Answer:
    row = find_issue(call, number(call, "issue_number"))
    since = call.query.get("since", "")
    query = _SELECT + "AND issues.id = ? AND comments.updated_at >= ? ORDER BY comments.id"
    rows = call.store.rows(query, call.repository.id, row["id"], since)
    return paged(call, rows, lambda found: comment(call, found))


@route("GET", "/repos/{owner}/{repo}/issues/comments")
def list_comments_of_repository(call: Call) -> Answer:
    falling = call.query.get("direction", "asc") == "desc" and "sort" in call.query
    order = "ORDER BY comments.id DESC" if falling else "ORDER BY comments.id"
    query = _SELECT + "AND comments.updated_at >= ? " + order
    rows = call.store.rows(query, call.repository.id, call.query.get("since", ""))
    return paged(call, rows, lambda found: comment(call, found))


@route("POST", "/repos/{owner}/{repo}/issues/{issue_number}/comments")
def create_comment(call: Call) -> Answer:
    row = find_issue(call, number(call, "issue_number"))
    moment = call.store.now()
    key = call.store.insert(
        "comments",
        {
            "issue_id": row["id"],
            "user_id": call.actor.id,
            "body": _body(call),
            "created_at": moment,
            "updated_at": moment,
        },
    )
    call.store.update("issues", row["id"], {"updated_at": moment})
    found = call.store.rows(_SELECT + "AND comments.id = ?", call.repository.id, key)[0]
    return Answer(201, comment(call, found))


@route("GET", "/repos/{owner}/{repo}/issues/comments/{comment_id}")
def get_comment(call: Call) -> Answer:
    return Answer(200, comment(call, find_comment(call)))


def _demand_author(call: Call, row: Row) -> None:
    if row["user_id"] != call.actor.id and call.role < Role.WRITE:
        raise powerless(Role.WRITE, call.user)


@route("PATCH", "/repos/{owner}/{repo}/issues/comments/{comment_id}")
def update_comment(call: Call) -> Answer:
    row = find_comment(call)
    _demand_author(call, row)
    call.store.update("comments", row["id"], {"body": _body(call), "updated_at": call.store.now()})
    return Answer(200, comment(call, find_comment(call)))


@route("DELETE", "/repos/{owner}/{repo}/issues/comments/{comment_id}")
def delete_comment(call: Call) -> Answer:
    row = find_comment(call)
    _demand_author(call, row)
    query = "DELETE FROM reactions WHERE subject = 'comment' AND subject_id = ?"
    call.store.change(query, row["id"])
    call.store.change("DELETE FROM comments WHERE id = ?", row["id"])
    return Answer(204)

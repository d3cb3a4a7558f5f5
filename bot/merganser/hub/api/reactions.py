"""Reactions to issues and comments."""

from __future__ import annotations

from merganser.hub.access import Role, powerless
from merganser.hub.api.comments import find_comment
from merganser.hub.api.issues import find_issue
from merganser.hub.pagination import paged
from merganser.hub.parameters import number, text
from merganser.hub.refusals import existing, invalid
from merganser.hub.routing import Answer, Call, route
from merganser.hub.store import Row
from merganser.hub.views.issues import CONTENTS, reaction

_OF_COMMENT = "/repos/{owner}/{repo}/issues/comments/{comment_id}/reactions"
_OF_ISSUE = "/repos/{owner}/{repo}/issues/{issue_number}/reactions"
_SELECT = "SELECT * FROM reactions WHERE subject = ? AND subject_id = ? "


def _subject(call: Call) -> tuple[str, int]:
    """The comment or issue that the path names, as the table of reactions writes it."""
    if "comment_id" in call.params:
        return "comment", int(find_comment(call)["id"])
    return "issue", int(find_issue(call, number(call, "issue_number"))["id"])


@route("GET", _OF_COMMENT)
@route("GET", _OF_ISSUE)
def list_reactions(call: Call) -> Answer:
    rows = call.store.rows(_SELECT + "ORDER BY id", *_subject(call))
    wanted = call.query.get("content")
    shown = [row for row in rows if wanted is None or row["content"] == wanted]
    return paged(call, shown, lambda row: reaction(call, row))


def _mine(call: Call, subject: str, key: int, content: str) -> Row | None:
    query = _SELECT + "AND user_id = ? AND content = ?"
    return call.store.row(query, subject, key, call.actor.id, content)


@route("POST", _OF_COMMENT)
@route("POST", _OF_ISSUE)
def create_reaction(call: Call) -> Answer:
    subject, key = _subject(call)
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
            "created_at": call.store.now(),
        },
    )
    made = _mine(call, subject, key, content)
    if made is None:
        raise AssertionError("the reaction was inserted in this transaction")
    return Answer(201, reaction(call, made))


@route("DELETE", _OF_COMMENT + "/{reaction_id}")
@route("DELETE", _OF_ISSUE + "/{reaction_id}")
def delete_reaction(call: Call) -> Answer:
    row = existing(call.store.row(_SELECT + "AND id = ?", *_subject(call), number(call, "reaction_id")))
    if row["user_id"] != call.actor.id:
        raise powerless(Role.WRITE, call.user)
    call.store.change("DELETE FROM reactions WHERE id = ?", row["id"])
    return Answer(204)

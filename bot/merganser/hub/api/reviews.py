"""Reviews of pull requests: given at once and as a whole. The hub keeps no drafts and no comments on lines."""

from __future__ import annotations

from merganser.hub.access import Role
from merganser.hub.api.pulls import find_pull
from merganser.hub.git import history
from merganser.hub.pagination import paged
from merganser.hub.parameters import body, choice, number, optional_text, text
from merganser.hub.refusals import Refusal, existing, invalid
from merganser.hub.routing import Answer, Call, route
from merganser.hub.store import Row
from merganser.hub.views.reviews import review

_RESOURCE = "PullRequestReview"
_ADDRESS = "/repos/{owner}/{repo}/pulls/{pull_number}/reviews"
_SELECT = "SELECT reviews.*, number FROM reviews JOIN issues ON issues.id = issue_id WHERE issue_id = ? "
_STATES = {"APPROVE": "APPROVED", "REQUEST_CHANGES": "CHANGES_REQUESTED", "COMMENT": "COMMENTED"}
_NOT_ONES_OWN = {"APPROVE": "approve", "REQUEST_CHANGES": "request changes on"}


@route("GET", _ADDRESS)
def list_reviews(call: Call) -> Answer:
    rows = call.store.rows(_SELECT + "ORDER BY reviews.id", find_pull(call)["id"])
    return paged(call, rows, lambda row: review(call, row))


@route("POST", _ADDRESS)
def create_review(call: Call) -> Answer:
    pull = find_pull(call)
    event = choice(call, "event", frozenset(_STATES), _RESOURCE)
    if event is None or body(call).get("comments"):
        raise invalid(_RESOURCE, "comments" if event else "event")
    if pull["user_id"] == call.actor.id and event in _NOT_ONES_OWN:
        raise _unprocessable(f"Can not {_NOT_ONES_OWN[event]} your own pull request")
    columns = {
        "issue_id": pull["id"],
        "user_id": call.actor.id,
        "body": (optional_text if event == "APPROVE" else text)(call, "body", _RESOURCE) or "",
        "state": _STATES[event],
        "commit_id": _commit(call, pull),
        "submitted_at": call.store.now(),
    }
    key = call.store.insert("reviews", columns)
    call.store.update("issues", pull["id"], {"updated_at": columns["submitted_at"]})
    return Answer(200, review(call, _find(call, pull, key)))


def _commit(call: Call, pull: Row) -> str:
    """The commit of the pull request that is meant; without a word its head."""
    given = optional_text(call, "commit_id", _RESOURCE)
    if given in (None, pull["head_sha"]):
        return str(pull["head_sha"])
    if given not in history.walk(call.git, pull["head_sha"], pull["base_sha"]):
        raise _unprocessable("commit_id is not part of the pull request")
    return given


@route("PUT", _ADDRESS + "/{review_id}/dismissals", needs=Role.WRITE)
def dismiss_review(call: Call) -> Answer:
    pull = find_pull(call)
    row = _find(call, pull, number(call, "review_id"))
    text(call, "message", _RESOURCE)
    if row["state"] not in ("APPROVED", "CHANGES_REQUESTED"):
        raise _unprocessable(f"Can not dismiss a {row['state'].lower()} pull request review")
    call.store.update("reviews", row["id"], {"state": "DISMISSED"})
    return Answer(200, review(call, _find(call, pull, row["id"])))


def _find(call: Call, pull: Row, key: int) -> Row:
    return existing(call.store.row(_SELECT + "AND reviews.id = ?", pull["id"], key))


def _unprocessable(why: str) -> Refusal:
    """In the form that reviews have of their own: an error is a sentence."""
    return Refusal(422, "Unprocessable Entity", [why])

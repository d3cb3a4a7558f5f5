"""Commit statuses, the older kind of check."""

from __future__ import annotations

from merganser.hub.access import Role
from merganser.hub.git import refs
from merganser.hub.git.names import is_sha
from merganser.hub.pagination import paged
from merganser.hub.parameters import optional_text, text
from merganser.hub.refusals import existing, invalid, invalid_because, unprocessable
from merganser.hub.routing import Answer, Call, route
from merganser.hub.store import Row
from merganser.hub.views.checks import repository_mention, simple_status, status

_STATES = ("error", "failure", "pending", "success")
_LONGEST = 140


@route("POST", "/repos/{owner}/{repo}/statuses/{sha}", needs=Role.WRITE)
def create_status(call: Call) -> Answer:
    sha, state = call.params["sha"], text(call, "state", "Status")
    if not is_sha(sha) or refs.commit_of(call.git, sha) is None:
        raise unprocessable(f"No commit found for SHA: {sha}")
    if state not in _STATES:
        raise invalid("Status", "state")
    description = optional_text(call, "description", "Status")
    if description is not None and len(description) > _LONGEST:
        raise invalid_because("Status", f"description is too long (maximum is {_LONGEST} characters)")
    key = call.store.insert(
        "statuses",
        {
            "repo_id": call.repository.id,
            "sha": sha,
            "state": state,
            "context": optional_text(call, "context", "Status") or "default",
            "description": description,
            "target_url": optional_text(call, "target_url", "Status"),
            "creator_id": call.actor.id,
            "created_at": call.store.now(),
        },
    )
    return Answer(201, status(call, call.store.rows("SELECT * FROM statuses WHERE id = ?", key)[0]))


def _rows(call: Call) -> tuple[str, list[Row]]:
    """The commit that the path names and its statuses, newest first."""
    sha = existing(refs.resolve(call.git, call.params["ref"]))
    query = "SELECT * FROM statuses WHERE repo_id = ? AND sha = ? ORDER BY id DESC"
    return sha, call.store.rows(query, call.repository.id, sha)


@route("GET", "/repos/{owner}/{repo}/commits/{ref}/statuses")
def list_statuses(call: Call) -> Answer:
    return paged(call, _rows(call)[1], lambda row: status(call, row))


@route("GET", "/repos/{owner}/{repo}/commits/{ref}/status")
def combined_status(call: Call) -> Answer:
    sha, rows = _rows(call)
    latest: dict[str, Row] = {}
    for row in rows:
        latest.setdefault(row["context"], row)
    states = {row["state"] for row in latest.values()}
    failing = states & {"error", "failure"}
    state = "failure" if failing else "pending" if "pending" in states or not states else "success"
    name = call.repository.full_name
    shown = paged(call, list(latest.values()), lambda row: simple_status(call, row), "statuses")
    document = shown.document | {
        "state": state,
        "sha": sha,
        "repository": repository_mention(call),
        "commit_url": call.site.repo(name, "commits", sha),
        "url": f"{call.site.repo(name, 'commits', sha)}/status",
    }
    return Answer(200, document, shown.headers)

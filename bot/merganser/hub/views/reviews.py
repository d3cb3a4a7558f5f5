"""Reviews of pull requests."""

from __future__ import annotations

from typing import Any

from merganser.hub.access import user_by_id
from merganser.hub.routing import Call
from merganser.hub.store import Row
from merganser.hub.views.issues import association
from merganser.hub.views.links import node_id
from merganser.hub.views.people import user


def review(call: Call, row: Row) -> dict[str, Any]:
    """GitHub's `pull-request-review`; the row also has the pull request's number."""
    author = user_by_id(call.store, row["user_id"])
    name = call.repository.full_name
    page = f"{call.site.page(name, 'pull', row['number'])}#pullrequestreview-{row['id']}"
    pull = call.site.repo(name, "pulls", row["number"])
    return {
        "id": row["id"],
        "node_id": node_id("PullRequestReview", row["id"]),
        "user": user(call.site, author),
        "body": row["body"],
        "state": row["state"],
        "html_url": page,
        "pull_request_url": pull,
        "author_association": association(call, call.repository, author),
        "_links": {"html": {"href": page}, "pull_request": {"href": pull}},
        "submitted_at": row["submitted_at"],
        "commit_id": row["commit_id"],
    }

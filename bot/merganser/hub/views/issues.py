"""Issues, comments, labels and reactions."""

from __future__ import annotations

from typing import Any

from merganser.hub.access import Repository, Role, role_of, user_by_id
from merganser.hub.access import User as Account
from merganser.hub.routing import Call
from merganser.hub.store import Row
from merganser.hub.views.links import node_id
from merganser.hub.views.people import user

CONTENTS = ("+1", "-1", "laugh", "confused", "heart", "hooray", "rocket", "eyes")


def association(call: Call, repository: Repository, who: Account) -> str:
    """How an author stands to the repository."""
    if who.login.lower() == repository.owner.lower():
        return "OWNER"
    role = role_of(call.store, repository, who)
    return "COLLABORATOR" if role > Role.READ or (repository.private and role) else "NONE"


def label(call: Call, row: Row) -> dict[str, Any]:
    return {
        "id": row["id"],
        "node_id": node_id("Label", row["id"]),
        "url": call.site.repo(call.repository.full_name, "labels", row["name"]),
        "name": row["name"],
        "color": row["color"],
        "default": False,
        "description": row["description"],
    }


def labels_of(call: Call, issue: int) -> list[dict[str, Any]]:
    rows = call.store.rows(
        "SELECT labels.* FROM labels JOIN issue_labels ON label_id = labels.id WHERE issue_id = ? ORDER BY name",
        issue,
    )
    return [label(call, row) for row in rows]


def rollup(call: Call, subject: str, key: int, url: str) -> dict[str, Any]:
    """The count of each reaction."""
    rows = call.store.rows(
        "SELECT content, count(*) AS n FROM reactions WHERE subject = ? AND subject_id = ? GROUP BY content",
        subject,
        key,
    )
    counts = {row["content"]: row["n"] for row in rows}
    found = {content: counts.get(content, 0) for content in CONTENTS}
    return {"url": f"{url}/reactions", "total_count": sum(found.values()), **found}


def reaction(call: Call, row: Row) -> dict[str, Any]:
    return {
        "id": row["id"],
        "node_id": node_id("Reaction", row["id"]),
        "user": user(call.site, user_by_id(call.store, row["user_id"])),
        "content": row["content"],
        "created_at": row["created_at"],
    }


def comment(call: Call, row: Row) -> dict[str, Any]:
    """GitHub's `issue-comment`; the row also has the issue's number and whether it is a pull request."""
    author = user_by_id(call.store, row["user_id"])
    name = call.repository.full_name
    url = call.site.repo(name, "issues/comments", row["id"])
    folder = "pull" if row["is_pull"] else "issues"
    return {
        "id": row["id"],
        "node_id": node_id("IssueComment", row["id"]),
        "url": url,
        "html_url": f"{call.site.page(name, folder, row['number'])}#issuecomment-{row['id']}",
        "issue_url": call.site.repo(name, "issues", row["number"]),
        "user": user(call.site, author),
        "body": row["body"],
        "author_association": association(call, call.repository, author),
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
        "reactions": rollup(call, "comment", row["id"], url),
        "performed_via_github_app": None,
    }


def issue(call: Call, row: Row) -> dict[str, Any]:
    """GitHub's `issue`; pull requests are issues too."""
    name, number = call.repository.full_name, row["number"]
    url = call.site.repo(name, "issues", number)
    author = user_by_id(call.store, row["user_id"])
    closer = user_by_id(call.store, row["closed_by"]) if row["closed_by"] else None
    found: dict[str, Any] = {
        "id": row["id"],
        "node_id": node_id("Issue", row["id"]),
        "url": url,
        "repository_url": call.site.repo(name),
        "labels_url": f"{url}/labels{{/name}}",
        **{f"{tail}_url": f"{url}/{tail}" for tail in ("comments", "events", "timeline")},
        "html_url": call.site.page(name, "pull" if row["is_pull"] else "issues", number),
        "number": number,
        "title": row["title"],
        "body": row["body"],
        "state": row["state"],
        "state_reason": row["state_reason"],
        "user": user(call.site, author),
        "author_association": association(call, call.repository, author),
        "labels": labels_of(call, row["id"]),
        "assignee": None,
        "assignees": [],
        "milestone": None,
        "locked": False,
        "active_lock_reason": None,
        "comments": call.store.number("SELECT count(*) FROM comments WHERE issue_id = ?", row["id"]),
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
        "closed_at": row["closed_at"],
        "closed_by": user(call.site, closer) if closer else None,
        "reactions": rollup(call, "issue", row["id"], url),
        "performed_via_github_app": None,
    }
    if row["is_pull"]:
        page, api = found["html_url"], call.site.repo(name, "pulls", number)
        tails = {"diff_url": f"{page}.diff", "patch_url": f"{page}.patch", "merged_at": row["merged_at"]}
        found |= {"pull_request": {"url": api, "html_url": page, **tails}}
    return found

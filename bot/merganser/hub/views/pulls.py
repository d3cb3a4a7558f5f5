"""Pull requests: as list items, whole, and as the short mention in checks and runs."""

from __future__ import annotations

from typing import Any

from merganser.hub.access import Repository, find_user, repository_by_id, user_by_id
from merganser.hub.git import history
from merganser.hub.routing import Call
from merganser.hub.rules import missing_check, must_be_up_to_date
from merganser.hub.store import Row
from merganser.hub.views.issues import association, labels_of
from merganser.hub.views.links import node_id
from merganser.hub.views.people import user
from merganser.hub.views.repositories import repository

SELECT = "SELECT pulls.*, issues.* FROM pulls JOIN issues ON issues.id = pulls.issue_id WHERE issues.repo_id = ? "


def repository_of(call: Call, found: Repository | None = None) -> dict[str, Any]:
    """The call's repository, or another one, in GitHub's `repository` form."""
    found = found or call.repository
    owner = find_user(call.store, found.owner)
    if owner is None:
        raise AssertionError("a repository's owner exists as long as it does")
    query = "SELECT count(*) FROM issues WHERE repo_id = ? AND state = 'open'"
    return repository(call.site, found, owner, call.store.number(query, found.id))


def _end(branch: str, sha: str, repo: dict[str, Any]) -> dict[str, Any]:
    label = f"{repo['owner']['login']}:{branch}"
    return {"label": label, "ref": branch, "sha": sha, "user": repo["owner"], "repo": repo}


def _addresses(call: Call, number: int, head: str) -> dict[str, Any]:
    name = call.repository.full_name
    url, page = call.site.repo(name, "pulls", number), call.site.page(name, "pull", number)
    issue = call.site.repo(name, "issues", number)
    found = {
        "comments_url": f"{issue}/comments",
        "commits_url": f"{url}/commits",
        "review_comments_url": f"{url}/comments",
        "review_comment_url": f"{call.site.repo(name)}/pulls/comments{{/number}}",
        "statuses_url": call.site.repo(name, "statuses", head),
    }
    links = {key.removesuffix("_url"): {"href": value} for key, value in found.items()}
    links |= {"self": {"href": url}, "html": {"href": page}, "issue": {"href": issue}}
    more = {"url": url, "html_url": page, "issue_url": issue}
    return {**found, **more, "diff_url": f"{page}.diff", "patch_url": f"{page}.patch", "_links": links}


def head_repository(call: Call, row: Row) -> Repository:
    """The repository that a pull request or a workflow run is from: a fork, or the call's own."""
    return repository_by_id(call.store, row["head_repo_id"])


def pull_item(call: Call, row: Row) -> dict[str, Any]:
    """GitHub's `pull-request-simple`."""
    author = user_by_id(call.store, row["user_id"])
    repo = repository_of(call)
    nothing = dict.fromkeys(("assignee", "milestone", "active_lock_reason", "auto_merge"))
    return {
        **nothing,
        **_addresses(call, row["number"], row["head_sha"]),
        "id": row["id"],
        "node_id": node_id("PullRequest", row["id"]),
        "number": row["number"],
        "state": row["state"],
        "locked": False,
        "title": row["title"],
        "body": row["body"],
        "user": user(call.site, author),
        "author_association": association(call, call.repository, author),
        "labels": labels_of(call, row["id"]),
        "draft": bool(row["draft"]),
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
        "closed_at": row["closed_at"],
        "merged_at": row["merged_at"],
        "merge_commit_sha": row["merge_commit_sha"],
        "assignees": [],
        "requested_reviewers": [],
        "requested_teams": [],
        "head": _end(row["head_ref"], row["head_sha"], repository_of(call, head_repository(call, row))),
        "base": _end(row["base_ref"], row["base_sha"], repo),
    }


def mergeable_state(call: Call, row: Row) -> str:
    """GitHub's word for what the merge button would do."""
    if row["state"] != "open":
        return "unknown"
    if not row["mergeable"]:
        return "dirty"
    if row["draft"]:
        return "draft"
    if missing_check(call.store, call.repository, row["base_ref"], row["head_sha"]):
        return "blocked"
    strict = must_be_up_to_date(call.store, call.repository, row["base_ref"])
    behind = strict and history.count(call.git, row["base_sha"], row["head_sha"])
    return "behind" if behind else "clean"


def files_of(call: Call, row: Row) -> list[history.FileChange]:
    """What the pull request changes, seen from where it left its base."""
    fork_point = history.merge_base(call.git, row["base_sha"], row["head_sha"])
    return history.changes(call.git, fork_point, row["head_sha"])


def pull(call: Call, row: Row) -> dict[str, Any]:
    """GitHub's `pull-request`."""
    files = files_of(call, row)
    merged = row["merged_at"] is not None
    merger = user_by_id(call.store, row["merged_by"]) if row["merged_by"] else None
    # A closed pull request keeps no opinion about merging.
    mergeable = bool(row["mergeable"]) if row["state"] == "open" else None
    return pull_item(call, row) | {
        "merged": merged,
        "merged_by": user(call.site, merger) if merger else None,
        "mergeable": mergeable,
        "rebaseable": mergeable,
        "mergeable_state": mergeable_state(call, row),
        "maintainer_can_modify": False,
        "comments": call.store.number("SELECT count(*) FROM comments WHERE issue_id = ?", row["id"]),
        "review_comments": 0,
        "commits": history.count(call.git, row["head_sha"], row["base_sha"]),
        "additions": sum(file.additions for file in files),
        "deletions": sum(file.deletions for file in files),
        "changed_files": len(files),
    }


def mentions(call: Call, sha: str) -> list[dict[str, Any]]:
    """The open pull requests with this head, in the short form that checks and runs carry; none from forks."""
    own = "AND head_repo_id = issues.repo_id AND head_sha = ? AND state = 'open'"
    rows = call.store.rows(SELECT + own, call.repository.id, sha)
    return [_mention(call, row) for row in rows]


def _mention(call: Call, row: Row) -> dict[str, Any]:
    name = call.repository.full_name
    repo = {"id": call.repository.id, "name": call.repository.name, "url": call.site.repo(name)}
    return {
        "id": row["id"],
        "number": row["number"],
        "url": call.site.repo(name, "pulls", row["number"]),
        "head": {"ref": row["head_ref"], "sha": row["head_sha"], "repo": repo},
        "base": {"ref": row["base_ref"], "sha": row["base_sha"], "repo": repo},
    }

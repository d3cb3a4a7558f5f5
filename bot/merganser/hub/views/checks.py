"""Check runs, check suites and commit statuses."""

from __future__ import annotations

import json
from typing import Any

from merganser.hub.access import Repository, find_user, user_by_id
from merganser.hub.git.objects import Commit
from merganser.hub.routing import Call
from merganser.hub.rules import PASSING
from merganser.hub.store import Row
from merganser.hub.views.links import node_id
from merganser.hub.views.people import app, user
from merganser.hub.views.pulls import mentions
from merganser.hub.views.repositories import minimal_repository


def check_run(call: Call, row: Row) -> dict[str, Any]:
    name = call.repository.full_name
    url = call.site.repo(name, "check-runs", row["id"])
    page = call.site.page(name, "runs", row["id"])
    suite = call.store.row("SELECT app_id FROM check_suites WHERE id = ?", row["suite_id"])
    bot = user_by_id(call.store, suite["app_id"]) if suite else None
    return {
        "id": row["id"],
        "node_id": node_id("CheckRun", row["id"]),
        "name": row["name"],
        "head_sha": row["head_sha"],
        "external_id": row["external_id"],
        "url": url,
        "html_url": page,
        "details_url": row["details_url"] or page,
        "status": row["status"],
        "conclusion": row["conclusion"],
        "started_at": row["started_at"],
        "completed_at": row["completed_at"],
        "output": {
            "title": row["title"],
            "summary": row["summary"],
            "text": row["text"],
            "annotations_count": len(json.loads(row["annotations"])),
            "annotations_url": f"{url}/annotations",
        },
        "check_suite": {"id": row["suite_id"]},
        "app": app(call.site, bot) if bot else None,
        "pull_requests": mentions(call, row["head_sha"]),
    }


def simple_commit(commit: Commit) -> dict[str, Any]:
    """GitHub's `simple-commit`."""
    return {
        "id": commit.sha,
        "tree_id": commit.tree,
        "message": commit.message,
        "timestamp": commit.committer.date,
        "author": {"name": commit.author.name, "email": commit.author.email},
        "committer": {"name": commit.committer.name, "email": commit.committer.email},
    }


def repository_mention(call: Call, found: Repository | None = None) -> dict[str, Any]:
    """The call's repository, or another one, in GitHub's `minimal-repository` form."""
    found = found or call.repository
    owner = find_user(call.store, found.owner)
    if owner is None:
        raise AssertionError("a repository's owner exists as long as it does")
    return minimal_repository(call.site, found, owner)


def check_suite(call: Call, row: Row, commit: Commit) -> dict[str, Any]:
    """GitHub's `check-suite`: its state is the roll-up of its latest runs."""
    runs = call.store.rows("SELECT status, conclusion FROM check_runs WHERE suite_id = ?", row["id"])
    done = bool(runs) and all(run["status"] == "completed" for run in runs)
    red = any(run["conclusion"] not in PASSING for run in runs)
    url = call.site.repo(call.repository.full_name, "check-suites", row["id"])
    return {
        "id": row["id"],
        "node_id": node_id("CheckSuite", row["id"]),
        "head_branch": None,
        "head_sha": row["head_sha"],
        "status": "completed" if done else "queued" if not runs else "in_progress",
        "conclusion": ("failure" if red else "success") if done else None,
        "url": url,
        "before": None,
        "after": None,
        "pull_requests": mentions(call, row["head_sha"]),
        "app": app(call.site, user_by_id(call.store, row["app_id"])),
        "repository": repository_mention(call),
        "created_at": row["created_at"],
        "updated_at": row["created_at"],
        "head_commit": simple_commit(commit),
        "latest_check_runs_count": len(runs),
        "check_runs_url": f"{url}/check-runs",
    }


def simple_status(call: Call, row: Row) -> dict[str, Any]:
    """GitHub's `simple-commit-status`, as it stands in the combined status."""
    return {
        "url": call.site.repo(call.repository.full_name, "statuses", row["sha"]),
        "avatar_url": f"{call.site.web}/avatars/u/{row['creator_id']}",
        "id": row["id"],
        "node_id": node_id("StatusContext", row["id"]),
        "state": row["state"],
        "description": row["description"],
        "target_url": row["target_url"],
        "context": row["context"],
        "created_at": row["created_at"],
        "updated_at": row["created_at"],
    }


def status(call: Call, row: Row) -> dict[str, Any]:
    return simple_status(call, row) | {"creator": user(call.site, user_by_id(call.store, row["creator_id"]))}

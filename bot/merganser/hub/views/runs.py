"""Workflows, their runs, jobs and artifacts."""

from __future__ import annotations

import json
from pathlib import PurePosixPath
from typing import Any

from merganser.hub.access import user_by_id
from merganser.hub.git.objects import read_commit
from merganser.hub.routing import Call
from merganser.hub.store import Row
from merganser.hub.views.checks import repository_mention, simple_commit
from merganser.hub.views.links import node_id
from merganser.hub.views.people import user
from merganser.hub.views.pulls import head_repository, mentions


def workflow(call: Call, row: Row) -> dict[str, Any]:
    name = call.repository.full_name
    return {
        "id": row["id"],
        "node_id": node_id("Workflow", row["id"]),
        "name": PurePosixPath(row["path"]).stem,
        "path": row["path"],
        "state": "active",
        "created_at": row["created_at"],
        "updated_at": row["created_at"],
        "url": call.site.repo(name, "actions/workflows", row["id"]),
        "html_url": call.site.page(name, "actions", row["path"].removeprefix(".github/")),
        "badge_url": f"{call.site.page(name, 'actions', row['path'].removeprefix('.github/'))}/badge.svg",
    }


def workflow_run(call: Call, row: Row) -> dict[str, Any]:
    """GitHub's `workflow-run`; the row also has the workflow's path."""
    name = call.repository.full_name
    url = call.site.repo(name, "actions/runs", row["id"])
    actor = user(call.site, user_by_id(call.store, row["actor_id"]))
    repository, source = repository_mention(call), repository_mention(call, head_repository(call, row))
    return {
        "id": row["id"],
        "node_id": node_id("WorkflowRun", row["id"]),
        "name": PurePosixPath(row["path"]).stem,
        "path": row["path"],
        "display_title": row["title"],
        "workflow_id": row["workflow_id"],
        "workflow_url": call.site.repo(name, "actions/workflows", row["workflow_id"]),
        "run_number": row["number"],
        "run_attempt": row["attempt"],
        "previous_attempt_url": None,
        "event": row["event"],
        "status": row["status"],
        "conclusion": row["conclusion"],
        "head_branch": row["head_branch"],
        "head_sha": row["head_sha"],
        "head_commit": simple_commit(read_commit(call.git, row["head_sha"])),
        "head_repository": source,
        "head_repository_id": source["id"],
        "repository": repository,
        "actor": actor,
        "triggering_actor": actor,
        "check_suite_id": row["suite_id"],
        "check_suite_node_id": node_id("CheckSuite", row["suite_id"]),
        "check_suite_url": call.site.repo(name, "check-suites", row["suite_id"]),
        "pull_requests": mentions(call, row["head_sha"]) if source["id"] == repository["id"] else [],
        "referenced_workflows": [],
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
        "run_started_at": row["started_at"] or row["created_at"],
        "url": url,
        "html_url": call.site.page(name, "actions/runs", row["id"]),
        **{f"{tail}_url": f"{url}/{tail}" for tail in ("jobs", "logs", "artifacts", "cancel", "rerun")},
    }


def job(call: Call, row: Row) -> dict[str, Any]:
    """GitHub's `job`; the row also has its run's head and workflow."""
    name = call.repository.full_name
    url = call.site.repo(name, "actions/jobs", row["id"])
    nothing = dict.fromkeys(("runner_id", "runner_name", "runner_group_id", "runner_group_name"))
    steps = enumerate(json.loads(row["steps"]), 1)
    return {
        **nothing,
        "id": row["id"],
        "node_id": node_id("Job", row["id"]),
        "run_id": row["run_id"],
        "run_url": call.site.repo(name, "actions/runs", row["run_id"]),
        "run_attempt": row["attempt"],
        "head_sha": row["head_sha"],
        "head_branch": row["head_branch"],
        "workflow_name": PurePosixPath(row["path"]).stem,
        "name": row["name"],
        "status": row["status"],
        "conclusion": row["conclusion"],
        "created_at": row["started_at"],
        "started_at": row["started_at"],
        "completed_at": row["completed_at"],
        "labels": ["ubuntu-latest"],
        "steps": [{"number": number, "status": "completed", **step} for number, step in steps],
        "url": url,
        "html_url": call.site.page(name, "actions/runs", row["run_id"], "job", row["id"]),
        "check_run_url": call.site.repo(name, "check-runs", row["id"]),
    }


def artifact(call: Call, row: Row) -> dict[str, Any]:
    """GitHub's `artifact`; the row also has its run's head."""
    name = call.repository.full_name
    url = call.site.repo(name, "actions/artifacts", row["id"])
    return {
        "id": row["id"],
        "node_id": node_id("Artifact", row["id"]),
        "name": row["name"],
        "size_in_bytes": row["size"],
        "digest": f"sha256:{row['sha256']}",
        "url": url,
        "archive_download_url": f"{url}/zip",
        "expired": row["expires_at"] < call.store.now(),
        "created_at": row["created_at"],
        "updated_at": row["created_at"],
        "expires_at": row["expires_at"],
        "workflow_run": {
            "id": row["run_id"],
            "repository_id": call.repository.id,
            "head_repository_id": row["head_repo_id"],
            "head_branch": row["head_branch"],
            "head_sha": row["head_sha"],
        },
    }

"""Deployments and their statuses."""

from __future__ import annotations

import json
from typing import Any

from merganser.hub.access import Role, user_by_id
from merganser.hub.git import refs
from merganser.hub.pagination import paged
from merganser.hub.parameters import body, number, optional_text, text
from merganser.hub.refusals import existing, invalid, unprocessable
from merganser.hub.routing import Answer, Call, route
from merganser.hub.store import Row, Value
from merganser.hub.views.links import node_id
from merganser.hub.views.people import user

_LIST = "/repos/{owner}/{repo}/deployments"
_ONE = _LIST + "/{deployment_id}"
_STATES = frozenset({"error", "failure", "inactive", "in_progress", "queued", "pending", "success"})


def _url(call: Call, *parts: str | int) -> str:
    return call.site.repo(call.repository.full_name, "deployments", *parts)


def _deployment(call: Call, row: Row) -> dict[str, Any]:
    return {
        "id": row["id"],
        "node_id": node_id("Deployment", row["id"]),
        "url": _url(call, row["id"]),
        "statuses_url": _url(call, row["id"], "statuses"),
        "repository_url": call.site.repo(call.repository.full_name),
        "sha": row["sha"],
        "ref": row["ref"],
        "task": row["task"],
        "payload": json.loads(row["payload"]),
        "environment": row["environment"],
        "original_environment": row["environment"],
        "description": row["description"],
        "creator": user(call.site, user_by_id(call.store, row["creator_id"])),
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
        "transient_environment": False,
        "production_environment": row["environment"] == "production",
    }


def _status(call: Call, row: Row, environment: str) -> dict[str, Any]:
    return {
        "id": row["id"],
        "node_id": node_id("DeploymentStatus", row["id"]),
        "url": _url(call, row["deployment_id"], "statuses", row["id"]),
        "deployment_url": _url(call, row["deployment_id"]),
        "repository_url": call.site.repo(call.repository.full_name),
        "state": row["state"],
        "description": row["description"],
        "environment": environment,
        "environment_url": row["environment_url"],
        "log_url": row["log_url"],
        "target_url": row["log_url"],
        "creator": user(call.site, user_by_id(call.store, row["creator_id"])),
        "created_at": row["created_at"],
        "updated_at": row["created_at"],
    }


def _find(call: Call) -> Row:
    query = "SELECT * FROM deployments WHERE repo_id = ? AND id = ?"
    return existing(call.store.row(query, call.repository.id, number(call, "deployment_id")))


@route("GET", _LIST)
def list_deployments(call: Call) -> Answer:
    query = "SELECT * FROM deployments WHERE repo_id = ? ORDER BY id DESC"
    rows = call.store.rows(query, call.repository.id)
    for key in ("sha", "ref", "task", "environment"):
        if key in call.query:
            rows = [row for row in rows if row[key] == call.query[key]]
    return paged(call, rows, lambda row: _deployment(call, row))


@route("POST", _LIST, needs=Role.WRITE)
def create_deployment(call: Call) -> Answer:
    """Record a deployment of a ref. Merging the default branch into it first, GitHub's default, is not supported."""
    ref = text(call, "ref", "Deployment")
    sha = refs.resolve(call.git, ref)
    if sha is None:
        raise unprocessable(f"No ref found for: {ref}")
    if body(call).get("auto_merge", True) is not False:
        raise unprocessable("The hub deploys a ref as it is: send auto_merge false.")
    moment = call.store.now()
    columns: dict[str, Value] = {
        "repo_id": call.repository.id,
        "ref": ref,
        "sha": sha,
        "task": optional_text(call, "task", "Deployment") or "deploy",
        "environment": optional_text(call, "environment", "Deployment") or "production",
        "description": optional_text(call, "description", "Deployment"),
        "payload": json.dumps(body(call).get("payload") or {}),
        "creator_id": call.actor.id,
        "created_at": moment,
        "updated_at": moment,
    }
    key = call.store.insert("deployments", columns)
    return Answer(201, _deployment(call, call.store.rows("SELECT * FROM deployments WHERE id = ?", key)[0]))


@route("GET", _ONE)
def get_deployment(call: Call) -> Answer:
    return Answer(200, _deployment(call, _find(call)))


@route("GET", _ONE + "/statuses")
def list_statuses(call: Call) -> Answer:
    row = _find(call)
    query = "SELECT * FROM deployment_statuses WHERE deployment_id = ? ORDER BY id DESC"
    rows = call.store.rows(query, row["id"])
    return paged(call, rows, lambda found: _status(call, found, row["environment"]))


@route("POST", _ONE + "/statuses", needs=Role.WRITE)
def create_status(call: Call) -> Answer:
    row, state = _find(call), text(call, "state", "DeploymentStatus")
    if state not in _STATES:
        raise invalid("DeploymentStatus", "state")
    columns: dict[str, Value] = {"deployment_id": row["id"], "state": state}
    for key in ("description", "environment_url", "log_url"):
        columns[key] = optional_text(call, key, "DeploymentStatus") or ""
    columns |= {"creator_id": call.actor.id, "created_at": call.store.now()}
    key_ = call.store.insert("deployment_statuses", columns)
    found = call.store.rows("SELECT * FROM deployment_statuses WHERE id = ?", key_)[0]
    return Answer(201, _status(call, found, row["environment"]))

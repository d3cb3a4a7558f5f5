"""GitHub's environments (who may use which secrets), names of secrets, variables."""

from __future__ import annotations

import json
from typing import Any

from merganser.hub.access import Role
from merganser.hub.pagination import paged
from merganser.hub.parameters import body, text
from merganser.hub.refusals import existing, not_found
from merganser.hub.routing import Answer, Call, route
from merganser.hub.store import Row, Value
from merganser.hub.views.links import node_id

_REPO = "/repos/{owner}/{repo}"
_ONE = _REPO + "/environments/{environment_name}"


def _environment(call: Call, row: Row) -> dict[str, Any]:
    name, policy = call.repository.full_name, json.loads(row["policy"])
    rule = {"id": row["id"], "node_id": node_id("Gate", row["id"]), "type": "branch_policy"}
    return {
        "id": row["id"],
        "node_id": node_id("Environment", row["id"]),
        "name": row["name"],
        "url": call.site.repo(name, "environments", row["name"]),
        "html_url": call.site.page(name, "deployments", "activity_log"),
        "created_at": row["created_at"],
        "updated_at": row["created_at"],
        "protection_rules": [] if policy is None else [rule],
        "deployment_branch_policy": policy,
    }


def _row(call: Call) -> Row:
    query = "SELECT * FROM environments WHERE repo_id = ? AND name = ?"
    return existing(call.store.row(query, call.repository.id, call.params["environment_name"]))


@route("GET", _ONE)
def get_environment(call: Call) -> Answer:
    return Answer(200, _environment(call, _row(call)))


@route("PUT", _ONE, needs=Role.ADMIN)
def put_environment(call: Call) -> Answer:
    policy = json.dumps(body(call).get("deployment_branch_policy"))
    call.store.change(
        "INSERT INTO environments (repo_id, name, policy, created_at) VALUES (?, ?, ?, ?) "
        "ON CONFLICT (repo_id, name) DO UPDATE SET policy = excluded.policy",
        call.repository.id, call.params["environment_name"], policy, call.store.now(),
    )  # fmt: skip
    return Answer(200, _environment(call, _row(call)))


def _policy(row: Row) -> dict[str, Any]:
    key = row["id"]
    return {"id": key, "node_id": node_id("GateBranchPolicy", key), "name": row["name"], "type": "branch"}


@route("GET", _ONE + "/deployment-branch-policies")
def list_branch_policies(call: Call) -> Answer:
    query = "SELECT * FROM environment_branches WHERE environment_id = ? ORDER BY id"
    return paged(call, call.store.rows(query, _row(call)["id"]), _policy, "branch_policies")


@route("POST", _ONE + "/deployment-branch-policies", needs=Role.ADMIN)
def create_branch_policy(call: Call) -> Answer:
    """Names that may deploy; only where the environment asks for such names."""
    row = _row(call)
    if not (json.loads(row["policy"]) or {}).get("custom_branch_policies"):
        raise not_found()
    columns: dict[str, Value] = {"environment_id": row["id"], "name": text(call, "name", "DeploymentBranchPolicy")}
    key = call.store.insert("environment_branches", columns)
    made = call.store.row("SELECT * FROM environment_branches WHERE id = ?", key)
    return Answer(200, None if made is None else _policy(made))


def _secrets(call: Call, environment: str) -> Answer:
    query = "SELECT * FROM secrets WHERE repo_id = ? AND environment = ? ORDER BY name"
    found = call.store.rows(query, call.repository.id, environment)
    return paged(call, found, lambda row: {"name": row["name"], **_times(row)}, "secrets")


def _times(row: Row) -> dict[str, str]:
    return {"created_at": row["created_at"], "updated_at": row["created_at"]}


@route("GET", _REPO + "/actions/secrets", needs=Role.WRITE)
def list_secrets(call: Call) -> Answer:
    return _secrets(call, "")


@route("GET", _ONE + "/secrets", needs=Role.WRITE)
def list_environment_secrets(call: Call) -> Answer:
    return _secrets(call, _row(call)["name"])


@route("GET", _REPO + "/actions/variables", needs=Role.WRITE)
def list_variables(call: Call) -> Answer:
    found = call.store.rows("SELECT * FROM variables WHERE repo_id = ? ORDER BY name", call.repository.id)
    return paged(call, found, lambda row: {"name": row["name"], "value": row["value"], **_times(row)}, "variables")


@route("POST", _REPO + "/actions/variables", needs=Role.WRITE)
def create_variable(call: Call) -> Answer:
    name, value = text(call, "name", "Variable"), text(call, "value", "Variable")
    columns: dict[str, Value] = {"repo_id": call.repository.id, "name": name.upper(), "value": value}
    call.store.insert("variables", columns | {"created_at": call.store.now()})
    return Answer(201, {})

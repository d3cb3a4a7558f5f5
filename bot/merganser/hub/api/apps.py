"""GitHub Apps: who one is, where it is installed, and the tokens that it makes for itself."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from merganser.hub.access import Repository, User, issue_token, repository_by_id, token_digest, user_by_id
from merganser.hub.grants import Grant, undecodable
from merganser.hub.parameters import body, number
from merganser.hub.refusals import existing, unprocessable
from merganser.hub.routing import Answer, Call, route
from merganser.hub.store import Row
from merganser.hub.views.people import app, user
from merganser.hub.views.pulls import repository_of

_HOUR = 3600
_EVENTS = ["check_run", "issue_comment", "pull_request", "push", "workflow_run"]


def _app(call: Call) -> User:
    if call.user is None or not call.user.signed:
        raise undecodable()
    return call.user


def _installation(call: Call, row: Row) -> dict[str, Any]:
    bot, account = user_by_id(call.store, row["bot_id"]), user_by_id(call.store, row["account_id"])
    url = f"{call.site.api}/app/installations/{row['id']}"
    return {
        "id": row["id"],
        "app_id": bot.id,
        "app_slug": bot.login.removesuffix("[bot]"),
        "account": user(call.site, account),
        "target_id": account.id,
        "target_type": account.kind,
        "permissions": {"metadata": "read", **json.loads(row["permissions"])},
        "events": _EVENTS,
        "repository_selection": "selected",
        "access_tokens_url": f"{url}/access_tokens",
        "repositories_url": f"{call.site.api}/installation/repositories",
        "html_url": f"{call.site.web}/organizations/{account.login}/settings/installations/{row['id']}",
        "single_file_name": None,
        "suspended_by": user(call.site, account) if row["suspended_at"] else None,
        "suspended_at": row["suspended_at"],
        "created_at": row["created_at"],
        "updated_at": row["created_at"],
    }


@route("GET", "/app", needs=None)
def get_app(call: Call) -> Answer:
    return Answer(200, app(call.site, _app(call)))


@route("GET", "/repos/{owner}/{repo}/installation")
def get_installation(call: Call) -> Answer:
    query = "SELECT * FROM installations JOIN installed ON id = installation_id WHERE bot_id = ? AND repo_id = ?"
    row = existing(call.store.row(query, _app(call).id, call.repository.id))
    return Answer(200, _installation(call, row))


@route("POST", "/app/installations/{installation_id}/access_tokens", needs=None)
def create_token(call: Call) -> Answer:
    """A token for an hour, limited to the repositories and permissions asked for."""
    query = "SELECT * FROM installations WHERE bot_id = ? AND id = ? AND suspended_at IS NULL"
    row = existing(call.store.row(query, _app(call).id, number(call, "installation_id")))
    permissions, ids = _permissions(call, row), _repositories(call, row)
    token = issue_token(call.store, user_by_id(call.store, row["bot_id"]))
    ends = int(call.store.clock()) + _HOUR
    columns = {"digest": token_digest(token), "installation_id": row["id"], "expires_at": ends}
    call.store.insert("grants", columns | {"permissions": json.dumps(permissions), "repositories": json.dumps(ids)})
    document = {
        "token": token,
        "expires_at": datetime.fromtimestamp(ends, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "permissions": {"metadata": "read", **permissions},
        "repository_selection": "selected",
        "repositories": [_repository(call, repository_by_id(call.store, key)) for key in ids],
    }
    return Answer(201, document)


def _repository(call: Call, found: Repository) -> dict[str, Any]:
    return repository_of(replace(call, found=found))


def _permissions(call: Call, row: Row) -> dict[str, str]:
    granted = {"metadata": "read", **json.loads(row["permissions"])}
    asked = body(call).get("permissions", granted)
    have = Grant(row["id"], granted, frozenset())
    if not isinstance(asked, dict) or not all(have.allows(name, str(level)) for name, level in asked.items()):
        raise unprocessable("The permissions requested are not granted to this installation.")
    return {str(name): str(level) for name, level in asked.items()}


def _repositories(call: Call, row: Row) -> list[int]:
    query = "SELECT repositories.id, name FROM repositories JOIN installed ON repo_id = repositories.id "
    rows = call.store.rows(query + "WHERE installation_id = ?", row["id"])
    installed = {one["name"].lower(): int(one["id"]) for one in rows}
    asked = body(call).get("repositories", list(installed))
    if not isinstance(asked, list) or not all(str(name).lower() in installed for name in asked):
        raise unprocessable(
            "There is at least one repository that does not exist or is not accessible to the parent installation."
        )
    return [installed[str(name).lower()] for name in asked]

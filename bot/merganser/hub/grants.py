"""GitHub Apps' rights: words that Apps sign, what their tokens reach, which permission an operation asks for."""

from __future__ import annotations

import json
import re
from typing import Any

import msgspec

from merganser.hub.refusals import Refusal, bad_credentials
from merganser.hub.store import Store

_LONGEST_WORD = 600
_REPO = "/repos/{owner}/{repo}"
_JWT_ONLY = frozenset({"/app", f"{_REPO}/installation", "/app/installations/{installation_id}/access_tokens"})
# The first that fits counts; permissions as GitHub's pages on fine-grained tokens name them, any one of several.
_OPERATIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"/(check-runs|check-suites)|/commits/\{ref\}/check-", ("checks",)),
    (r"/status(es)?(/|$)", ("statuses",)),
    (r"/actions/secrets", ("secrets",)),
    (r"/actions/variables", ("actions_variables",)),
    (r"/environments/.*/secrets", ("environments",)),
    (r"/actions/|/environments/", ("actions",)),
    (r"/deployments", ("deployments",)),
    (r"/pulls/\{pull_number\}/merge", ("contents",)),
    (r"/pulls", ("pull_requests",)),
    (r"\{repo\}/issues$", ("issues",)),
    (r"/(issues|labels)", ("issues", "pull_requests")),
    (r"/protection|/immutable-releases", ("administration",)),
    (r"/collaborators|/rules|\{repo\}$", ("metadata",)),
    (r"", ("contents",)),
)


class Grant(msgspec.Struct, frozen=True):
    """What one token of an installation may do, and in which repositories (by id)."""

    installation: int
    permissions: dict[str, str]
    repositories: frozenset[int]

    def allows(self, name: str, level: str) -> bool:
        return level in {"write": ("read", "write"), "read": ("read",)}.get(self.permissions.get(name, ""), ())


def is_word(token: str) -> bool:
    """Whether it is a JSON web token, by its three parts."""
    return token.count(".") == 2


def signer(store: Store, word: str) -> int:
    """The id of the App (its bot) that signed a word; 401 in GitHub's words where it isn't good."""
    import jwt

    try:
        claims = jwt.decode(word, options={"verify_signature": False})
        row = store.row("SELECT * FROM apps WHERE bot_id = ?", int(claims.get("iss", "")))
    except (jwt.PyJWTError, ValueError, TypeError):
        raise undecodable() from None
    if row is None:
        raise Refusal(404, "Integration not found")
    try:
        # By the hub's own clock, which PyJWT doesn't know.
        options: Any = {"require": ["exp", "iat"], "verify_exp": False, "verify_iat": False}
        jwt.decode(word, row["public_key"], algorithms=["RS256"], options=options)
        issued, ends = int(claims["iat"]), int(claims["exp"])
    except (jwt.PyJWTError, ValueError, TypeError):
        raise undecodable() from None
    if ends <= store.clock() or issued > store.clock():
        raise Refusal(401, "'Expiration time' claim ('exp') must be a numeric value in the future")
    if ends - store.clock() > _LONGEST_WORD:
        raise Refusal(401, "'Expiration time' claim ('exp') is too far in the future")
    return int(row["bot_id"])


def undecodable() -> Refusal:
    return Refusal(401, "A JSON web token could not be decoded")


def grant_of(store: Store, digest: str) -> Grant | None:
    """What a token of an installation may do; None for one of another kind, 401 where it has ended."""
    row = store.row(
        "SELECT grants.*, suspended_at FROM grants JOIN installations ON installations.id = installation_id "
        "WHERE digest = ?",
        digest,
    )
    if row is None:
        return None
    if row["expires_at"] <= store.clock() or row["suspended_at"]:
        raise bad_credentials()
    repositories = frozenset(json.loads(row["repositories"]))
    return Grant(row["installation_id"], json.loads(row["permissions"]), repositories)


def is_installed(store: Store, bot_id: int, repo_id: int) -> bool:
    query = "SELECT 1 FROM installed JOIN installations ON id = installation_id WHERE bot_id = ? AND repo_id = ?"
    return store.row(query, bot_id, repo_id) is not None


def for_apps_alone(template: str) -> bool:
    """Whether an operation takes an App's signed word, and nothing else."""
    return template in _JWT_ONLY


def demand_permission(grant: Grant, method: str, template: str) -> None:
    """403 in GitHub's form where an operation below a repository asks for more than the token was given."""
    level = "read" if method == "GET" else "write"
    names = next(names for pattern, names in _OPERATIONS if re.search(pattern, template))
    if "metadata" in names or any(grant.allows(name, level) for name in names):
        return
    accepted: dict[str, Any] = {"X-Accepted-GitHub-Permissions": "; ".join(f"{name}={level}" for name in names)}
    raise Refusal(403, "Resource not accessible by integration", headers=accepted)

"""Branches and their protection."""

from __future__ import annotations

from typing import Any

from merganser.hub.access import Role
from merganser.hub.git import refs
from merganser.hub.git.objects import read_commit
from merganser.hub.pagination import paged
from merganser.hub.parameters import body
from merganser.hub.refusals import Refusal, not_found, unprocessable
from merganser.hub.routing import Answer, Call, route
from merganser.hub.rules import Protection, protect, protection_of, remove
from merganser.hub.views.gitobjects import commit_item

_BRANCH = "/repos/{owner}/{repo}/branches/{branch}"


def _url(call: Call, branch: str, *tail: str) -> str:
    return call.site.repo(call.repository.full_name, "branches", branch, "protection", *tail)


def _required(call: Call, rule: Protection) -> dict[str, Any]:
    contexts = list(rule.contexts or ())
    return {
        "url": _url(call, rule.branch, "required_status_checks"),
        "strict": rule.strict,
        "contexts": contexts,
        "contexts_url": _url(call, rule.branch, "required_status_checks", "contexts"),
        "checks": [{"context": context, "app_id": None} for context in contexts],
    }


def _protection(call: Call, rule: Protection) -> dict[str, Any]:
    """GitHub's `branch-protection` and `protected-branch`, which agree in what the hub knows."""
    enforced = {"url": _url(call, rule.branch, "enforce_admins"), "enabled": rule.enforce_admins}
    found: dict[str, Any] = {"url": _url(call, rule.branch), "enforce_admins": enforced}
    off = ("required_linear_history", "allow_force_pushes", "allow_deletions", "block_creations")
    more = ("required_conversation_resolution", "lock_branch", "allow_fork_syncing")
    found |= {name: {"enabled": False} for name in (*off, *more)}
    if rule.contexts is not None:
        found["required_status_checks"] = _required(call, rule)
    return found


def _summary(call: Call, branch: str) -> dict[str, Any]:
    """What a branch says about its protection."""
    rule = protection_of(call.store, call.repository, branch)
    contexts = list(rule.contexts or ()) if rule else []
    checks = [{"context": context, "app_id": None} for context in contexts]
    level = "off" if not contexts else "everyone" if rule and rule.enforce_admins else "non_admins"
    required = {"enforcement_level": level, "contexts": contexts, "checks": checks}
    return {
        "protected": rule is not None,
        "protection": {"enabled": rule is not None, "required_status_checks": required},
        "protection_url": _url(call, branch),
    }


def _tip(call: Call) -> str:
    tip = refs.branch_tip(call.git, call.params["branch"])
    if tip is None:
        raise Refusal(404, "Branch not found")
    return tip


@route("GET", "/repos/{owner}/{repo}/branches")
def list_branches(call: Call) -> Answer:
    found = refs.list_refs(call.git, "refs/heads/")
    rows = [(ref, _summary(call, ref.name.removeprefix("refs/heads/"))) for ref in found]
    if "protected" in call.query:
        wanted = call.query["protected"] == "true"
        rows = [row for row in rows if row[1]["protected"] == wanted]
    name = call.repository.full_name
    return paged(
        call,
        rows,
        lambda row: {
            "name": row[0].name.removeprefix("refs/heads/"),
            "commit": {"sha": row[0].sha, "url": call.site.repo(name, "commits", row[0].sha)},
            **row[1],
        },
    )


@route("GET", _BRANCH)
def get_branch(call: Call) -> Answer:
    branch, tip = call.params["branch"], _tip(call)
    name = call.repository.full_name
    links = {
        "self": call.site.repo(name, "branches", branch),
        "html": call.site.page(name, "tree", branch),
    }
    commit = commit_item(call, read_commit(call.git, tip))
    return Answer(200, {"name": branch, "commit": commit, "_links": links, **_summary(call, branch)})


def _rule(call: Call) -> Protection:
    _tip(call)
    rule = protection_of(call.store, call.repository, call.params["branch"])
    if rule is None:
        raise Refusal(404, "Branch not protected")
    return rule


@route("GET", _BRANCH + "/protection", needs=Role.ADMIN)
def get_protection(call: Call) -> Answer:
    return Answer(200, _protection(call, _rule(call)))


@route("PUT", _BRANCH + "/protection", needs=Role.ADMIN)
def set_protection(call: Call) -> Answer:
    """Required checks and whether administrators are bound; what the hub can't enforce is refused."""
    _tip(call)
    given = body(call)
    for key in given.keys() - {"required_status_checks", "enforce_admins"}:
        if given[key] not in (None, False):
            raise unprocessable(f"The hub enforces required status checks alone: {key} must be null or false.")
    checks = given.get("required_status_checks")
    rule = Protection(
        branch=call.params["branch"],
        contexts=_contexts(checks) if checks is not None else None,
        strict=bool(checks.get("strict")) if isinstance(checks, dict) else False,
        enforce_admins=bool(given.get("enforce_admins")),
    )
    protect(call.store, call.repository, rule)
    return Answer(200, _protection(call, rule))


def _contexts(checks: Any) -> tuple[str, ...]:
    """The required names, from the newer `checks` and the older `contexts`, in order and once each."""
    if not isinstance(checks, dict):
        raise unprocessable("required_status_checks must be an object or null")
    newer = [check.get("context") for check in checks.get("checks", []) if isinstance(check, dict)]
    found = [*newer, *checks.get("contexts", [])]
    if not all(isinstance(name, str) and name for name in found):
        raise unprocessable("every required check needs a name")
    return tuple(dict.fromkeys(found))


@route("DELETE", _BRANCH + "/protection", needs=Role.ADMIN)
def delete_protection(call: Call) -> Answer:
    remove(call.store, call.repository, _rule(call).branch)
    return Answer(204)


@route("GET", _BRANCH + "/protection/required_status_checks", needs=Role.ADMIN)
def get_required_checks(call: Call) -> Answer:
    rule = _rule(call)
    if rule.contexts is None:
        raise not_found()
    return Answer(200, _required(call, rule))

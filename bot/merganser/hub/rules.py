"""Branch protection: how a branch may move, which checks it requires, and what they say about a commit."""

from __future__ import annotations

import json
from collections.abc import Iterable
from enum import Enum

import msgspec

from merganser.hub.access import Repository, Role
from merganser.hub.rulesets import RequiredCheck, is_strict, required_checks, rules_for
from merganser.hub.store import Store

PASSING = frozenset({"success", "neutral", "skipped"})


class Protection(msgspec.Struct, frozen=True, kw_only=True):
    """A branch's rule. `contexts` is None where no checks are required."""

    branch: str
    contexts: tuple[str, ...] | None
    strict: bool
    enforce_admins: bool


def protection_of(store: Store, repository: Repository, branch: str) -> Protection | None:
    row = store.row("SELECT * FROM protections WHERE repo_id = ? AND branch = ?", repository.id, branch)
    if row is None:
        return None
    contexts = json.loads(row["contexts"])
    return Protection(
        branch=branch,
        contexts=None if contexts is None else tuple(contexts),
        strict=bool(row["strict"]),
        enforce_admins=bool(row["enforce_admins"]),
    )


def protect(store: Store, repository: Repository, rule: Protection) -> None:
    """Set a branch's rule, whatever it was."""
    remove(store, repository, rule.branch)
    store.insert(
        "protections",
        {
            "repo_id": repository.id,
            "branch": rule.branch,
            "contexts": json.dumps(rule.contexts),
            "strict": rule.strict,
            "enforce_admins": rule.enforce_admins,
        },
    )


def remove(store: Store, repository: Repository, branch: str) -> None:
    store.change("DELETE FROM protections WHERE repo_id = ? AND branch = ?", repository.id, branch)


def check_state(store: Store, repository: Repository, sha: str, check: RequiredCheck) -> str | None:
    """What the latest check run of this name, or else the latest status, says; None where there is neither.

    Where an App's check is wanted, nobody else's counts, and no status does.
    """
    context = check.context
    run = store.row(
        "SELECT status, conclusion FROM check_runs JOIN check_suites ON check_suites.id = suite_id "
        "WHERE check_runs.repo_id = ? AND check_runs.head_sha = ? AND name = ? AND (? IS NULL OR app_id = ?) "
        "ORDER BY check_runs.id DESC LIMIT 1",
        repository.id, sha, context, check.app_id, check.app_id,
    )  # fmt: skip
    if run is not None:
        return str(run["conclusion"] or "pending")
    if check.app_id is not None:
        return None
    status = store.row(
        "SELECT state FROM statuses WHERE repo_id = ? AND sha = ? AND context = ? ORDER BY id DESC LIMIT 1",
        repository.id, sha, context,
    )  # fmt: skip
    return str(status["state"]) if status else None


def missing_check(store: Store, repository: Repository, branch: str, sha: str) -> str | None:
    """GitHub's sentence about the first required check that this commit has not passed; None if it passed all."""
    return _missing(store, repository, sha, all_required(store, repository, branch))


def all_required(store: Store, repository: Repository, branch: str) -> list[RequiredCheck]:
    """The checks that a branch requires, by its protection and by rulesets."""
    return [*_protecting(store, repository, branch), *required_checks(store, repository, branch)]


def _protecting(store: Store, repository: Repository, branch: str) -> list[RequiredCheck]:
    rule = protection_of(store, repository, branch)
    return [RequiredCheck(context, None) for context in (rule.contexts or () if rule else ())]


def _missing(store: Store, repository: Repository, sha: str, checks: Iterable[RequiredCheck]) -> str | None:
    for check in checks:
        state = check_state(store, repository, sha, check)
        if state is None or state == "pending":
            return f'Required status check "{check.context}" is expected.'
        if state not in PASSING:
            return f'Required status check "{check.context}" is failing.'
    return None


def must_be_up_to_date(store: Store, repository: Repository, branch: str) -> bool:
    """Whether a head has to hold the branch's tip before it is merged."""
    rule = protection_of(store, repository, branch)
    return (rule is not None and rule.strict) or is_strict(store, repository, branch)


class Motion(Enum):
    """How a branch moves: the new tip holds the old one, or does not, or there is no new tip."""

    FORWARD = "forward"
    REWIND = "rewind"
    DELETION = "deletion"


class Move(msgspec.Struct, frozen=True):
    """A branch that someone wants at another commit; the commit is not read of a deletion."""

    branch: str
    sha: str
    motion: Motion = Motion.FORWARD


def refusal(store: Store, repository: Repository, move: Move, role: Role) -> str | None:
    """Why someone of this role may not move the branch so, in GitHub's words; None if he may.

    No protected branch is rewound or deleted, by administrators neither. Required checks bind administrators only where
    the rule includes them, those of a ruleset always; a commit that has passed them may be pushed by all.
    """
    rule = protection_of(store, repository, move.branch)
    ruled = {found["type"] for _, found in rules_for(store, repository, f"refs/heads/{move.branch}")}
    if move.motion is Motion.DELETION:
        return "Cannot delete this branch" if rule or "deletion" in ruled else None
    if move.motion is Motion.REWIND and (rule or "non_fast_forward" in ruled):
        return "Cannot force-push to this branch"
    binding = role < Role.ADMIN or (rule is not None and rule.enforce_admins)
    protecting = _protecting(store, repository, move.branch) if binding else []
    return _missing(store, repository, move.sha, [*protecting, *required_checks(store, repository, move.branch)])

"""Rulesets for a model repo, as GitHub exports and imports them. Pure."""

import json
from typing import Any, Final

import msgspec

from merganser.config import GATE_CHECK, LEDGER_BRANCH

FOLDER: Final = ".github/rulesets"
BRANCH: Final = "merganser-default-branch.json"
LEDGER: Final = "merganser-ledger.json"
TAGS: Final = "merganser-tags.json"
TAG_PATTERNS: Final = ("refs/tags/*@v*", "refs/tags/*#*")


class Protection(msgspec.Struct, frozen=True, kw_only=True):
    """Whose check counts (the App's id; 0 without an App), and whether merges go through a queue."""

    app_id: int = 0
    queue: bool = False


def rulesets(protection: Protection) -> dict[str, str]:
    """The files by name.

    Without an App anyone who may write could have made the check, and the workflow's own token has to write ledger and
    tags: then these are protected from being rewritten and deleted only.
    """
    kept = [{"type": "deletion"}, {"type": "non_fast_forward"}]
    ours = [{"type": "creation"}, {"type": "update"}, *kept] if protection.app_id else kept
    tags = [{"type": "creation"}] if protection.app_id else []
    return {
        BRANCH: _file("Merganser: default branch", "branch", ["~DEFAULT_BRANCH"], _merging(protection), 0),
        LEDGER: _file("Merganser: ledger", "branch", [f"refs/heads/{LEDGER_BRANCH}"], ours, protection.app_id),
        TAGS: _file(
            "Merganser: versions", "tag", list(TAG_PATTERNS), [*tags, {"type": "update"}, *kept], protection.app_id
        ),
    }


def _merging(protection: Protection) -> list[dict[str, Any]]:
    check: dict[str, Any] = {"context": GATE_CHECK}
    if protection.app_id:
        check["integration_id"] = protection.app_id
    checks = {
        "strict_required_status_checks_policy": not protection.queue,
        "do_not_enforce_on_create": False,
        "required_status_checks": [check],
    }
    review = {
        "required_approving_review_count": 0,
        "dismiss_stale_reviews_on_push": False,
        "require_code_owner_review": bool(protection.app_id),
        "require_last_push_approval": False,
        "required_review_thread_resolution": False,
    }
    rules: list[dict[str, Any]] = [
        {"type": "deletion"},
        {"type": "non_fast_forward"},
        {"type": "pull_request", "parameters": review},
        {"type": "required_status_checks", "parameters": checks},
    ]
    return [*rules, {"type": "merge_queue", "parameters": _QUEUE}] if protection.queue else rules


_QUEUE: Final = {
    "check_response_timeout_minutes": 360,
    "grouping_strategy": "ALLGREEN",
    "max_entries_to_build": 5,
    "max_entries_to_merge": 5,
    "merge_method": "MERGE",
    "min_entries_to_merge": 1,
    "min_entries_to_merge_wait_minutes": 5,
}


def _file(name: str, target: str, refs: list[str], rules: list[dict[str, Any]], app_id: int) -> str:
    actors = [{"actor_id": app_id, "actor_type": "Integration", "bypass_mode": "always"}] if app_id else []
    document = {
        "name": name,
        "target": target,
        "enforcement": "active",
        "conditions": {"ref_name": {"include": refs, "exclude": []}},
        "rules": rules,
        "bypass_actors": actors,
    }
    return json.dumps(document, indent=2) + "\n"

"""Rulesets: which of them hold for a ref, and which checks they require there.

Of their rules the hub enforces required checks, and that a branch is neither deleted nor rewound; others are only told.
"""

from __future__ import annotations

import json
import re
from typing import Any

import msgspec

from merganser.hub.access import Repository
from merganser.hub.store import Row, Store


class RequiredCheck(msgspec.Struct, frozen=True):
    """A check that has to pass; by the App of this id, or by anyone (None)."""

    context: str
    app_id: int | None


def rulesets_of(store: Store, repository: Repository) -> list[tuple[Row, dict[str, Any]]]:
    """All of a repository, each with its document."""
    rows = store.rows("SELECT * FROM rulesets WHERE repo_id = ? ORDER BY id", repository.id)
    return [(row, json.loads(row["document"])) for row in rows]


def rules_for(store: Store, repository: Repository, ref: str) -> list[tuple[Row, dict[str, Any]]]:
    """The active rules that hold for a full ref, each with its ruleset's row."""
    target = "tag" if ref.startswith("refs/tags/") else "branch"
    return [
        (row, rule)
        for row, document in rulesets_of(store, repository)
        if document["enforcement"] == "active" and document.get("target", "branch") == target
        if _holds(document, ref, repository)
        for rule in document.get("rules", [])
    ]


def required_checks(store: Store, repository: Repository, branch: str) -> list[RequiredCheck]:
    found = []
    for _, rule in rules_for(store, repository, f"refs/heads/{branch}"):
        if rule["type"] == "required_status_checks":
            checks = rule["parameters"]["required_status_checks"]
            found += [RequiredCheck(check["context"], check.get("integration_id")) for check in checks]
    return found


def is_strict(store: Store, repository: Repository, branch: str) -> bool:
    """Whether a head has to hold the branch's tip before it is merged."""
    rules = rules_for(store, repository, f"refs/heads/{branch}")
    found = [rule["parameters"] for _, rule in rules if rule["type"] == "required_status_checks"]
    return any(parameters["strict_required_status_checks_policy"] for parameters in found)


def _holds(document: dict[str, Any], ref: str, repository: Repository) -> bool:
    names = document.get("conditions", {}).get("ref_name", {})
    included = any(_fits(pattern, ref, repository) for pattern in names.get("include", []))
    return included and not any(_fits(pattern, ref, repository) for pattern in names.get("exclude", []))


def _fits(pattern: str, ref: str, repository: Repository) -> bool:
    """GitHub's patterns are fnmatch's with paths: `*` stays within a segment, `**` goes on."""
    if pattern in ("~ALL", "~DEFAULT_BRANCH"):
        return pattern == "~ALL" or ref == f"refs/heads/{repository.default_branch}"
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", pattern)
    meant = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return re.fullmatch("".join(meant.get(part, re.escape(part)) for part in parts), ref) is not None

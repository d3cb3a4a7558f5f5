"""The box under a pull request: whether it can be merged, and what is in the way. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from merganser.hub.rules import PASSING


class Required(msgspec.Struct, frozen=True):
    """A required check and its state: a conclusion, `pending`, or None where nothing reported yet."""

    name: str
    state: str | None

    @property
    def passed(self) -> bool:
        return self.state in PASSING

    @property
    def words(self) -> str:
        if self.state is None:
            return "expected, nothing has reported yet"
        return "in progress" if self.state == "pending" else self.state.replace("_", " ")


class Box(msgspec.Struct, frozen=True, kw_only=True):
    """`tone` is merged, closed, ready, blocked or waiting; `reason` explains the title in a sentence."""

    tone: str
    title: str
    reason: str
    required: Sequence[Required] = ()


def box(pull: Mapping[str, Any], required: Sequence[Required]) -> Box:
    """What the merge button would say about an API's pull request."""
    base = pull["base"]["ref"]
    if pull["merged"]:
        who = pull["merged_by"]["login"] if pull["merged_by"] else "a push"
        reason = f"Merged by {who} into {base}."
        return Box(tone="merged", title="Pull request merged", reason=reason, required=required)
    if pull["state"] == "closed":
        return Box(tone="closed", title="Closed without merging", reason="Its branch can still be opened again.")
    return _open(pull["mergeable_state"], base, required)


def _open(state: str, base: str, required: Sequence[Required]) -> Box:
    if state == "dirty":
        reason = f"Both sides changed the same lines: bring {base} into this branch and resolve them."
        return Box(tone="blocked", title="This branch has conflicts", reason=reason, required=required)
    if state == "draft":
        return Box(tone="waiting", title="This is a draft", reason="Drafts can't be merged.", required=required)
    if state == "behind":
        reason = f"{base} has commits that this branch lacks, and its rule asks for an up-to-date branch."
        return Box(tone="blocked", title="This branch is out of date", reason=reason, required=required)
    if state == "blocked":
        failed = [one for one in required if not one.passed and one.state not in (None, "pending")]
        count = f"{len(failed)} required check{'s' * (len(failed) != 1)} failed"
        reason = f"{count}: the hub refuses the merge." if failed else "Required checks have not reported yet."
        return Box(tone="blocked" if failed else "waiting", title="Merging is blocked", reason=reason,
                   required=required)  # fmt: skip
    reason = "Required checks have passed." if required else "No check is required here."
    return Box(tone="ready", title="Ready to merge", reason=reason, required=required)

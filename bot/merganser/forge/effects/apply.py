"""Makes a plan true. Each effect looks first and writes only what is missing, so a second run changes nothing."""

import random
import time
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from merganser import plan
from merganser.forge.effects.checking import check
from merganser.forge.effects.committing import append, commit, edit
from merganser.forge.effects.discussion import amend, comment, labels, react, settle
from merganser.forge.effects.issues import close_issue, issue
from merganser.forge.effects.outcome import Outcome
from merganser.forge.effects.proposing import merge, pull_request
from merganser.forge.effects.publishing import discard_drafts, release
from merganser.forge.effects.running import approve, head_is, rerun, still
from merganser.forge.effects.tagging import tag
from merganser.forge.protocol import Forge, Outrun, Unanswered

UNANSWERED_WAITS = (2.0, 8.0)
OUTRUN_WAITS = (0.5, 1.0, 2.0, 4.0, 8.0)

_STEPS: dict[type[plan.Effect], Callable[[Forge, Any], Outcome]] = {
    plan.Comment: comment,
    plan.Amend: amend,
    plan.Check: check,
    plan.React: react,
    plan.Settle: settle,
    plan.HeadIs: head_is,
    plan.Still: still,
    plan.Rerun: rerun,
    plan.Approve: approve,
    plan.Issue: issue,
    plan.CloseIssue: close_issue,
    plan.Labels: labels,
    plan.Tag: tag,
    plan.Release: release,
    plan.DiscardDrafts: discard_drafts,
    plan.Append: append,
    plan.Edit: edit,
    plan.Commit: commit,
    plan.PullRequest: pull_request,
    plan.Merge: merge,
}


def apply(wanted: plan.Plan, forge: Forge, sleep: Callable[[float], None] = time.sleep) -> tuple[Outcome, ...]:
    """Applies the effects in order; a `ForgeError` ends it, and applying the plan again goes on from there."""
    outcomes: list[Outcome] = []
    for effect in wanted.effects:
        outcomes.append(_converge(_behind_our_own(effect, outcomes), forge, sleep))
    return tuple(outcomes)


def _behind_our_own(effect: plan.Effect, before: Sequence[Outcome]) -> plan.Effect:
    """A look at what others changed begins after our own commits: these may hold more than GitHub lists."""
    if not isinstance(effect, plan.Still):
        return effect
    place = (effect.repo, effect.branch)
    appends = ((one, one.effect) for one in before if isinstance(one.effect, plan.Append))
    ours = {one.onto: one.sha for one, append in appends if one.onto and (append.repo, append.branch) == place}
    tip = effect.tip
    while tip in ours:
        tip = ours[tip]
    return msgspec.structs.replace(effect, tip=tip)


def _converge(effect: plan.Effect, forge: Forge, sleep: Callable[[float], None]) -> Outcome:
    """Looks and writes until the effect holds: looks again after a write without an answer, or outrun by another."""
    unanswered, outrun = list(UNANSWERED_WAITS), list(OUTRUN_WAITS)
    while True:
        try:
            return _STEPS[type(effect)](forge, effect)
        except (Unanswered, Outrun) as again:
            effect = _to_be_looked_for(effect)
            waits = unanswered if isinstance(again, Unanswered) else outrun
            if not waits:
                raise
            # Several that lost the same race would else meet again at the next moment.
            sleep(waits.pop(0) * random.uniform(0.5, 1.5))  # noqa: S311 - no secret


def _to_be_looked_for(effect: plan.Effect) -> plan.Effect:
    """The effect without what the decision saw of the branch: the write may have moved it, answered or not."""
    return msgspec.structs.replace(effect, tip="") if isinstance(effect, plan.Append) else effect

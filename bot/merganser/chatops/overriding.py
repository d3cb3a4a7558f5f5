"""From a check that someone names to the record that lets it pass, or takes that back."""

import datetime
import re
from collections.abc import Sequence

import msgspec

from merganser.chatops.binding import Unbound
from merganser.chatops.reading import Command
from merganser.config.dates import end_of
from merganser.evaluation.verdict import Check, Status, Verdict
from merganser.evaluation.waivers import can_be_waived, fault_of
from merganser.foreign_text import did_you_mean, readable
from merganser.registry.overrides import Cancellation, Override
from merganser.registry.overrides import Said as Recorded

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_DURATION = re.compile(r"(?P<count>[0-9]+)(?P<unit>[smhd])")


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """Who says it, where and when: the comment's page, the head that it is about, and whether the gate is their own.

    `now` is when it is answered, which may be long after `at`.
    """

    by: str
    comment: str
    head: str
    at: datetime.datetime
    now: datetime.datetime
    own: bool = False


class Named(msgspec.Struct, frozen=True):
    """A check of a verdict."""

    verdict: Verdict
    check: Check


def find(name: str, verdicts: Sequence[Verdict]) -> Named | Unbound:
    """The check that `[MODEL/]CHECK` names in the verdicts that its author could see."""
    every = [Named(verdict, check) for verdict in verdicts for check in verdict.checks]
    if not every:
        return Unbound(
            "no verdict on this commit was there when you wrote this", "Wait for the report, and say it again."
        )
    found = [one for one in every if name in (one.check.id, f"{one.verdict.model}/{one.check.id}")]
    if len(found) == 1:
        return found[0]
    if found:
        models = ", ".join(f"`{one.verdict.model}/{readable(name)}`" for one in found)
        return Unbound(f"several models have the check `{readable(name)}`", f"Say which one: {models}.")
    loud = [one.check.id for one in every if can_be_waived(one.check)] or [one.check.id for one in every]
    known = ", ".join(f"`{readable(check)}`" for check in loud[:5])
    return Unbound(f"there is no check `{readable(name)}`{_meant(name, loud)}", f"Checks to override: {known}.")


def _meant(name: str, known: Sequence[str]) -> str:
    """`did_you_mean`, with each name as code: people copy it."""
    return did_you_mean(name, [f"`{readable(check)}`" for check in known])


def override(command: Command, found: Named, said: Said) -> Override | Unbound:
    """The record of an override; none for a check that needs none, and none that would lift nothing."""
    check, verdict = found.check, found.verdict
    if not can_be_waived(check):
        why = (
            f"the check `{readable(check.id)}` is {check.status.value}: only a failed or inconclusive one is overridden"
        )
        return Unbound(why, "Mend the error." if check.status is Status.error else "Nothing is left to override there.")
    until = _end(command.options.get("until"), said.at)
    if until is not None and end_of(until) <= said.now:
        return Unbound(f"{until} is over", "Name a later date, or none.")
    reason = command.options["reason"] + (" (unreviewed: by the author of the pull request)" if said.own else "")
    return Override(
        model=verdict.model,
        inputs_digest=verdict.inputs_digest,
        policy_digest=verdict.policy.digest,
        check=check.id,
        fault=fault_of(check),
        observed=check.candidate,
        floor=None,
        reason=reason,
        by=said.by,
        head=said.head,
        comment=said.comment,
        until=until,
    )


def cancellation(found: Named, said: Said, standing: Sequence[Recorded[Override]]) -> Cancellation | Unbound:
    """The record that takes every earlier override of a check back; none where nothing overrides it.

    `standing` is what was said of the verdict before, and not taken back.
    """
    cure = "Name an overridden check, as the report shows it."
    if not can_be_waived(found.check):
        why = f"the check {readable(found.check.id)} is {found.check.status.value}, so nothing overrides it"
        return Unbound(why, cure)
    given = (one.what for one in standing if one.what.check == found.check.id)
    if not any(one.until is None or end_of(one.until) > said.now for one in given):
        return Unbound(f"nobody has overridden the check {readable(found.check.id)}, or it has ended", cure)
    return Cancellation(
        model=found.verdict.model,
        inputs_digest=found.verdict.inputs_digest,
        check=found.check.id,
        by=said.by,
        head=said.head,
        comment=said.comment,
    )


def _end(text: str | None, at: datetime.datetime) -> str | None:
    """A date as it stands; a duration as the time that it ends, counted from the comment."""
    duration = _DURATION.fullmatch(text or "")
    if duration is None:
        return text
    seconds = int(duration["count"]) * _SECONDS[duration["unit"]]
    return (at + datetime.timedelta(seconds=seconds)).isoformat(timespec="seconds")

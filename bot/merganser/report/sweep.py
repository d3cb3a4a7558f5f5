"""What a sweep finds open: commits whose check lags behind their training run, or that no run ever came for. Pure."""

import datetime
import re
from collections.abc import Mapping, Sequence
from enum import StrEnum

import msgspec

from merganser.evaluation.verdict import RunRef
from merganser.markdown import code
from merganser.plan import CheckStatus, Conclusion
from merganser.registry import spoken
from merganser.report.check import CheckOutput
from merganser.report.decision import ordered
from merganser.report.marks import parted

GRACE = datetime.timedelta(hours=1)
IDLE = datetime.timedelta(days=50)
_STOPPED = datetime.timedelta(days=60)
# By these GitHub starts no run: https://docs.github.com/actions/managing-workflow-runs/skipping-workflow-runs
_SKIPS = ("[skip ci]", "[ci skip]", "[no ci]", "[skip actions]", "[actions skip]")
_TRAILER = re.compile(r"^skip-checks: ?true\s*\Z", re.MULTILINE)
_AGAIN = "Push a commit, or close the pull request and open it again."


class Phase(StrEnum):
    """How far a training run is; `waiting` for a maintainer's approval."""

    waiting = "waiting"
    running = "running"
    ended = "ended"


class Training(msgspec.Struct, frozen=True, kw_only=True):
    """A training run."""

    run: RunRef
    phase: Phase


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """Our check as it stands on a commit: of which runs it speaks, when it ends, which overrides it knew (`Marks`)."""

    status: str
    runs: tuple[RunRef, ...] | None
    until: datetime.datetime | None = None
    said: tuple[str, ...] = ()


class Silence(msgspec.Struct, frozen=True, kw_only=True):
    """A pull request that no run came for: whether it conflicts (None: GitHub doesn't know yet), the message of its
    head, and since when nothing happened to it.
    """

    conflicts: bool | None
    message: str
    since: datetime.datetime


# What waits for approval may have been answered already, where there is nothing to train.
_FITTING = {
    Phase.waiting: (CheckStatus.queued, CheckStatus.completed),
    Phase.running: (CheckStatus.in_progress,),
    Phase.ended: (CheckStatus.completed,),
}


def phase_of(status: str | None, conclusion: str | None) -> Phase:
    """The phase of a run by GitHub's words; a fork's that waits for approval has ended there."""
    if "action_required" in (status, conclusion):
        return Phase.waiting
    return Phase.ended if status == "completed" else Phase.running


def standing(status: str, summary: str | None) -> Standing:
    """What our check says, by its status and the marks that end its summary."""
    _, marks = parted(summary or "")
    return Standing(status=status, runs=marks.runs, until=marks.until, said=marks.said)


def lags(
    check: Standing | None, trainings: Sequence[Training], now: datetime.datetime, said: Mapping[str, str]
) -> bool:
    """Whether the check is not what a report on the newest runs of a commit, one or several, would leave now.

    `said` is all that people have said, as `registry.spoken` tells it: a slow report may have judged before it.
    """
    begun = [training for training in trainings if training.phase is not Phase.waiting]
    phases = {training.phase for training in trainings} - ({Phase.waiting} if begun else set())
    fitting = _FITTING[Phase.running if Phase.running in phases else phases.pop()]
    runs = ordered(training.run for training in begun or trainings)
    if check is None or check.status not in fitting or check.runs != runs:
        return True
    ended = check.until is not None and check.until < now
    return ended or not spoken.is_all(check.said, said)


def may_lack_run(check: Standing | None) -> bool:
    """Whether a commit that no run is known for is worth a look: a verdict that stands outlives its run."""
    return check is None or check.runs == () or check.status != CheckStatus.completed


def why_silent(silence: Silence, now: datetime.datetime) -> CheckOutput | None:
    """The red check of a commit without a run, with the cure; None as long as a run may still come."""
    if silence.conflicts:
        reason = "GitHub starts no training run for a pull request that conflicts with the default branch."
        return _red("merge conflict", f"{reason}\n\nMerge the default branch, or rebase on it, and push.")
    if word := _skipping(silence.message):
        reason = f"The message of the newest commit holds {code(word)}, so GitHub started no training run."
        cure = "Push a commit without it; `git commit --allow-empty -m Train` makes one."
        return _red(word, f"{reason}\n\n{cure}")
    if silence.conflicts is None or now - silence.since < GRACE:
        return None
    cure = (
        f"{_AGAIN} If that helps nothing, look whether Actions are enabled and the default branch has the training "
        "workflow; for what a workflow's own token pushes or opens, GitHub starts none."
    )
    return _red("no reason known", f"No training run came for this commit, and it is not known why.\n\n{cure}")


def _skipping(message: str) -> str | None:
    """The words in a commit's message by which GitHub skips its runs."""
    trailer = _TRAILER.search(message)
    return next((word for word in _SKIPS if word in message), trailer[0].strip() if trailer else None)


def _red(why: str, summary: str) -> CheckOutput:
    return CheckOutput(conclusion=Conclusion.failure, title=f"no training run: {why}", summary=summary)


def idle_warning(last_push: datetime.datetime, now: datetime.datetime) -> str | None:
    """What is said in a public repository that GitHub will soon take for idle, and stop its schedules."""
    if now - last_push < IDLE:
        return None
    days, end = (now - last_push).days, (last_push + _STOPPED).date()
    return (
        f"Nothing was pushed for {days} days. GitHub stops the schedules of a public repository after 60 days without "
        f"a commit ({end}), this sweep among them: push a commit, or enable the workflow again under Actions."
    )

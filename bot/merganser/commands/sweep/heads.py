"""The commits that should have the check: heads of open pull requests, merge groups, pushes; with their newest runs."""

import datetime
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath

import msgspec

from merganser.commands.carry_out import Workbench
from merganser.commands.observing.intake import is_training
from merganser.config import TRAIN_WORKFLOW
from merganser.evaluation.verdict import RunRef
from merganser.forge.values import PullRequest, WorkflowRun
from merganser.report.sweep import Training, phase_of

WINDOW = datetime.timedelta(days=3)
MAX_PUSHES = 30


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """One commit, the pull requests that have it as their head, and its newest training runs as far as known."""

    sha: str
    pulls: tuple[PullRequest, ...] = ()
    runs: tuple[WorkflowRun, ...] = ()

    @property
    def name(self) -> str:
        """What a log calls it."""
        numbers = [f"#{pull.number}" for pull in self.pulls]
        events = [] if numbers else [f"{run.event} of {run.head_branch}" for run in self.runs]
        return f"{', '.join((*numbers, *events))} at {self.sha[:12]}"

    @property
    def trainings(self) -> tuple[Training, ...]:
        """The runs as what decides sees them."""
        return tuple(
            Training(run=RunRef(id=run.id, attempt=run.run_attempt), phase=phase_of(run.status, run.conclusion))
            for run in self.runs
        )


def heads(place: Workbench, branch: str, now: datetime.datetime) -> tuple[Head, ...]:
    """Merge groups first, for whom others wait; then pushes, oldest first, who are baselines; then pull requests."""
    runs = tuple(
        run for run in place.forge.newest_runs(place.repo, PurePosixPath(TRAIN_WORKFLOW).name) if is_training(run)
    )
    pulls = place.forge.open_pull_requests(place.repo, base=branch)
    recent = [run for run in runs if datetime.datetime.fromisoformat(run.created_at) > now - WINDOW and _own(run)]
    pushes = _by_commit(run for run in recent if run.event == "push" and run.head_branch == branch)
    groups = _by_commit(run for run in recent if run.event == "merge_group")
    # A queue pushes the commit that it tried: what is said of the push is the last word on it.
    tried = [run for sha, run in groups.items() if sha not in pushes]
    lone = [Head(sha=run.head_sha, runs=(run,)) for run in (*tried, *[*pushes.values()][-MAX_PUSHES:])]
    of_pulls: dict[str, list[PullRequest]] = {}
    for pull in sorted(pulls, key=lambda pull: pull.number):
        of_pulls.setdefault(pull.head.sha, []).append(pull)
    return (*lone, *(Head(sha=sha, pulls=tuple(p), runs=_newest(p, runs)) for sha, p in of_pulls.items()))


def looked_up(place: Workbench, head: Head) -> Head:
    """The head of pull requests with all of its newest runs, however old they are."""
    runs = place.forge.workflow_runs(place.repo, head.sha, "pull_request")
    return msgspec.structs.replace(head, runs=_newest(head.pulls, [run for run in runs if is_training(run)]))


def _own(run: WorkflowRun) -> bool:
    return run.head_repository is not None and run.head_repository.id == run.repository.id


def _by_commit(runs: Iterable[WorkflowRun]) -> dict[str, WorkflowRun]:
    """The newest run of each commit, the oldest of these first."""
    newest = {run.head_sha: run for run in sorted(runs, key=lambda run: run.id)}
    return dict(sorted(newest.items(), key=lambda item: item[1].id))


def _newest(pulls: Sequence[PullRequest], runs: Sequence[WorkflowRun]) -> tuple[WorkflowRun, ...]:
    """The newest run of each of the pull requests of one head, by what GitHub says of both."""
    found = {}
    for pull in pulls:
        same = (run for run in runs if run.event == "pull_request" and run.head_sha == pull.head.sha)
        of_pull = [run for run in same if _is_of(run, pull)]
        if of_pull:
            newest = max(of_pull, key=lambda run: run.id)
            found[newest.id] = newest
    return tuple(found.values())


def _is_of(run: WorkflowRun, pull: PullRequest) -> bool:
    """Whether a run is from the branch that a pull request is from: others may have a branch of that name."""
    if run.head_repository is None or pull.head.repo is None:
        return False
    return (run.head_repository.id, run.head_branch) == (pull.head.repo.id, pull.head.ref)

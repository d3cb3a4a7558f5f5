"""Which training runs a report answers, and for which pull requests: by GitHub's ids and commits, never by a name."""

from collections.abc import Iterable

import msgspec

from merganser.commands.carry_out import Workbench
from merganser.config import TRAIN_WORKFLOW
from merganser.errors import ConfigError
from merganser.forge.ci import event
from merganser.forge.values import WorkflowRun

_EVENTS = ("push", "pull_request", "merge_group")
_WAITING = "action_required"
_MOST_PULLS = 3


class Trigger(msgspec.Struct, frozen=True, kw_only=True):
    """A training run that counts; `number` is its pull request, None for a push and for a merge queue's group.

    `author` is who opened the pull request, "" where there is none.
    """

    run: WorkflowRun
    branch: str
    number: int | None = None
    author: str = ""

    @property
    def merged(self) -> bool:
        """Whether it is of a push to the default branch: nothing else is recorded as merged."""
        return self.run.event == "push"

    @property
    def waits(self) -> bool:
        """Whether a maintainer has to let it begin: GitHub mostly calls that completed, with this conclusion."""
        return _waits(self.run)

    @property
    def ref(self) -> str:
        """What a clone fetches to have its head: of a pull request our own copy, whichever repository it is from."""
        return f"refs/pull/{self.number}/head" if self.number else f"refs/heads/{self.run.head_branch}"


class Passed(msgspec.Struct, frozen=True):
    """A run of which nothing is said on its commit, and why; `newer` where another run of that commit counts."""

    why: str
    run: WorkflowRun
    newer: bool = False


def _waits(run: WorkflowRun) -> bool:
    return _WAITING in (run.conclusion, run.status)


def started_by(place: Workbench) -> int:
    """The id of the training run that the event is about."""
    run_id = event.workflow_run_id(place.runtime.event)
    if run_id is None:
        raise ConfigError(
            f"the event is {place.runtime.event_name or 'none at all'}, and has to be workflow_run",
            "Call `merganser report` from a workflow with `on: workflow_run`.",
        )
    return run_id


def accept(place: Workbench, run_id: int) -> tuple[Trigger, ...] | Passed:
    """The run to answer, with those of other pull requests that have the same head; or why there is nothing to do.

    Others that wait aren't looked up: any number of strangers may open a commit of ours once more.
    """
    run, others = _asked_for(place, run_id)
    if reason := _foreign(run):
        return Passed(reason, run)
    branch = place.default_branch()
    if run.event == "push" and run.head_branch != branch:
        return Passed(f"Run {run.id} is of a push to {run.head_branch}, not to {branch}: nothing to do.", run)
    newest = _newest(other for other in others if other.event == run.event)
    counts = newest.get(_origin(run), run)
    if counts.id > run.id:
        why = f"Run {run.id} is outdated: run {counts.id} is of the same commit and newer. Nothing to do."
        return Passed(why, run, newer=True)
    if run.event != "pull_request":
        return (Trigger(run=run, branch=branch),)
    own = _pulls(place, run, branch)
    if not own:
        return Passed(f"No open pull request into {branch} has {run.head_sha[:12]} as its head: nothing to do.", run)
    elsewhere = (other for origin, other in newest.items() if origin != _origin(run) and not _waits(other))
    return (*own, *(trigger for other in elsewhere for trigger in _pulls(place, other, branch)))


def _asked_for(place: Workbench, run_id: int) -> tuple[WorkflowRun, tuple[WorkflowRun, ...]]:
    """The run and all of its commit, in GitHub's words: the event says no more than where to look.

    One request where the listing has the run and is no older than the event.
    """
    told = place.runtime.event
    head = event.head_sha(told) if event.workflow_run_id(told) == run_id else None
    others = place.forge.workflow_runs(place.repo, head) if head else ()
    run = next((other for other in others if other.id == run_id), None)
    behind = run is not None and event.action(told) == "completed" and run.status != "completed"
    if run is not None and not behind and event.look_up(told, "workflow_run", "run_attempt") in (None, run.run_attempt):
        return run, others
    run = place.forge.workflow_run(place.repo, run_id)
    return run, others if run.head_sha == head else place.forge.workflow_runs(place.repo, run.head_sha)


def may_be_asked_for(run: WorkflowRun) -> bool:
    """Whether a slash command can have asked for it: it ran again, a bot pushed its commit, or a fork's was let run."""
    bots = run.actor is not None and run.actor.login.endswith("[bot]")
    foreign = run.head_repository is not None and run.head_repository.id != run.repository.id
    return run.event == "pull_request" and (run.run_attempt > 1 or bots or foreign)


def asked_from(place: Workbench, run: WorkflowRun) -> tuple[int, ...]:
    """The pull requests under which somebody may have asked for the run: of its branch, and open or with its head.

    Few of them, the open ones first and the newest before others: a stranger opens and closes as many as he likes.
    """
    if run.head_repository is None or not run.head_branch:
        return ()
    owner = run.head_repository.full_name.partition("/")[0]
    found = [
        pull
        for pull in place.forge.newest_pulls_of_branch(place.repo, f"{owner}:{run.head_branch}")
        if pull.head.repo is not None
        and pull.head.repo.id == run.head_repository.id
        and (pull.state == "open" or pull.head.sha == run.head_sha)
    ]
    found.sort(key=lambda pull: (pull.state == "open", pull.number), reverse=True)
    return tuple(pull.number for pull in found[:_MOST_PULLS])


def is_training(run: WorkflowRun) -> bool:
    """Whether a run is of the training workflow: its file tells, its name may be anybody's."""
    return run.file == TRAIN_WORKFLOW


def _foreign(run: WorkflowRun) -> str:
    """Why a run is none that is answered, "" for one that is."""
    if not is_training(run):
        return f"Run {run.id} is of {run.path}, not of {TRAIN_WORKFLOW}: nothing to do."
    if run.event not in _EVENTS:
        return f"Run {run.id} was started by {run.event}: nothing to do."
    if run.head_repository is None:
        return f"The repository that run {run.id} is from is gone: nothing to do."
    if run.event != "pull_request" and run.head_repository.id != run.repository.id:
        return f"Run {run.id} is of a {run.event} in another repository: nothing to do."
    return ""


def _origin(run: WorkflowRun) -> tuple[int, str]:
    """From where a run is: a fork's branch may have the name and the commit of one of ours, and is another."""
    return run.head_repository.id if run.head_repository else 0, run.head_branch or ""


def _newest(runs: Iterable[WorkflowRun]) -> dict[tuple[int, str], WorkflowRun]:
    """Of each branch the newest run that is answered: it counts, whichever report comes last."""
    found: dict[tuple[int, str], WorkflowRun] = {}
    for run in sorted(runs, key=lambda run: run.id):
        if not _foreign(run):
            found[_origin(run)] = run
    return found


def _pulls(place: Workbench, run: WorkflowRun, branch: str) -> tuple[Trigger, ...]:
    """The open pull requests into the default branch that the run is of.

    They are looked for by their head, since a fork's run names none, nor does its commit.
    """
    if run.head_repository is None or not run.head_branch:
        return ()
    owner = run.head_repository.full_name.partition("/")[0]
    found = place.forge.open_pull_requests(place.repo, head=f"{owner}:{run.head_branch}", base=branch)
    return tuple(
        Trigger(run=run, branch=branch, number=pull.number, author=pull.user.login if pull.user else "")
        for pull in found
        if pull.head.repo is not None
        and pull.head.repo.id == run.head_repository.id
        and pull.head.sha == run.head_sha
        and pull.base.ref == branch
    )

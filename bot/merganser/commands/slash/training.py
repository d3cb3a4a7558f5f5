"""`/train` and `/ok-to-test`: what starts a training run."""

from pathlib import Path
from typing import Final

import msgspec

from merganser import parameters
from merganser.awaiting import awaiting_commit, awaiting_run
from merganser.chatops.binding import Begun, Unbound, bind, moved, waiting_run
from merganser.chatops.reading import Command
from merganser.chatops.retraining import Job, Whole, begun_for, part_of
from merganser.commands.carry_out import Decision, enact
from merganser.commands.slash.commented import Talk, models_of
from merganser.commands.slash.order import Order, apply, bound, ended_run, still_permitted
from merganser.errors import ConfigError
from merganser.forge.effects.outcome import Done
from merganser.forge.protocol import Refused
from merganser.forge.values import WorkflowRun
from merganser.markdown import code_cell, prose
from merganser.plan import Approve, Edit, Plan, Rerun
from merganser.report.reply import Row
from merganser.report.text import link

_YAML: Final = (".yaml", ".yml")
_ENDED: Final = "It has ended: its report says how."


def train(order: Order) -> Row:
    """Trains again, or commits parameters, which trains them."""
    if order.command.settings and (made := _committed_already(order)):
        return order.done(_committed(order, made))
    sha = bound(order)
    if isinstance(sha, Unbound):
        return order.refused(sha)
    if order.command.settings:
        return _set(order, sha)
    return _again(order, sha)


def _again(order: Order, sha: str) -> Row:
    """The newest run of a commit once more: with the one model that is named alone, where GitHub can do that."""
    run = order.talk.newest_run(sha)
    # What began since the comment was written, an earlier try of this very command may have asked for.
    tried = run is not None and run.run_attempt > 1 and run.run_started_at >= order.talk.comment.created_at
    part = _begun(order, run) if run is not None and tried else None
    if run is not None and part is not None:
        return order.done(_training(part, run, run.run_attempt))
    ended = ended_run(order, sha)
    if isinstance(ended, Unbound):
        return order.refused(ended)
    begun = _begin(order, ended)
    if isinstance(begun, Unbound):
        return order.refused(begun)
    return order.done(_training(begun, ended, ended.run_attempt + 1))


def _begin(order: Order, run: WorkflowRun) -> Job | Whole | Unbound:
    """Begins the run again, as far as its models want; what trains them now, or why nothing does."""
    place, part = order.talk.place, _part(order, run, run.run_attempt)
    job = part.id if isinstance(part, Job) else None
    again = Rerun(repo=place.repo, run=run.id, attempt=run.run_attempt, job=job)
    try:
        *_, outcome = apply(order, Decision(plan=Plan((again,))))
    except Refused as refused:
        if refused.status != 403 or job is None:
            raise
        # Whoever names one model may not want to pay for all.
        return Unbound(f"GitHub began no job by itself: {refused.message}", "Look at the run; /train is all.")
    if outcome.done is Done.created:
        return part
    others = _begun(order, place.forge.workflow_run(place.repo, run.id))
    return others or Unbound("somebody else had another model trained at the same moment", "Wait for its report.")


def _begun(order: Order, run: WorkflowRun) -> Job | Whole | None:
    """What the run's last attempt trains of the command's models."""
    found = begun_for(_jobs(order, run, run.run_attempt), run.run_started_at, order.command.named)
    before = _part(order, run, run.run_attempt - 1) if isinstance(found, Whole) else None
    return before if isinstance(before, Whole) else found


def _part(order: Order, run: WorkflowRun, attempt: int) -> Job | Whole:
    models = order.command.named
    return part_of(_jobs(order, run, attempt) if len(models) == 1 else (), models)


def _jobs(order: Order, run: WorkflowRun, attempt: int) -> list[Job]:
    """The jobs of an attempt, as what decides sees them."""
    return [
        Job(
            id=job.id,
            name=job.name,
            ran=tuple(step.name for step in job.steps if step.conclusion not in (None, "skipped")),
            ended=job.completed_at or "",
        )
        for job in order.talk.place.forge.jobs(order.talk.place.repo, run.id, attempt)
    ]


def _training(part: Job | Whole, run: WorkflowRun, attempt: int) -> str:
    what = "Training every model that the pull request touches again"
    if isinstance(part, Job):
        what = f"Training {code_cell(part.model)} again, and no other model"
    elif part.why:
        what += f", since {part.why}"
    ended = attempt == run.run_attempt and _has_ended(run)
    follows = _ENDED if ended else awaiting_run(run.id, attempt)
    return f"{what}: {link(f'run {run.id}', run.html_url)}. {follows}"


def _has_ended(run: WorkflowRun) -> bool:
    """Whether its report may have been written already, which fills in what waits, and then never comes again."""
    return run.status == "completed" and not run.waits


def _set(order: Order, sha: str) -> Row:
    """A commit that sets parameters, where we may make one that starts a run; else what to set."""
    talk, model = order.talk, order.command.named[0]
    change = _change(order, sha)
    if isinstance(change, Unbound):
        return order.refused(change)
    told = _told(order.command)
    if why := _withheld(talk):
        said = prose(f"I commit nothing: {why}. Make this change yourself:")
        return order.done(said, f"In {code_cell(change.path)}, set {code_cell(told, 400)}.")
    assert talk.pull is not None
    edit = Edit(
        repo=talk.place.repo,
        branch=talk.pull.head.ref,
        head=sha,
        path=change.path,
        content=change.content,
        message=f"Train {model} with {told}\n\nAsked for by {talk.author} in {talk.comment.html_url}",
    )
    still_permitted(order)
    [made] = enact(Decision(plan=Plan((edit,))), talk.place.forge, order.times)
    return order.done(_committed(order, made.sha))


class _Change(msgspec.Struct, frozen=True, kw_only=True):
    """The parameters file with the command's settings in it."""

    path: str
    content: bytes


def _change(order: Order, sha: str) -> _Change | Unbound:
    """What the command makes of a commit's parameters file; `ConfigError` where a setting can't be made there."""
    model = order.command.named[0]
    rules = models_of(order.talk, sha).get(model)
    if rules is None:
        return Unbound(f"{sha[:12]} has no model {model}", "Name one that it has.")
    path = str(Path(rules.path) / rules.params)
    data = order.talk.mirror.file(sha, path)
    if data is None or not path.endswith(_YAML):
        return Unbound(f"{model} has no YAML file {path} at {sha[:12]}", "Edit its parameters by hand.")
    return _Change(path=path, content=parameters.changed(data, order.command.settings, path))


def _withheld(talk: Talk) -> str:
    """Why we commit nothing to the pull request's branch; "" where we may."""
    if talk.fork:
        return "a fork's branch is its owner's"
    return "a commit by GITHUB_TOKEN starts no training" if talk.place.runtime.app is None else ""


def _committed(order: Order, sha: str) -> str:
    run = order.talk.newest_run(sha)
    follows = _ENDED if run is not None and _has_ended(run) else awaiting_commit(sha)
    return f"Committed {code_cell(_told(order.command), 400)}, which trains it. {follows}"


def _told(command: Command) -> str:
    return ", ".join(f"{key}={value}" for key, value in command.settings.items())


def _committed_already(order: Order) -> str:
    """The head, where it is the commit that an earlier try of this very command made on the head that was meant."""
    talk = order.talk
    assert talk.pull is not None
    head = talk.pull.head.sha
    parent = talk.mirror.resolve(f"{head}^")
    if parent is None or _withheld(talk):
        return ""
    says = talk.mirror.text("log", "-1", "--format=%B", head).endswith(talk.comment.html_url)
    meant = bind(talk.begun(), parent, talk.said, order.command.options.get("sha", ""))
    return head if says and not isinstance(meant, Unbound) and _sets(order, parent, head) else ""


def _sets(order: Order, parent: str, head: str) -> bool:
    """Whether a commit is what the command makes of its parent: whoever pushes can write any message."""
    mirror = order.talk.mirror
    try:
        change = _change(order, parent)
    except ConfigError:
        return False
    if isinstance(change, Unbound):
        return False
    differing = mirror.run("diff-tree", "-r", "-z", "--no-renames", "--name-only", parent, head)
    return differing == f"{change.path}\0".encode() and mirror.file(head, change.path) == change.content


def ok_to_test(order: Order) -> Row:
    """Lets the waiting run of a fork's commit begin."""
    run = _named_run(order)
    if isinstance(run, Unbound):
        return order.refused(run)
    head = order.talk.pull.head.sha if order.talk.pull else ""
    if run.sha != head:
        return order.refused(moved(run.sha, head))
    apply(order, Decision(plan=Plan((Approve(repo=order.talk.place.repo, run=run.run),))))
    let = next(one for one in order.talk.runs if one.id == run.run)
    follows = _ENDED if _has_ended(let) else awaiting_run(let.id, let.run_attempt)
    return order.done(f"{code_cell(run.sha[:12])} may train. {follows}")


def _named_run(order: Order) -> Begun | Unbound:
    """The run that waits; else one that waited: someone else, or an earlier try of this very command, let it run."""
    talk, given = order.talk, order.command.args[0]
    found = waiting_run(talk.begun(waiting=True), given, talk.said)
    if not isinstance(found, Unbound):
        return found
    let = waiting_run(talk.begun(), given, talk.said)
    return found if isinstance(let, Unbound) else let

"""`/train` and `/ok-to-test`: what starts a training run."""

from pathlib import Path
from typing import Final

from merganser import parameters
from merganser.awaiting import awaiting
from merganser.chatops.binding import Begun, Unbound, bind, moved, waiting_run
from merganser.chatops.reading import Command
from merganser.commands.carry_out import Decision, enact
from merganser.commands.slash.commented import models_of
from merganser.commands.slash.order import Order, apply, bound, ended_run
from merganser.forge.values import WorkflowRun
from merganser.markdown import code, prose
from merganser.plan import Approve, Edit, Plan, Rerun
from merganser.report.reply import Row
from merganser.report.text import link

_YAML: Final = (".yaml", ".yml")


def train(order: Order) -> Row:
    """Trains again, or commits parameters, which trains them."""
    if order.command.settings and (made := _committed_already(order)):
        return order.done(_committed(order, made))
    sha = bound(order)
    if isinstance(sha, Unbound):
        return order.refused(sha)
    if order.command.settings:
        return _set(order, sha)
    run = order.talk.newest_run(sha)
    if run is None or not _begun_since(order, run):
        ended = ended_run(order, sha)
        if isinstance(ended, Unbound):
            return order.refused(ended)
        again = Rerun(repo=order.talk.place.repo, run=ended.id, attempt=ended.run_attempt)
        apply(order, Decision(plan=Plan((again,))))
        run = ended
    begun = run.run_attempt if _begun_since(order, run) else run.run_attempt + 1
    which = link(f"run {run.id}", run.html_url)
    waits = awaiting(sha, begun, "The report follows.")
    return order.done(f"Training every model that the pull request touches again: {which}. {waits}")


def _begun_since(order: Order, run: WorkflowRun) -> bool:
    """Whether an attempt began since the comment was written: what an earlier try of this very command asked for."""
    return run.run_attempt > 1 and run.run_started_at >= order.talk.comment.created_at


def _set(order: Order, sha: str) -> Row:
    """A commit that sets parameters, where we may make one that starts a run; else what to set."""
    talk, model = order.talk, order.command.named[0]
    rules = models_of(talk, sha)[model]
    path = str(Path(rules.path) / rules.params)
    data = talk.mirror.file(sha, path)
    if data is None or not path.endswith(_YAML):
        return order.refused(Unbound(f"{model} has no YAML file {path} at {sha[:12]}", "Edit its parameters by hand."))
    content = parameters.changed(data, order.command.settings, path)
    told = _told(order.command)
    if talk.fork or talk.place.runtime.app is None:
        why = "a fork's branch is its owner's" if talk.fork else "a commit by GITHUB_TOKEN starts no training"
        said = prose(f"I commit nothing: {why}. Make this change yourself:")
        return order.done(said, f"In {code(path)}, set {code(told, 400)}.")
    assert talk.pull is not None
    edit = Edit(
        repo=talk.place.repo,
        branch=talk.pull.head.ref,
        head=sha,
        path=path,
        content=content,
        message=f"Train {model} with {told}\n\nAsked for by {talk.author} in {talk.comment.html_url}",
    )
    [made] = enact(Decision(plan=Plan((edit,))), talk.place.forge, order.times)
    return order.done(_committed(order, made.sha))


def _committed(order: Order, sha: str) -> str:
    return f"Committed {code(_told(order.command), 400)}, which trains it. {awaiting(sha, 1, 'The report follows.')}"


def _told(command: Command) -> str:
    return ", ".join(f"{key}={value}" for key, value in command.settings.items())


def _committed_already(order: Order) -> str:
    """The head, where it is the commit that an earlier try of this very command made on the head that was meant."""
    talk = order.talk
    assert talk.pull is not None
    head, runs = talk.pull.head.sha, talk.begun()
    parent = talk.mirror.resolve(f"{head}^") or ""
    says = talk.mirror.text("log", "-1", "--format=%B", head).strip().endswith(talk.comment.html_url)
    meant = bind(runs, parent, talk.said, order.command.options.get("sha", ""))
    return head if says and parent and not isinstance(meant, Unbound) else ""


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
    ended = let.status == "completed" and not let.waits
    follows = "" if ended else awaiting(run.sha, let.run_attempt, "The report follows.")
    return order.done(f"{code(run.sha[:12])} may train. {follows}".rstrip())


def _named_run(order: Order) -> Begun | Unbound:
    """The run that waits; else one that waited: someone else, or an earlier try of this very command, let it run."""
    talk, given = order.talk, order.command.args[0]
    found = waiting_run(talk.begun(waiting=True), given, talk.said)
    if not isinstance(found, Unbound):
        return found
    let = waiting_run(talk.begun(), given, talk.said)
    return found if isinstance(let, Unbound) else let

"""Carries one slash command out that its author may give: what it comes to, as a row of the reply.

Each is observed, decided and applied before the next begins, since the next may be about what this one did. Before
every write the pull request's head is looked at once more.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

import msgspec

from merganser import parameters
from merganser.awaiting import awaiting
from merganser.chatops import overriding
from merganser.chatops.binding import Unbound, bind, waiting_run
from merganser.chatops.overriding import Said
from merganser.chatops.reading import Command
from merganser.commands import answering, promote, register, report
from merganser.commands.carry_out import Decision, Workbench, enact
from merganser.commands.commented import Talk
from merganser.config import LEDGER_BRANCH
from merganser.errors import ConfigError, DataError
from merganser.evaluation.verdict import Trust, Verdict
from merganser.forge.protocol import Conflict, Moved, NotFound, Refused
from merganser.forge.times import Times
from merganser.forge.values import WorkflowRun
from merganser.markdown import code, prose
from merganser.plan import Append, Approve, Check, Edit, Effect, HeadIs, Plan, PullRequest, Rerun
from merganser.registry import overrides
from merganser.registry.overrides import Cancellation, Line, Override
from merganser.report.comment import marker as report_marker
from merganser.report.reply import Row
from merganser.report.text import link

_YAML = (".yaml", ".yml")


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """A command as it stands in a comment, where it was said, and how to wait."""

    command: Command
    written: str
    talk: Talk
    labels: Mapping[str, Path]
    times: Times

    @property
    def number(self) -> int:
        """The pull request's number."""
        return self.talk.number

    def done(self, said: str, *below: str) -> Row:
        """A row that says what happened: Markdown."""
        return Row(command=self.written, done=True, said=said, below=below)

    def refused(self, why: Unbound) -> Row:
        """A row that says what is missing and what to do."""
        return Row(command=self.written, done=False, said=prose(f"{why.why[:1].upper()}{why.why[1:]}. {why.cure}"))


def obey(order: Order) -> Row:
    """The row of a command that its author may give."""
    try:
        return _ACTS[order.command.name](order)
    except Moved as moved:
        return order.refused(Unbound(moved.message, moved.hint))


def _apply(order: Order, decision: Decision) -> Plan:
    """The decision carried out, on the head that is known and no other."""
    pull, place = order.talk.pull, order.talk.place
    watched: tuple[Effect, ...] = ()
    if pull is not None and pull.state == "open":
        watched = (HeadIs(repo=place.repo, number=pull.number, sha=pull.head.sha),)
    plan = msgspec.structs.replace(decision.plan, effects=(*watched, *decision.plan.effects))
    fallback = decision.fallback and msgspec.structs.replace(
        decision.fallback, effects=(*watched, *decision.fallback.effects)
    )
    enact(msgspec.structs.replace(decision, plan=plan, fallback=fallback), place.forge, order.times)
    return decision.plan


def _bound(order: Order) -> str | Unbound:
    """The head, if that is what the author could see."""
    assert order.talk.pull is not None, "a command that makes no sense without a pull request got none"
    if order.talk.pull.base.ref != order.talk.branch:
        why = f"this pull request isn't into {order.talk.branch}, so nothing is judged here"
        return Unbound(why, "Change its base.")
    found = bind(order.talk.begun(), order.talk.pull.head.sha, order.talk.said, order.command.options.get("sha", ""))
    return found if isinstance(found, Unbound) else found.sha


def _newest_run(order: Order, sha: str) -> WorkflowRun | None:
    return max((run for run in order.talk.runs if run.head_sha == sha), key=lambda run: run.id, default=None)


def _ended_run(order: Order, sha: str) -> WorkflowRun | Unbound:
    """The newest run of a commit, if it has ended."""
    run = _newest_run(order, sha)
    if run is None:
        return Unbound(f"the commit {sha[:12]} was never trained", "Push one, or close and reopen the pull request.")
    if run.status != "completed":
        return Unbound(f"the commit {sha[:12]} is being trained", "Wait for its report.")
    return run


def _unknown_model(order: Order) -> Unbound | None:
    """For a model that neither side's configuration has."""
    known = answering.models_of(order.talk)
    wrong = next((name for name in order.command.named if name not in known), None)
    return Unbound(f"there is no model {wrong}", f"There are {', '.join(known) or 'none'}.") if wrong else None


def _train(order: Order) -> Row:
    if order.command.settings and (made := _committed_already(order)):
        return order.done(_committed(order, made))
    sha = _bound(order)
    if isinstance(sha, Unbound):
        return order.refused(sha)
    if wrong := _unknown_model(order):
        return order.refused(wrong)
    if order.command.settings:
        return _set(order, sha)
    run = _newest_run(order, sha)
    if run is None or not _begun_since(order, run):
        ended = _ended_run(order, sha)
        if isinstance(ended, Unbound):
            return order.refused(ended)
        again = Rerun(repo=order.talk.place.repo, run=ended.id, attempt=ended.run_attempt)
        _apply(order, Decision(plan=Plan((again,))))
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
    rules = answering.models_of(talk, sha)[model]
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


def _gate(order: Order) -> Row:
    sha = _bound(order)
    if isinstance(sha, Unbound):
        return order.refused(sha)
    if wrong := _unknown_model(order):
        return order.refused(wrong)
    run = _run_to_judge(order, sha)
    return order.refused(run) if isinstance(run, Unbound) else order.done(_judged(order, run, "Judged again"))


def _run_to_judge(order: Order, sha: str) -> WorkflowRun | Unbound:
    """The newest run of a commit, if it has ended and can be judged by as much as before."""
    run = _ended_run(order, sha)
    return run if isinstance(run, Unbound) else _sealed_elsewhere(order, sha) or run


def _sealed_elsewhere(order: Order, sha: str) -> Unbound | None:
    """Why judging again would be by less than before: labels that the report had and this job hasn't."""
    models = order.talk.config.models if order.talk.config else {}
    for verdict in _verdicts(order, sha):
        rules = models.get(verdict.model)
        found = verdict.model in order.labels or (rules is not None and rules.labels is not None and rules.labels.uri)
        if verdict.trust is Trust.sealed and not found:
            why = f"{verdict.model} was judged by sealed labels, which this job hasn't got"
            return Unbound(why, "Give this workflow the labels that the report's has, or say /train.")
    return None


def _judged(order: Order, run: WorkflowRun, what: str) -> str:
    """The report of a run once more, by what the ledger says now."""
    folder = order.talk.place.folder / f"again-{order.command.line}"
    folder.mkdir()
    place: Workbench = msgspec.structs.replace(order.talk.place, folder=folder)
    plan = _apply(order, report.answer(place, run.id, order.labels))
    check = next((effect for effect in plan.effects if isinstance(effect, Check)), None)
    return f"{what}: {prose(check.title if check else plan.summary)}"


def _ok_to_test(order: Order) -> Row:
    run = waiting_run(order.talk.begun(waiting=True), order.command.args[0], order.talk.said)
    if isinstance(run, Unbound):
        return order.refused(run)
    pull = order.talk.pull
    if pull is None or run.sha != pull.head.sha:
        return order.refused(Unbound(f"{run.sha[:12]} is not the head any more", "Read the new commit first."))
    _apply(order, Decision(plan=Plan((Approve(repo=order.talk.place.repo, run=run.run),))))
    return order.done(f"{code(run.sha[:12])} may train. The report follows.")


def _verdicts(order: Order, sha: str) -> tuple[Verdict, ...]:
    """The pull request's verdicts on a commit that were recorded before the comment."""
    found, ours = [], {run.id for run in order.talk.runs}
    for model in answering.models_of(order.talk):
        for record, verdict in order.talk.ledger.judged_runs_of(model):
            if verdict is None or verdict.head != sha or verdict.run.id not in ours:
                continue
            if record.recorded.time <= order.talk.comment.created_at:
                found.append((record.recorded.time, verdict))
    newest = {verdict.model: verdict for _, verdict in sorted(found, key=lambda one: one[0])}
    return tuple(newest.values())


def _named(order: Order) -> tuple[overriding.Named, Said] | Unbound:
    """The check that is meant, and by whom it is said."""
    sha = _bound(order)
    if isinstance(sha, Unbound):
        return sha
    if _rewritten(order):
        return Unbound("the report was written anew after your comment", "Read it, and say it again.")
    found = overriding.find(order.command.args[0], _verdicts(order, sha))
    if isinstance(found, Unbound):
        return found
    talk = order.talk
    own = talk.pull is not None and talk.pull.user is not None and talk.pull.user.login == talk.author
    return found, Said(by=talk.author, comment=talk.comment.html_url, head=sha, at=talk.said, own=own)


def _rewritten(order: Order) -> bool:
    """Whether our report is another than its author could read.

    Once a line of the comment is recorded, we have rewritten it ourselves: what follows was said of the same report.
    """
    recorded = (path for path in order.talk.ledger.oids if path.startswith(("overrides/", "cancellations/")))
    if any(f"/{order.talk.comment.id}-" in path for path in recorded):
        return False
    forge, marker = order.talk.place.forge, report_marker(order.number)
    found = forge.issue_comments(order.talk.place.repo, order.number)
    ours = (one for one in found if one.user and one.user.is_(forge.login()) and (one.body or "").startswith(marker))
    return any(one.updated_at > order.talk.comment.created_at for one in ours)


def _override(order: Order) -> Row:
    named = _named(order)
    if isinstance(named, Unbound):
        return order.refused(named)
    record = overriding.override(order.command, *named)
    if isinstance(record, Unbound):
        return order.refused(record)
    return _recorded(order, record, f"{code(record.check)} of {code(record.model)} is overridden")


def _unoverride(order: Order) -> Row:
    named = _named(order)
    if isinstance(named, Unbound):
        return order.refused(named)
    record = overriding.cancellation(*named)
    return _recorded(order, record, f"The override of {code(record.check)} is taken back")


def _recorded(order: Order, record: Override | Cancellation, what: str) -> Row:
    """In the ledger; then the check says what follows from it."""
    file = overrides.record(record, Line(order.talk.comment.id, order.command.line))
    message = f"{type(record).__name__} of {record.check} by {record.by}"[:200]
    kept = Append(repo=order.talk.place.repo, branch=LEDGER_BRANCH, files={file.path: file.content}, message=message)
    _apply(order, Decision(plan=Plan((kept,))))
    run = _run_to_judge(order, record.head)
    if isinstance(run, Unbound):
        return order.done(f"{what}. {prose(f'{run.why}: the next report says so.')}")
    try:
        return order.done(_judged(order, run, f"{what}, and judged again"))
    except (ConfigError, DataError, Conflict, NotFound, Refused) as wrong:
        # It holds, whatever became of the report.
        return order.done(f"{what}. {prose(f'Judging again failed: {wrong.message}. The next report says so.')}")


def _register(order: Order) -> Row:
    talk, (model, *bump) = order.talk, order.command.args
    wanted = bump[0] if bump else ""
    named = wanted if wanted in ("major", "minor", "patch") else ""
    request = register.Request(
        model=model,
        commit=talk.pull.merge_commit_sha if talk.pull else None,
        bump=named or None,
        version=wanted if wanted and not named else None,
    )
    decision = register.observe_and_decide(_own_bench(order), request)
    _apply(order, decision)
    version = decision.outputs.get("version", "")
    return order.done(f"{code(f'{model}@{version}')} is registered." if version else prose(f"{decision.plan.summary}."))


def _promote(order: Order) -> Row:
    version, environment = order.command.args
    request = promote.Request(version=version, environment=environment)
    decision = promote.observe_and_decide(_own_bench(order), request)
    outcomes = enact(decision, order.talk.place.forge, order.times)
    opened = next((one for one in outcomes if isinstance(one.effect, PullRequest)), None)
    page = link(f"#{opened.number}", opened.url) if opened else ""
    return order.done(f"{prose(decision.plan.summary)} {page}".rstrip())


def _own_bench(order: Order) -> Workbench:
    """A workbench whose folder nothing else uses, and whose actor is who wrote the comment."""
    talk = order.talk
    folder = talk.place.folder / f"line-{order.command.line}"
    folder.mkdir()
    runtime = msgspec.structs.replace(talk.place.runtime, actor=talk.author)
    return msgspec.structs.replace(talk.place, folder=folder, runtime=runtime)


def _status(order: Order) -> Row:
    if wrong := _unknown_model(order):
        return order.refused(wrong)
    return order.done("Below.", *answering.status(order.talk, order.command.named))


def _diff(order: Order) -> Row:
    model, before, after = order.command.args
    return order.done("Below.", answering.diff(order.talk, model, (before, after)))


_ACTS: Final[Mapping[str, Callable[[Order], Row]]] = MappingProxyType(
    {
        "status": _status,
        "diff": _diff,
        "train": _train,
        "gate": _gate,
        "ok-to-test": _ok_to_test,
        "override": _override,
        "unoverride": _unoverride,
        "register": _register,
        "promote": _promote,
    }
)

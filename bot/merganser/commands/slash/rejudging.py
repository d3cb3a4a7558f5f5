"""`/gate`, and judging again whatever has changed: the report of a run once more, by what the ledger says now."""

import datetime

import msgspec

from merganser.chatops.binding import Unbound
from merganser.commands.carry_out import Workbench, settled
from merganser.commands.report import command as report
from merganser.commands.slash.commented import models_of
from merganser.commands.slash.order import Order, apply, bound, ended_run
from merganser.evaluation.verdict import Trust, Verdict
from merganser.forge.values import WorkflowRun
from merganser.markdown import prose
from merganser.plan import Check
from merganser.report.reply import Row


def gate(order: Order) -> Row:
    """Judges the same bundles again: of all models touched, whichever is named, since one check speaks of them all."""
    sha = bound(order)
    if isinstance(sha, Unbound):
        return order.refused(sha)
    run = run_to_judge(order, sha)
    if isinstance(run, Unbound):
        return order.refused(run)
    of_all = " (every model touched, as the check is one)" if order.command.models else ""
    return order.done(judged(order, run, f"Judged again{of_all}"))


def run_to_judge(order: Order, sha: str) -> WorkflowRun | Unbound:
    """The newest run of a commit, if it has ended and can be judged by as much as before."""
    run = ended_run(order, sha)
    return run if isinstance(run, Unbound) else _sealed_elsewhere(order, sha) or run


def _sealed_elsewhere(order: Order, sha: str) -> Unbound | None:
    """Why judging again would be by less than before: labels that the report had and this job hasn't."""
    models = order.talk.config.models if order.talk.config else {}
    for verdict in verdicts(order, sha):
        rules = models.get(verdict.model)
        found = verdict.model in order.labels or (rules is not None and rules.labels is not None and rules.labels.uri)
        if verdict.trust is Trust.sealed and not found:
            why = f"{verdict.model} was judged by sealed labels, which this job hasn't got"
            return Unbound(why, "Give this workflow the labels that the report's has, or say /train.")
    return None


def judged(order: Order, run: WorkflowRun, what: str) -> str:
    """The report of a run once more, by what the ledger says now."""
    folder = order.talk.place.folder / f"again-{order.command.line}"
    folder.mkdir()
    place: Workbench = msgspec.structs.replace(order.talk.place, folder=folder)
    decision, _ = settled(
        place, lambda now: report.answer(now, run.id, order.labels), lambda decision: apply(order, decision)
    )
    check = next((effect for effect in decision.plan.effects if isinstance(effect, Check)), None)
    return f"{what}: {prose(check.title if check else decision.plan.summary)}"


def verdicts(order: Order, sha: str, until: datetime.datetime | None = None) -> tuple[Verdict, ...]:
    """The pull request's newest verdicts on a commit, of each model one, as the ledger had them at a moment or has."""
    ours = {run.id for run in order.talk.runs}
    found = (v for model in models_of(order.talk) for v in order.talk.ledger.verdicts_of(model, until))
    newest = {verdict.model: verdict for verdict in found if verdict.head == sha and verdict.run.id in ours}
    return tuple(newest.values())

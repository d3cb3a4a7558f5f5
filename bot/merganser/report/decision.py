"""From what a training run showed to what is written about it: ledger, comment, check. The wording is elsewhere."""

from collections.abc import Iterable, Sequence

import msgspec

from merganser.config import GATE_CHECK, LEDGER_BRANCH
from merganser.evaluation.verdict import RunRef
from merganser.markdown import prose
from merganser.plan import (
    Amend,
    Append,
    Check,
    CheckStatus,
    CloseIssue,
    Comment,
    Conclusion,
    Effect,
    Issue,
    Plan,
    Settle,
    Still,
)
from merganser.registry.overrides import folders_about
from merganser.report import check, comment
from merganser.report import marks as marks_of
from merganser.report.check import CheckOutput
from merganser.report.marks import Marks
from merganser.report.model import Judged, Report
from merganser.report.wording import SYMBOLS, Outcome


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """The commit that gets the check, its pull request (None after a push), and the page of the training run, if any.

    `runs` are those that the check speaks of: of several pull requests with one head all that have begun. `said` tells
    what people had said about its models when they were judged (`registry.spoken.heard`).
    """

    repo: str
    sha: str
    number: int | None
    run_url: str = ""
    runs: tuple[RunRef, ...] = ()
    said: tuple[str, ...] = ()


def ordered(runs: Iterable[RunRef]) -> tuple[RunRef, ...]:
    """Each run once, in the order in which a check names them."""
    return tuple(sorted(set(runs), key=lambda run: run.id))


def waiting(subject: Subject) -> Plan:
    """The training run waits until a maintainer lets it begin: the check says how."""
    return _plan(subject, check.waiting_output(subject.sha, subject.run_url), CheckStatus.queued, ())


def in_progress(subject: Subject) -> Plan:
    """The training run has begun: the check says so."""
    output = check.in_progress_output(subject.run_url)
    return _plan(subject, output, CheckStatus.in_progress, ())


def finished(subject: Subject, output: CheckOutput) -> Plan:
    """Nothing is judged: set-up, no model touched, or a change that can't be. An earlier comment would be wrong now."""
    if subject.number is None:
        return _plan(subject, output, CheckStatus.completed, ())
    last = subject.runs[-1] if subject.runs else RunRef(id=0, attempt=0)
    amended = Amend(
        repo=subject.repo,
        number=subject.number,
        marker=comment.marker(subject.number),
        body=check.as_comment(output),
        order=(last.id, last.attempt),
    )
    return _plan(subject, output, CheckStatus.completed, (amended,))


class Lacking(msgspec.Struct, frozen=True, kw_only=True):
    """What the ledger lacks of what was judged, by path, and the ledger's newest commit ("" for no ledger)."""

    files: dict[str, bytes]
    tip: str


def judged(subject: Subject, report: Report, records: Lacking, issues: tuple[Issue | CloseIssue, ...] = ()) -> Plan:
    """The models are judged: their records first, so that a green check never stands without its evidence.

    `issues` are about models that a push merged. Judging may take long, and what people say of the models meanwhile is
    answered by a check of its own: so the ledger is looked at once more, for no older answer to replace that.
    """
    before: list[Effect] = []
    if records.files:
        models = ", ".join(sorted({path.split("/")[1] for path in records.files}))
        message = f"Record {models} at {subject.sha[:12]}"
        wanted = Append(repo=subject.repo, branch=LEDGER_BRANCH, files=records.files, message=message, tip=records.tip)
        before.append(wanted)
    if subject.number is not None:
        before.append(
            Comment(
                repo=subject.repo,
                number=subject.number,
                marker=comment.marker(subject.number),
                body=comment.comment(report),
                order=(report.run_number, report.attempt),
            )
        )
    before += _unsaid(subject, report, records.tip)
    return _plan(subject, check.check_output(report), CheckStatus.completed, (*before, *issues))


def _unsaid(subject: Subject, report: Report, tip: str) -> tuple[Still, ...]:
    """That nobody said anything about the judged models since; nobody could before there was a ledger."""
    models = (entry.verdict.model for entry in report.models if isinstance(entry, Judged))
    folders = tuple(folder for model in models for folder in folders_about(model))
    return (Still(repo=subject.repo, branch=LEDGER_BRANCH, tip=tip, folders=folders),) if folders and tip else ()


def settling(number: int, run: RunRef, check: Check) -> Settle:
    """What a reply that waits for a training run, or for the first one of its commit, says once its check is there."""
    symbol = SYMBOLS[Outcome.blocked if check.conclusion is Conclusion.failure else Outcome.passes]
    return Settle(
        repo=check.repo,
        number=number,
        sha=check.sha,
        run=run.id,
        attempt=run.attempt,
        said=f"{symbol} {prose(check.title)}",
    )


def together(plans: Sequence[Plan]) -> Plan:
    """The answer to several pull requests that have one head: what each one gets, and the worst of their checks."""
    worst = next((plan for plan in plans if _is_red(plan)), plans[0])
    effects = [effect for plan in plans for effect in plan.effects]
    marks = marks_of.united([marks_of.parted(one.summary)[1] for one in effects if isinstance(one, Check)])
    others = (effect for effect in effects if not isinstance(effect, Check | Still))
    checks = (_of_several(effect, marks) for effect in worst.effects if isinstance(effect, Check))
    looks = dict.fromkeys(effect for effect in effects if isinstance(effect, Still))
    return Plan(effects=(*others, *looks, *checks), summary=worst.summary)


def _of_several(worst: Check, marks: Marks) -> Check:
    shown, _ = marks_of.parted(worst.summary)
    summary = "\n\n".join((check.SEVERAL, shown, marks_of.written(marks)))
    return msgspec.structs.replace(worst, summary=summary)


def _is_red(plan: Plan) -> bool:
    return any(isinstance(effect, Check) and effect.conclusion is Conclusion.failure for effect in plan.effects)


def _plan(subject: Subject, output: CheckOutput, status: CheckStatus, before: tuple[Effect, ...]) -> Plan:
    marks = Marks(runs=subject.runs, until=output.until, said=subject.said)
    written = Check(
        repo=subject.repo,
        sha=subject.sha,
        name=GATE_CHECK,
        status=status,
        conclusion=output.conclusion if status is CheckStatus.completed else None,
        title=output.title,
        summary=f"{output.summary}\n\n{marks_of.written(marks)}",
        text=output.text,
        details_url=subject.run_url,
    )
    return Plan(effects=(*before, written), summary=f"{GATE_CHECK} on {subject.sha[:12]}: {output.title}")

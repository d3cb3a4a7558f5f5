"""From what a training run showed to what is written about it: ledger, comment, check. The wording is elsewhere."""

import datetime
import re
from collections.abc import Iterable, Sequence

import msgspec

from merganser.config import GATE_CHECK, LEDGER_BRANCH
from merganser.config.dates import end_of
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
)
from merganser.report import check, comment
from merganser.report.check import CheckOutput
from merganser.report.model import Report
from merganser.report.wording import SYMBOLS, Outcome

_NO_RUN = "<!-- merganser:no-run -->"
_REF = r"[1-9][0-9]{0,17}-[1-9][0-9]{0,17}"
_RUNS = re.compile(rf"<!-- merganser:runs:({_REF}(?:,{_REF}){{0,99}}) -->")
_UNTIL = re.compile(r"<!-- merganser:until:([0-9TZ:+.-]{10,40}) -->")


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """The commit that gets the check, its pull request (None after a push), and the page of the training run, if any.

    `runs` are those that the check speaks of: of several pull requests with one head all that have begun.
    """

    repo: str
    sha: str
    number: int | None
    run_url: str = ""
    runs: tuple[RunRef, ...] = ()


def ordered(runs: Iterable[RunRef]) -> tuple[RunRef, ...]:
    """Each run once, in the order in which a check names them."""
    return tuple(sorted(set(runs), key=lambda run: run.id))


def runs_said(summary: str) -> tuple[RunRef, ...] | None:
    """Of which runs the check with this summary speaks: () where it says that there was none, None if it says nothing.

    A hidden last line tells: GitHub gives checks by GITHUB_TOKEN an address of its own instead of the run's.
    """
    last = summary.rstrip().rpartition("\n")[2]
    found = _RUNS.fullmatch(last)
    if found is None:
        return () if last == _NO_RUN else None
    numbers = (one.partition("-") for one in found[1].split(","))
    return tuple(RunRef(id=int(run), attempt=int(attempt)) for run, _, attempt in numbers)


def end_said(summary: str) -> datetime.datetime | None:
    """When the check with this summary stops being true: the line before the last tells. None where nothing ends."""
    line = summary.rstrip().rpartition("\n")[0].rpartition("\n")[2]
    found = _UNTIL.fullmatch(line.strip())
    return end_of(found[1]) if found else None


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

    `issues` are about models that a push merged.
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
    return _plan(subject, check.check_output(report), CheckStatus.completed, (*before, *issues))


def settling(number: int, attempt: int, check: Check) -> Settle:
    """What a reply that waits for an attempt to train says once its check is there."""
    symbol = SYMBOLS[Outcome.blocked if check.conclusion is Conclusion.failure else Outcome.passes]
    return Settle(repo=check.repo, number=number, sha=check.sha, attempt=attempt, said=f"{symbol} {prose(check.title)}")


def together(plans: Sequence[Plan]) -> Plan:
    """The answer to several pull requests that have one head: what each one gets, and the worst of their checks."""
    worst = next((plan for plan in plans if _is_red(plan)), plans[0])
    others = (effect for plan in plans for effect in plan.effects if not isinstance(effect, Check))
    checks = (_of_several(effect) for effect in worst.effects if isinstance(effect, Check))
    return Plan(effects=(*others, *checks), summary=worst.summary)


def _of_several(worst: Check) -> Check:
    return msgspec.structs.replace(worst, summary=f"{check.SEVERAL}\n\n{worst.summary}")


def _is_red(plan: Plan) -> bool:
    return any(isinstance(effect, Check) and effect.conclusion is Conclusion.failure for effect in plan.effects)


def _plan(subject: Subject, output: CheckOutput, status: CheckStatus, before: tuple[Effect, ...]) -> Plan:
    ends = (f"<!-- merganser:until:{output.until} -->",) if output.until else ()
    written = Check(
        repo=subject.repo,
        sha=subject.sha,
        name=GATE_CHECK,
        status=status,
        conclusion=output.conclusion if status is CheckStatus.completed else None,
        title=output.title,
        summary="\n".join((output.summary, "", *ends, _marker(subject.runs))),
        text=output.text,
        details_url=subject.run_url,
    )
    return Plan(effects=(*before, written), summary=f"{GATE_CHECK} on {subject.sha[:12]}: {output.title}")


def _marker(runs: Sequence[RunRef]) -> str:
    return f"<!-- merganser:runs:{','.join(f'{run.id}-{run.attempt}' for run in runs)} -->" if runs else _NO_RUN

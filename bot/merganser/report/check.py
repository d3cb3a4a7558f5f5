"""The check run's title, summary and text, from a report or for a change that needs none."""

import datetime

import msgspec

from merganser.config.dates import end_of
from merganser.evaluation.verdict import Status
from merganser.markdown import prose
from merganser.plan import Conclusion
from merganser.report import alterations
from merganser.report.comment import document, footer
from merganser.report.model import Judged, NotJudged, Report
from merganser.report.text import link
from merganser.report.wording import SYMBOLS, TITLE_LIMIT, Outcome, model_title, outcome, overall, title, worst_first

TEXT_LIMIT = 65_000
_MOST_LINES = 50
_UNTOUCHED = "No model is touched by this change."
SEVERAL = "Several pull requests have this commit as their head: here stands the worst of their verdicts."


class CheckOutput(msgspec.Struct, frozen=True, kw_only=True):
    """What a check run shows; `conclusion` is None while it is in progress. `summary` and `text` are Markdown.

    `until` is when it stops being true, since what lets a check pass ends then; None for never.
    """

    conclusion: Conclusion | None = None
    title: str
    summary: str
    text: str = ""
    until: datetime.datetime | None = None


def as_comment(output: CheckOutput) -> str:
    """What an earlier comment says from now on, where there is nothing to judge any more."""
    red = output.conclusion is Conclusion.failure
    return f"## {SYMBOLS[Outcome.blocked if red else Outcome.passes]} {prose(output.title)}\n\n{output.summary}"


def check_output(report: Report) -> CheckOutput:
    """The check of a judged change: red when one model is blocked; the text is the comment's."""
    red = overall(report) is Outcome.blocked
    told = alterations.lines(report.altered)
    lines = [f"- {SYMBOLS[outcome(entry)]} {_titled(entry)}" for entry in worst_first(report)[:_MOST_LINES]]
    if len(report.models) > _MOST_LINES:
        lines.append(f"- and {len(report.models) - _MOST_LINES:,} more models")
    return CheckOutput(
        conclusion=Conclusion.failure if red else Conclusion.success,
        title=title(report),
        summary="\n".join([*told, *(lines or [*([""] if told else []), _UNTOUCHED]), "", footer(report)]),
        text=document(report, [], TEXT_LIMIT),
        until=_until(report),
    )


def _until(report: Report) -> datetime.datetime | None:
    """The first end of all overrides and waivers."""
    verdicts = (entry.verdict for entry in report.models if isinstance(entry, Judged))
    waivers = (check.waiver for verdict in verdicts for check in verdict.checks if check.status is Status.waived)
    return min((end for waiver in waivers if waiver and (end := _end(waiver.until))), default=None)


def _end(until: str) -> datetime.datetime | None:
    try:
        return end_of(until)
    except ValueError:
        return None


def _titled(entry: Judged | NotJudged) -> str:
    return prose(model_title(entry), TITLE_LIMIT)


def set_up_output() -> CheckOutput:
    """The very first pull request: its base has no configuration and there is no ledger yet."""
    return CheckOutput(
        conclusion=Conclusion.success,
        title="set-up: gating starts after the merge",
        summary="The base branch has no `merganser.yaml` yet. Once this change is merged, its models are trained and "
        "recorded, and every later pull request is compared with them.",
    )


def untouched_output() -> CheckOutput:
    """No model's inputs digest differs from the base's."""
    return CheckOutput(
        conclusion=Conclusion.success,
        title="no model touched",
        summary="Nothing that a model is made from differs from the base branch, so there is nothing to judge.",
    )


def in_progress_output(run_url: str) -> CheckOutput:
    """The training run has been asked for or is running."""
    return CheckOutput(title="training", summary=f"The models are being trained: {link('follow the run', run_url)}.")


def waiting_output(sha: str, run_url: str) -> CheckOutput:
    """The training of a stranger's change hasn't begun: it runs their code, which a maintainer has to allow."""
    return CheckOutput(
        title=f"waiting for /ok-to-test {sha[:12]}",
        summary="Training runs the code of this pull request, and its author needs a maintainer's leave for that.\n\n"
        f"A maintainer who has read the change comments `/ok-to-test {sha}`, or presses *Approve workflows to run* on "
        f"{link('the waiting run', run_url)}. It counts for this commit alone: what is pushed later waits again.",
    )


def refused_output(reason: str, hint: str) -> CheckOutput:
    """The change can't be judged at all: `reason` is a clause, `hint` says what to do."""
    return CheckOutput(
        conclusion=Conclusion.failure,
        title="can't be judged",
        summary=f"This change can't be judged: {prose(reason)}.\n\n{prose(hint)}",
    )

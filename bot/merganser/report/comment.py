"""The comment on a pull request, from a report. What a model's part says is in `section`."""

from merganser.evaluation.verdict import Mode
from merganser.markdown import prose
from merganser.report import alterations
from merganser.report.blocks import fit, length
from merganser.report.model import Judged, Report
from merganser.report.section import section
from merganser.report.text import link
from merganser.report.wording import SYMBOLS, Outcome, outcome, overall, worst_first

COMMENT_LIMIT = 60_000
_LEAST_SHARE = 1_500
_MOST_NOTES = 20
_NOTES_SHARE = 4
_MODE = {Mode.advisory: "advisory (writers can get around it)", Mode.enforcing: "enforcing"}


def marker(number: int) -> str:
    """By which we find our comment on pull request `number` again."""
    return f"<!-- merganser:report:{number} -->"


def comment(report: Report) -> str:
    """The comment's Markdown, at most 60,000 characters; what doesn't fit is cut between rows and linked."""
    top = [marker(report.pull_request)] if report.pull_request is not None else []
    return document(report, top, COMMENT_LIMIT)


def document(report: Report, top: list[str], limit: int) -> str:
    """`top`, what alters the gate, the headline, each model's part, notes and footer in at most `limit` characters.

    What alters the gate and the notes get a quarter each at most: what a pull request changes in its configuration can
    make them as long as it likes.
    """
    entries, rest = worst_first(report), whole_report(report)
    head = [*top, *_altered(report, limit // _NOTES_SHARE), *headline(report)]
    tail = [*fit(notes(report), limit // _NOTES_SHARE, rest), f"\n{footer(report)}"]
    left = limit - length(head) - length(tail) - len(_more(len(entries), report)) - 1
    body: list[str] = []
    level = "##" if len(entries) == 1 else "\n###"
    for at, entry in enumerate(entries):
        share = max(left // (len(entries) - at), _LEAST_SHARE)
        blocks = fit(section(entry, report, level), share, rest)
        left -= length(blocks)
        if left < 0:
            body.append(_more(len(entries) - at, report))
            break
        body += blocks
    return "\n".join([*head, *body, *tail])


def _altered(report: Report, limit: int) -> list[str]:
    told = alterations.lines(report.altered)
    return [*fit(told, limit, whole_report(report)), ""] if told else []


def _more(count: int, report: Report) -> str:
    return f"\n{count:,} more models: {whole_report(report)}"


def headline(report: Report) -> list[str]:
    """The answer for several models or none; a single model's own heading says it already."""
    count = len(report.models)
    if count == 1:
        return []
    answer = overall(report)
    if not count:
        return [f"## {SYMBOLS[answer]} No model touched"]
    alike = sum(outcome(entry) is answer for entry in report.models)
    verb = {
        Outcome.blocked: "is blocked" if alike == 1 else "are blocked",
        Outcome.not_proven: "is not proven" if alike == 1 else "are not proven",
        Outcome.passes: "pass",
    }[answer]
    return [f"## {SYMBOLS[answer]} {alike:,} of {count:,} models {verb}"]


def notes(report: Report) -> list[str]:
    """What else is to be known, a line each."""
    return ["", *(f"- {prose(note)}" for note in report.notes[:_MOST_NOTES])] if report.notes else []


def footer(report: Report) -> str:
    """One line: the run, whose numbers these are, what the check can hold, what the bounds don't cover."""
    attempt = f", attempt {report.attempt}" if report.attempt > 1 else ""
    trusts = sorted({entry.verdict.trust for entry in report.models if isinstance(entry, Judged)})
    parts = [f"{link(f'Run {report.run_number}', report.run_url)}{attempt}", *trusts, _MODE[report.mode]]
    if trusts:
        parts.append("bounds cover the evaluation rows, not the luck of retraining")
    return f"<sub>{' · '.join(parts)}</sub>"


def whole_report(report: Report) -> str:
    """The link that stands where something was cut."""
    return link("The rest is in the run's summary", report.run_url)

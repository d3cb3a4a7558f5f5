"""A verdict in a terminal, for `merganser gate`: plain text, with the interval drawn beside each check."""

from merganser.config import Severity
from merganser.evaluation.rollup import Skip
from merganser.evaluation.verdict import Check, Status, Trust, Verdict
from merganser.markdown import PROSE_LIMIT, plain
from merganser.plan import Conclusion
from merganser.report.figures import change, level, number
from merganser.report.interval import LEGEND, draw
from merganser.report.text import NAME_LIMIT
from merganser.report.wording import ANSWERS, SIGNS, by_attention, family, status_words, verdict_outcome, verdict_words

_SAME_ROWS = (
    "To compare, let both models predict the same rows with the same labels: each key in both files. Then judge again."
)
_LOUD = (Status.failed, Status.error, Status.inconclusive, Status.waived, Status.skipped)


def verdict_table(verdict: Verdict) -> str:
    """The answer, the table of checks with the worst first, and a sentence for each that did not pass."""
    from tabulate import tabulate

    checks = by_attention(verdict.checks)
    answer = plain(f"{ANSWERS[verdict_outcome(verdict)]} {verdict.model}: {verdict_words(verdict)}", PROSE_LIMIT)
    blocks = [answer]
    if checks:
        header = ["check", "baseline", "candidate", "difference, + is better", "margin", "status", ""]
        align = ["left", "right", "right", "right", "right", "left", "left"]
        slices = family(checks)
        rows = [_row(check, slices) for check in checks]
        blocks.append(tabulate(rows, header, tablefmt="simple", disable_numparse=True, colalign=align))
    if any(draw(check) for check in checks):
        blocks.append(LEGEND)
    reasons = [
        f"{SIGNS[check.status]} {plain(check.id, PROSE_LIMIT)}: {plain(check.why, PROSE_LIMIT)}{_waiver(check)}"
        for check in checks
        if check.status in _LOUD
    ]
    if reasons:
        blocks.append("\n".join(reasons))
    if any(Skip.data_changed in check.notes for check in checks):
        blocks.append(_SAME_ROWS)
    if verdict.conclusion is Conclusion.success and any(map(_could_block, checks)):
        blocks.append("Not proven only warns here; `on_inconclusive: block` would make it fail.")
    if verdict.trust is Trust.self_reported and verdict.labels_digest:
        blocks.append("The labels came with the predictions (self-reported).")
    return "\n\n".join(blocks)


def _could_block(check: Check) -> bool:
    return check.status is Status.inconclusive and check.severity is Severity.block


def _waiver(check: Check) -> str:
    """Who lets a check pass that did not."""
    given = check.waiver
    if given is None:
        return ""
    return f" Waived by {plain(given.by)} until {plain(given.until)}: {plain(given.reason, PROSE_LIMIT)}"


def _row(check: Check, slices: int) -> list[str]:
    status = f"{SIGNS[check.status]} {status_words(check, slices)}"
    name = plain(check.id, NAME_LIMIT)
    return [
        name,
        number(check.baseline),
        level(check),
        change(check),
        number(check.margin),
        status,
        draw(check),
    ]

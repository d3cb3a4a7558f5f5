"""What a verdict is in words: symbols, one-line titles, and which check is named first. Escaping is the sinks'."""

from collections import Counter
from collections.abc import Iterable, Sequence
from enum import IntEnum, StrEnum

from merganser.config import Severity
from merganser.evaluation.verdict import Check, Status, Verdict, bounds_level
from merganser.evaluation.wording import percent
from merganser.markdown import plain
from merganser.plan import Conclusion
from merganser.report.alterations import clause
from merganser.report.figures import number, signed
from merganser.report.model import Judged, NotJudged, Report
from merganser.report.text import NAME_LIMIT

TITLE_LIMIT = 140
_NO_QUALITY = ", but no quality metric is judged"
_ALTERED_LIMIT = 90
_AND = " · "


class Outcome(IntEnum):
    """The answer for a model or a change, worst first."""

    blocked = 0
    not_proven = 1
    passes = 2


class Tone(StrEnum):
    """What colours mean."""

    good = "good"
    bad = "bad"
    open = "open"
    waived = "waived"
    quiet = "quiet"


ANSWERS = {Outcome.passes: "✓", Outcome.not_proven: "?", Outcome.blocked: "✗"}
SYMBOLS = {Outcome.blocked: "❌", Outcome.not_proven: "⚠️", Outcome.passes: "✅"}
SIGNS = {
    Status.passed: "✓", Status.failed: "✗", Status.error: "✗",
    Status.inconclusive: "?", Status.waived: "~", Status.skipped: "-",
}  # fmt: skip
_STATUS_SYMBOLS = {
    Status.failed: "❌", Status.error: "❌", Status.inconclusive: "⚠️",
    Status.waived: "🔓", Status.skipped: "⏭️", Status.passed: "✅",
}  # fmt: skip
_TONES = {
    Status.failed: Tone.bad, Status.error: Tone.bad, Status.inconclusive: Tone.open,
    Status.waived: Tone.waived, Status.skipped: Tone.quiet, Status.passed: Tone.good,
}  # fmt: skip
_STATUS_WORDS = {
    Status.failed: "fails", Status.error: "error", Status.inconclusive: "not proven",
    Status.waived: "waived", Status.skipped: "skipped", Status.passed: "passes",
}  # fmt: skip
_POINT_RULES = {"min", "max", "max_drop", "max_rise"}
_POINT = "point"
_SLICE_RULE = "not_worse"
_NOT_PROVEN_WORSE = "not proven worse"
_INTERVAL_RULES = {"non_inferior", _SLICE_RULE}
_CHANGE_RULES = {"max_drop", "max_rise", "rise", *_INTERVAL_RULES}
_RANKS = {
    Status.failed: 0, Status.error: 1, Status.inconclusive: 2, Status.waived: 4, Status.skipped: 5, Status.passed: 6,
}  # fmt: skip
_WARNING_RANK = 3
_WORTH_TELLING = 0.5
_VISIBLE = 20


def outcome(entry: Judged | NotJudged) -> Outcome:
    """The answer for one model; what passes without a look at its quality is not proven."""
    if isinstance(entry, NotJudged):
        return Outcome.blocked
    answer = verdict_outcome(entry.verdict)
    return min(answer, Outcome.passes if entry.quality else Outcome.not_proven)


def verdict_outcome(verdict: Verdict) -> Outcome:
    """Blocked when the conclusion is failure; not proven when it is not, but a check could not be decided."""
    if verdict.conclusion is Conclusion.failure:
        return Outcome.blocked
    open_checks = any(check.status is Status.inconclusive for check in verdict.checks)
    return Outcome.not_proven if open_checks else Outcome.passes


def overall(report: Report) -> Outcome:
    """The worst model's answer; a change that touches no model passes."""
    return min((outcome(entry) for entry in report.models), default=Outcome.passes)


def worst_first(report: Report) -> list[Judged | NotJudged]:
    """The models by their answer, those with the same answer in the order given."""
    return sorted(report.models, key=outcome)


def by_attention(checks: tuple[Check, ...]) -> list[Check]:
    """What needs eyes first: by status, blocking before warning, then strongest evidence of harm, largest first."""
    return sorted(checks, key=_attention)


def _attention(check: Check) -> tuple[int, bool, float, float]:
    rank = _RANKS[check.status]
    if check.severity is Severity.warn and check.status is not Status.error:
        rank = max(rank, _WARNING_RANK)
    evidence = next((p for p in (check.p_adjusted, check.p) if p is not None), 1.0)
    harm = 0.0 if bounds_level(check) else check.high or 0.0
    return rank, bool(check.slice), evidence if check.slice else 0.0, harm


def needs_eyes(check: Check) -> bool:
    """A slice too small to judge is usual; a metric that could not be judged is not."""
    return check.status is not Status.passed and (check.status is not Status.skipped or not check.slice)


def shown_and_folded(checks: Iterable[Check]) -> tuple[list[Check], list[Check]]:
    """What is shown at once: what needs eyes and what passes for all rows; and what is folded: most slices are."""
    groups: dict[int, list[Check]] = {0: [], 1: [], 2: []}
    for check in checks:
        groups[0 if needs_eyes(check) else 1 + bool(check.slice)].append(check)
    loud, overall, sliced = groups.values()
    return loud[:_VISIBLE] + overall[:_VISIBLE], loud[_VISIBLE:] + overall[_VISIBLE:] + sliced


def tally(checks: Sequence[Check]) -> list[tuple[Status, str]]:
    """How many checks ended how, in the order of the first of each: `2 skipped`, `12 pass`."""
    words = {Status.passed: "pass", Status.failed: "fail", Status.inconclusive: "not proven"}
    counts = Counter(check.status for check in checks)
    return [(status, f"{count:,} {words.get(status, status.value)}") for status, count in counts.items()]


def more_checks(checks: Sequence[Check]) -> str:
    """`14 more checks: 12 pass, 2 skipped`."""
    parts = ", ".join(words for _, words in tally(checks[::-1]))
    return f"{len(checks):,} more check{'s' if len(checks) > 1 else ''}: {parts}"


def status_symbol(check: Check) -> str:
    """The sign of a status; a failure that only warns has the warning's."""
    if check.status is Status.failed and check.severity is Severity.warn:
        return _STATUS_SYMBOLS[Status.inconclusive]
    return _STATUS_SYMBOLS[check.status]


def tone(check: Check) -> Tone:
    """What colour a check has; a failure that only warns has the warning's."""
    if check.status is Status.failed and check.severity is Severity.warn:
        return Tone.open
    return _TONES[check.status]


def family(checks: Iterable[Check]) -> int:
    """How many slice checks were decided together: those with an adjusted p-value. Columns that drift are another."""
    return sum(check.p_adjusted is not None for check in checks if check.rule == _SLICE_RULE)


def confidence(checks: Iterable[Check]) -> str:
    """`95 %`, where any check has bounds: all those of a gate have the same."""
    sure = (check.confidence for check in checks if check.low is not None and check.confidence is not None)
    return next(map(percent, sure), "")


def status_words(check: Check, slices: int) -> str:
    """`not proven, needs 2,681 rows`, `passes, not proven worse (p = 0.06 among 10 slices)`, `fails (point)`.

    `slices` is the `family` of the verdict: the bounds shown beside a slice leave it out, its p-value doesn't.
    """
    words = _STATUS_WORDS[check.status]
    if check.status is Status.inconclusive:
        words += _needs(check)
    if check.status in (Status.passed, Status.skipped) and check.notes:
        words += f", {plain(check.notes[0], NAME_LIMIT)}{_by_more_than(check)}"
    if check.status is Status.passed and _nearly_fails(check):
        words += f" (p = {check.p_adjusted:.2g}{f' among {slices} slices' if slices > 1 else ''})"
    if check.rule in _POINT_RULES and (check.method == _POINT or not bounds_level(check)):
        words += " (point)"
    if check.status is Status.failed and check.severity is Severity.warn:
        words += " (warns only)"
    return words


def _by_more_than(check: Check) -> str:
    """A slice may be proven worse and pass, as long as it isn't proven worse by more than the margin: that is said."""
    worse = check.high is not None and check.high < 0
    said = worse and check.margin is not None and check.notes[0] == _NOT_PROVEN_WORSE
    return f" by more than {number(check.margin)}" if said else ""


def _nearly_fails(check: Check) -> bool:
    """Whether an adjusted p-value speaks against the slice, or its own bounds alone would."""
    if check.p_adjusted is None or check.rule != _SLICE_RULE:
        return False
    beyond = check.high is not None and check.margin is not None and check.high < -check.margin
    return beyond or check.p_adjusted < _WORTH_TELLING


def _needs(check: Check) -> str:
    """`, needs 2,681 rows`, unless there are as many."""
    if check.n_needed is None or (check.n is not None and check.n_needed <= check.n):
        return ""
    return f", needs {check.n_needed:,} rows"


def rows_behind(checks: Iterable[Check]) -> int:
    """The most rows that a comparison of predictions rests on; a latency's or a feature's rows are others."""
    counted = [check for check in checks if check.n is not None]
    compared = [check for check in counted if check.rule != "drift" and not bounds_level(check)]
    return max((check.n or 0 for check in compared or counted), default=0)


def rule_words(check: Check) -> str:
    """`min`, `max rise`, `drift`; empty for the rules that ask whether the candidate is worse by more than a margin."""
    return "" if check.rule in _INTERVAL_RULES else plain(check.rule.replace("_", " "), NAME_LIMIT)


def subject(check: Check) -> str:
    """The metric, with its slice: `accuracy@label=1`."""
    return plain(check.metric + "".join(f"@{key}={value}" for key, value in check.slice.items()), NAME_LIMIT)


def movement(check: Check) -> str:
    """`fell by 0.2`, `rose by 0.021` or `stayed the same`; empty without two finite sides."""
    if check.candidate is None or check.baseline is None:
        return ""
    step = check.candidate - check.baseline
    if step == 0:
        return "stayed the same"
    return f"{'rose' if step > 0 else 'fell'} by {signed(abs(step)).lstrip('+')}"


def title(report: Report) -> str:
    """One line of at most 140 characters: the worst model, and what alters the gate, before what lets a change pass."""
    altered = clause(report.altered, _ALTERED_LIMIT)
    answer = _answer(report, TITLE_LIMIT - len(altered) - len(_AND if altered else ""))
    parts = (answer, altered) if overall(report) is Outcome.blocked else (altered, answer)
    return _AND.join(filter(None, parts))


def _answer(report: Report, limit: int) -> str:
    if not report.models:
        return "no model touched"
    worst, *others = worst_first(report)
    more = f"{_AND}{len(others)} more model{'s' if len(others) > 1 else ''}" if others else ""
    return model_title(worst, limit - len(more)) + more


def model_title(entry: Judged | NotJudged, limit: int = TITLE_LIMIT) -> str:
    """`digits: passes (accuracy +0.021)` · `digits: accuracy@label=1 fell by 0.2` · `digits: training failed`."""
    if isinstance(entry, NotJudged):
        return plain(f"{entry.model}: {entry.reason}", limit)
    caveat = "" if entry.quality or outcome(entry) is Outcome.blocked else _NO_QUALITY
    return plain(f"{entry.verdict.model}: {verdict_words(entry.verdict)}", limit - len(caveat)) + caveat


def verdict_words(verdict: Verdict) -> str:
    """The answer and its main reason, in a clause."""
    if not verdict.checks or all(check.status is Status.skipped for check in verdict.checks):
        return _nothing_judged(verdict)
    answer = verdict_outcome(verdict)
    if answer is Outcome.passes:
        return f"passes{_best_news(verdict)}"
    doubtful = [check for check in verdict.checks if check.status not in (Status.passed, Status.waived)]
    first = by_attention(tuple(doubtful))[0]
    if first.status is Status.inconclusive:
        return f"{'blocked, ' if answer is Outcome.blocked else ''}not proven ({subject(first)}{_needs(first)})"
    alike = sum(check.status is first.status for check in verdict.checks) - 1
    return f"{_complaint(first).rstrip('.')} and {alike} more" if alike else _complaint(first)


def _complaint(check: Check) -> str:
    moved = movement(check)
    if check.status is Status.failed and check.rule in _CHANGE_RULES and moved:
        return f"{subject(check)} {moved}"
    if not check.slice and check.why.startswith(f"{check.metric} "):
        return check.why
    return f"{subject(check)}: {check.why}" if check.why else f"{subject(check)} {_STATUS_WORDS[check.status]}"


def _nothing_judged(verdict: Verdict) -> str:
    if verdict.conclusion is Conclusion.success:
        return "passes (first run, nothing to compare with yet)"
    if not verdict.checks:
        return "no check is configured"
    reasons = {plain(check.notes[0], NAME_LIMIT) for check in verdict.checks if check.notes}
    return f"no check could be judged{f' ({reasons.pop()})' if len(reasons) == 1 else ''}"


def _best_news(verdict: Verdict) -> str:
    waived = sum(check.status is Status.waived for check in verdict.checks)
    if waived:
        return f" with {waived} waived check{'s' if waived > 1 else ''}"
    known = [check for check in verdict.checks if not check.slice and check.candidate is not None]
    compared = next((check for check in known if check.delta is not None), None)
    if compared is not None and compared.candidate is not None and compared.baseline is not None:
        step = compared.candidate - compared.baseline
        # A sign says "better" in the table beside it: what is better smaller is told in words.
        opposite = step * (compared.delta or 0) < 0
        return f" ({subject(compared)} {movement(compared) if opposite else signed(step) if step else 'unchanged'})"
    return f" ({subject(known[0])} {number(known[0].candidate)})" if known else ""

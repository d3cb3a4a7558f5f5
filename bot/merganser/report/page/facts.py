"""What the page says in words: the answer, what was compared with what, and one row for each check."""

from collections.abc import Sequence

import msgspec

from merganser.evaluation.curves import Curves
from merganser.evaluation.verdict import Check, Trust, Verdict
from merganser.markdown import plain
from merganser.report.figures import change, level, number
from merganser.report.text import NAME_LIMIT
from merganser.report.wording import (
    ANSWERS,
    SIGNS,
    Outcome,
    Tone,
    rows_behind,
    status_words,
    tally,
    tone,
    verdict_outcome,
    verdict_words,
)

_SHORT = 12
_POINT = "point"
_TONES = {Outcome.passes: Tone.good, Outcome.not_proven: Tone.open, Outcome.blocked: Tone.bad}
_SENTENCES = {
    Outcome.passes: "By the rules of this gate the candidate may replace the baseline.",
    Outcome.not_proven: "No rule blocks the candidate, but these rows don’t prove all that the rules ask for.",
    Outcome.blocked: "By the rules of this gate the candidate may not replace the baseline.",
}
_FIRST = "Nothing speaks against the candidate, and there is no baseline yet that it would replace."
_TRUST = {
    Trust.sealed: "sealed: no training sees them",
    Trust.self_reported: "self-reported: they came with the predictions",
}


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome, in a sign, a colour, a title and a sentence."""

    sign: str
    tone: Tone
    title: str
    sentence: str


class Fact(msgspec.Struct, frozen=True):
    """A name of ours with what it is in this verdict; a `code` is a digest or something else to be copied."""

    name: str
    words: str
    code: str = ""


class CheckRow(msgspec.Struct, frozen=True, kw_only=True):
    """One check as its cells; `says` is its sentence, and `waived` by whom, until when and why, if it is."""

    tone: Tone
    sign: str
    id: str
    baseline: str
    candidate: str
    change: str
    margin: str
    rows: str
    words: str
    says: str
    method: str
    waived: str


class Count(msgspec.Struct, frozen=True, kw_only=True):
    """How many checks ended alike."""

    tone: Tone
    words: str


class BinRow(msgspec.Struct, frozen=True, kw_only=True):
    """One calibration bin of a side as its cells."""

    side: str
    score: str
    observed: str
    rows: str


def answer(verdict: Verdict) -> Answer:
    outcome = verdict_outcome(verdict)
    return Answer(
        sign=ANSWERS[outcome],
        tone=_TONES[outcome],
        title=f"{verdict.model}: {verdict_words(verdict)}",
        sentence=_FIRST if outcome is Outcome.passes and verdict.baseline.kind == "none" else _SENTENCES[outcome],
    )


def comparison(verdict: Verdict) -> list[Fact]:
    """What was compared with what, on which labels; what isn't known is left out."""
    rows = rows_behind(verdict.checks)
    submission = "" if verdict.submission is None else f"number {verdict.submission:,} against these labels"
    facts = [
        Fact("Candidate", "", verdict.head[:_SHORT]),
        _baseline(verdict),
        Fact("Rows", f"{rows:,}" if rows else ""),
        Fact("Labels", _TRUST[verdict.trust] if verdict.labels_digest else ""),
        Fact("Labels digest", "", verdict.labels_digest),
        Fact("Submission", submission),
    ]
    return [fact for fact in facts if fact.words or fact.code]


def origins(verdict: Verdict) -> list[Fact]:
    """By which rules it was judged, and from which inputs both sides were made."""
    facts = [
        Fact("Policy digest", "", verdict.policy.digest),
        Fact("Policy read from commit", "", verdict.policy.commit),
        Fact("Candidate’s inputs", "", verdict.inputs_digest),
        Fact("Baseline’s inputs", "", verdict.baseline.inputs_digest),
    ]
    return [fact for fact in facts if fact.code]


def check_row(check: Check, slices: int) -> CheckRow:
    """`slices`: the `family` of the verdict."""
    return CheckRow(
        tone=tone(check),
        sign=SIGNS[check.status],
        id=check.id,
        baseline=number(check.baseline),
        candidate=level(check),
        change=change(check),
        margin=number(check.margin),
        rows=number(check.n),
        words=status_words(check, slices),
        says=check.why,
        method="" if check.method == _POINT else check.method,
        waived=_waiver(check),
    )


def counts(checks: Sequence[Check]) -> list[Count]:
    """In the order of the checks, each in the colour of the first of its kind."""
    first = {check.status: tone(check) for check in reversed(checks)}
    return [Count(tone=first[status], words=words) for status, words in tally(checks)]


def bins(curves: Curves | None) -> list[BinRow]:
    """The calibration of both sides, the candidate's first."""
    sides = (("candidate", curves.candidate), ("baseline", curves.baseline)) if curves else ()
    return [
        BinRow(side=side, score=number(each.score), observed=number(each.observed), rows=number(each.rows))
        for side, own in sides
        for each in own.calibration
    ]


def _baseline(verdict: Verdict) -> Fact:
    baseline = verdict.baseline
    if baseline.kind == "none":
        return Fact("Compared with", "nothing: there is no baseline yet")
    if baseline.kind == "ledger":
        words = "the recorded run of commit" if baseline.commit else "a recorded run"
    elif baseline.kind == "trained":
        words = "the base commit, trained in the same job (self-reported)"
    else:
        words = f"{'version ' if baseline.kind == 'version' else ''}{baseline.name or 'without a name'}"
    return Fact("Compared with", words, baseline.commit[:_SHORT])


def _waiver(check: Check) -> str:
    if check.waiver is None:
        return ""
    by, until = plain(check.waiver.by, NAME_LIMIT), plain(check.waiver.until, NAME_LIMIT)
    return f"Waived by {by} until {until}: {check.waiver.reason}"

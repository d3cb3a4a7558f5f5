"""A version about to be published, as its card, bill of materials and provenance speak of it: facts, and no form."""

from collections.abc import Iterable

import msgspec

from merganser.config import Model
from merganser.evaluation.outcomes import Rule
from merganser.evaluation.rollup import Skip
from merganser.evaluation.verdict import Check, Mode, Status, Trust, Verdict, bounds_level
from merganser.registry.ledger import RunRecord
from merganser.registry.overrides import Override, Said
from merganser.run import Run

_NO_METRICS = frozenset({Rule.min_ratio, Rule.drift})
_NAMED = 5
_DIGITS = {"md5": 32, "sha1": 40, "sha256": 64, "sha512": 128}
_HEXADECIMAL = frozenset("0123456789abcdef")


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """`server_url` and `repo` say where it lives (`https://github.com`, `OWNER/NAME`); `version` is bare (`1.4.0`).

    `commit` is the tagged one and `rules` are its; `record` and `verdict` are the ledger's. `overrides` let pass what
    the verdict did not.
    """

    server_url: str
    repo: str
    tag: str
    version: str
    commit: str
    rules: Model
    record: RunRecord
    verdict: Verdict
    overrides: tuple[Said[Override], ...] = ()

    @property
    def run(self) -> Run:
        """The run that the version is made of."""
        return self.record.run

    @property
    def home(self) -> str:
        """The repository's page."""
        return f"{self.server_url.rstrip('/')}/{self.repo}"


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """One metric, over all rows or in one slice. `low` and `high` bound `value`, the others the change from `baseline`.

    The change is positive where the model got better. `rows` is None where the run itself reported the number.
    """

    metric: str
    value: float
    slice: dict[str, str] = {}
    low: float | None = None
    high: float | None = None
    baseline: float | None = None
    change: float | None = None
    change_low: float | None = None
    change_high: float | None = None
    confidence: float | None = None
    rows: int | None = None


def scores(subject: Subject) -> tuple[Score, ...]:
    """What the gate measured over all rows, then what the run reports beside it."""
    measured = _scores(check for check in subject.verdict.checks if not check.slice)
    known = {score.metric for score in measured}
    reported = (Score(metric=name, value=v) for name, v in sorted(subject.run.metrics.items()) if name not in known)
    return (*measured, *reported)


def slice_scores(verdict: Verdict) -> tuple[Score, ...]:
    """What the gate measured in each slice."""
    return _scores(check for check in verdict.checks if check.slice)


def fairness(verdict: Verdict) -> tuple[Check, ...]:
    """The checks that compare groups."""
    return tuple(check for check in verdict.checks if check.rule == Rule.min_ratio)


def limits(verdict: Verdict) -> tuple[str, ...]:
    """What the evidence does not show, a sentence each; ids of checks in them are as untrusted as the checks'."""
    unproven = [check.id for check in verdict.checks if check.status is Status.inconclusive]
    unjudged = [check.id for check in verdict.checks if check.status is Status.skipped and Skip.few_rows in check.notes]
    said = {
        "The labels it was scored by were within reach of the training, which also wrote the predictions.": (
            verdict.trust is Trust.self_reported and verdict.baseline.kind != "trained"
        ),
        "What it was compared with was trained in its own job, which may have chosen what both sides came to.": (
            verdict.baseline.kind == "trained"
        ),
        "The gate ran in advisory mode: whoever may write to the repository could have answered in its stead.": (
            verdict.mode is Mode.advisory
        ),
        "It was compared with no earlier model.": all(check.baseline is None for check in verdict.checks),
        f"Not proven either way: {_listed(unproven)}.": bool(unproven),
        f"Not judged for want of rows: {_listed(unjudged)}.": bool(unjudged),
        "No groups of people were compared.": not fairness(verdict),
    }
    return tuple(sentence for sentence, holds in said.items() if holds)


def _listed(ids: list[str]) -> str:
    more = f" and {len(ids) - _NAMED:,} more" if len(ids) > _NAMED else ""
    return ", ".join(ids[:_NAMED]) + more


def _scores(checks: Iterable[Check]) -> tuple[Score, ...]:
    """One score for each metric and slice, from the check that says most of it."""
    found: dict[tuple[str, tuple[tuple[str, str], ...]], Score] = {}
    for check in checks:
        if check.candidate is None or check.rule in _NO_METRICS:
            continue
        key = (check.metric, tuple(check.slice.items()))
        score = _score(check, check.candidate)
        if key not in found or _told(score) > _told(found[key]):
            found[key] = score
    return tuple(found.values())


def _score(check: Check, value: float) -> Score:
    own = bounds_level(check)
    return Score(
        metric=check.metric,
        value=value,
        slice=check.slice,
        low=check.low if own else None,
        high=check.high if own else None,
        baseline=check.baseline,
        change=check.delta,
        change_low=None if own else check.low,
        change_high=None if own else check.high,
        confidence=check.confidence,
        rows=check.n,
    )


def _told(score: Score) -> int:
    return sum(value is not None for value in msgspec.structs.astuple(score))


def hash_of(digest: str) -> tuple[str, str] | None:
    """Algorithm and hexadecimal digits of a plain file's digest (`md5:…`, `sha256:…`); None for any other pin."""
    algorithm, _, digits = digest.partition(":")
    known = algorithm in _DIGITS and len(digits) == _DIGITS[algorithm] and _HEXADECIMAL.issuperset(digits)
    return (algorithm, digits) if known else None

"""The verdict of a gate and its checks (`merganser.verdict/1`), and how statuses roll up to a conclusion."""

from enum import StrEnum
from typing import Literal

import msgspec

from merganser.config import Severity, Waiver
from merganser.plan import Conclusion


class Status(StrEnum):
    passed = "pass"
    failed = "fail"
    inconclusive = "inconclusive"
    skipped = "skipped"
    error = "error"
    waived = "waived"


class Trust(StrEnum):
    sealed = "sealed"
    self_reported = "self-reported"


class Mode(StrEnum):
    advisory = "advisory"
    enforcing = "enforcing"


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One rule's judgement of one metric. `delta`, `low`, `high` are oriented: positive is better.

    `low` and `high` are the one-sided bounds at `confidence`; `n` the rows behind them, `b` and `c` the rows that only
    the baseline, only the candidate has right; `why` one plain sentence.
    """

    id: str
    metric: str
    rule: str
    status: Status
    why: str
    slice: dict[str, str] = {}
    candidate: float | None = None
    baseline: float | None = None
    delta: float | None = None
    low: float | None = None
    high: float | None = None
    margin: float | None = None
    confidence: float | None = None
    n: int | None = None
    n_needed: int | None = None
    method: str = ""
    b: int | None = None
    c: int | None = None
    p: float | None = None
    p_adjusted: float | None = None
    waiver: Waiver | None = None
    severity: Severity = Severity.block
    notes: tuple[str, ...] = ()


class Baseline(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the candidate was compared with: a ledger's run, a version, or a file given by hand.

    `trained`: the base commit, which the judged training run trained too, so that nobody else vouches for it.
    `read_from` says where a run's predictions were found: `release churn@v1.0.0`.
    """

    kind: Literal["ledger", "version", "trained", "file", "none"] = "none"
    inputs_digest: str = ""
    commit: str = ""
    name: str = ""
    read_from: str = ""


class Policy(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Whose rules judged: the commit they were read from, and the digest of the rules."""

    digest: str
    commit: str = ""


class RunRef(msgspec.Struct, frozen=True, kw_only=True):
    """The CI run and attempt whose bundle was judged."""

    id: int = 0
    attempt: int = 0


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What a gate says about one model: its checks in the order of the configuration, and the conclusion."""

    schema: Literal["merganser.verdict/1"] = "merganser.verdict/1"
    model: str
    inputs_digest: str = ""
    head: str = ""
    base: str = ""
    baseline: Baseline = Baseline()
    policy: Policy
    trust: Trust = Trust.self_reported
    mode: Mode = Mode.advisory
    labels_digest: str = ""
    submission: int | None = None
    run: RunRef = RunRef()
    conclusion: Conclusion
    checks: tuple[Check, ...]


def bounds_level(check: Check) -> bool:
    """Whether `low` and `high` are the candidate's own bounds, as those of a latency or a ratio, not its change's."""
    if check.low is None or check.high is None:
        return False
    held = [value is not None and check.low <= value <= check.high for value in (check.delta, check.candidate)]
    return check.delta is None or held == [False, True]

"""What a model is judged by, as frozen structs: the gate with its rules and waivers."""

from enum import StrEnum

import msgspec

# The budget of a latency's quantile: `latency_p95_ms`, `latency_p99.9_ms`.
LATENCY_BUDGET = r"latency_p((?:0|[1-9][0-9]?)(?:\.[0-9]+)?)_ms"


class Direction(StrEnum):
    """Which way a metric is better."""

    up = "up"
    down = "down"


class Baseline(StrEnum):
    """Which run a candidate is compared with: that of the base commit, or of the latest version before it."""

    base = "base"
    latest = "latest"


class OnInconclusive(StrEnum):
    block = "block"
    warn = "warn"


class OnMissingBaseline(StrEnum):
    """Where no baseline can be had: the base commit is trained beside the change, or there is nothing to compare."""

    train = "train"
    skip = "skip"


class Severity(StrEnum):
    block = "block"
    warn = "warn"


class Unit(StrEnum):
    absolute = "absolute"
    relative = "relative"


class Change(msgspec.Struct, frozen=True):
    """How far a metric may move: `0.01` absolute, `1%` relative to the baseline."""

    value: float
    unit: Unit = Unit.absolute


class NonInferior(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Proven to be not worse than the baseline by more than `margin`."""

    margin: float
    on_inconclusive: OnInconclusive | None = None


class MetricRules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The rules for one metric; each that is set makes a check of its own."""

    direction: Direction | None = None
    min: float | None = None
    max: float | None = None
    max_drop: Change | None = None
    max_rise: Change | None = None
    non_inferior: NonInferior | None = None
    severity: Severity = Severity.block


class SliceRules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One `not_worse` check for each metric and each value of column `by` (of several: each combination).

    `bins` are edges that part one column of numbers: `[18, 65]` makes `< 18`, `18 to 65` and `≥ 65`.
    """

    by: tuple[str, ...]
    metrics: tuple[str, ...]
    margin: float
    bins: tuple[float, ...] = ()
    min_support: int | None = None
    severity: Severity = Severity.block


class CalibrationError(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The most that the expected calibration error over `bins` bins of equal mass may be; judged on the point."""

    max: float
    bins: int = 15
    severity: Severity = Severity.block


class Calibration(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How well scores have to agree with what happens."""

    ece: CalibrationError | None = None


class FairnessRules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A rate of each group of column `by` must be proven to be at least `min_ratio` of the most favoured group's."""

    by: str
    min_ratio: float
    metric: str = "selection_rate"
    min_support: int | None = None
    severity: Severity = Severity.block


class BudgetRules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The most that a cost may be, and how far it may rise above the baseline's."""

    max: float | None = None
    rise: Change | None = None
    severity: Severity = Severity.block


class DriftRules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From which population stability index on a significant difference of a feature counts as drift."""

    psi: float = 0.2
    severity: Severity = Severity.block


class Waiver(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Lets `check` pass to the end of `until` (a day in UTC, or a time), unless the candidate falls below `floor`."""

    check: str
    reason: str
    by: str
    until: str
    floor: float | None = None


class Gate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a candidate is judged by."""

    baseline: Baseline = Baseline.base
    on_missing_baseline: OnMissingBaseline = OnMissingBaseline.train
    confidence: float = 0.95
    min_support: int = 200
    on_inconclusive: OnInconclusive = OnInconclusive.warn
    max_attempts: int | None = None
    metrics: dict[str, MetricRules] = {}
    calibration: Calibration = Calibration()
    slices: tuple[SliceRules, ...] = ()
    fairness: tuple[FairnessRules, ...] = ()
    budgets: dict[str, BudgetRules] = {}
    drift: DriftRules | None = None
    waivers: tuple[Waiver, ...] = ()

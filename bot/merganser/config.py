"""`merganser.yaml` and `environments.yaml` as frozen structs: every key that is understood, with its default."""

from enum import StrEnum
from typing import Literal

import msgspec

CONFIG_FILE = "merganser.yaml"
ENVIRONMENTS_FILE = "environments.yaml"
TRAIN_WORKFLOW = ".github/workflows/merganser-train.yml"
LEDGER_BRANCH = "merganser-ledger"
GATE_CHECK = "merganser/gate"
MODEL_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9])?"


class Task(StrEnum):
    binary = "binary"
    multiclass = "multiclass"


class Direction(StrEnum):
    """Which way a metric is better."""

    up = "up"
    down = "down"


class OnInconclusive(StrEnum):
    block = "block"
    warn = "warn"


class OnMissingBaseline(StrEnum):
    skip = "skip"


class Severity(StrEnum):
    block = "block"
    warn = "warn"


class Unit(StrEnum):
    absolute = "absolute"
    relative = "relative"


class ReleaseOn(StrEnum):
    merge = "merge"
    command = "command"


class Bump(StrEnum):
    major = "major"
    minor = "minor"
    patch = "patch"


class Target(StrEnum):
    kserve = "kserve"
    kubernetes = "kubernetes"


class Promotion(StrEnum):
    manual = "manual"


class Train(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a model is trained: the command, and the seconds that it may take."""

    run: str = "dvc repro"
    timeout: int = 7200


class Artifact(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The model's own file or folder below `path`, and where serving reads it from (`{model}`, `{version}`)."""

    path: str
    publish: str = ""


class Predictions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The predictions file and the meaning of its columns; `scores` maps a class to its column."""

    file: str
    key: str
    score: str = ""
    scores: dict[str, str] = {}
    prediction: str = ""
    threshold: float = 0.5
    label: str = ""
    slices: tuple[str, ...] = ()


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
    """One `not_worse` check for each metric and each value of column `by`."""

    by: str
    metrics: tuple[str, ...]
    margin: float
    min_support: int | None = None
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

    on_missing_baseline: OnMissingBaseline = OnMissingBaseline.skip
    confidence: float = 0.95
    min_support: int = 200
    on_inconclusive: OnInconclusive = OnInconclusive.warn
    metrics: dict[str, MetricRules] = {}
    slices: tuple[SliceRules, ...] = ()
    waivers: tuple[Waiver, ...] = ()


class ReleasePolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When a version is made, and which number it gets."""

    on: ReleaseOn = ReleaseOn.command
    bump: Bump = Bump.minor


class Model(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One model: where it lives, what it is made from, how it is trained, judged and released."""

    artifact: Artifact
    path: str = "."
    task: Task = Task.binary
    positive: str = ""
    inputs: tuple[str, ...] = ()
    params: str = "params.yaml"
    train: Train = Train()
    metrics: tuple[str, ...] = ()
    predictions: Predictions | None = None
    gate: Gate = Gate()
    release: ReleasePolicy = ReleasePolicy()


class EnvironmentsRef(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The repo (`OWNER/NAME`) that holds what is deployed."""

    repo: str


class Config(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`merganser.yaml`."""

    version: Literal[1]
    models: dict[str, Model]
    environments: EnvironmentsRef | None = None


class Environment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One stage of the path to production."""

    after: tuple[str, ...] = ()
    promote: Promotion = Promotion.manual


class Serving(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How one model is served: the target's manifest, KServe's runtime, or the image for plain Kubernetes."""

    target: Target
    model_format: str = "sklearn"
    runtime: str = ""
    image: str = ""


class Environments(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`environments.yaml`; `path` orders the environments where they name no `after` of their own."""

    version: Literal[1]
    environments: dict[str, Environment]
    path: tuple[str, ...] = ()
    models: dict[str, Serving] = {}

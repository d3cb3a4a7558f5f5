"""`merganser.yaml` and `environments.yaml` as frozen structs: every key that is understood, with its default.

Those of the gate are defined in `gate`, and imported from here as all the others. Reading is `file`'s.
"""

from enum import StrEnum
from typing import Literal

import msgspec

from merganser.config.commands import CommandRule
from merganser.config.gate import LATENCY_BUDGET as LATENCY_BUDGET
from merganser.config.gate import Baseline as Baseline
from merganser.config.gate import BudgetRules as BudgetRules
from merganser.config.gate import Calibration as Calibration
from merganser.config.gate import CalibrationError as CalibrationError
from merganser.config.gate import Change as Change
from merganser.config.gate import Direction as Direction
from merganser.config.gate import DriftRules as DriftRules
from merganser.config.gate import FairnessRules as FairnessRules
from merganser.config.gate import Gate as Gate
from merganser.config.gate import MetricRules as MetricRules
from merganser.config.gate import NonInferior as NonInferior
from merganser.config.gate import OnInconclusive as OnInconclusive
from merganser.config.gate import OnMissingBaseline as OnMissingBaseline
from merganser.config.gate import Severity as Severity
from merganser.config.gate import SliceRules as SliceRules
from merganser.config.gate import Unit as Unit
from merganser.config.gate import Waiver as Waiver

CONFIG_FILE = "merganser.yaml"
ENVIRONMENTS_FILE = "environments.yaml"
TRAIN_WORKFLOW = ".github/workflows/merganser-train.yml"
LEDGER_BRANCH = "merganser-ledger"
# In clones of one branch too, where a fetch without the part behind the colon leaves nothing that is found again.
FETCH_LEDGER = f"git fetch origin {LEDGER_BRANCH}:{LEDGER_BRANCH}"
GATE_CHECK = "merganser/gate"
MODEL_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9])?"
ENVIRONMENT_NAME = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"


class Task(StrEnum):
    binary = "binary"
    multiclass = "multiclass"
    regression = "regression"
    ranking = "ranking"


class Keep(StrEnum):
    """Where predictions and model files of merged runs are kept: as the run's artifacts, or in the DVC remote too."""

    artifact = "artifact"
    dvc = "dvc"


class ReleaseOn(StrEnum):
    merge = "merge"
    command = "command"
    tag = "tag"


class Bump(StrEnum):
    """Which number of a version rises; `auto`: two runs decide (`registry.bump`)."""

    major = "major"
    minor = "minor"
    patch = "patch"
    auto = "auto"


class ColumnType(StrEnum):
    """What a column of a contract holds; `empty` where all rows were missing, so that nobody knows."""

    integer = "integer"
    float = "float"
    boolean = "boolean"
    text = "text"
    date = "date"
    time = "time"
    datetime = "datetime"
    duration = "duration"
    empty = "empty"


class Publish(StrEnum):
    """Whether a release carries the predictions, whose row keys may be personal."""

    keep = "keep"
    drop = "drop"


class Signing(StrEnum):
    """Who signs the model's files: nobody, the holder of a key, or the workflow by its identity (Sigstore)."""

    none = "none"
    key = "key"
    keyless = "keyless"


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
    """The model's own file or folder ("": what `dvc.yaml` calls so), and where serving reads it from (`{model}`,
    `{version}`)."""

    path: str = ""
    publish: str = ""


class Predictions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The predictions file and the meaning of its columns; `scores` maps a class to its column.

    `query` names the list that a ranked row belongs to. `label`, `slices`, `cluster` and `weight` stand in files whose
    labels are not sealed: rows of one `cluster` are no independent evidence, and a row counts `weight` times.
    """

    file: str
    key: str
    score: str = ""
    scores: dict[str, str] = {}
    prediction: str = ""
    threshold: float = 0.5
    query: str = ""
    label: str = ""
    slices: tuple[str, ...] = ()
    cluster: str = ""
    weight: str = ""


class Labels(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Sealed labels, which no training sees: where they are fetched from (`dvc://PATH`, `s3://…`, `file:///…`; "" where
    they are given), the meaning of the columns, and the SHA-256 that the file must have."""

    key: str
    uri: str = ""
    label: str = ""
    query: str = ""
    digest: str = ""
    slices: tuple[str, ...] = ()
    cluster: str = ""
    weight: str = ""


class Features(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The table that `profile.json` describes, and which of its columns (all without any)."""

    file: str
    columns: tuple[str, ...] = ()


class Latency(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Measured latencies: one number a row, in milliseconds."""

    file: str
    column: str


class Budgets(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a run is measured by beside its predictions."""

    latency: Latency | None = None


class Column(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A column that a model reads or answers with; `classes` are those that it tells apart, or is the score of."""

    name: str
    type: ColumnType
    classes: tuple[str, ...] = ()


class Contract(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What callers of a model rely on; None where it is inferred from features and predictions."""

    inputs: tuple[Column, ...] | None = None
    outputs: tuple[Column, ...] | None = None


class ReleasePolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When a version is made, which number it gets, and what its release carries.

    Without a word on `predictions` they are kept in private repositories alone. `license` is Hugging Face's identifier.
    """

    on: ReleaseOn = ReleaseOn.command
    bump: Bump = Bump.minor
    predictions: Publish | None = None
    sign: Signing = Signing.none
    license: str = ""


class Model(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One model: where it lives, what it is made from, how it is trained, judged and released."""

    artifact: Artifact = Artifact()
    path: str = "."
    task: Task = Task.binary
    positive: str = ""
    inputs: tuple[str, ...] = ()
    params: str = "params.yaml"
    train: Train = Train()
    metrics: tuple[str, ...] = ()
    predictions: Predictions | None = None
    labels: Labels | None = None
    features: Features | None = None
    budgets: Budgets = Budgets()
    gate: Gate = Gate()
    contract: Contract = Contract()
    keep: Keep = Keep.artifact
    release: ReleasePolicy = ReleasePolicy()


def labels_path(model: Model) -> str:
    """The path from the repository's top of sealed labels that DVC tracks; "" where it tracks none.

    `dvc://PATH` starts in the model's folder, `dvc:///PATH` at the top.
    """
    scheme, _, path = model.labels.uri.partition("://") if model.labels else ("", "", "")
    if scheme != "dvc":
        return ""
    return path[1:] if path.startswith("/") else path if model.path == "." else f"{model.path}/{path}"


class EnvironmentsRef(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The repo (`OWNER/NAME`) that holds what is deployed."""

    repo: str


class Config(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`merganser.yaml`."""

    version: Literal[1]
    models: dict[str, Model]
    environments: EnvironmentsRef | None = None
    commands: dict[str, CommandRule] = {}


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

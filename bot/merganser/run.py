"""What was trained, from which data, with which result: the run and its bundle (`merganser.run/1`). No I/O."""

import hashlib
from typing import Any, Literal

import msgspec

from merganser.config import Column

RUN_SCHEMA: Literal["merganser.run/1"] = "merganser.run/1"
RUN_FILE = "run.json"
PREDICTIONS = "predictions"  # among `Run.files`; not every release carries them


class DataPin(msgspec.Struct, frozen=True, kw_only=True):
    """One data set that the run read: by which system, where, with which digest (`md5:…`, `sha256:…`)."""

    name: str
    system: str
    digest: str
    uri: str = ""


class Artifact(msgspec.Struct, frozen=True, kw_only=True):
    """One file of the model itself; `path` below the model's folder, `size` in bytes."""

    path: str
    sha256: str
    size: int


class BundleFile(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One data file of the bundle; `rows` where it is a table."""

    path: str
    sha256: str
    rows: int | None = None


class LatencyFile(msgspec.Struct, frozen=True, kw_only=True):
    """Which file of the bundle has measured latencies, and which of its columns: milliseconds, one a row."""

    file: str
    column: str


class Environment(msgspec.Struct, frozen=True, kw_only=True):
    """What the run ran on: Python's version, `OS-architecture`, versions of the installed packages."""

    python: str
    platform: str
    packages: dict[str, str] = {}


class Contract(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The columns that the model reads and answers with, in order; None where the run can't tell."""

    inputs: tuple[Column, ...] | None = None
    outputs: tuple[Column, ...] | None = None


class Stage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One stage of the pipeline with the digest of its locked state, data and results included.

    `code` is the digest of its command and of what it reads from git, parameters aside; "" in older runs.
    """

    name: str
    digest: str
    code: str = ""


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """Who ran it and where; `local` for a person's own machine."""

    ci: Literal["github", "local"] = "local"
    run_url: str = ""
    run_id: int = 0
    attempt: int = 0
    actor: str = ""


class Run(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One training and evaluation of one model at one commit. Times are ISO 8601 in UTC, `…Z`.

    `budgets` are what it cost: numbers by name, and `latency_ms` for the file that latencies stand in.
    """

    schema: Literal["merganser.run/1"] = RUN_SCHEMA
    model: str
    inputs_digest: str
    tree: str
    commit: str
    head: str
    base: str = ""
    event: str = "local"
    pull_request: int | None = None
    params: dict[str, Any] = {}
    metrics: dict[str, float] = {}
    data: tuple[DataPin, ...] = ()
    artifacts: tuple[Artifact, ...] = ()
    files: dict[str, BundleFile] = {}
    contract: Contract | None = None
    budgets: dict[str, float | LatencyFile] = {}
    environment: Environment
    stages: tuple[Stage, ...] = ()
    source: Source = Source()
    started: str
    finished: str


def artifact_digest(artifacts: tuple[Artifact, ...]) -> str:
    """`sha256:…` of the model: of its one file, or over sorted lines `SHA  PATH` of several; "" without any."""
    if not artifacts:
        return ""
    if len(artifacts) == 1:
        return f"sha256:{artifacts[0].sha256}"
    lines = "".join(f"{a.sha256}  {a.path}\n" for a in sorted(artifacts, key=lambda a: a.path))
    return "sha256:" + hashlib.sha256(lines.encode()).hexdigest()


def spelled(value: Any) -> str:
    """A parameter's value in words: text as it is, all else as JSON writes it (`null`, `true`, `0.3`)."""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()

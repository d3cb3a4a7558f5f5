"""The ledger's records: their paths, their bytes, strict reading of both. Which record counts is in `lineage`.

A record's path names the CI run that *recorded* it, not the one that trained: when a push reuses what a pull request
trained, the pull request's record stands under that run's id and attempt (`merged: false`), the push's under its own
(`merged: true`), and `run.source` of both says who trained. So a merge adds a file and never rewrites one, and a report
that runs again for the same CI run finds its own path taken and adds nothing.
"""

import hashlib
import re
from typing import Annotated, NamedTuple

import msgspec

from merganser.config import MODEL_NAME
from merganser.documents import dump_json, load_json
from merganser.errors import DataError
from merganser.evaluation.verdict import RunRef, Verdict
from merganser.registry.names import check_model_name
from merganser.run import Run

_SHORT = 12
_ID = r"[1-9][0-9]{0,17}"
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_RUN_PATH = re.compile(rf"runs/({MODEL_NAME})/([0-9a-f]{{{_SHORT}}})-({_ID})-({_ID})\.json")
_VERDICT_PATH = re.compile(
    rf"verdicts/({MODEL_NAME})/([0-9a-f]{{{_SHORT}}})-({_ID})-({_ID})-([0-9a-f]{{{_SHORT}}})\.json"
)
_HINT = "The ledger is written by Merganser alone: look in its history for who changed the file."


class Place(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="artifact"):
    """An Actions artifact that holds something of a run; `digest` is GitHub's own, `sha256:…` of the zip."""

    run_id: int
    name: str
    digest: str = ""


class StoredFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One object of a DVC remote: the run's path for it, its MD5, by which it is found, and its size in bytes."""

    path: str
    md5: Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{32}\Z")]
    size: int


class RemotePlace(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="dvc"):
    """Objects of a DVC remote: the default one of the project (a folder), as the default branch names it when asked.

    `artifact` holds the same files as long as GitHub keeps it.
    """

    project: str = "."
    files: tuple[StoredFile, ...]
    artifact: Place | None = None


class Kept(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a run's predictions and the model's own files lie; None where they weren't kept."""

    predictions: Place | RemotePlace | None = None
    files: Place | RemotePlace | None = None


class Recorded(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who wrote a run down, when (`2026-11-23T16:00:00Z`: whole seconds in UTC) and for which event.

    `commit` is what the event was about: the pushed commit of the default branch where `merged`, else the pull
    request's head. It differs from `run.commit` when the run was reused.
    """

    time: Annotated[str, msgspec.Meta(pattern=r"\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\Z")]
    by: str
    event: str
    merged: bool
    commit: str
    kept: Kept = Kept()


class RunRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One file below `runs/`: the run, and how it came to be recorded. `path` is where it stands in the ledger."""

    path: str
    run: Run
    recorded: Recorded


class _RecordedRun(Run, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A run record as its file spells it: the run's own keys, and `recorded` beside them."""

    recorded: Recorded


class VerdictRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One file below `verdicts/`."""

    path: str
    verdict: Verdict


class RecordName(msgspec.Struct, frozen=True, kw_only=True):
    """What a record's path says: the model, the first 12 digits of the inputs digest, and the CI run that recorded."""

    model: str
    inputs: str
    at: RunRef


class File(NamedTuple):
    """One file to append: its path in the ledger, and its bytes."""

    path: str
    content: bytes


def run_record(run: Run, recorded: Recorded, at: RunRef) -> File:
    """The file that records `run` for the CI run `at`; `DataError` where digest or `at` can't stand in a path."""
    path = f"runs/{_stem(run.model, run.inputs_digest, at)}.json"
    return File(path, dump_json({**msgspec.to_builtins(run), "recorded": recorded}))


def verdict_record(verdict: Verdict, at: RunRef) -> File:
    """The file that records `verdict` for the CI run `at`; another verdict on the same run is another file."""
    content = dump_json(verdict)
    return File(f"verdicts/{_stem(verdict.model, verdict.inputs_digest, at)}-{_content(content)}.json", content)


def run_name(path: str) -> RecordName | None:
    """What the path of a run record says, or None for any other path."""
    found = _RUN_PATH.fullmatch(path)
    return None if found is None else _named(found)


def verdict_name(path: str) -> RecordName | None:
    """What the path of a verdict record says, or None for any other path."""
    found = _VERDICT_PATH.fullmatch(path)
    return None if found is None else _named(found)


def read_run(path: str, content: bytes) -> RunRecord:
    """The run record at `path`; `DataError` where it isn't one, or speaks of another model or digest than its path."""
    name = run_name(path)
    if name is None:
        raise DataError(f"{path[:300]!a} is no run record", _HINT)
    found = load_json(content, path, _RecordedRun)
    _agree(path, name, (found.model, found.inputs_digest))
    run = Run(**{field: getattr(found, field) for field in Run.__struct_fields__})
    return RunRecord(path=path, run=run, recorded=found.recorded)


def read_verdict(path: str, content: bytes) -> VerdictRecord:
    """The verdict record at `path`; `DataError` as in `read_run`, and for other bytes than its path promises."""
    name = verdict_name(path)
    if name is None or not keeps_promise(path, content):
        raise DataError(f"{path[:300]!a} is no verdict record, or its content was changed", _HINT)
    verdict = load_json(content, path, Verdict)
    _agree(path, name, (verdict.model, verdict.inputs_digest))
    return VerdictRecord(path=path, verdict=verdict)


def keeps_promise(path: str, content: bytes) -> bool:
    """Whether a verdict's file has the content whose digest its path ends with."""
    return path.endswith(f"-{_content(content)}.json")


def _stem(model: str, inputs_digest: str, at: RunRef) -> str:
    check_model_name(model)
    if _DIGEST.fullmatch(inputs_digest) is None:
        raise DataError(f"{model}: {inputs_digest[:80]!a} is no inputs digest", "It is sha256: and 64 hex digits.")
    if at.id < 1 or at.attempt < 1:
        raise DataError(f"{model}: a run outside CI can't be recorded", "Only runs of the training workflow are.")
    return f"{model}/{short_digest(inputs_digest)}-{at.id}-{at.attempt}"


def short_digest(digest: str) -> str:
    """The first 12 hexadecimal digits of `sha256:…`, as they stand in paths."""
    return digest.removeprefix("sha256:")[:_SHORT]


def _content(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:_SHORT]


def _named(found: re.Match[str]) -> RecordName:
    return RecordName(model=found[1], inputs=found[2], at=RunRef(id=int(found[3]), attempt=int(found[4])))


def _agree(path: str, name: RecordName, content: tuple[str, str]) -> None:
    model, digest = content
    if model != name.model or _DIGEST.fullmatch(digest) is None or short_digest(digest) != name.inputs:
        raise DataError(f"{path}: its content speaks of {model[:80]!a} with inputs {digest[:80]!a}", _HINT)

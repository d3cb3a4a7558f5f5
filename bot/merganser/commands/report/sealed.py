"""The sealed labels of a model: given to the command, or fetched from where the default branch says they lie."""

import hashlib
import posixpath
import re
from pathlib import Path

import msgspec

from merganser.commands.carry_out import Workbench
from merganser.commands.report import borrowed
from merganser.commands.report.change import Change
from merganser.config import Labels, labels_path
from merganser.errors import ConfigError, DataError
from merganser.git import Repository
from merganser.storage import objects, pointers, remote
from merganser.storage.pointers import Pointer
from merganser.streams import progress

MAX_LABELS = 4 * 2**30
_PINNED = "the default branch alone says where sealed labels lie"


class Sealing(msgspec.Struct, frozen=True, kw_only=True):
    """What is judged: the change, its head, the default branch's newest commit; whether it is a push to that branch."""

    place: Workbench
    mirror: Repository
    change: Change
    head: str
    tip: str
    pushed: bool


def labels_of(sealing: Sealing, model: str, given: Path | None) -> Path | None:
    """The model's sealed labels; None where none are configured, or no place for them and none are given.

    `ConfigError` or `DataError` says why they can't be had, and where a checkout could read them: then the training of
    the pull request could, too.
    """
    rules = sealing.change.rules(model)
    if rules.labels is None:
        return given
    file = given if given or not rules.labels.uri else _fetched(sealing, model, rules.labels)
    if file is not None:
        _refuse_in_git(sealing, file)
    return file


def _fetched(sealing: Sealing, model: str, labels: Labels) -> Path:
    progress(f"merganser: {model}: fetching its sealed labels")
    name = re.sub(r"[^A-Za-z0-9._-]", "_", labels.uri.rsplit("/", 1)[1])
    into = sealing.place.folder / "labels" / model / name
    if into.exists():
        return into
    if labels.uri.startswith("dvc://"):
        return _tracked(sealing, model, into)
    # An address in a pull request's own configuration would be asked for with the credentials of this job.
    if sealing.change.is_new(model) and not sealing.pushed:
        raise ConfigError(f"labels.uri: {_PINNED}", "Merge the model without labels first, then add them.")
    if labels.uri.startswith("s3://"):
        return objects.fetch_address(labels.uri, into, MAX_LABELS)
    return _local(labels)


def _local(labels: Labels) -> Path:
    """A file of the machine that judges."""
    file = Path(labels.uri.removeprefix("file://"))
    if not file.is_file():
        raise DataError(f"labels.uri: there is no file {file}", "Put it there, on the machine that judges.")
    return file


def _tracked(sealing: Sealing, model: str, into: Path) -> Path:
    """What DVC tracks, by the pointer of the commit whose rules judge; of a new model's by the default branch."""
    change = sealing.change
    commit = change.policy_commit if not change.is_new(model) else sealing.head if sealing.pushed else sealing.tip
    path = labels_path(change.rules(model))

    def at(where: str) -> Pointer | None:
        return pointers.pointer_at(where, lambda name: sealing.mirror.file(commit, name))

    found = at(path)
    if found is None:
        raise DataError(
            f"labels.uri: DVC tracks no {path} at {commit[:12]}; {_PINNED}",
            f"Run `dvc add {path}` and `dvc push`, and merge {path}.dvc before the model is judged by it.",
        )
    if change.is_new(model) and not sealing.pushed and change.policy:
        borrowed.refuse(path, found, change.policy, at)
    store = remote.read_remote(_dvc_config(sealing, path), found.remote)
    try:
        return objects.fetch(store, found, into, MAX_LABELS)
    except objects.Missing as missing:
        raise DataError(
            f"{missing.message}, which {path} stands for at {commit[:12]}",
            f"Run `dvc push -r {store.name} {path}` where the labels are, then run this job again.",
        ) from missing


def _dvc_config(sealing: Sealing, path: str) -> bytes:
    """The configuration of the DVC project around `path`, at the default branch's newest commit."""
    folder = path
    while folder:
        folder = posixpath.dirname(folder)
        if (config := sealing.mirror.file(sealing.tip, posixpath.join(folder, remote.CONFIG))) is not None:
            return config
    raise ConfigError(
        f"labels.uri: the default branch has no {remote.CONFIG}", "Run `dvc remote add -d`, and commit it."
    )


def _refuse_in_git(sealing: Sealing, labels: Path) -> None:
    """Labels that git holds, now or ever, are in every clone: also in the one that trains."""
    files = sorted(file for file in labels.rglob("*") if file.is_file()) if labels.is_dir() else [labels]
    now = {entry.oid: entry.path for entry in sealing.mirror.entries(sealing.change.tree)}
    for file in files:
        oid = _blob(file)
        if oid in now:
            raise DataError(*_not_sealed(f"as {now[oid][:200]!a}"))
        if sealing.mirror.reaches(oid, sealing.head, sealing.tip):
            raise DataError(*_not_sealed("in an earlier commit, and history keeps them"))


def _not_sealed(where: str) -> tuple[str, str]:
    hint = "Replace them by labels that never were in git, tracked in a remote that the training can't read."
    return f"the labels are committed to git {where}, so they are not sealed: every checkout can read them", hint


def _blob(file: Path) -> str:
    """The object id that git would give to the file's content."""
    sha = hashlib.sha1(b"blob %d\0" % file.stat().st_size, usedforsecurity=False)
    with file.open("rb") as stream:
        while chunk := stream.read(2**20):
            sha.update(chunk)
    return sha.hexdigest()

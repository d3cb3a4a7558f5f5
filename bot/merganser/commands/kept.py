"""Finds again what a recorded run left: in a release of its version, the DVC remote, or the Actions artifact."""

from collections.abc import Iterable
from pathlib import Path, PurePosixPath

import msgspec

from merganser.commands import evidence
from merganser.commands.carry_out import Workbench
from merganser.errors import ConfigError, DataError
from merganser.registry.ledger import Place, RemotePlace, RunRecord
from merganser.run import BundleFile
from merganser.storage import objects, remote
from merganser.storage.pointers import Pointer

_TRAIN = "Run the training workflow again."


class KeptBundle(msgspec.Struct, frozen=True):
    """A recorded run's files by name (`predictions`, `profile`, `latency`), and from where they came, in words."""

    files: dict[str, Path]
    source: str


class _Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """One file of a run, where its record says that it lies, and the most bytes that it may have."""

    listed: BundleFile
    at: Place | RemotePlace
    cap: int


def bundle(place: Workbench, record: RunRecord, tags: Iterable[str]) -> KeptBundle:
    """The bundle's files: of the first place that has them, of releases of the run's version (`tags`), the DVC remote,
    and the artifact.

    No files for a run that has none; `DataError` where they are gone.
    """
    tags, sources, files = tuple(tags), dict[str, None](), {}
    for name, listed in record.run.files.items():
        files[name], source = _found(place, record, tags, listed)
        sources[source] = None
    return KeptBundle(files, " and ".join(sources))


def model_files(place: Workbench, record: RunRecord) -> dict[str, Path]:
    """The model's own files by path, each checked against the run's digest; never loaded. `DataError` where gone."""
    if record.recorded.kept.files is None:
        raise DataError("the recorded run's model files were not kept", _TRAIN)
    at = record.recorded.kept.files
    listed = {a.path: BundleFile(path=a.path, sha256=a.sha256) for a in record.run.artifacts}
    return {path: fetch(place, at, one, evidence.MAX_FILES)[0] for path, one in listed.items()}


def fetch(place: Workbench, at: Place | RemotePlace, listed: BundleFile, cap: int) -> tuple[Path, str]:
    """One file from where a record says that it lies, checked against the run's digest, and that place in words."""
    wanted = _Wanted(listed=listed, at=at, cap=cap)
    if isinstance(at, Place):
        return _from_artifact(place, wanted, at)
    try:
        return _from_remote(place, wanted, at)
    except (ConfigError, DataError):
        if at.artifact is None:
            raise
    return _from_artifact(place, wanted, at.artifact)


def remote_of(place: Workbench, project: str) -> remote.Remote:
    """The default DVC remote of a project of the repository, as the default branch names it now."""
    path = str(PurePosixPath(project, remote.CONFIG))
    config = place.forge.file(place.repo, place.default_branch(), path)
    if config is None:
        raise ConfigError(f"the default branch has no {path}", "Run `dvc remote add -d`, and commit it.")
    return remote.read_remote(config)


def _found(place: Workbench, record: RunRecord, tags: tuple[str, ...], listed: BundleFile) -> tuple[Path, str]:
    for tag in tags:
        if (released := _released(place, tag, listed)) is not None:
            return released, f"release {tag}"
    if record.recorded.kept.predictions is None:
        raise DataError("the recorded run's predictions were not kept", _TRAIN)
    return fetch(place, record.recorded.kept.predictions, listed, evidence.MAX_BUNDLE)


def _released(place: Workbench, tag: str, listed: BundleFile) -> Path | None:
    release = place.forge.release_by_tag(place.repo, tag)
    name = Path(listed.path).name
    asset = next((a for a in (release.assets if release else ()) if a.name == name), None)
    if asset is None:
        return None
    file = place.folder / "assets" / str(asset.id) / name
    if not file.exists():
        file.parent.mkdir(parents=True)
        place.forge.download_asset(place.repo, asset, file, evidence.MAX_BUNDLE)
    return file if evidence.sha256(file) == listed.sha256 else None


def _from_remote(place: Workbench, wanted: _Wanted, at: RemotePlace) -> tuple[Path, str]:
    stored = next((file for file in at.files if file.path == wanted.listed.path), None)
    if stored is None:
        raise DataError(f"{wanted.listed.path[:200]!r} of the recorded run was not kept", _TRAIN)
    found = remote_of(place, at.project)
    file = place.folder / "objects" / f"{stored.md5}{PurePosixPath(stored.path).suffix}"
    if not file.exists():
        objects.fetch(found, Pointer(md5=stored.md5, size=stored.size), file, wanted.cap)
    if evidence.sha256(file) != wanted.listed.sha256:
        raise DataError(f"the object {stored.md5} in the remote {found.name} is not the run's file", _TRAIN)
    return file, f"DVC remote {found.name}"


def _from_artifact(place: Workbench, wanted: _Wanted, at: Place) -> tuple[Path, str]:
    folder = _folder(place, at, wanted.cap)
    return evidence.checked(folder, wanted.listed), f"artifact {at.name} of run {at.run_id}"


def _folder(place: Workbench, at: Place, cap: int) -> Path:
    refs = place.forge.artifacts(place.repo, at.run_id)
    ref = next((ref for ref in refs if ref.name == at.name and not ref.expired), None)
    if ref is None:
        hint = f"{_TRAIN} Artifacts last 90 days at most: with `keep: dvc` the DVC remote has them as well."
        raise DataError(f"the artifact {at.name} of run {at.run_id} is gone", hint)
    if at.digest and ref.digest != at.digest:
        raise DataError(f"the artifact {at.name} of run {at.run_id} is not the recorded one", "Train again.")
    return evidence.download(place, ref, cap)

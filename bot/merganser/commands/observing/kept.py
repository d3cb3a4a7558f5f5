"""Finds again what a recorded run left: in a release of its version, the DVC remote, or the Actions artifact."""

from collections.abc import Iterable
from pathlib import Path, PurePosixPath

import msgspec

from merganser.commands.carry_out import Workbench
from merganser.commands.observing import evidence
from merganser.errors import ConfigError, DataError
from merganser.forge.values import ReleaseAsset
from merganser.registry.ledger import Place, RemotePlace, RunRecord
from merganser.run import BundleFile
from merganser.storage import objects, remote
from merganser.storage.pointers import Pointer

_TRAIN = "Run the training workflow again."


class KeptFiles(msgspec.Struct, frozen=True):
    """A recorded run's files by path, and the one place that they came from, in words."""

    files: dict[str, Path]
    source: str


class KeptBundle(msgspec.Struct, frozen=True):
    """A recorded run's files by name (`predictions`, `profile`, `latency`), and from where they came, in words."""

    files: dict[str, Path]
    source: str


def bundle(place: Workbench, record: RunRecord, tags: Iterable[str]) -> KeptBundle:
    """The bundle's files: of the first place that has them, of releases of the run's version (`tags`), the DVC remote,
    and the artifact.

    No files for a run that has none; `DataError` where they are gone.
    """
    listed = record.run.files
    if not listed:
        return KeptBundle({}, "")
    found, sources = _released(place, tags, tuple(listed.values()))
    lacking = tuple(file for file in listed.values() if file.path not in found)
    if lacking:
        at = record.recorded.kept.predictions
        if at is None:
            raise DataError("the recorded run's predictions were not kept", _TRAIN)
        rest = fetch(place, at, lacking, evidence.MAX_BUNDLE)
        found, sources = {**found, **rest.files}, (*sources, rest.source)
    return KeptBundle({name: found[file.path] for name, file in listed.items()}, " and ".join(sources))


def model_files(place: Workbench, record: RunRecord) -> dict[str, Path]:
    """The model's own files by path, each checked against the run's digest; never loaded. `DataError` where gone."""
    if record.recorded.kept.files is None:
        raise DataError("the recorded run's model files were not kept", _TRAIN)
    at = record.recorded.kept.files
    listed = tuple(BundleFile(path=a.path, sha256=a.sha256) for a in record.run.artifacts)
    return fetch(place, at, listed, evidence.MAX_FILES).files


def fetch(place: Workbench, at: Place | RemotePlace, listed: tuple[BundleFile, ...], cap: int) -> KeptFiles:
    """Files from where a record says that they lie, each of at most `cap` bytes and checked against the run's digest.

    Where the remote lacks one of them, all come from the artifact, as long as there is one.
    """
    if isinstance(at, Place):
        return _from_artifact(place, at, listed, cap)
    try:
        return _from_remote(place, at, listed, cap)
    except (ConfigError, DataError):
        if at.artifact is None:
            raise
    return _from_artifact(place, at.artifact, listed, cap)


def remote_of(place: Workbench, project: str) -> remote.Remote:
    """The default DVC remote of a project of the repository, as the default branch names it now."""
    path = str(PurePosixPath(project, remote.CONFIG))
    config = place.once.ask(("file", path), lambda: place.forge.file(place.repo, place.default_branch(), path))
    if config is None:
        raise ConfigError(f"the default branch has no {path}", "Run `dvc remote add -d`, and commit it.")
    return remote.read_remote(config)


def _released(
    place: Workbench, tags: Iterable[str], listed: tuple[BundleFile, ...]
) -> tuple[dict[str, Path], tuple[str, ...]]:
    """Those of the files that releases hold, by path, and the releases in words."""
    found: dict[str, Path] = {}
    sources = []
    for tag in tags:
        if all(one.path in found for one in listed):
            break
        release = place.release(tag)
        assets = {asset.name: asset for asset in release.assets} if release else {}
        new = {}
        for one in listed:
            asset = assets.get(Path(one.path).name)
            if one.path not in found and asset and (file := _asset(place, asset, one)):
                new[one.path] = file
        sources += [f"release {tag}"] if new else []
        found |= new
    return found, tuple(sources)


def _asset(place: Workbench, asset: ReleaseAsset, listed: BundleFile) -> Path | None:
    """The file, None where it isn't the run's."""
    file = place.folder / "assets" / str(asset.id) / asset.name
    if not file.exists():
        file.parent.mkdir(parents=True)
        place.forge.download_asset(place.repo, asset, file, evidence.MAX_BUNDLE)
    return file if evidence.sha256(file) == listed.sha256 else None


def _from_remote(place: Workbench, at: RemotePlace, listed: tuple[BundleFile, ...], cap: int) -> KeptFiles:
    store, stored = remote_of(place, at.project), {file.path: file for file in at.files}
    found = {}
    for one in listed:
        if one.path not in stored:
            raise DataError(f"{one.path[:200]!r} of the recorded run was not kept", _TRAIN)
        md5, size = stored[one.path].md5, stored[one.path].size
        file = place.folder / "objects" / f"{md5}{PurePosixPath(one.path).suffix}"
        if not file.exists():
            objects.fetch(store, Pointer(md5=md5, size=size), file, cap)
        if evidence.sha256(file) != one.sha256:
            raise DataError(f"the object {md5} in the remote {store.name} is not the run's file", _TRAIN)
        found[one.path] = file
    return KeptFiles(found, f"DVC remote {store.name}")


def _from_artifact(place: Workbench, at: Place, listed: tuple[BundleFile, ...], cap: int) -> KeptFiles:
    folder = unpacked(place, at, cap)
    files = {one.path: evidence.checked(folder, one) for one in listed}
    return KeptFiles(files, f"artifact {at.name} of run {at.run_id}")


def unpacked(place: Workbench, at: Place, cap: int) -> Path:
    """The folder with what an artifact holds; `DataError` where it is gone, or not the recorded one."""
    refs = place.artifacts(at.run_id)
    ref = next((ref for ref in refs if ref.name == at.name and not ref.expired), None)
    if ref is None:
        hint = f"{_TRAIN} Artifacts last 90 days at most: with `keep: dvc` the DVC remote has them as well."
        raise DataError(f"the artifact {at.name} of run {at.run_id} is gone", hint)
    if at.digest and ref.digest != at.digest:
        raise DataError(f"the artifact {at.name} of run {at.run_id} is not the recorded one", "Train again.")
    return evidence.download(place, ref, cap)

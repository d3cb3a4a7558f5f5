"""What a merged run leaves goes to the DVC remote where the configuration wants that: which files, to where."""

import posixpath
from pathlib import Path, PurePosixPath

import msgspec

from merganser.commands.carry_out import Store, Workbench
from merganser.commands.observing import kept
from merganser.commands.observing.evidence import MAX_FILES, Bundle
from merganser.errors import ConfigError
from merganser.git import Repository
from merganser.registry.ledger import Kept, Place, RemotePlace, StoredFile
from merganser.run import BundleFile
from merganser.storage import objects, remote


class Keeping(msgspec.Struct, frozen=True, kw_only=True):
    """Where a run's files will lie once `stores` are done."""

    kept: Kept
    stores: tuple[Store, ...] = ()


class Merged(msgspec.Struct, frozen=True, kw_only=True):
    """A merged run's bundle, the folder of its model, and the clone at the pushed commit."""

    bundle: Bundle
    folder: str
    mirror: Repository
    commit: str


def in_remote(place: Workbench, merged: Merged) -> Keeping:
    """Predictions and model files as objects of the default remote; `ConfigError`, `DataError` where that can't be."""
    project = _project(merged)
    target = kept.remote_of(place, project)
    bundle = merged.bundle
    files = {listed.path: bundle.files[name] for name, listed in bundle.run.files.items()}
    models = _models(place, bundle)
    stores = tuple(Store(remote=target, file=file) for file in (*files.values(), *models.values()))
    return Keeping(
        kept=Kept(
            predictions=_moved(project, files, bundle.kept.predictions),
            files=_moved(project, models, bundle.kept.files),
        ),
        stores=stores,
    )


def _models(place: Workbench, bundle: Bundle) -> dict[str, Path]:
    at = bundle.kept.files
    if at is None:
        return {}
    listed = tuple(BundleFile(path=a.path, sha256=a.sha256) for a in bundle.run.artifacts)
    return kept.fetch(place, at, listed, MAX_FILES).files


def _moved(project: str, files: dict[str, Path], at: Place | RemotePlace | None) -> Place | RemotePlace | None:
    if not files:
        return at
    artifact = at.artifact if isinstance(at, RemotePlace) else at
    return RemotePlace(
        project=project, files=tuple(_stored(name, files[name]) for name in sorted(files)), artifact=artifact
    )


def _stored(name: str, file: Path) -> StoredFile:
    pointer = objects.pointer_of(file)
    return StoredFile(path=name, md5=pointer.md5, size=pointer.size or 0)


def _project(merged: Merged) -> str:
    """The folder of the DVC project around the model's."""
    for folder in (PurePosixPath(merged.folder), *PurePosixPath(merged.folder).parents):
        if merged.mirror.file(merged.commit, posixpath.normpath(str(folder / remote.CONFIG))) is not None:
            return str(folder)
    raise ConfigError(f"keep: dvc: there is no {remote.CONFIG}", "Run `dvc init` and `dvc remote add -d`, and commit.")

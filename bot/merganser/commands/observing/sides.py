"""What a person names on the command line as one side of a comparison: a bundle, a commit, a version or a bare file."""

from pathlib import Path

import msgspec

from merganser.commands.observing import evidence
from merganser.commands.observing.checkout import config_at, model_at
from merganser.commands.observing.ledger import fetching, open_ledger
from merganser.commands.observing.tags import read_versions
from merganser.errors import ConfigError, DataError
from merganser.git import Repository
from merganser.inputs import inputs_digest
from merganser.registry import versions
from merganser.registry.ledger import RunRecord
from merganser.run import RUN_FILE, Run


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """A run that the ledger has, and the tags of its version."""

    record: RunRecord
    tags: tuple[str, ...]


def is_bundle(name: str) -> bool:
    """Whether `name` is a bundle's folder."""
    return (Path(name) / RUN_FILE).is_file()


def run_of(folder: Path, name: str, model: str | None) -> tuple[str, Run]:
    """The run that `name` (a bundle folder, commit or version) means in the clone at `folder`.

    Before it what it is called: the version's tag, else the beginning of the run's commit.
    """
    if is_bundle(name):
        run = evidence.read_run(Path(name))
        return run.commit[:12], run
    found = recorded(Repository(folder), name, model)
    run = found.record.run
    return next(iter(found.tags), run.commit[:12]), run


def recorded(clone: Repository, name: str, model: str | None) -> Recorded:
    """The ledger's run of a commit or version; `ConfigError` where `name` is neither, `DataError` without one.

    Of a `model` that is named a version may be a bare number, such as v0.1.0.
    """
    commit, version = _commit(clone, name, model)
    wanted = version.model if version else model or _only_model(clone, commit, name)
    record = record_at(clone, commit, wanted)
    if record is None:
        hint = f"{fetching(clone)}Train it, and name the bundle's folder."
        raise DataError(f"no run of {wanted} at {name} is recorded in this clone's ledger", hint)
    return Recorded(record=record, tags=(version.tag,) if version else ())


def record_at(clone: Repository, commit: str, model: str) -> RunRecord | None:
    """The ledger's run of a model as it is at a commit, a merged one before others."""
    digest = inputs_digest(clone.entries(commit), model_at(clone, commit, model))
    found = open_ledger(clone).runs_with(model, digest)
    return max(found, key=lambda r: (r.recorded.merged, r.recorded.time), default=None)


def _commit(clone: Repository, name: str, of: str | None) -> tuple[str, versions.Version | None]:
    if of and (bare := versions.find(read_versions(clone).versions, of, name)):
        return bare.commit, bare
    model, at, number = name.partition("@")
    if at and number.startswith("v"):
        version = versions.find(read_versions(clone).versions, model, number)
        if version is None:
            raise ConfigError(
                f"{name[:100]!r} is no version that this clone knows", "git fetch --tags, or see `models`."
            )
        return version.commit, version
    commit = clone.resolve(name)
    if commit is None:
        if Path(name).exists():
            what = f"{name[:100]!r} is no bundle, and only runs can be compared"
            raise ConfigError(what, "`merganser gate` judges bare prediction files.")
        hint = (
            "Name a bundle's folder, a commit, or a version such as digits@v0.1.0 (with --model digits also v0.1.0); "
            "for `gate` also a predictions file."
        )
        raise ConfigError(f"{name[:100]!r} is no file, commit or version here", hint)
    return commit, None


def _only_model(clone: Repository, commit: str, name: str) -> str:
    config = config_at(clone, commit)
    models = list(config.models) if config else []
    if len(models) != 1:
        raise ConfigError(f"{name} has {len(models)} models", "Say which one is meant with --model.")
    return models[0]

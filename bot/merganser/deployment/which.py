"""What runs where, read from the environments repo's files. What may go where is decided in `promotion`."""

import msgspec

from merganser.config import ENVIRONMENTS_FILE, Environments
from merganser.config.file import load_environments
from merganser.deployment.release_file import RELEASE_FILE, load_release
from merganser.errors import ConfigError, DataError


class Deployed(msgspec.Struct, frozen=True, kw_only=True):
    """One model in one environment. `version` is bare (`1.4.0`); `repo`, `tag` and `commit` say where it comes from."""

    environment: str
    model: str
    version: str
    repo: str
    tag: str
    commit: str
    inputs_digest: str
    uri: str
    digest: str


def folder(environment: str, model: str) -> str:
    """The folder that says what of a model runs in an environment."""
    return f"{environment}/{model}"


def release_path(environment: str, model: str) -> str:
    """The path of the `release.yaml` to hand to `running`."""
    return f"{folder(environment, model)}/{RELEASE_FILE}"


def stages(data: bytes | None, environment: str) -> Environments:
    """What `data`, the bytes of `environments.yaml`, says; `ConfigError` where it lacks the file or the environment."""
    if data is None:
        raise ConfigError(f"the environments repo has no {ENVIRONMENTS_FILE}", "Is it the right repository?")
    found = load_environments(data, ENVIRONMENTS_FILE)
    if environment not in found.environments:
        known = ", ".join(found.environments)
        raise ConfigError(f"{environment[:80]!r} is no environment", f"There are: {known}.")
    return found


def running(data: bytes | None, environment: str, model: str) -> Deployed | None:
    """What `data`, the bytes at `release_path`, says to run; None where there is no such file.

    `ConfigError` or `DataError` where the file can't be read or speaks of another model.
    """
    if data is None:
        return None
    where = release_path(environment, model)
    release = load_release(data, where)
    if release.model != model:
        raise DataError(f"{where}: it deploys {release.model[:80]!a}", "Each model has a folder of its own name.")
    return Deployed(
        environment=environment,
        model=model,
        version=release.version,
        repo=release.source.repo,
        tag=release.source.tag,
        commit=release.source.commit,
        inputs_digest=release.source.inputs_digest,
        uri=release.artifact.uri,
        digest=release.artifact.digest,
    )

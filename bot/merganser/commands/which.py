"""`merganser which`: what an environment runs, as the environments repo says, or else stage tags."""

from pathlib import Path

import msgspec
from tabulate import tabulate

from merganser.commands.models import Local, date, read_local
from merganser.config import CONFIG_FILE, ENVIRONMENTS_FILE, Config
from merganser.config.file import load_config
from merganser.deployment.which import Deployed, release_path, running, stages
from merganser.documents import dump_json
from merganser.errors import ConfigError
from merganser.foreign_text import did_you_mean
from merganser.forge.ci.answers import inert
from merganser.forge.ci.runtime import Runtime
from merganser.git import GitError, Repository


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """Which model and environment; `folder` is the model repo's clone, `environments` one of the environments repo.

    With `tags` the stage tags of `folder` answer, and no environments repo is asked.
    """

    folder: Path
    model: str
    environment: str
    environments: Path | None = None
    tags: bool = False


def which(request: Request, runtime: Runtime, *, as_json: bool) -> str:
    """The version that runs there, or that nothing does; `ConfigError` for an unknown environment or model."""
    if request.tags:
        return _staged(request, as_json=as_json)
    read = _local if request.environments else _remote
    written, release = read(request, runtime)
    there = stages(written, request.environment)
    deployed = running(release, request.environment, request.model)
    if deployed is None and request.model not in there.models:
        _refuse_unknown(request, {*there.models, *_models_of(request)})
    if as_json:
        return dump_json(deployed).decode().rstrip()
    return _text(request, deployed)


def _text(request: Request, deployed: Deployed | None) -> str:
    if deployed is None:
        return inert(f"{request.environment} runs no version of {request.model}.")
    said = {**msgspec.to_builtins(deployed), "version": f"v{deployed.version}"}
    return inert(tabulate([*said.items()], tablefmt="plain", disable_numparse=True))


def _staged(request: Request, *, as_json: bool) -> str:
    """What the stage holds; "" as its version where the commit has none."""
    if request.environments is not None:
        raise ConfigError("--tags reads this clone and --environments another", "Leave one of them out.")
    local = read_local(request.folder, lambda event: event.artifact == request.model)
    mine = {one.stage: one for one in local.stages if one.model == request.model}
    held = mine.get(request.environment)
    if not mine:
        _refuse_unknown(request, {*_configured(request.folder), *_tagged(local)})
    if as_json:
        return dump_json(held).decode().rstrip()
    if held is None:
        others = f" Its stages that hold one: {', '.join(mine)}." if mine else ""
        return inert(f"The stage {request.environment} holds no version of {request.model}.{others}")
    version = f"v{held.version}" if held.version else "none was registered"
    said = {**msgspec.to_builtins(held), "version": version, "since": date(held.since)}
    return inert(tabulate([*said.items()], tablefmt="plain", disable_numparse=True))


def _refuse_unknown(request: Request, known: set[str]) -> None:
    """`ConfigError` for a model of which nobody knows: a slip of the pen is no answer."""
    if request.model not in known:
        listed = (
            f"There are: {', '.join(sorted(known))}." if known else "`git fetch --tags` brings the remote's versions."
        )
        near = did_you_mean(request.model, sorted(known))
        raise ConfigError(f"{request.model[:80]!r} is no model that is known here{near}", listed)


def _models_of(request: Request) -> set[str]:
    """The models of the clone around the folder: by its configuration and its tags; none outside of a clone."""
    if _top(request.folder) is None:
        return {*_configured(request.folder)}
    local = read_local(request.folder, lambda event: event.artifact == request.model)
    return {*_configured(request.folder), *_tagged(local)}


def _configured(folder: Path) -> tuple[str, ...]:
    config = _config(folder)
    return tuple(config.models) if config else ()


def _tagged(local: Local) -> set[str]:
    return {*(one.model for one in local.versions), *(one.model for one in local.stages)}


def _local(request: Request, _: Runtime) -> tuple[bytes | None, bytes | None]:
    clone = Repository(request.environments or request.folder)
    path = release_path(request.environment, request.model)
    return clone.file("HEAD", ENVIRONMENTS_FILE), clone.file("HEAD", path)


def _remote(request: Request, runtime: Runtime) -> tuple[bytes | None, bytes | None]:
    from merganser.forge.github import connect

    repo = environments_repo(request.folder)
    path = release_path(request.environment, request.model)
    with connect(runtime) as forge:
        branch = forge.repository(repo).default_branch
        return forge.file(repo, branch, ENVIRONMENTS_FILE), forge.file(repo, branch, path)


def environments_repo(folder: Path) -> str:
    """The environments repo that the configuration in `folder` names."""
    config = _config(folder)
    if config is None and _top(folder) is None:
        raise ConfigError(
            f"{folder} is in no git clone, so no {CONFIG_FILE} names an environments repo",
            "Run it in a clone of the model repo, or pass --environments DIR.",
        )
    if config is None or config.environments is None:
        raise ConfigError(
            f"{CONFIG_FILE} names no environments repo",
            "Add `environments: {repo: OWNER/NAME}`, or pass --environments DIR.",
        )
    return config.environments.repo


def _config(folder: Path) -> Config | None:
    """The configuration as it lies at the top of the clone around the folder, or in the folder itself."""
    file = (_top(folder) or folder) / CONFIG_FILE
    return load_config(file.read_bytes(), CONFIG_FILE) if file.is_file() else None


def _top(folder: Path) -> Path | None:
    """The top of the clone around the folder; None outside of any."""
    try:
        return Path(Repository(folder).run("rev-parse", "--show-toplevel").decode().removesuffix("\n"))
    except GitError:
        return None

"""`merganser which`: what an environment runs, as the environments repo says, or else stage tags."""

from pathlib import Path

import msgspec
from tabulate import tabulate

from merganser.commands.models import date, read_local
from merganser.config import CONFIG_FILE, ENVIRONMENTS_FILE
from merganser.config_file import load_config, load_environments
from merganser.deployment.which import Deployed, release_path, running
from merganser.documents import dump_json
from merganser.errors import ConfigError
from merganser.forge.answers import inert
from merganser.forge.runtime import Runtime
from merganser.git import Repository


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
    """The version that runs there, or that nothing does; `ConfigError` for an unknown environment."""
    if request.tags:
        return _staged(request, as_json=as_json)
    read = _local if request.environments else _remote
    stages, release = read(request, runtime)
    if stages is None:
        raise ConfigError(f"the environments repo has no {ENVIRONMENTS_FILE}", "Is it the right repository?")
    known = load_environments(stages, ENVIRONMENTS_FILE).environments
    if request.environment not in known:
        raise ConfigError(f"{request.environment[:80]!r} is no environment", f"There are: {', '.join(known)}.")
    deployed = running(release, request.environment, request.model)
    if as_json:
        return dump_json(deployed).decode().rstrip()
    return _text(request, deployed)


def _text(request: Request, deployed: Deployed | None) -> str:
    if deployed is None:
        return inert(f"{request.environment} runs no version of {request.model}.")
    return inert(tabulate([*msgspec.to_builtins(deployed).items()], tablefmt="plain"))


def _staged(request: Request, *, as_json: bool) -> str:
    """What the stage holds; "" as its version where the commit has none."""
    if request.environments is not None:
        raise ConfigError("--tags reads this clone and --environments another", "Leave one of them out.")
    local = read_local(request.folder, lambda event: event.artifact == request.model)
    stages = {one.stage: one for one in local.stages if one.model == request.model}
    held = stages.get(request.environment)
    if as_json:
        return dump_json(held).decode().rstrip()
    if held is None:
        others = f" Its stages that hold one: {', '.join(stages)}." if stages else ""
        return inert(f"The stage {request.environment} holds no version of {request.model}.{others}")
    said = {**msgspec.to_builtins(held), "version": held.version or "none was registered", "since": date(held.since)}
    return inert(tabulate([*said.items()], tablefmt="plain", disable_numparse=True))


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
    file = folder / CONFIG_FILE
    config = load_config(file.read_bytes(), CONFIG_FILE) if file.is_file() else None
    if config is None or config.environments is None:
        raise ConfigError(
            f"{CONFIG_FILE} names no environments repo",
            "Add `environments: {repo: OWNER/NAME}`, or pass --environments DIR.",
        )
    return config.environments.repo

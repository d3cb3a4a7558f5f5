"""What the environments repo says to run, and which commits said so, for `merganser audit --env`."""

from pathlib import Path

import msgspec

from merganser.commands.audit_github import GitHubSide
from merganser.config import ENVIRONMENTS_FILE
from merganser.config_file import load_environments
from merganser.deployment.release_file import RELEASE_FILE
from merganser.deployment.which import release_path, running
from merganser.errors import ConfigError
from merganser.git import Repository
from merganser.registry.audit.facts import Deployment


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """An environments repo: a clone of it, the commit that counts, and its side on GitHub."""

    clone: Repository
    tip: str
    github: GitHubSide


def deployments(place: Place, environment: str, model: str | None) -> tuple[Deployment, ...]:
    """What runs in an environment, of one model or of all; `ConfigError` for an unknown environment."""
    stages = place.clone.file(place.tip, ENVIRONMENTS_FILE)
    if stages is None:
        raise ConfigError(f"the environments repo has no {ENVIRONMENTS_FILE}", "Is it the right repository?")
    known = load_environments(stages, ENVIRONMENTS_FILE).environments
    if environment not in known:
        raise ConfigError(f"{environment[:80]!r} is no environment", f"There are: {', '.join(known)}.")
    models = [model] if model else _models(place, environment)
    found = (_deployment(place, environment, name) for name in models)
    return tuple(one for one in found if one is not None)


def _models(place: Place, environment: str) -> list[str]:
    paths = [Path(entry.path) for entry in place.clone.entries(place.tip, f"{environment}/")]
    return [path.parts[1] for path in paths if len(path.parts) == 3 and path.name == RELEASE_FILE]


def _deployment(place: Place, environment: str, model: str) -> Deployment | None:
    path = release_path(environment, model)
    found = running(place.clone.file(place.tip, path), environment, model)
    if found is None:
        return None
    commit = _brought(place, path)
    return Deployment(
        environment=environment,
        path=path,
        repo=found.repo,
        tag=found.tag,
        commit=found.commit,
        inputs_digest=found.inputs_digest,
        digest=found.digest,
        uri=found.uri,
        brought_by=commit,
        merged=place.github.merged(commit),
    )


def _brought(place: Place, path: str) -> str:
    """The commit of the branch's first-parent line that last changed the file."""
    return place.clone.text("log", "--first-parent", "--max-count=1", "--format=%H", place.tip, "--", path)

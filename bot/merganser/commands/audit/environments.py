"""What the environments repo says to run, and which commits said so, for `merganser audit --env`."""

from pathlib import Path

import msgspec

from merganser.commands.audit.github import GitHubSide
from merganser.config import ENVIRONMENTS_FILE
from merganser.deployment.release_file import RELEASE_FILE
from merganser.deployment.which import Deployed, release_path, running, stages
from merganser.errors import ConfigError
from merganser.foreign_text import did_you_mean
from merganser.git import Repository
from merganser.registry.audit.facts import Deployment


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """An environments repo: a clone of it, the commit that counts, and its side on GitHub."""

    clone: Repository
    tip: str
    github: GitHubSide


def deployments(place: Place, environment: str, wanted: str) -> tuple[Deployment, ...]:
    """What runs in an environment; of that MODEL or MODEL@v1.4.0 alone, if one is wanted.

    `ConfigError` for an unknown environment, and for one that doesn't run what is wanted.
    """
    stages(place.clone.file(place.tip, ENVIRONMENTS_FILE), environment)
    there = _running(place, environment)
    model, at, number = wanted.partition("@")
    named = there.get(model)
    if wanted and (named is None or (at and named.version != number.removeprefix("v"))):
        raise _not_there(environment, wanted, there)
    return tuple(_deployment(place, one) for one in ([named] if named else there.values()))


def _running(place: Place, environment: str) -> dict[str, Deployed]:
    """What the files of the environment's folder say, by model."""
    paths = [Path(entry.path) for entry in place.clone.entries(place.tip, f"{environment}/")]
    models = [path.parts[1] for path in paths if len(path.parts) == 3 and path.name == RELEASE_FILE]
    files = {model: place.clone.file(place.tip, release_path(environment, model)) for model in models}
    found = {model: running(file, environment, model) for model, file in files.items()}
    return {model: one for model, one in found.items() if one is not None}


def _not_there(environment: str, wanted: str, there: dict[str, Deployed]) -> ConfigError:
    runs = ", ".join(one.tag for one in there.values())
    says = f"{environment} runs no {wanted[:100]!a}; it runs {runs or 'nothing yet'}"
    model = wanted.partition("@")[0]
    near = "" if model in there else did_you_mean(model, there)
    return ConfigError(f"{says}{near}", f"`merganser audit --env {environment}` audits all that it runs.")


def _deployment(place: Place, found: Deployed) -> Deployment:
    environment, path = found.environment, release_path(found.environment, found.model)
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

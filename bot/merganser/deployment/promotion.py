"""Whether a version may go into an environment, and the deployment pull request that brings it there: facts to plan."""

from collections.abc import Mapping

import msgspec

from merganser.config import ENVIRONMENTS_FILE, Environments, Serving
from merganser.deployment.description import Description, body, marker
from merganser.deployment.manifests import render
from merganser.deployment.release_file import (
    RELEASE_FILE,
    Artifact,
    From,
    Release,
    Requested,
    Source,
    dump_release,
    load_release,
)
from merganser.deployment.which import Deployed, folder, release_path, running
from merganser.errors import ConfigError
from merganser.evaluation.verdict import Verdict
from merganser.plan import Commit, Plan, PullRequest, Seen
from merganser.registry.overrides import Override
from merganser.registry.versions import Version


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """The version to promote, with what its release says.

    `repo` is the model repo, `artifact` as `deployment.artifact.locate` gives it, `metrics` and `verdict` the evidence
    in the release (the verdict None where it holds none), `signature` the name of the asset that signs it, if any.
    `overrides` let it become a version, `lost` are the records of those that the ledger lacks.
    """

    version: Version
    repo: str
    inputs_digest: str
    artifact: Artifact
    metrics: dict[str, float] = {}
    verdict: Verdict | None = None
    overrides: tuple[Override, ...] = ()
    lost: tuple[str, ...] = ()
    signature: str | None = None


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """All that promoting needs to know.

    `repo` is the environments repo, `base` its default branch, `tip` the newest commit there and `tree` that one's,
    `current` the files below `ENVIRONMENT/MODEL/` in it by file name, `before` the `release.yaml` of each environment
    that this one comes after (None where there is none). `running_metrics` are those of the version that runs here now.
    `requester` asked, in `requested_in` (`OWNER/NAME#NUMBER`, empty elsewhere). `server_url` is GitHub's own address,
    for links.
    """

    repo: str
    base: str
    tip: str
    tree: str
    environments: Environments
    environment: str
    candidate: Candidate
    current: Mapping[str, bytes]
    before: Mapping[str, bytes | None]
    running_metrics: dict[str, float] = {}
    requester: str
    requested_in: str = ""
    server_url: str


def decide(facts: Facts) -> Plan:
    """One commit with `release.yaml` and the manifests, and the pull request for it; nothing where they run already.

    `ConfigError` for an environment or model that `environments.yaml` doesn't know, a version that isn't active,
    and an environment before this one that doesn't run the version; `DataError` for an unreadable
    `release.yaml`.
    """
    version = facts.candidate.version
    serving = _serving(facts)
    _check_version(facts.candidate)
    now = running(facts.current.get(RELEASE_FILE), facts.environment, version.model)
    release = _kept(_release(facts, serving), facts)
    files = {RELEASE_FILE: dump_release(release), **render(release, serving, facts.environment)}
    if files == dict(facts.current):
        return Plan(summary=f"{facts.environment} already runs {version.tag}: nothing to promote")
    title = f"Promote {version.model} v{version.version} to {facts.environment}"
    place = folder(facts.environment, version.model)
    commit = Commit(
        repo=facts.repo,
        branch=branch(facts.environment, version.model),
        base=facts.base,
        folder=place,
        files=_below(place, files),
        message=title,
        seen=Seen(commit=facts.tip, tree=facts.tree, files=_below(place, facts.current)),
    )
    request = PullRequest(
        repo=facts.repo,
        branch=commit.branch,
        base=facts.base,
        title=title,
        body=_body(facts, release, now),
        labels=("merganser", f"environment: {facts.environment}", f"model: {version.model}"),
    )
    return Plan((commit, request), f"promote {version.tag} to {facts.environment} by a pull request in {facts.repo}")


def _below(place: str, files: Mapping[str, bytes]) -> dict[str, bytes]:
    return {f"{place}/{name}": content for name, content in files.items()}


def branch(environment: str, model: str) -> str:
    """The one branch on which deployments of a model to an environment are proposed."""
    return f"merganser/{environment}/{model}"


def predecessors(environments: Environments, environment: str) -> tuple[str, ...]:
    """The environments that must run a version before this one may; `ConfigError` for one that isn't known."""
    if environment not in environments.environments:
        raise ConfigError(
            f"{ENVIRONMENTS_FILE}: no environment {environment[:80]!a}",
            f"Known: {', '.join(sorted(environments.environments))}.",
        )
    return environments.environments[environment].after


def _serving(facts: Facts) -> Serving:
    predecessors(facts.environments, facts.environment)
    model = facts.candidate.version.model
    if model not in facts.environments.models:
        raise ConfigError(
            f"{ENVIRONMENTS_FILE}: no model {model[:80]!a}",
            f"Say below `models` how it is served, such as `{model}: {{target: kserve, model_format: sklearn}}`.",
        )
    return facts.environments.models[model]


def _check_version(candidate: Candidate) -> None:
    version = candidate.version
    if not version.active:
        raise ConfigError(f"{version.tag} was deregistered", "Promote another version; `merganser models` lists them.")


def _release(facts: Facts, serving: Serving) -> Release:
    candidate = facts.candidate
    version = candidate.version
    return Release(
        schema="merganser.release/1",
        model=version.model,
        version=version.version,
        source=Source(
            repo=candidate.repo, tag=version.tag, commit=version.commit, inputs_digest=candidate.inputs_digest
        ),
        artifact=candidate.artifact,
        target=serving.target,
        from_=_from(facts),
        requested=Requested(by=facts.requester, in_=facts.requested_in or None),
        signature=candidate.signature,
    )


def _from(facts: Facts) -> From | None:
    """The first of the environments before, all of which must run this very version; None where there is none."""
    version = facts.candidate.version
    names = predecessors(facts.environments, facts.environment)
    for name in names:
        there = running(facts.before.get(name), name, version.model)
        if there is None or not _is(there, facts.candidate):
            found = f"{there.tag} runs there" if there else "the model doesn't run there"
            raise ConfigError(
                f"{version.tag} can't go to {facts.environment} before it runs in {name}: {found}",
                f"Run `merganser promote {version.tag} --to {name}`, merge that pull request, then come back.",
            )
    return From(environment=names[0]) if names else None


def _is(there: Deployed, candidate: Candidate) -> bool:
    same = (there.tag, there.commit, there.repo) == (candidate.version.tag, candidate.version.commit, candidate.repo)
    return same and there.digest == candidate.artifact.digest


def _kept(release: Release, facts: Facts) -> Release:
    """`release`, in the words of the one that runs if it is the same one: asking again for it changes nothing."""
    current = facts.current.get(RELEASE_FILE)
    if current is None:
        return release
    found = load_release(current, release_path(facts.environment, release.model))
    same = msgspec.structs.replace(release, requested=found.requested, from_=found.from_)
    return same if same == found else release


def _body(facts: Facts, release: Release, now: Deployed | None) -> str:
    return body(
        Description(
            marker=marker(facts.environment, release.model),
            environment=facts.environment,
            release=release,
            now=now,
            metrics=facts.candidate.metrics,
            running_metrics=facts.running_metrics,
            verdict=facts.candidate.verdict,
            overrides=facts.candidate.overrides,
            lost=facts.candidate.lost,
            server_url=facts.server_url,
        )
    )

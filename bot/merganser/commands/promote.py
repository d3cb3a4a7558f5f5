"""`merganser promote`: the pull request in the environments repo that deploys a registered version."""

import msgspec

from merganser.commands.carry_out import Decision, Workbench
from merganser.commands.observing import authority
from merganser.commands.observing.checkout import config_at
from merganser.commands.observing.grounds import overrides_behind
from merganser.commands.observing.ledger import Ledger, open_ledger
from merganser.commands.observing.tags import read_versions
from merganser.config import CONFIG_FILE, ENVIRONMENTS_FILE, Config, Environments, Model
from merganser.config.file import load_environments
from merganser.deployment import promotion
from merganser.deployment.artifact import Origin, locate
from merganser.deployment.promotion import Candidate, Facts
from merganser.deployment.release_file import RELEASE_FILE
from merganser.deployment.which import folder, release_path, running
from merganser.documents import load_json
from merganser.errors import ConfigError, DataError
from merganser.evaluation.verdict import Verdict
from merganser.forge import mirror as mirrors
from merganser.forge.values import Release
from merganser.git import Repository
from merganser.registry import versions
from merganser.registry.assets import SIGNATURE_FILE, VERDICT_FILE
from merganser.registry.card import metrics_of
from merganser.registry.names import check_model_name
from merganser.registry.versions import Version
from merganser.run import RUN_FILE, Run

MAX_EVIDENCE = 16 * 2**20


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """`version` is MODEL or MODEL@vX.Y.Z; without `environment` it goes to the first of the path.

    `asked` is when, as GitHub tells it, if what was published since can't be meant, other than the tags `made` by who
    asks.
    """

    version: str
    environment: str | None = None
    asked: str = ""
    made: frozenset[str] = frozenset()


class _Source(msgspec.Struct, frozen=True, kw_only=True):
    """The model repo: its clone, its configuration and the version that is meant."""

    clone: Repository
    config: Config
    rules: Model
    version: Version
    ledger: Ledger


class _Target(msgspec.Struct, frozen=True, kw_only=True):
    """The environments repo: its clone and default branch, its rules, and the environment that is meant."""

    repo: str
    branch: str
    clone: Repository
    tip: str
    stages: Environments
    environment: str


def observe_and_decide(place: Workbench, request: Request) -> Decision:
    """The plan that opens or updates the deployment pull request."""
    check_model_name(request.version.partition("@")[0])
    source = _source(place, request)
    target = _target(place, source, request)
    model = source.version.model
    place_there = f"{folder(target.environment, model)}/"
    here = [entry for entry in target.clone.entries(target.tip) if entry.path.startswith(place_there)]
    contents = target.clone.blobs([entry.oid for entry in here])
    current = {e.path.removeprefix(place_there): content for e, content in zip(here, contents, strict=True)}
    before = promotion.predecessors(target.stages, target.environment)
    facts = Facts(
        repo=target.repo,
        base=target.branch,
        tip=target.tip,
        tree=target.clone.tree_of(target.tip),
        environments=target.stages,
        environment=target.environment,
        candidate=_candidate(place, source, request),
        current=current,
        before={name: target.clone.file(target.tip, release_path(name, model)) for name in before},
        running_metrics=_running_metrics(source, current.get(RELEASE_FILE), target.environment),
        requester=place.runtime.actor or place.forge.login(),
        requested_in=_requested_in(place, source),
        server_url=place.runtime.server_url,
    )
    return Decision(plan=promotion.decide(facts))


def _source(place: Workbench, request: Request) -> _Source:
    branch = place.default_branch()
    clone = place.mirror(branch)
    model, at, number = request.version.partition("@")
    if at and not number:
        raise ConfigError(f"{request.version[:100]!r} names no version", "Write MODEL@v1.4.0, or MODEL for the latest.")
    known = read_versions(clone).versions
    version = versions.find(known, model, number) if number else versions.latest(known, model)
    if version is None:
        raise ConfigError(
            f"{place.repo} has no version {request.version[:100]!r}",
            "`merganser models` lists what there is; `merganser register` makes a version.",
        )
    config = config_at(clone, f"refs/heads/{branch}")
    if config is None or version.model not in config.models:
        raise ConfigError(
            f"{CONFIG_FILE} on {branch} has no model {version.model}", "Add it, or promote another model."
        )
    return _Source(
        clone=clone, config=config, rules=config.models[version.model], version=version, ledger=open_ledger(clone)
    )


def _target(place: Workbench, source: _Source, request: Request) -> _Target:
    if no := authority.undeployable(place, source.config):
        raise ConfigError(no.why, no.cure)
    authority.refuse_by_hand(place, source.config, "promote")
    assert source.config.environments is not None
    repo = source.config.environments.repo
    place.forge.environments_in(repo)
    server, token = place.runtime.server_url, place.forge.token(repo)
    branch = mirrors.default_branch(server, repo, token)
    refs = [f"refs/heads/{branch}"] if branch else []
    clone = mirrors.clone(server, repo, token, place.folder / "environments", refs)
    tip = clone.resolve(f"refs/heads/{branch}") or ""
    text = clone.file(tip, ENVIRONMENTS_FILE) if tip else None
    if text is None:
        where = f"on {branch}" if branch else "and no commit yet"
        raise ConfigError(f"{repo} has no {ENVIRONMENTS_FILE} {where}", "Write down its environments there first.")
    stages = load_environments(text, f"{ENVIRONMENTS_FILE} of {repo}")
    first = next((name for name, stage in stages.environments.items() if not stage.after), "")
    environment = request.environment or first
    return _Target(repo=repo, branch=branch, clone=clone, tip=tip, stages=stages, environment=environment)


def _candidate(place: Workbench, source: _Source, request: Request) -> Candidate:
    """The version with the evidence that its release holds; unpublished, it has none."""
    version = source.version
    release = place.forge.release_by_tag(place.repo, version.tag)
    if release is None or release.draft:
        raise ConfigError(
            f"{version.tag} is incomplete: its release is not published",
            f"Finish it first: run `merganser register {version.model}@v{version.version}`.",
        )
    if request.asked and version.tag not in request.made and (release.published_at or "") > request.asked:
        raise ConfigError(f"{version.tag} was published after that was written", "Look at it, and say it again.")
    run = load_json(_asset(place, release, RUN_FILE), f"{RUN_FILE} of {version.tag}", Run)
    verdict = load_json(_asset(place, release, VERDICT_FILE), f"{VERDICT_FILE} of {version.tag}", Verdict)
    if version.inputs_digest not in ("", run.inputs_digest):
        raise DataError(
            f"the release of {version.tag} holds a run of other inputs than its tag names",
            "Someone changed the release's assets: look at who did, and register the model anew.",
        )
    overrides, lost = overrides_behind(source.ledger, version, verdict)
    origin = Origin(server_url=place.runtime.server_url, repo=place.repo, publish=source.rules.artifact.publish)
    return Candidate(
        version=version,
        repo=place.repo,
        inputs_digest=run.inputs_digest,
        artifact=locate(version, run.artifacts, origin),
        metrics=metrics_of(run, verdict),
        verdict=verdict,
        overrides=overrides,
        lost=lost,
        signature=next((asset.name for asset in release.assets if asset.name == SIGNATURE_FILE), None),
    )


def _asset(place: Workbench, release: Release, name: str) -> bytes:
    asset = next((asset for asset in release.assets if asset.name == name), None)
    if asset is None:
        raise DataError(f"the release {release.tag_name} lacks {name}", "Promote a version that Merganser registered.")
    file = place.folder / "evidence" / str(asset.id)
    file.parent.mkdir(exist_ok=True)
    place.forge.download_asset(place.repo, asset, file, MAX_EVIDENCE)
    return file.read_bytes()


def _running_metrics(source: _Source, release: bytes | None, environment: str) -> dict[str, float]:
    """The metrics of the version that runs there now, as far as this model repo's ledger has them."""
    now = running(release, environment, source.version.model)
    records = source.ledger.runs_with(source.version.model, now.inputs_digest) if now else ()
    if not records:
        return {}
    verdict = source.ledger.verdict_on(records[-1])
    return metrics_of(records[-1].run, verdict) if verdict else records[-1].run.metrics


def _requested_in(place: Workbench, source: _Source) -> str:
    """The pull request whose merge became the version, as `OWNER/NAME#NUMBER`; "" where there is none.

    The ledger has it where the merge reused the pull request's run.
    """
    version = source.version
    for record in source.ledger.runs_with(version.model, version.inputs_digest):
        if record.recorded.merged and record.recorded.commit == version.commit and record.run.pull_request:
            return f"{place.repo}#{record.run.pull_request}"
    pulls = place.forge.pulls_of_commit(place.repo, version.commit)
    merged = [pull.number for pull in pulls if pull.merged and pull.merge_commit_sha == version.commit]
    return f"{place.repo}#{merged[0]}" if merged else ""

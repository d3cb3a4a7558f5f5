"""`merganser audit`: whether versions, or what an environment runs, can prove where they came from."""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import msgspec

from merganser.commands.audit import clone as audit_clone
from merganser.commands.audit import verifying
from merganser.commands.audit.environments import Place, deployments
from merganser.commands.audit.github import GitHubSide
from merganser.commands.audit.verifying import Trust
from merganser.commands.carry_out import located
from merganser.commands.observing.ledger import Ledger, open_ledger
from merganser.commands.observing.tags import read_versions
from merganser.commands.which import environments_repo
from merganser.errors import ConfigError, ForgeError
from merganser.foreign_text import did_you_mean
from merganser.forge import mirror
from merganser.forge.ci.answers import inert, log_line
from merganser.forge.ci.runtime import Runtime
from merganser.forge.protocol import Forge
from merganser.git import Repository
from merganser.plan import Conclusion
from merganser.registry import versions
from merganser.registry.audit.chain import chain
from merganser.registry.audit.facts import Deployment, Facts, History, TagObject
from merganser.registry.audit.judgement import counting
from merganser.registry.audit.links import Chain, Section, Unknown, broken, broken_links, open_links, unverifiable
from merganser.registry.audit.run import released_run, run_of
from merganser.registry.ledger import RunRecord
from merganser.registry.versions import Version
from merganser.report.audit import audit_json, audit_tree

_WHAT = "Name a version (MODEL@v1.4.0), a model for all of its versions, --env ENV, or --all."


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What to audit: `version` is MODEL or MODEL@v1.4.0; with `env` what runs there; or `everything`.

    `folder` is the model repo's clone, `environments` one of the environments repo (None: GitHub's). Signatures are
    verified by `key`, a public key in PEM, or as made without a key by `identity`. With `strict`, what is unverifiable
    and needn't be counts as broken.
    """

    folder: Path
    version: str | None = None
    env: str | None = None
    everything: bool = False
    environments: Path | None = None
    offline: bool = False
    strict: bool = False
    key: Path | None = None
    identity: str | None = None


class _Bench(msgspec.Struct, frozen=True, kw_only=True):
    """What is opened once and looked at for each version."""

    clone: Repository
    book: Ledger
    history: History | Unknown | None
    known: tuple[Version, ...]
    github: GitHubSide


def audit(request: Request, runtime: Runtime) -> tuple[Chain, ...]:
    """The chain of each version that is meant; `ConfigError` where none is, or where what is meant isn't there."""
    _check(request)
    runtime = located(runtime, request.folder)
    with _bench(request, runtime) as bench:
        if request.env:
            return tuple(_deployed(request, runtime, bench))
        wanted = bench.known if request.everything else _wanted(bench.known, request.version or "")
        return tuple(_chain(bench, version, None) for version in wanted)


def answer(request: Request, chains: tuple[Chain, ...], *, as_json: bool) -> str:
    """The tree, or JSON."""
    if as_json:
        return audit_json(chains)
    if chains:
        return inert(audit_tree(chains))
    if request.env:
        return inert(f"{request.env} runs no version of any model yet: there is nothing to audit.")
    return "This clone has no version yet: there is nothing to audit (git fetch --tags origin brings GitHub's)."


def exit_code(request: Request, chains: tuple[Chain, ...]) -> int:
    """1 where any link is broken, or counts as that; the log says which of both."""
    if broken_links(chains):
        return 1
    lacking = open_links(chains) if request.strict else 0
    if lacking:
        log_line(f"--strict: what is marked ? in {lacking} places could be verified, and is not")
    return 1 if lacking else 0


def _check(request: Request) -> None:
    """`ConfigError` for a request that names nothing, or two things that exclude each other."""
    if not (request.everything or request.version or request.env):
        raise ConfigError("what to audit is not clear", _WHAT)
    other = "--env" if request.env else ascii((request.version or "")[:100])
    if request.everything and (request.env or request.version):
        raise ConfigError(f"--all and {other} exclude each other", f"Leave one of them out. {_WHAT}")
    if request.env and not request.environments:
        environments_repo(request.folder)


@contextmanager
def _bench(request: Request, runtime: Runtime) -> Iterator[_Bench]:
    clone = Repository(request.folder)
    registry = read_versions(clone)
    for warning in registry.warnings:
        log_line(warning)
    book = open_ledger(clone)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="merganser-")))
        forge = _forge(request, runtime, stack)
        github = GitHubSide(repo=runtime.repository, forge=forge, folder=folder, trust=_trust(request))
        history = github.ledger(clone, audit_clone.history(book))
        yield _Bench(clone=clone, book=book, history=history, known=registry.versions, github=github)


def _trust(request: Request) -> Trust | None:
    """Whose signatures are believed; `ConfigError` for a key that is none, or for two answers."""
    if request.key and request.identity:
        raise ConfigError("--key and --identity are two ways to sign", "Pass the one by which the release was signed.")
    if request.key:
        return verifying.by_key(request.key)
    return verifying.by_identity(request.identity, verifying.ACTIONS_ISSUER) if request.identity else None


def _forge(request: Request, runtime: Runtime, stack: ExitStack) -> Forge | Unknown:
    """GitHub, if it answers for this repository at all: asked once, so that no network is told at once."""
    from merganser.forge.github import connect

    if request.offline:
        return Unknown("not looked at: --offline")
    if not runtime.repository:
        return Unknown("this clone's origin is no repository of GitHub's: pass --repo OWNER/NAME")
    forge = stack.enter_context(connect(runtime))
    try:
        forge.repository(runtime.repository)
    except ForgeError as refused:
        token = "" if runtime.token or runtime.app else ", without a token (GITHUB_TOKEN)"
        return Unknown(f"GitHub doesn't answer for {runtime.repository}{token}: {refused.message}")
    return forge


def _wanted(known: tuple[Version, ...], wanted: str) -> tuple[Version, ...]:
    model, at, number = wanted.partition("@")
    found = tuple(one for one in known if one.model == model)
    if at:
        one = versions.find(found, model, number)
        found = (one,) if one else ()
    if not found:
        near = did_you_mean(wanted, {one.tag if at else one.model for one in known})
        raise ConfigError(
            f"{wanted[:100]!r} is no version in this clone{near}", "git fetch --tags; `merganser models` lists all."
        )
    return found


def _deployed(request: Request, runtime: Runtime, bench: _Bench) -> Iterator[Chain]:
    with _environments(request, runtime, bench) as place:
        for one in deployments(place, request.env or "", request.version or ""):
            version = next((version for version in bench.known if version.tag == one.tag), None)
            yield _chain(bench, version, one) if version else _foreign(bench, one)


def _foreign(bench: _Bench, one: Deployment) -> Chain:
    """Of another repository, or of a version that isn't there."""
    if bench.github.repo and one.repo != bench.github.repo:
        link = unverifiable("version", f"{one.tag} is of {one.repo}: audit it in a clone of that")
    else:
        link = broken("version", f"{one.path} deploys what this clone doesn't know", one.tag, "no such tag")
    return Chain(one.tag, (Section(f"environment {one.environment}", (link,)),))


@contextmanager
def _environments(request: Request, runtime: Runtime, bench: _Bench) -> Iterator[Place]:
    """The clone that was named, else a fresh one of GitHub's default branch."""
    if request.environments:
        clone = Repository(request.environments)
        tip = clone.resolve("HEAD")
        if tip is None:
            raise ConfigError(f"{request.environments} has no commit", "Pass a clone of the environments repo.")
        repo = located(msgspec.structs.replace(runtime, repository=""), request.environments).repository
        missing = Unknown("this clone's origin is no repository of GitHub's")
        forge = bench.github.forge if repo or isinstance(bench.github.forge, Unknown) else missing
        yield Place(clone=clone, tip=tip, github=msgspec.structs.replace(bench.github, repo=repo, forge=forge))
        return
    if isinstance(bench.github.forge, Unknown):
        raise ConfigError(
            f"the environments repo can't be read: {bench.github.forge.reason}", "Pass a clone: --environments DIR."
        )
    repo = environments_repo(request.folder)
    branch = bench.github.forge.repository(repo).default_branch
    with tempfile.TemporaryDirectory(prefix="merganser-") as folder:
        ref = f"refs/heads/{branch}"
        clone = mirror.clone(runtime.server_url, repo, bench.github.forge.token(repo), Path(folder), (ref,))
        yield Place(
            clone=clone, tip=clone.text("rev-parse", ref), github=msgspec.structs.replace(bench.github, repo=repo)
        )


def _chain(bench: _Bench, version: Version, deployment: Deployment | None) -> Chain:
    github, clone = bench.github, bench.clone
    tag = _tag(bench, version)
    release, signature = github.release(version)
    released, source = released_run(release), audit_clone.source(clone, version)
    digests = {digest for digest in (released and released.inputs_digest, source.inputs) if isinstance(digest, str)}
    record = audit_clone.record_of(bench.book, version, tag, digests)
    facts = Facts(
        repo=github.repo,
        version=version,
        tag=tag,
        ledger=bench.history,
        record=record,
        source=source,
        training=github.training(record.run if isinstance(record, RunRecord) else released),
        merged=github.merged(version.commit),
        release=release,
        signature=signature,
        deployment=deployment,
    )
    return chain(_recorded(bench, facts))


def _tag(bench: _Bench, version: Version) -> TagObject:
    """The version's tag, here and there, and whether another one takes the version out of use."""
    here = audit_clone.deregistered(bench.clone, version)
    # A version that was registered once more counts, and GitHub's old tag says nothing about that.
    word = here if not version.active else "" if here else bench.github.deregistered(version)
    tag = audit_clone.tag_object(bench.clone, version.tag)
    return msgspec.structs.replace(tag, remote=bench.github.tag(version), deregistered=word)


def _recorded(bench: _Bench, facts: Facts) -> Facts:
    """The facts with what belongs to their record: verdicts, overrides, the tree that was trained."""
    record, run = facts.record, run_of(facts)
    if run is not None:
        trained = audit_clone.trained_inputs(bench.clone, run)
        facts = msgspec.structs.replace(facts, source=msgspec.structs.replace(facts.source, trained_inputs=trained))
    if not isinstance(record, RunRecord):
        return facts
    facts = msgspec.structs.replace(facts, verdicts=audit_clone.verdicts_on(bench.book, record))
    counts = counting(facts)
    if counts is None or counts.verdict.conclusion is Conclusion.success:
        return facts
    grounds = audit_clone.grounds_of(bench.book, facts.version, record, counts.verdict)
    return msgspec.structs.replace(facts, grounds=grounds)

"""`merganser register`: a merged run becomes the model's next version, or the one whose tag a person pushed."""

from collections.abc import Sequence

import msgspec

from merganser.commands.carry_out import Decision, Workbench
from merganser.commands.observing import authority
from merganser.commands.observing.checkout import config_at, model_at
from merganser.commands.observing.grounds import claim_of, grounds_at_claim, grounds_for
from merganser.commands.observing.ledger import Ledger, open_ledger
from merganser.commands.observing.tags import read_versions
from merganser.commands.register import aim as aims
from merganser.commands.register import signing
from merganser.commands.register.aim import Aim, Request, Scene
from merganser.commands.register.release_evidence import gather
from merganser.commands.register.signing import Asked
from merganser.config import Bump, Model, ReleaseOn
from merganser.errors import ConfigError, DataError
from merganser.evaluation.verdict import Verdict
from merganser.forge import values
from merganser.forge.effects.publishing import ours
from merganser.inputs import inputs_digest
from merganser.plan import Conclusion, DiscardDrafts, Plan, Tag
from merganser.registry import lineage, numbering, pushed, registration
from merganser.registry.assets import SIGNATURE_FILE
from merganser.registry.ledger import RunRecord
from merganser.registry.lifting import Grounds
from merganser.registry.names import check_model_name
from merganser.registry.registration import Facts
from merganser.registry.versions import Version
from merganser.run import Run

__all__ = ["Asked", "Request", "observe_and_decide"]

MAX_LINE = 1_000_000


def observe_and_decide(place: Workbench, request: Request) -> Decision:
    """The plan that makes the tag and the release; the step output `version` names it."""
    signing.check_readable(request.sign.by)
    if request.model:
        check_model_name(request.model.partition("@")[0])
    branch = place.default_branch()
    clone = place.mirror(branch)
    authority.refuse_by_hand(place, config_at(clone, f"refs/heads/{branch}"), "register")
    scene = Scene(place=place, clone=clone, branch=branch, known=read_versions(clone).versions)
    aim = aims.take(scene, request)
    if isinstance(aim, str):
        return Decision(plan=Plan(summary=aim))
    if aim.tag and not aim.by_event and request.sign.by:
        _refuse_unsigned(place, aim.tag)
    rules = model_at(clone, aim.commit, aim.model)
    if aim.by_event and (on := _released_on(scene, aim.model, rules)) is not ReleaseOn.tag:
        why = f"release.on is {on}, so a pushed tag alone makes no version of {aim.model}"
        return Decision(plan=Plan(summary=f"{why}; `merganser register {aim.tag}` does."))
    try:
        return _decided(scene, aim, request, rules)
    except ConfigError as wrong:
        raise _with_cure(wrong, scene, aim) from wrong


def _released_on(scene: Scene, model: str, rules: Model) -> ReleaseOn:
    """When versions are made, by the default branch's newest word; by the commit's own where that has no such model."""
    config = config_at(scene.clone, f"refs/heads/{scene.branch}")
    newest = config.models.get(model, rules) if config else rules
    return newest.release.on


class _Case(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked about, and where the answers are."""

    scene: Scene
    book: Ledger
    aim: Aim
    request: Request


def _decided(scene: Scene, aim: Aim, request: Request, rules: Model) -> Decision:
    book = open_ledger(scene.clone)
    facts = _facts(_Case(scene=scene, book=book, aim=aim, request=request), rules)
    standing = registration.standing(facts)
    if standing is not None and (done := _done(scene.place, standing, request.sign)) is not None:
        return Decision(plan=done, outputs={"version": f"v{standing.version}" if standing.commit == aim.commit else ""})
    if facts.record is not None:
        facts = msgspec.structs.replace(facts, previous=_previous(book, facts, standing))
        facts = gather(scene.place, scene.clone, facts, request.sign)
    plan = registration.decide(facts)
    tags = [effect.name for effect in plan.effects if isinstance(effect, Tag)]
    return Decision(plan=plan, outputs={"version": tags[0].partition("@")[2] if tags else ""})


def _facts(case: _Case, rules: Model) -> Facts:
    """All but the evidence and the run before, which only an unfinished version needs."""
    scene, book, aim = case.scene, case.book, case.aim
    digest = inputs_digest(scene.clone.entries(aim.commit), rules)
    records = book.runs_with(aim.model, digest)
    record = _record(case, records)
    verdict = book.verdict_on(record) if record else None
    if record is not None and not aim.tag:
        # The commit that gets the tag says how to count, so that it counts the same when it is finished later.
        rules = model_at(scene.clone, record.recorded.commit, aim.model)
    line = scene.clone.first_parents(f"refs/heads/{scene.branch}", MAX_LINE)
    return Facts(
        server_url=scene.place.runtime.server_url,
        repo=scene.place.repo,
        model=aim.model,
        record=record,
        verdict=verdict,
        versions=scene.known,
        rules=rules,
        bump=rules.release.bump,
        once=Bump(case.request.bump) if case.request.bump else None,
        explicit=aim.explicit,
        tag=aim.tag,
        alike=frozenset(v.tag for v in _silent(scene, line, records) if _digest_at(scene, v) == digest),
        line=frozenset(line),
        branch=scene.branch,
        grounds=_grounds(case, record, verdict) if record and verdict else None,
    )


def _record(case: _Case, records: tuple[RunRecord, ...]) -> RunRecord | None:
    """The one to register; `ConfigError` where nobody could see any of them yet when it was asked for."""
    known, model, commit = case.scene.known, case.aim.model, case.aim.commit
    newest = registration.record_to_register(records, known, model, commit)
    if newest is None or case.request.asked is None:
        return newest
    seen = case.book.merged_until(model, case.request.asked)
    paths = {record.path for record in seen}
    found = registration.record_to_register((one for one in records if one.path in paths), known, model, commit)
    if found is None:
        last = f"the newest was that of {seen[-1].recorded.commit[:12]}" if seen else "there was none"
        raise ConfigError(
            f"{model}: the run of {newest.recorded.commit[:12]} was recorded after that was written, when {last}",
            "Look at what was merged since, and say it again.",
        )
    return found


def _grounds(case: _Case, record: RunRecord, verdict: Verdict) -> Grounds | None:
    """What people have said of a verdict: now, or when a tag of our own was made that has to get its release.

    It need not have failed: they may override what only warns, or isn't proven.
    """
    scene = case.scene
    found = grounds_for(case.book, record, verdict, case.scene.place.now)
    for version in scene.known:
        same = (version.model, version.inputs_digest) == (record.run.model, record.run.inputs_digest)
        if same and version.active and case.aim.tag in ("", version.tag):
            login = scene.place.forge.login()
            claim = claim_of(scene.clone, version, record, login)
            if claim and (claim.overrides or verdict.conclusion is Conclusion.success):
                return grounds_at_claim(found, claim)
    return found


def _silent(scene: Scene, line: list[str], records: tuple[RunRecord, ...]) -> list[Version]:
    """The versions whose tags say nothing of their inputs, on commits since a run of the inputs in question was merged.

    On older commits these inputs can't be, and a repository may have hundreds of versions from before Merganser.
    """
    merged = {record.recorded.commit for record in records if record.recorded.merged}
    oldest = max((at for at, commit in enumerate(line) if commit in merged), default=-1)
    since = set(line[: oldest + 1])
    models = {record.run.model for record in records}
    return [v for v in scene.known if v.model in models and not v.inputs_digest and v.commit in since]


def _digest_at(scene: Scene, version: Version) -> str:
    """The inputs digest of the version's model at its commit, "" where that can't be told."""
    try:
        rules = model_at(scene.clone, version.commit, version.model)
        return inputs_digest(scene.clone.entries(version.commit), rules)
    except (ConfigError, DataError):
        return ""


def _previous(book: Ledger, facts: Facts, standing: Version | None) -> Run | None:
    """The run of the version before, where its bump is asked for and the ledger has it."""
    if Bump.auto not in (facts.bump, facts.once):
        return None
    before = numbering.version_before(facts.versions, facts.model, standing.version if standing else "")
    return lineage.run_of(before, book.runs_of(facts.model)) if before else None


def _refuse_unsigned(place: Workbench, tag: str) -> None:
    """`ConfigError` where the version that somebody asks by name to be signed is out, and unsigned."""
    if _is_unsigned(ours(place.forge, place.repo, tag)):
        raise ConfigError(
            f"{tag} stays unsigned: it was published without a signature, and a published release never changes",
            "Leave --sign out; or change the model, merge that, and sign the version that is made of it.",
        )


def _is_unsigned(releases: Sequence[values.Release]) -> bool:
    """Whether the published one, if any, has no signature."""
    published = [release for release in releases if not release.draft]
    return any(SIGNATURE_FILE not in {asset.name for asset in release.assets} for release in published)


def _done(place: Workbench, version: Version, asked: Asked) -> Plan | None:
    """What is left to do of a version whose release is out: it is published last, so then it is complete."""
    releases = ours(place.forge, place.repo, version.tag)
    if all(release.draft for release in releases):
        return None
    drafts = any(release.draft for release in releases)
    effects = (DiscardDrafts(repo=place.repo, tag=version.tag),) if drafts else ()
    unsigned = "; it stays unsigned, since a published release never changes: --sign is for the next version"
    summary = f"{version.tag} is registered already, on {version.commit[:7]}: nothing to do"
    return Plan(effects, summary + (unsigned if asked.by and _is_unsigned(releases) else ""))


def _with_cure(wrong: ConfigError, scene: Scene, aim: Aim) -> ConfigError:
    """The error; of a tag that a person pushed and that names no run, also with how to take it back."""
    version = next((v for v in scene.known if v.tag == aim.tag), None)
    if version is None or version.inputs_digest or not version.active or "git tag" in wrong.hint:
        return wrong
    return ConfigError(wrong.message, f"{wrong.hint} Or take the tag back: {pushed.taking_back(version)}")

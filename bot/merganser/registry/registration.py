"""Whether a merged run becomes a version, which one, and with what: facts in, plan out."""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet

import msgspec

from merganser.config import Bump, Model
from merganser.errors import ConfigError, DataError
from merganser.evaluation.verdict import Verdict
from merganser.plan import Conclusion, Plan, Release, Tag
from merganser.registry import semver, versions
from merganser.registry.assets import Evidence, release_assets
from merganser.registry.card import release_body
from merganser.registry.grounded import Grounded, as_markdown, as_trailers
from merganser.registry.ledger import RunRecord
from merganser.registry.lifting import Grounds, Lifted, lift
from merganser.registry.names import check_model_name
from merganser.registry.numbering import Wish, next_number, reason
from merganser.registry.pushed import Surroundings, check_pushed
from merganser.registry.subject import Subject
from merganser.registry.tags import INPUTS_TRAILER, LEDGER_TRAILER, Action, TagEvent, first_line, format_tag
from merganser.registry.versions import Version
from merganser.run import Run


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """All that registering needs to know.

    `record` is the merged run and `verdict` the one recorded with it, None where the ledger has none. `versions` are
    all of the repo. `explicit` names the version (`v1.4.0`); empty, `once` or else the policy's `bump` counts it, from
    the run of the version before where the ledger has that (`previous`). `rules` are those of the commit to register,
    `evidence` what the release holds beside what these facts say. `server_url` is `https://github.com`.

    `tag` is the one to complete; empty, that of the commit or of the inputs, if any. Tags that other tools wrote name
    no inputs: `alike` are those on the same, and `line` the commits that the default `branch`'s first parents lead to.
    `grounds` are what a failing verdict may be lifted by, None where nothing can.
    """

    server_url: str
    repo: str
    model: str
    record: RunRecord | None
    verdict: Verdict | None
    versions: tuple[Version, ...]
    rules: Model
    evidence: Evidence = Evidence()
    bump: Bump = Bump.minor
    once: Bump | None = None
    explicit: str = ""
    previous: Run | None = None
    tag: str = ""
    alike: AbstractSet[str] = frozenset()
    line: AbstractSet[str] = frozenset()
    branch: str = ""
    grounds: Grounds | None = None


def decide(facts: Facts) -> Plan:
    """An annotated tag, then its release; the same plan again for inputs that have their version already.

    `ConfigError` where there is nothing to register (no merged run, no verdict that passes or is lifted, a deregistered
    version, a number that is taken or not above the others, a person's tag that may not stand), `DataError` where the
    files aren't those of the run.
    """
    check_model_name(facts.model)
    made, known = subject(facts), standing(facts)
    if known is not None and not known.inputs_digest:
        check_pushed(known, _surroundings(facts, made.record, known))
    why = _why(facts, made)
    release = Release(
        repo=facts.repo,
        tag=made.tag,
        title=f"{facts.model} v{made.version}",
        body=release_body(made) + as_markdown(why),
        assets=release_assets(made, facts.evidence),
        prerelease=bool(semver.parse(made.version).pre),
    )
    claim = Tag(
        repo=facts.repo,
        name=made.tag,
        commit=known.commit if known is not None else made.record.recorded.commit,
        message=_message(made, why),
        after=0 if known else max((v.registered_at for v in facts.versions if v.model == facts.model), default=0),
    )
    summary = f"register {made.tag} on {claim.commit[:7]} with {len(release.assets)} files"
    return Plan((claim, release), f"{summary}; {why.bump}" if why.bump else summary)


def subject(facts: Facts) -> Subject:
    """The version that these facts make, or have made, as its evidence speaks of it. Errors as in `decide`."""
    record, verdict = _accepted(facts)
    known = _known(facts, record)
    wish = _wish(facts, record)
    version = known.version if known is not None else str(next_number(facts.versions, facts.model, wish))
    event = TagEvent(action=Action.register, artifact=facts.model, version=version)
    return Subject(
        server_url=facts.server_url,
        repo=facts.repo,
        tag=known.tag if known is not None else format_tag(event),
        version=version,
        commit=known.commit if known is not None else record.recorded.commit,
        rules=facts.rules,
        record=record,
        verdict=verdict,
        overrides=_lifted(facts, verdict).overrides,
    )


def record_to_register(
    records: Iterable[RunRecord], known: Iterable[Version], model: str, commit: str
) -> RunRecord | None:
    """Which merged run of the same inputs to register when `commit` is asked for, or None where none was merged.

    One whose commit has a version comes first, so that a registration that died is finished even after other pushes;
    then the one of `commit`, then the newest.
    """
    tagged = {version.commit for version in known if version.model == model}
    merged = (record for record in records if record.recorded.merged and record.run.model == model)
    return max(
        merged,
        key=lambda r: (r.recorded.commit in tagged, r.recorded.commit == commit, r.recorded.time, r.path),
        default=None,
    )


def standing(facts: Facts) -> Version | None:
    """The version that these inputs, or this commit, have already; needs no files. Errors as in `decide`."""
    record, _ = _accepted(facts)
    return _known(facts, record)


def _accepted(facts: Facts) -> tuple[RunRecord, Verdict]:
    """The run and verdict, if they are ones that may become a version."""
    record, verdict = facts.record, facts.verdict
    if record is None or not record.recorded.merged:
        raise ConfigError(
            f"{facts.model}: no run of these inputs was recorded from the default branch",
            "Merge the pull request first and let the report of the push finish; then register.",
        )
    if verdict is None or _lifted(facts, verdict).verdict.conclusion is not Conclusion.success:
        said = "has no verdict" if verdict is None else "did not pass its gate, and no override that holds covers that"
        raise ConfigError(
            f"{facts.model}: the merged run of {record.recorded.commit[:7]} {said}",
            "Only a passing model becomes a version: mend it in a new pull request, or run the workflow again.",
        )
    subject = (facts.model, record.run.inputs_digest)
    if record.run.model != facts.model or (verdict.model, verdict.inputs_digest) != subject:
        raise DataError(
            f"{facts.model}: the run is of {record.run.model} and the verdict of {verdict.model}, or of other inputs",
            "Take run and verdict from one record of the ledger.",
        )
    return record, verdict


def _known(facts: Facts, record: RunRecord) -> Version | None:
    """The version that is to be completed, or that the commit, or else the inputs, have already."""
    digest = record.run.inputs_digest
    named = next((v for v in facts.versions if facts.tag and v.tag == facts.tag), None)
    here = named or versions.at_commit(facts.versions, facts.model, record.recorded.commit)
    alike = _alike(facts, record)
    same = (v for v in facts.versions if v.tag in alike)
    known = here or max(same, key=lambda v: v.active, default=None)
    if known is None:
        return None
    if not known.active:
        raise ConfigError(
            f"{facts.model}: {known.tag} was made from these inputs and deregistered",
            "A version is never used again: change the model, merge that, and register it.",
        )
    if facts.explicit and semver.parse(facts.explicit) != semver.parse(known.version):
        raise ConfigError(
            f"{facts.model}: these inputs are registered already, as {known.tag}",
            f"Leave the version out, or ask for v{known.version}; a model gets one version.",
        )
    if known.inputs_digest not in ("", digest):
        raise ConfigError(
            f"{facts.model}: {known.tag} names other inputs than the run recorded on its commit",
            "The tag was not written by this repository's register command: look at who wrote it.",
        )
    return known


def _alike(facts: Facts, record: RunRecord) -> AbstractSet[str]:
    """The tags of all versions of the model with the run's inputs, whoever wrote them."""
    ours = {v.tag for v in facts.versions if v.inputs_digest == record.run.inputs_digest and v.model == facts.model}
    return ours | facts.alike


def _surroundings(facts: Facts, record: RunRecord, known: Version) -> Surroundings:
    on_line = known.commit in facts.line
    return Surroundings(versions=facts.versions, alike=_alike(facts, record), on_line=on_line, branch=facts.branch)


def _lifted(facts: Facts, verdict: Verdict) -> Lifted:
    """The verdict as the overrides in force leave it."""
    return Lifted(verdict=verdict) if facts.grounds is None else lift(verdict, facts.grounds)


def _wish(facts: Facts, record: RunRecord) -> Wish:
    return Wish(
        policy=facts.bump, candidate=record.run, previous=facts.previous, once=facts.once, explicit=facts.explicit
    )


def _why(facts: Facts, made: Subject) -> Grounded:
    bump = reason(facts.versions, facts.model, _wish(facts, made.record), semver.parse(made.version))
    return Grounded(bump=bump, overrides=_lifted(facts, made.verdict).overrides)


def _message(made: Subject, why: Grounded) -> str:
    """GTO's first line, then what ties the tag to the ledger, and why it may stand with this number."""
    event = TagEvent(action=Action.register, artifact=made.run.model, version=made.version)
    trailers = (f"{INPUTS_TRAILER}{made.run.inputs_digest}", f"{LEDGER_TRAILER}{made.record.path}", *as_trailers(why))
    return "\n".join((first_line(event), "", *trailers, ""))

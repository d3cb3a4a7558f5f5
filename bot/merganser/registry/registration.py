"""Whether a merged run becomes a version, which one, and with what: facts in, plan out."""

from collections.abc import Iterable

import msgspec

from merganser.config import Bump, Model
from merganser.errors import ConfigError, DataError
from merganser.evaluation.verdict import Verdict
from merganser.plan import Conclusion, Plan, Release, Tag
from merganser.registry import semver, versions
from merganser.registry.assets import Evidence, release_assets
from merganser.registry.card import release_body
from merganser.registry.ledger import RunRecord
from merganser.registry.names import check_model_name
from merganser.registry.subject import Subject
from merganser.registry.tags import Action, TagEvent, first_line, format_tag
from merganser.registry.versions import INPUTS_TRAILER, Version


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """All that registering needs to know.

    `record` is the merged run and `verdict` the one recorded with it, None where the ledger has none. `versions` are
    all of the repo. `explicit` names the version (`v1.4.0`); empty, `bump` counts it. `rules` are those of the commit
    to register, `evidence` what the release holds beside what these facts say. `server_url` is `https://github.com`.
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
    explicit: str = ""


def decide(facts: Facts) -> Plan:
    """An annotated tag, then its release; the same plan again for a commit that has its version already.

    Inputs that have a version on another commit get no second one: an empty plan that says so. `ConfigError` where
    there is nothing to register (no merged run, no passing verdict, a deregistered version, a number that is taken or
    not above the others), `DataError` where the files aren't those of the run.
    """
    check_model_name(facts.model)
    record, _ = _accepted(facts)
    known = _known(facts, record)
    if known is not None and known.commit != record.recorded.commit:
        return Plan(
            summary=f"{known.tag} on {known.commit[:7]} already is this model: same inputs, nothing to register"
        )
    made = subject(facts)
    release = Release(
        repo=facts.repo,
        tag=made.tag,
        title=f"{facts.model} v{made.version}",
        body=release_body(made),
        assets=release_assets(made, facts.evidence),
        prerelease=bool(semver.parse(made.version).pre),
    )
    claim = Tag(repo=facts.repo, name=made.tag, commit=record.recorded.commit, message=_message(made))
    summary = f"register {made.tag} on {record.recorded.commit[:7]} with {len(release.assets)} files"
    return Plan((claim, release), summary)


def subject(facts: Facts) -> Subject:
    """The version that these facts make, or have made, as its evidence speaks of it. Errors as in `decide`."""
    record, verdict = _accepted(facts)
    known = _known(facts, record)
    version = known.version if known is not None else _next(facts)
    event = TagEvent(action=Action.register, artifact=facts.model, version=version)
    return Subject(
        server_url=facts.server_url,
        repo=facts.repo,
        tag=known.tag if known is not None else format_tag(event),
        version=version,
        rules=facts.rules,
        record=record,
        verdict=verdict,
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
    if verdict is None or verdict.conclusion is not Conclusion.success:
        said = "has no verdict" if verdict is None else "did not pass its gate"
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
    """The version that the commit, or else the inputs digest, has already."""
    digest = record.run.inputs_digest
    here = versions.at_commit(facts.versions, facts.model, record.recorded.commit)
    same = (v for v in facts.versions if v.model == facts.model and v.inputs_digest == digest)
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


def _next(facts: Facts) -> str:
    """The version asked for, or the next by `bump`."""
    existing = [semver.parse(v.version) for v in facts.versions if v.model == facts.model]
    if not facts.explicit:
        return str(semver.next_version(existing, facts.bump))
    asked = semver.parse(facts.explicit)
    greatest = max(existing, key=semver.precedence, default=None)
    if greatest is not None and semver.precedence(asked) <= semver.precedence(greatest):
        raise ConfigError(
            f"{facts.model}: v{asked} is not above v{greatest}, the greatest version so far",
            "Ask for a greater version, or leave it out; numbers of deregistered versions stay used.",
        )
    return str(asked)


def _message(made: Subject) -> str:
    """GTO's first line, then what ties the tag to the ledger."""
    event = TagEvent(action=Action.register, artifact=made.run.model, version=made.version)
    return f"{first_line(event)}\n\n{INPUTS_TRAILER}{made.run.inputs_digest}\nLedger: {made.record.path}\n"

"""`merganser register`: the merged run of a commit becomes the model's next version."""

from pathlib import Path

import msgspec

from merganser.commands import evidence, kept
from merganser.commands.carry_out import Decision, Workbench
from merganser.commands.checkout import model_at
from merganser.commands.ledger import open_ledger
from merganser.commands.tags import read_versions
from merganser.config import Bump
from merganser.errors import ConfigError
from merganser.forge import event
from merganser.git import Repository, is_sha
from merganser.inputs import inputs_digest
from merganser.plan import Asset, Plan, Tag
from merganser.registry import registration
from merganser.registry.assets import Evidence
from merganser.registry.ledger import RunRecord
from merganser.registry.registration import Facts
from merganser.registry.versions import Version


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What to register: `commit`, `bump` and `version` are None where the event and the configuration decide."""

    model: str
    commit: str | None = None
    bump: str | None = None
    version: str | None = None


def observe_and_decide(place: Workbench, request: Request) -> Decision:
    """The plan that makes the tag and the release; the step output `version` names it."""
    branch = place.default_branch()
    clone = place.mirror(branch)
    commit = _commit(place, clone, request, branch)
    rules = model_at(clone, commit, request.model)
    book = open_ledger(clone)
    digest = inputs_digest(clone.entries(commit), rules)
    known = read_versions(clone).versions
    record = registration.record_to_register(book.runs_with(request.model, digest), known, request.model, commit)
    facts = Facts(
        server_url=place.runtime.server_url,
        repo=place.repo,
        model=request.model,
        record=record,
        verdict=book.verdict_on(record) if record else None,
        versions=known,
        rules=rules,
        bump=Bump(request.bump) if request.bump else rules.release.bump,
        explicit=request.version or "",
    )
    standing = registration.standing(facts)
    if standing is not None and _is_published(place, standing):
        done = Plan(summary=f"{standing.tag} is registered already, on {standing.commit[:7]}: nothing to do")
        return Decision(plan=done, outputs={"version": f"v{standing.version}" if standing.commit == commit else ""})
    if record is not None:
        found = Evidence(files=_files(place, record), bundle=_evidence(place, record))
        facts = msgspec.structs.replace(facts, evidence=found)
    plan = registration.decide(facts)
    tags = [effect.name for effect in plan.effects if isinstance(effect, Tag)]
    return Decision(plan=plan, outputs={"version": tags[0].partition("@")[2] if tags else ""})


def _is_published(place: Workbench, version: Version) -> bool:
    """Whether the version's release is out: it is published last, so then it is complete."""
    release = place.forge.release_by_tag(place.repo, version.tag)
    return release is not None and not release.draft


def _commit(place: Workbench, clone: Repository, request: Request, branch: str) -> str:
    wanted = request.commit or event.head_sha(place.runtime.event) or clone.resolve(f"refs/heads/{branch}") or ""
    if not is_sha(wanted) or clone.resolve(wanted) is None:
        raise ConfigError(f"{wanted[:60]!r} is no commit of {branch}", "Pass the full SHA of a commit on it.")
    return wanted


def _files(place: Workbench, record: RunRecord) -> tuple[Asset, ...]:
    return tuple(_asset(name, file) for name, file in kept.model_files(place, record).items())


def _evidence(place: Workbench, record: RunRecord) -> tuple[Asset, ...]:
    files = kept.bundle(place, record, ()).files
    return tuple(_asset(record.run.files[name].path, file) for name, file in files.items())


def _asset(name: str, file: Path) -> Asset:
    return Asset(name=name, path=str(file), sha256=evidence.sha256(file), size=file.stat().st_size)

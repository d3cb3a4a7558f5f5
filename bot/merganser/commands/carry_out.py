"""How every writing command runs: a workbench to observe from, a decision, and the plan applied or only shown."""

import datetime
import json
import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from merganser.config import LEDGER_BRANCH
from merganser.errors import ConfigError, DataError
from merganser.forge import mirror, names
from merganser.forge.ci import event
from merganser.forge.ci.answers import inert, write_outputs, write_summary
from merganser.forge.ci.runtime import Runtime
from merganser.forge.effects.apply import apply
from merganser.forge.effects.describe import describe
from merganser.forge.effects.outcome import Outcome
from merganser.forge.protocol import Forge, Overtaken
from merganser.forge.times import Times
from merganser.forge.values import ArtifactRef, Release
from merganser.git import Repository
from merganser.plan import Plan
from merganser.storage.remote import Remote
from merganser.streams import answer, progress

T = TypeVar("T")
TRIES = 3


class Once:
    """Answers that several parts of a command need and that stay the same while it runs: each is asked for once."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str | int], Any] = {}

    def ask(self, key: tuple[str, str | int], question: Callable[[], T]) -> T:
        if key not in self._known:
            self._known[key] = question()
        found: T = self._known[key]
        return found

    def know(self, key: tuple[str, str | int], answer: object) -> None:
        """An answer that came with another one."""
        self._known[key] = answer


class Workbench(msgspec.Struct, frozen=True, kw_only=True):
    """What a trusted command observes with: the CI's facts, the forge, a clock, a folder that is gone afterwards."""

    runtime: Runtime
    forge: Forge
    folder: Path
    once: Once = msgspec.field(default_factory=Once)
    times: Times = Times()

    @property
    def now(self) -> datetime.datetime:
        """What time it is, in UTC."""
        return datetime.datetime.fromtimestamp(self.times.clock(), datetime.UTC)

    @property
    def repo(self) -> str:
        """The model repo; `ConfigError` where neither the CI nor `--repo` names it."""
        if not self.runtime.repository:
            raise ConfigError(
                "which repository is not said", "Pass --repo OWNER/NAME, or run it in a workflow or clone."
            )
        return self.runtime.repository

    def default_branch(self) -> str:
        """The model repo's default branch, from the event or else from GitHub."""
        return event.default_branch(self.runtime.event) or self.forge.repository(self.repo).default_branch

    def artifacts(self, run: int) -> tuple[ArtifactRef, ...]:
        return self.once.ask(("artifacts", run), lambda: self.forge.artifacts(self.repo, run))

    def release(self, tag: str) -> Release | None:
        """The published release of a tag."""
        return self.once.ask(("release", tag), lambda: self.forge.release_by_tag(self.repo, tag))

    def look_at_releases(self) -> None:
        """Asks for the newest releases at once, where several are going to be asked for."""
        for release in self.forge.newest_releases(self.repo):
            if not release.draft:
                self.once.know(("release", release.tag_name), release)

    def mirror(self, branch: str, *refs: str) -> Repository:
        """A bare clone of the model repo: `branch`, the ledger, all tags, and further `refs` in full."""
        wanted = (f"refs/heads/{branch}", f"refs/heads/{LEDGER_BRANCH}", "refs/tags/*", *refs)
        token = self.forge.token(self.repo)
        return mirror.clone(self.runtime.server_url, self.repo, token, self.folder / "mirror", wanted)


class Store(msgspec.Struct, frozen=True, kw_only=True):
    """A file that is to lie in a DVC remote before the plan names it there."""

    remote: Remote
    file: Path


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """The plan; the step outputs that hold once it is applied, and Markdown for the job's summary.

    `stores` come before the plan; where one of them fails, `fallback` is the plan.
    """

    plan: Plan
    stores: tuple[Store, ...] = ()
    fallback: Plan | None = None
    outputs: dict[str, str] = {}
    summary: str = ""


def carry_out(
    decide: Callable[[Workbench], Decision],
    runtime: Runtime,
    *,
    dry_run: bool,
    as_json: bool,
    times: Times | None = None,
) -> None:
    """Observe, decide, apply, and answer on standard output. A dry run applies nothing and writes no outputs."""
    from merganser.forge.github import connect

    runtime, times = located(runtime, Path.cwd()), times or Times()
    with connect(runtime, times) as forge, tempfile.TemporaryDirectory(prefix="merganser-") as folder:
        place = Workbench(runtime=runtime, forge=forge, folder=Path(folder), times=times)
        if dry_run:
            answer(foreseen(decide(place)))
            return
        decision, outcomes = settled(place, decide, lambda decision: enact(decision, forge, times))
    publish(runtime, decision)
    answer(in_json(decision, outcomes) if as_json else in_text(decision, outcomes))


def settled(
    place: Workbench, decide: Callable[[Workbench], Decision], act: Callable[[Decision], T], tries: int = TRIES
) -> tuple[Decision, T]:
    """What was decided, and what came of it; both anew, in another folder, where something overtook the decision."""
    folder = place.folder / f"decision-{tries}"
    folder.mkdir()
    decision = decide(msgspec.structs.replace(place, folder=folder))
    try:
        return decision, act(decision)
    except Overtaken as overtaken:
        if tries == 1:
            raise
        progress(f"merganser: {overtaken.message}: decided anew")
    return settled(place, decide, act, tries - 1)


def foreseen(decision: Decision) -> str:
    """For `--dry-run`: what would be written."""
    return _stores_in_words(decision.stores) + describe(decision.plan)


def enact(decision: Decision, forge: Forge, times: Times) -> tuple[Outcome, ...]:
    """The stores, then the plan."""
    return apply(_stored(decision), forge, times.sleep)


def publish(runtime: Runtime, decision: Decision) -> None:
    """What the workflow is told once a decision is enacted."""
    write_outputs(runtime, decision.outputs)
    if decision.summary:
        write_summary(runtime, decision.summary)


def _stored(decision: Decision) -> Plan:
    """The plan that holds after the stores."""
    from merganser.storage.objects import keep

    try:
        for number, store in enumerate(decision.stores, 1):
            progress(f"merganser: DVC remote {store.remote.name}: file {number} of {len(decision.stores)}")
            keep(store.remote, store.file)
    except (ConfigError, DataError) as wrong:
        if decision.fallback is None:
            raise
        progress(f"merganser: warning: not kept in the DVC remote: {wrong.message}. {wrong.hint}")
        return decision.fallback
    return decision.plan


def _stores_in_words(stores: tuple[Store, ...]) -> str:
    """How much would be put where."""
    if not stores:
        return ""
    size = sum(store.file.stat().st_size for store in stores)
    return f"store {len(stores)} files ({size} bytes) in the DVC remote {stores[0].remote.name}\n\n"


def in_json(decision: Decision, outcomes: tuple[Outcome, ...]) -> str:
    """The answer for programs."""
    effects: list[dict[str, Any]] = [
        {"effect": type(o.effect).__name__, "done": o.done.value, "url": o.url, "sha": o.sha} for o in outcomes
    ]
    said = {"summary": decision.plan.summary, "effects": effects, "outputs": decision.outputs}
    return json.dumps(said, indent=2, sort_keys=True)


def in_text(decision: Decision, outcomes: tuple[Outcome, ...]) -> str:
    """The answer for people: what was decided, and a line for each effect."""
    lines = [f"{o.done.value:9} {type(o.effect).__name__.lower():12} {o.url or o.sha}".rstrip() for o in outcomes]
    return inert("\n".join([decision.plan.summary, *lines]))


def located(runtime: Runtime, folder: Path) -> Runtime:
    """The runtime, its repository taken from the clone's `origin` where neither CI nor command line names one."""
    if runtime.repository:
        return runtime
    try:
        url = Repository(folder).text("remote", "get-url", "origin")
    except DataError:
        return runtime
    host = re.escape(runtime.server_url.partition("://")[2])
    found = re.fullmatch(rf"(?:https?://(?:[^@/]*@)?|ssh://git@|git@){host}[/:]([^/]+/[^/]+?)(?:\.git)?/?", url)
    return msgspec.structs.replace(runtime, repository=names.repository(found[1])) if found else runtime

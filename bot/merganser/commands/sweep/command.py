"""`merganser report --sweep`: goes through the commits that should have the check, and finishes what was left open.

Each is observed, decided and written before the next is looked at, so what a rate limit ends is done so far, and the
next sweep goes on. A run is answered as by its own event: the report is the same.
"""

import datetime
import json
import tempfile
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

import msgspec

from merganser.commands.carry_out import TRIES, Decision, Workbench, enact, foreseen, in_json, in_text, located, publish
from merganser.commands.observing.ledger import fetched
from merganser.commands.report import command as report
from merganser.commands.sweep import heads, renewing
from merganser.commands.sweep.heads import Head
from merganser.config import GATE_CHECK
from merganser.errors import MerganserError
from merganser.evaluation.verdict import RunRef
from merganser.forge.ci.answers import log_line, warn
from merganser.forge.ci.runtime import Runtime
from merganser.forge.effects.checking import own_checks
from merganser.forge.effects.outcome import Outcome
from merganser.forge.protocol import Overtaken, RateLimited
from merganser.forge.times import Times
from merganser.markdown import prose
from merganser.plan import Check, Plan
from merganser.report import decision, sweep
from merganser.report.decision import Subject
from merganser.report.sweep import Silence
from merganser.streams import answer

PATIENCE = datetime.timedelta(minutes=20)  # the job's own is half an hour


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """The files of sealed labels by model, and how to answer."""

    labels: Mapping[str, Path]
    dry_run: bool = False
    as_json: bool = False


class Swept(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one commit: a decision and its outcomes, or why there is none; a warning about what was seen.

    `commit` is "" where it is about something else.
    """

    name: str
    commit: str = ""
    decision: Decision | None = None
    outcomes: tuple[Outcome, ...] = ()
    error: Exception | None = None
    warning: str = ""


class _Scene(msgspec.Struct, frozen=True, kw_only=True):
    """`said` is what people have said about all models, as the ledger tells it: `registry.spoken`."""

    place: Workbench
    request: Request
    said: Mapping[str, str]


class _Matter(msgspec.Struct, frozen=True, kw_only=True):
    """What is looked at by itself: a commit, or "" and something else."""

    name: str
    commit: str = ""
    decide: Callable[[_Scene], Decision | None]


def carry_out(request: Request, runtime: Runtime, times: Times | None = None) -> None:
    """Sweep, and answer. The rate limit that ended it is raised then, or the first error that a commit made."""
    from merganser.forge.github import connect

    runtime, times = located(runtime, Path.cwd()), times or Times()
    swept: list[Swept] = []
    ended: Exception | None = None
    with connect(runtime, times) as forge, tempfile.TemporaryDirectory(prefix="merganser-") as folder:
        place = Workbench(runtime=runtime, forge=forge, folder=Path(folder), times=times)
        try:
            for one in _sweep(place, request):
                swept.append(one)
        except RateLimited as limit:
            ended = limit
    if not request.dry_run:
        _answer(request, runtime, _whole(swept, ended), [outcome for one in swept for outcome in one.outcomes])
    for one in swept:
        if one.warning:
            warn(runtime, one.warning)
    if error := ended or _first_error(swept):
        raise error


def _sweep(place: Workbench, request: Request) -> Iterator[Swept]:
    repository = place.forge.repository(place.repo)
    place = _knowing(place, repository.default_branch)
    scene = _Scene(place=place, request=request, said=fetched(place).spoken())
    began = scene.place.now
    if not repository.private and repository.pushed_at:
        pushed = datetime.datetime.fromisoformat(repository.pushed_at)
        if warning := sweep.idle_warning(pushed, began):
            yield Swept(name=place.repo, warning=warning)
    found = heads.heads(place, repository.default_branch, began)
    for number, head in enumerate(found, 1):
        if scene.place.now - began > PATIENCE:
            yield Swept(name=place.repo, warning=f"{len(found) - number + 1} commits are left to the next sweep.")
            return
        log_line(f"merganser: sweep: {number} of {len(found)}: {head.name}")
        decided = partial(_decided, head=head)
        yield _settled(scene, _Matter(name=head.name, commit=head.sha, decide=decided))
    yield _settled(scene, _Matter(name="kept artifacts", decide=_renewed))


def _knowing(place: Workbench, branch: str) -> Workbench:
    """The place where the default branch is known, as it is of most events; the hour's says nothing of it."""
    event = {**place.runtime.event, "repository": {"default_branch": branch}}
    return msgspec.structs.replace(place, runtime=msgspec.structs.replace(place.runtime, event=event))


def _settled(scene: _Scene, matter: _Matter, tries: int = TRIES) -> Swept:
    """One commit. Whatever is wrong with it is told, and stops the sweep of no other."""
    try:
        return _tried(scene, matter)
    except Overtaken as overtaken:
        log_line(f"merganser: {matter.name}: {overtaken.message}")
        if tries == 1:
            return Swept(name=matter.name, commit=matter.commit, error=overtaken)
    now = msgspec.structs.replace(scene, said=fetched(scene.place).spoken())
    return _settled(now, matter, tries - 1)


def _tried(scene: _Scene, matter: _Matter) -> Swept:
    """`Overtaken` where people said something meanwhile."""
    blank = Swept(name=matter.name, commit=matter.commit)
    with tempfile.TemporaryDirectory(dir=scene.place.folder) as folder:
        place = msgspec.structs.replace(scene.place, folder=Path(folder))
        scene = msgspec.structs.replace(scene, place=place)
        try:
            found = matter.decide(scene)
            if found is None:
                return blank
            if scene.request.dry_run:
                answer(f"{matter.name}\n\n{foreseen(found)}")
                return msgspec.structs.replace(blank, decision=found)
            outcomes = enact(found, place.forge, scene.place.times)
            return msgspec.structs.replace(blank, decision=found, outcomes=outcomes)
        except (RateLimited, Overtaken):
            raise
        except MerganserError as wrong:
            log_line(f"merganser: {matter.name}: {wrong.message}\n  → {wrong.hint}")
            return msgspec.structs.replace(blank, error=wrong)
        except Exception as bug:
            log_line(f"merganser: {matter.name}: {traceback.format_exc()}")
            return msgspec.structs.replace(blank, error=bug)


def _renewed(scene: _Scene) -> Decision | None:
    return renewing.observe_and_decide(scene.place, scene.place.now)


def _decided(scene: _Scene, head: Head) -> Decision | None:
    place = scene.place
    stand = max(own_checks(place.forge, place.repo, head.sha, GATE_CHECK), key=lambda check: check.id, default=None)
    check = sweep.standing(stand.status, stand.output.summary) if stand else None
    if len(head.pulls) > 1 or (not head.runs and sweep.may_lack_run(check)):
        head = heads.looked_up(place, head)
    if head.runs:
        # One answer is for all runs of the commit.
        run = head.runs[0].id
        lags = sweep.lags(check, head.trainings, scene.place.now, scene.said)
        return report.answer(place, run, scene.request.labels) if lags else None
    return _explained(scene, head) if sweep.may_lack_run(check) else None


def _explained(scene: _Scene, head: Head) -> Decision | None:
    """The red check of a pull request's head that no run came for, once there is something to say."""
    place = scene.place
    pull = place.forge.pull_request(place.repo, head.pulls[0].number)
    silence = Silence(
        conflicts=None if pull.mergeable is None else not pull.mergeable,
        message=place.forge.message_of(place.repo, head.sha),
        since=datetime.datetime.fromisoformat(pull.updated_at),
    )
    output = sweep.why_silent(silence, scene.place.now)
    if output is None or pull.head.sha != head.sha:
        return None
    plan = decision.finished(Subject(repo=place.repo, sha=head.sha, number=pull.number), output)
    # A command that committed parameters waits for this commit's first run.
    told = [decision.settling(pull.number, RunRef(), effect) for effect in plan.effects if isinstance(effect, Check)]
    return Decision(plan=msgspec.structs.replace(plan, effects=(*plan.effects, *told)))


def _whole(swept: Sequence[Swept], ended: Exception | None) -> Decision:
    """What the workflow and the reader are told of all of it."""
    done = [one for one in swept if one.decision is not None]
    wrong = [one for one in swept if one.error is not None]
    commits, finished, unfinished = (sum(bool(one.commit) for one in several) for several in (swept, done, wrong))
    summary = f"{commits} commits looked at, {finished} of them finished, {unfinished} that can't be"
    lines = [f"- {prose(one.name)}: {prose(one.decision.plan.summary)}" for one in done if one.decision]
    lines += [f"- {prose(one.name)}: {prose(str(one.error))}" for one in wrong]
    lines += [f"- {prose(one.warning)}" for one in swept if one.warning]
    lines += [f"- {prose(str(ended))}. The next sweep goes on."] if ended else []
    released = [
        entry for one in done if one.decision for entry in json.loads(one.decision.outputs.get("release", "[]"))
    ]
    renew = [one.decision.outputs["renew"] for one in done if one.decision and "renew" in one.decision.outputs]
    return Decision(
        plan=Plan(summary=f"Sweep: {summary}."),
        outputs={"release": json.dumps(released), "renew": "".join(renew)},
        summary="\n".join(["## Sweep", "", f"{summary}.", *lines]),
    )


def _answer(request: Request, runtime: Runtime, whole: Decision, outcomes: Sequence[Outcome]) -> None:
    publish(runtime, whole)
    answer(in_json(whole, tuple(outcomes)) if request.as_json else in_text(whole, tuple(outcomes)))


def _first_error(swept: Sequence[Swept]) -> Exception | None:
    """A bug before all others: it is told with where it happened."""
    errors = [one.error for one in swept if one.error is not None]
    bugs = [error for error in errors if not isinstance(error, MerganserError)]
    return next(iter((*bugs, *errors)), None)

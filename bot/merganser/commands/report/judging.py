"""Judges one model of a change: finds its bundle and its baseline, asks the gate, and forms the verdict."""

import datetime
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Literal

import msgspec

from merganser.commands.carry_out import Workbench
from merganser.commands.observing import belonging, evidence, kept
from merganser.commands.observing.baselines import Chosen
from merganser.commands.observing.evidence import Bundle, Rejected
from merganser.commands.observing.intake import Trigger
from merganser.commands.observing.ledger import Ledger
from merganser.commands.report import base_run, sealed
from merganser.commands.report.change import Change
from merganser.commands.report.sealed import Sealing
from merganser.errors import ConfigError, DataError
from merganser.evaluation.compare import compare
from merganser.evaluation.judge import Question, Side, judge
from merganser.evaluation.policy import has_quality_rules
from merganser.evaluation.rollup import BaselineState
from merganser.evaluation.verdict import Baseline, Mode, Policy, RunRef, Trust, Verdict
from merganser.forge.ci.runtime import Runtime
from merganser.git import Repository
from merganser.registry import lineage
from merganser.registry.ledger import RunRecord
from merganser.registry.lineage import Own
from merganser.report.model import Judged
from merganser.report.rounding import published
from merganser.run import Run

# How a run went that left nothing to judge, in words; GitHub's own for what is rarer.
_ENDED: Final = {"failure": "failed", "cancelled": "was cancelled", "timed_out": "took too long"}


class Scene(msgspec.Struct, frozen=True, kw_only=True):
    """What judging one model needs: where we work, what started it, the change, the clone, its ledger, the clock.

    `baselines` are what the touched models are compared with, as far as there is anything; `labels` the files of
    sealed labels by model.
    """

    place: Workbench
    trigger: Trigger
    change: Change
    mirror: Repository
    ledger: Ledger
    baselines: dict[str, Chosen]
    labels: Mapping[str, Path]
    now: datetime.datetime


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """The bundle of a model, and the page of the run that made it where it is reused."""

    bundle: Bundle
    reused_run_url: str = ""


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """The baseline's run and predictions and its name in the verdict, or the state and clause that say why none is."""

    state: BaselineState
    run: Run | None = None
    side: Side | None = None
    named: Baseline = Baseline()
    reason: str = ""


def mode_of(runtime: Runtime) -> Mode:
    """Enforcing needs a GitHub App, whose key only the default branch can use: other checks any writer can forge."""
    return Mode.enforcing if runtime.app is not None else Mode.advisory


def find_bundle(scene: Scene, model: str, found: Bundle | Rejected | None) -> Found:
    """The model's bundle, checked against what was computed here; `DataError` says in a clause what is wrong."""
    run, digest = scene.trigger.run, scene.change.digests[model]
    if run.conclusion != "success":
        how = _ENDED.get(run.conclusion or "", f"ended as {run.conclusion}")
        raise DataError(f"its training {how}", "Its log says why: mend that and push, or run the workflow again.")
    if isinstance(found, Rejected):
        raise DataError(found.reason, evidence.TRAIN_AGAIN)
    if found is None:
        return _reused(scene, model)
    claims = (found.run.model, found.run.tree, found.run.inputs_digest, found.run.head, found.run.pull_request)
    if claims != (model, scene.change.tree, digest, run.head_sha, scene.trigger.number):
        wrong = "its bundle names another model, tree, inputs, head or pull request than this run has"
        raise DataError(wrong, evidence.TRAIN_AGAIN)
    # The merge commit that was trained is kept by nobody: the tree says what it was, the head where it came from.
    own = msgspec.structs.replace(found.run, commit=run.head_sha, base=scene.change.base)
    return Found(bundle=msgspec.structs.replace(found, run=own))


def _reused(scene: Scene, model: str) -> Found:
    """A recorded run of the same inputs that may stand in; also in a rerun: one of failed jobs plans nothing anew."""
    records = scene.ledger.runs_with(model, scene.change.digests[model])
    own = _own(scene) if records else Own()
    for record in sorted(records, key=lambda r: (r.recorded.time, r.path), reverse=True):
        if lineage.stands_in(record, own):
            found = kept.bundle(scene.place, record, _tags(scene, model, record))
            bundle = Bundle(run=record.run, files=found.files, kept=record.recorded.kept)
            return Found(bundle=bundle, reused_run_url=record.run.source.run_url)
    raise DataError("its training left no bundle", evidence.TRAIN_AGAIN)


def _own(scene: Scene) -> Own:
    """What the change consists of: the default branch's line after a push, a queue's group from its base on."""
    if scene.trigger.number is not None:
        return belonging.of_pull_request(scene.trigger.number)
    base = "" if scene.trigger.merged else scene.change.base
    return belonging.of_line(scene.mirror, scene.trigger.run.head_sha, base)


def _tags(scene: Scene, model: str, record: RunRecord) -> list[str]:
    pattern = f"refs/tags/{model}@v*"
    args = ["--format=%(refname:strip=2)", f"--points-at={record.recorded.commit}", pattern]
    return scene.mirror.text("for-each-ref", *args).split()


def look_ahead(scene: Scene) -> None:
    """Several baselines that lie in releases are looked up by one request for all."""
    released = [model for model, chosen in scene.baselines.items() if _tags(scene, model, chosen.record)]
    if len(released) > 1:
        scene.place.look_at_releases()


def _baseline(scene: Scene, model: str) -> Compared:
    """The recorded baseline; where that can't be had, what the training left of the base commit, if that is wanted."""
    recorded = _recorded(scene, model)
    if recorded.state is BaselineState.available:
        return recorded
    wanted = base_run.wanted(scene.mirror, scene.trigger, scene.change, model)
    found = base_run.fetch(scene.place, scene.trigger, wanted) if wanted else ""
    if isinstance(found, str):
        reason = "; ".join(filter(None, (recorded.reason, found)))
        return msgspec.structs.replace(recorded, reason=reason)
    commit, digest = scene.change.base, found.run.inputs_digest
    return Compared(
        state=BaselineState.available,
        run=found.run,
        side=evidence.side_of(commit[:12], found.run, found.files),
        named=Baseline(kind="trained", inputs_digest=digest, commit=commit, read_from=found.source),
    )


def _recorded(scene: Scene, model: str) -> Compared:
    """The baseline that the ledger knows, with its predictions, or why there is none."""
    chosen = scene.baselines.get(model)
    if chosen is None:
        if lineage.has_merged_run(scene.ledger.runs_of(model), model):
            return Compared(state=BaselineState.missing, reason="no ancestor of the base commit has a recorded run")
        return Compared(state=BaselineState.first_run, reason="the model has no merged run yet")
    run, commit = chosen.record.run, chosen.record.recorded.commit
    kind: Literal["version", "ledger"] = "version" if chosen.tag else "ledger"
    named = Baseline(kind=kind, inputs_digest=run.inputs_digest, commit=commit, name=chosen.tag)
    try:
        found = kept.bundle(scene.place, chosen.record, _tags(scene, model, chosen.record))
    except (ConfigError, DataError) as gone:
        return Compared(state=BaselineState.missing, run=run, named=named, reason=gone.message)
    return Compared(
        state=BaselineState.available,
        run=run,
        side=evidence.side_of(commit[:12], run, found.files),
        named=msgspec.structs.replace(named, read_from=found.source),
    )


def judge_model(scene: Scene, model: str, found: Found) -> Judged:
    """The model's verdict by the rules that count for it, as it may be published."""
    run, base = found.bundle.run, _baseline(scene, model)
    judgement = judge(_question(scene, model, found, base), submission=lambda labels: _submission(scene, model, labels))
    is_new = scene.change.is_new(model)
    policy_from = scene.trigger.run.head_sha if is_new else scene.change.policy_commit
    verdict = Verdict(
        model=model,
        inputs_digest=run.inputs_digest,
        head=scene.trigger.run.head_sha,
        base=scene.change.base,
        baseline=base.named,
        policy=Policy(digest=judgement.policy_digest, commit=policy_from),
        trust=judgement.trust,
        mode=mode_of(scene.place.runtime),
        labels_digest=judgement.labels_digest,
        submission=judgement.submission,
        run=run_ref(scene),
        conclusion=judgement.conclusion,
        checks=judgement.checks,
    )
    # Rounded by what the labels are; that the baseline's predictions are the change's own word takes trust away after.
    verdict = published(verdict)
    if base.named.kind == "trained":
        verdict = msgspec.structs.replace(verdict, trust=Trust.self_reported)
    return Judged(
        verdict=verdict,
        run=run,
        comparison=compare(base.run, run) if base.run else None,
        new_model=is_new,
        quality=has_quality_rules(scene.change.rules(model)),
        reused_run_url=found.reused_run_url,
    )


def _question(scene: Scene, model: str, found: Found, base: Compared) -> Question:
    bundle = found.bundle
    candidate = evidence.side_of(scene.trigger.run.head_sha[:12], bundle.run, bundle.files)
    return Question(
        model=model,
        rules=scene.change.rules(model),
        candidate=candidate,
        baseline=base.side,
        baseline_state=base.state,
        missing_reason=base.reason,
        labels=sealed.labels_of(_sealing(scene), model, scene.labels.get(model)),
        now=scene.now,
    )


def _sealing(scene: Scene) -> Sealing:
    return Sealing(
        place=scene.place,
        mirror=scene.mirror,
        change=scene.change,
        head=scene.trigger.run.head_sha,
        tip=scene.mirror.resolve(f"refs/heads/{scene.trigger.branch}") or "",
        pushed=scene.trigger.merged,
    )


def run_ref(scene: Scene) -> RunRef:
    return RunRef(id=scene.trigger.run.id, attempt=scene.trigger.run.run_attempt)


def _submission(scene: Scene, model: str, labels_digest: str) -> int | None:
    if not labels_digest:
        return None
    judged = scene.ledger.verdicts_by(labels_digest)
    return lineage.submissions(judged, labels_digest, model, scene.change.digests[model])

"""`merganser report`: judges what a training run left, and answers with comment, check and ledger records."""

import datetime
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import msgspec

from merganser.commands import baselines, evidence, intake, judging, keeping
from merganser.commands.carry_out import Decision, Store, Workbench
from merganser.commands.evidence import Bundle, Rejected
from merganser.commands.intake import Change, Commits
from merganser.commands.judging import Found, Scene, run_ref
from merganser.commands.ledger import Ledger, open_ledger
from merganser.config import Keep, ReleaseOn
from merganser.errors import ConfigError, DataError, MerganserError
from merganser.evaluation.policy_diff import policy_changes
from merganser.forge.answers import SUMMARY_CAP
from merganser.plan import Conclusion, Plan
from merganser.registry import ledger as records
from merganser.registry.ledger import Kept, Recorded
from merganser.report import check, comment, decision
from merganser.report.decision import Subject
from merganser.report.model import Judged, NotJudged, Report


def label_files(named: Sequence[str]) -> dict[str, Path]:
    """Files of sealed labels by model, of `MODEL=FILE`; `ConfigError` where one isn't that, or is not there."""
    found: dict[str, Path] = {}
    for one in named:
        model, separator, file = one.partition("=")
        if not (model and separator and Path(file).exists()) or model in found:
            hint = "Write MODEL=FILE, once for each model: --labels churn=labels.parquet."
            raise ConfigError(f"--labels: {one[:200]!r} names no file of a model's labels", hint)
        found[model] = Path(file)
    return found


def observe_and_decide(place: Workbench, labels: Mapping[str, Path] = MappingProxyType({})) -> Decision:
    """The plan that answers the event's training run; `labels`: the sealed ones by model."""
    trigger = intake.accept(place)
    if isinstance(trigger, str):
        return Decision(plan=Plan(summary=trigger))
    run = trigger.run
    subject = Subject(repo=place.repo, sha=run.head_sha, number=trigger.number, run_url=run.html_url)
    if run.status != "completed":
        return Decision(plan=decision.in_progress(subject))
    clone = place.mirror(trigger.branch, *([f"refs/pull/{trigger.number}/head"] if trigger.number else []))
    book = open_ledger(clone)
    try:
        tip = intake.tip_of(clone, trigger)
        bundles = evidence.bundles(place, run, intake.configured_models(clone, trigger, tip))
        claimed = frozenset(found.run.base for found in bundles.values() if isinstance(found, Bundle))
        base = intake.base_of(clone, trigger, tip, claimed)
        change = intake.change(clone, trigger, Commits(tip=tip, base=base), book)
    except (ConfigError, DataError) as wrong:
        return Decision(plan=decision.finished(subject, check.refused_output(wrong.message, wrong.hint)))
    if change is None:
        return Decision(plan=decision.finished(subject, check.untouched_output()))
    if (early := _without_judging(subject, change, book)) is not None:
        return Decision(plan=early)
    scene = Scene(
        place=place,
        trigger=trigger,
        change=change,
        mirror=clone,
        ledger=book,
        baselines=baselines.choose(clone, change, book),
        labels=labels,
        now=datetime.datetime.now(datetime.UTC).replace(microsecond=0),
    )
    return _judged(scene, subject, bundles)


def _without_judging(subject: Subject, change: Change, ledger: Ledger) -> Plan | None:
    """Set-up, a lost configuration, or no touched model: the check alone. None where there is something to judge."""
    if change.policy is None and subject.number is not None:
        if ledger.exists:
            reason = "the default branch has a ledger but no merganser.yaml, so there is no policy to judge by"
            return decision.finished(subject, check.refused_output(reason, "Restore merganser.yaml there first."))
        return decision.finished(subject, check.set_up_output())
    return None if change.touched else decision.finished(subject, check.untouched_output())


class _Records(msgspec.Struct, frozen=True, kw_only=True):
    """A model's ledger files, as they are once `stores` are done and as they are without; a sentence about that."""

    files: dict[str, bytes]
    without: dict[str, bytes]
    stores: tuple[Store, ...] = ()
    note: str = ""


def _judged(scene: Scene, subject: Subject, bundles: dict[str, Bundle | Rejected]) -> Decision:
    written: list[_Records] = []
    found: dict[str, Found] = {}
    outcomes: list[Judged | NotJudged] = []
    for model in scene.change.touched:
        try:
            found[model] = judging.find_bundle(scene, model, bundles.get(model))
            judged = judging.judge_model(scene, model, found[model])
            written.append(_records(scene, judged, found[model]))
        except (ConfigError, DataError) as wrong:
            trained = model in found
            log_url = _own_log(scene) if trained else scene.trigger.run.html_url
            outcomes.append(NotJudged(model=model, reason=_sentence(wrong), log_url=log_url))
        else:
            outcomes.append(judged)
    report = _report(scene, tuple(outcomes), tuple(one.note for one in written if one.note))
    files = {path: content for one in written for path, content in one.files.items()}
    without = {path: content for one in written for path, content in one.without.items()}
    stores = tuple(store for one in written for store in one.stores)
    return Decision(
        plan=decision.judged(subject, report, files),
        stores=stores,
        fallback=decision.judged(subject, report, without) if stores else None,
        outputs={"release": json.dumps(_to_release(scene, outcomes))},
        summary=comment.document(report, [], SUMMARY_CAP),
    )


def _sentence(wrong: MerganserError) -> str:
    return f"{wrong.message[:1].upper()}{wrong.message[1:].rstrip('.')}. {wrong.hint}".rstrip()


def _own_log(scene: Scene) -> str:
    """The run that judges, where it is one of GitHub's: the training's log knows nothing of what failed here."""
    return scene.place.runtime.run_url or scene.trigger.run.html_url


def _records(scene: Scene, judged: Judged, found: Found) -> _Records:
    """What the ledger gets of a model, and what goes to the DVC remote of a merged run that is to be kept there."""
    files = _files(scene, judged, found.bundle.kept)
    model = scene.change.config.models[judged.verdict.model]
    if scene.trigger.number is not None or model.keep is not Keep.dvc:
        return _Records(files=files, without=files)
    merged = keeping.Merged(
        bundle=found.bundle, folder=model.path, mirror=scene.mirror, commit=scene.trigger.run.head_sha
    )
    try:
        kept = keeping.in_remote(scene.place, merged)
    except (ConfigError, DataError) as wrong:
        note = f"{judged.verdict.model}: not kept in the DVC remote: {wrong.message}. {wrong.hint}"
        return _Records(files=files, without=files, note=note)
    return _Records(files=_files(scene, judged, kept.kept), without=files, stores=kept.stores)


def _files(scene: Scene, judged: Judged, kept: Kept) -> dict[str, bytes]:
    """The run's and the verdict's ledger files; a push's run is recorded as merged."""
    run = scene.trigger.run
    recorded = Recorded(
        time=scene.now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        by=run.actor.login if run.actor else "",
        event=run.event,
        merged=scene.trigger.number is None,
        commit=run.head_sha,
        kept=kept,
    )
    files = (
        records.run_record(judged.run, recorded, run_ref(scene)),
        records.verdict_record(judged.verdict, run_ref(scene)),
    )
    return {file.path: file.content for file in files}


def _report(scene: Scene, outcomes: tuple[Judged | NotJudged, ...], notes: tuple[str, ...]) -> Report:
    run, change = scene.trigger.run, scene.change
    alters = [
        f"{model}: this change alters the gate ({difference}); the default branch's rules before it judged."
        for model in change.touched
        for difference in policy_changes(change.rules_before(model), change.config.models[model])
    ]
    return Report(
        repo=scene.place.repo,
        head=run.head_sha,
        base=change.base,
        mode=judging.mode_of(scene.place.runtime),
        server_url=scene.place.runtime.server_url,
        run_url=run.html_url,
        run_number=run.id,
        attempt=run.run_attempt,
        pull_request=scene.trigger.number,
        models=outcomes,
        notes=(*alters, *notes),
    )


def _to_release(scene: Scene, outcomes: list[Judged | NotJudged]) -> list[str]:
    """After a merge: the models whose verdict passes and whose policy is to release then."""
    if scene.trigger.number is not None:
        return []
    return [
        outcome.verdict.model
        for outcome in outcomes
        if isinstance(outcome, Judged)
        and outcome.verdict.conclusion is Conclusion.success
        and scene.change.config.models[outcome.verdict.model].release.on is ReleaseOn.merge
    ]

"""`merganser report`: judges what a training run left, and answers with comment, check and ledger records."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import msgspec

from merganser.commands.carry_out import Decision, Workbench
from merganser.commands.observing import authors, baselines, evidence, intake
from merganser.commands.observing.checkout import MAX_ANCESTORS
from merganser.commands.observing.evidence import Bundle, Rejected
from merganser.commands.observing.intake import Passed, Trigger
from merganser.commands.observing.ledger import Ledger, open_ledger
from merganser.commands.report import change, judging
from merganser.commands.report.change import Change, Commits
from merganser.commands.report.judging import Found, Scene
from merganser.commands.report.recording import Records, issues_of, records_of, to_release
from merganser.config.commands import CommandRule, OwnWork
from merganser.errors import ConfigError, DataError, MerganserError
from merganser.evaluation.verdict import RunRef, Verdict
from merganser.forge.ci.answers import SUMMARY_CAP
from merganser.git import Repository
from merganser.markdown import prose
from merganser.plan import Check, Plan, Settle
from merganser.registry import lineage, spoken
from merganser.registry.lifting import Grounds, lift, said_of
from merganser.report import check, comment, decision
from merganser.report.check import CheckOutput
from merganser.report.decision import Subject, ordered
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
    return answer(place, intake.started_by(place), labels)


def answer(place: Workbench, run_id: int, labels: Mapping[str, Path] = MappingProxyType({})) -> Decision:
    """The plan that answers a training run, whatever has become of it by now.

    Where several pull requests have its head, all of them are answered: the commit has one check, and its worst verdict
    counts. A run that still waits for a maintainer says nothing about the commit, as long as there is another.
    """
    triggers = intake.accept(place, run_id)
    if isinstance(triggers, Passed):
        return Decision(plan=_passed_over(place, triggers))
    begun = [trigger for trigger in triggers if not trigger.waits]
    if not begun:
        return Decision(plan=_not_begun(place, triggers[0], _subject(place, triggers[0], _refs(triggers))))
    running = next((trigger for trigger in begun if trigger.run.status != "completed"), None)
    if running is not None:
        return Decision(plan=decision.in_progress(_subject(place, running, _refs(begun))))
    clone = place.mirror(begun[0].branch, *(trigger.ref for trigger in begun))
    if clone.resolve(begun[0].run.head_sha) is None:
        return Decision(plan=Plan(summary=f"The commit of run {run_id} is gone: nothing to do."))
    desk = _Desk(place=place, mirror=clone, ledger=open_ledger(clone), labels=labels, runs=_refs(begun))
    answers = [_settling(trigger, _answered(desk, trigger)) for trigger in begun]
    if len(answers) == 1:
        return answers[0]
    return Decision(
        plan=decision.together([one.plan for one in answers]), summary="\n\n".join(one.summary for one in answers)
    )


def _settling(trigger: Trigger, found: Decision) -> Decision:
    """The decision, and what a reply to the command that asked for this training says from now on."""
    check = next((effect for effect in found.plan.effects if isinstance(effect, Check)), None)
    if trigger.number is None or check is None or not intake.may_be_asked_for(trigger.run):
        return found
    told = decision.settling(trigger.number, RunRef(id=trigger.run.id, attempt=trigger.run.run_attempt), check)
    added = msgspec.structs.replace(found.plan, effects=(*found.plan.effects, told))
    fallback = found.fallback and msgspec.structs.replace(found.fallback, effects=(*found.fallback.effects, told))
    return msgspec.structs.replace(found, plan=added, fallback=fallback)


def _passed_over(place: Workbench, passed: Passed) -> Plan:
    """Nothing is judged; replies to commands that asked for this training say so, instead of waiting forever."""
    run = passed.run
    if run.status != "completed" or not intake.is_training(run) or not intake.may_be_asked_for(run):
        return Plan(summary=passed.why)
    told = (
        Settle(
            repo=place.repo,
            number=number,
            sha="" if passed.newer else run.head_sha,
            run=run.id,
            attempt=run.run_attempt,
            said=prose(passed.why),
        )
        for number in intake.asked_from(place, run)
    )
    return Plan(effects=tuple(told), summary=passed.why)


def _not_begun(place: Workbench, trigger: Trigger, subject: Subject) -> Plan:
    """A maintainer has to let the training begin, unless there is nothing to train: git alone can say that."""
    clone = place.mirror(trigger.branch, trigger.ref)
    try:
        tip = change.tip_of(clone, trigger)
        changed = change.observe(clone, trigger, Commits(tip=tip, base=tip), open_ledger(clone))
    except (ConfigError, DataError):
        return decision.waiting(subject)
    if changed is None or changed.policy is None or changed.touched:
        return decision.waiting(subject)
    if changed.altered.are_none:
        return decision.finished(subject, check.untouched_output())
    return decision.judged(subject, _report(place, trigger, changed), decision.Lacking(files={}, tip=""))


class _Desk(msgspec.Struct, frozen=True, kw_only=True):
    """With what all `runs` of a commit are judged: where we work, the clone, its ledger, the files of sealed labels."""

    place: Workbench
    mirror: Repository
    ledger: Ledger
    labels: Mapping[str, Path]
    runs: tuple[RunRef, ...]


def _refs(triggers: Sequence[Trigger]) -> tuple[RunRef, ...]:
    return ordered(RunRef(id=trigger.run.id, attempt=trigger.run.run_attempt) for trigger in triggers)


def _subject(place: Workbench, trigger: Trigger, runs: tuple[RunRef, ...]) -> Subject:
    run = trigger.run
    return Subject(repo=place.repo, sha=run.head_sha, number=trigger.number, run_url=run.html_url, runs=runs)


def _answered(desk: _Desk, trigger: Trigger) -> Decision:
    """The answer to one run that has ended."""
    place, clone, book = desk.place, desk.mirror, desk.ledger
    subject = _subject(place, trigger, desk.runs)
    try:
        tip = change.tip_of(clone, trigger)
        if trigger.merged and trigger.run.head_sha not in clone.first_parents(tip, MAX_ANCESTORS):
            return Decision(plan=Plan(summary=f"{subject.sha} is not on {trigger.branch} any more: nothing to do."))
        bundles = evidence.bundles(place, trigger.run, change.configured_models(clone, trigger, tip))
        claimed = frozenset(found.run.base for found in bundles.values() if isinstance(found, Bundle))
        base = change.base_of(clone, trigger, tip, claimed)
        changed = change.observe(clone, trigger, Commits(tip=tip, base=base), book)
    except (ConfigError, DataError) as wrong:
        return Decision(plan=decision.finished(subject, check.refused_output(wrong.message, wrong.hint)))
    early = _without_judging(trigger, changed, book)
    if changed is None or early is not None:
        return Decision(plan=decision.finished(subject, early or check.untouched_output()))
    scene = Scene(
        place=place,
        trigger=trigger,
        change=changed,
        mirror=clone,
        ledger=book,
        baselines=baselines.choose(clone, changed.base, {m: changed.rules(m) for m in changed.touched}, book),
        labels=desk.labels,
        now=place.now.replace(microsecond=0),
    )
    return _judged(scene, subject, bundles)


def _without_judging(trigger: Trigger, changed: Change | None, ledger: Ledger) -> CheckOutput | None:
    """Set-up, a lost configuration, or nothing that matters to a gate: the check alone. None where there is more."""
    if not trigger.merged and (changed is None or changed.policy is None) and ledger.exists:
        reason = "the default branch has a ledger but no merganser.yaml, so there is no policy to judge by"
        return check.refused_output(reason, "Restore merganser.yaml there first.")
    if not trigger.merged and changed is not None and changed.policy is None:
        return check.set_up_output()
    if changed is None or (not changed.touched and changed.altered.are_none):
        return check.untouched_output()
    return None


def _judged(scene: Scene, subject: Subject, bundles: dict[str, Bundle | Rejected]) -> Decision:
    judging.look_ahead(scene)
    written: list[Records] = []
    found: dict[str, Found] = {}
    outcomes: list[Judged | NotJudged] = []
    for model in scene.change.touched:
        try:
            found[model] = judging.find_bundle(scene, model, bundles.get(model))
            judged = judging.judge_model(scene, model, found[model])
            lifted = _lifted(scene, judged)
            written.append(records_of(scene, judged, found[model]))
        except (ConfigError, DataError) as wrong:
            trained = model in found
            log_url = _own_log(scene) if trained else scene.trigger.run.html_url
            outcomes.append(NotJudged(model=model, reason=_sentence(wrong), log_url=log_url))
        else:
            outcomes.append(lifted)
    subject = msgspec.structs.replace(subject, said=_heard(scene))
    notes = tuple(one.note for one in written if one.note)
    report = _report(scene.place, scene.trigger, scene.change, tuple(outcomes), notes)
    lacking = _lacking(scene.ledger, (one.files for one in written))
    without = _lacking(scene.ledger, (one.without for one in written))
    stores = tuple(store for one in written for store in one.stores)
    issues = issues_of(scene, report)
    return Decision(
        plan=decision.judged(subject, report, lacking, issues),
        stores=stores,
        fallback=decision.judged(subject, report, without, issues) if stores else None,
        outputs={"release": json.dumps(to_release(scene, outcomes))},
        summary=comment.document(report, [], SUMMARY_CAP),
    )


def _heard(scene: Scene) -> tuple[str, ...]:
    """What people had said about the touched models, as the check hides it."""
    digests = {model: scene.change.digests[model] for model in scene.change.touched}
    return spoken.heard(digests, scene.ledger.spoken(digests))


def _lacking(ledger: Ledger, files: Iterable[dict[str, bytes]]) -> decision.Lacking:
    """What the ledger lacks: a report that runs again finds what the one before it recorded."""
    wanted = {path: content for one in files for path, content in one.items()}
    return decision.Lacking(files=ledger.lacking(wanted), tip=ledger.tip)


def _lifted(scene: Scene, judged: Judged) -> Judged:
    """The model as the overrides in force leave it; the ledger keeps the verdict as the gate gave it."""
    model = judged.verdict.model
    grounds = Grounds(
        gate=scene.change.rules(model).gate,
        overrides=scene.ledger.overrides_of(model),
        cancellations=scene.ledger.cancellations_of(model),
        first_run=not lineage.has_merged_run(scene.ledger.runs_of(model), model),
        barred=_barred(scene, judged.verdict),
        now=scene.now,
    )
    lifted = lift(judged.verdict, grounds)
    overrides = tuple(said.what for said in lifted.overrides)
    return msgspec.structs.replace(judged, verdict=lifted.verdict, overrides=overrides)


def _barred(scene: Scene, verdict: Verdict) -> frozenset[str]:
    """Whose overrides don't count: those whose own change it is. Who that was is asked only where somebody spoke."""
    policy = scene.change.policy
    rule = policy.commands.get("override", CommandRule()) if policy else CommandRule()
    said = said_of(verdict, scene.ledger.overrides_of(verdict.model), ())
    if rule.own is not OwnWork.refuse or not said:
        return frozenset()
    return authors.behind(scene.place, scene.mirror, scene.trigger, verdict.model)


def _sentence(wrong: MerganserError) -> str:
    return f"{wrong.message[:1].upper()}{wrong.message[1:].rstrip('.')}. {wrong.hint}".rstrip()


def _own_log(scene: Scene) -> str:
    """The run that judges, where it is one of GitHub's: the training's log knows nothing of what failed here."""
    return scene.place.runtime.run_url or scene.trigger.run.html_url


def _report(
    place: Workbench,
    trigger: Trigger,
    changed: Change,
    outcomes: tuple[Judged | NotJudged, ...] = (),
    notes: tuple[str, ...] = (),
) -> Report:
    run = trigger.run
    return Report(
        repo=place.repo,
        head=run.head_sha,
        base=changed.base,
        mode=judging.mode_of(place.runtime),
        server_url=place.runtime.server_url,
        run_url=run.html_url,
        run_number=run.id,
        attempt=run.run_attempt,
        pull_request=trigger.number,
        models=outcomes,
        altered=changed.altered,
        override=changed.override,
        notes=notes,
    )

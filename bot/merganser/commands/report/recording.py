"""What a judged model leaves behind: its ledger files, what goes to the DVC remote, whether a version follows."""

from collections.abc import Sequence, Set

import msgspec

from merganser.commands.carry_out import Store
from merganser.commands.observing.checkout import MAX_ANCESTORS
from merganser.commands.report import keeping
from merganser.commands.report.judging import Found, Scene, run_ref
from merganser.config import Keep, ReleaseOn
from merganser.errors import ConfigError, DataError
from merganser.plan import CloseIssue, Conclusion, Issue
from merganser.registry import ledger as records
from merganser.registry.ledger import Kept, Recorded
from merganser.report import merged
from merganser.report.model import Judged, NotJudged, Report


class Records(msgspec.Struct, frozen=True, kw_only=True):
    """A model's ledger files, as they are once `stores` are done and as they are without; a sentence about that."""

    files: dict[str, bytes]
    without: dict[str, bytes]
    stores: tuple[Store, ...] = ()
    note: str = ""


def records_of(scene: Scene, judged: Judged, found: Found) -> Records:
    """What the ledger gets of a model, and what goes to the DVC remote of a merged run that is to be kept there."""
    files = _files(scene, judged, found.bundle.kept)
    model = scene.change.config.models[judged.verdict.model]
    if not scene.trigger.merged or model.keep is not Keep.dvc:
        return Records(files=files, without=files)
    kept_run = keeping.Merged(
        bundle=found.bundle, folder=model.path, mirror=scene.mirror, commit=scene.trigger.run.head_sha
    )
    try:
        kept = keeping.in_remote(scene.place, kept_run)
    except (ConfigError, DataError) as wrong:
        note = f"{judged.verdict.model}: not kept in the DVC remote: {wrong.message}. {wrong.hint}"
        return Records(files=files, without=files, note=note)
    return Records(files=_files(scene, judged, kept.kept), without=files, stores=kept.stores)


def _files(scene: Scene, judged: Judged, kept: Kept) -> dict[str, bytes]:
    """The run's and the verdict's ledger files; a push's run is recorded as merged."""
    run = scene.trigger.run
    recorded = Recorded(
        time=scene.now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        by=run.actor.login if run.actor else "",
        event=run.event,
        merged=scene.trigger.merged,
        commit=run.head_sha,
        kept=kept,
    )
    files = (
        records.run_record(judged.run, recorded, run_ref(scene)),
        records.verdict_record(judged.verdict, run_ref(scene)),
    )
    return {file.path: file.content for file in files}


def issues_of(scene: Scene, report: Report) -> tuple[Issue | CloseIssue, ...]:
    """After a merge: the issue about each model that is judged, unless a later push has answered for the model."""
    if not scene.trigger.merged:
        return ()
    tip = scene.mirror.resolve(f"refs/heads/{scene.trigger.branch}") or ""
    line = scene.mirror.line(tip, MAX_ANCESTORS, without=scene.trigger.run.head_sha)
    later = {commit.sha for commit in line}
    return tuple(merged.issue(report, entry) for entry in report.models if not _answered(scene, entry, later))


def _answered(scene: Scene, entry: Judged | NotJudged, later: Set[str]) -> bool:
    model = entry.verdict.model if isinstance(entry, Judged) else entry.model
    return bool(later) and any(r.recorded.merged and r.recorded.commit in later for r in scene.ledger.runs_of(model))


def to_release(scene: Scene, outcomes: Sequence[Judged | NotJudged]) -> list[dict[str, str]]:
    """After a merge: the models whose verdict passes and whose policy is to release then, and the commit to release."""
    if not scene.trigger.merged:
        return []
    return [
        {"model": outcome.verdict.model, "commit": scene.trigger.run.head_sha}
        for outcome in outcomes
        if isinstance(outcome, Judged)
        and outcome.verdict.conclusion is Conclusion.success
        and scene.change.config.models[outcome.verdict.model].release.on is ReleaseOn.merge
    ]

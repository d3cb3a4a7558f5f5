"""The run of the base commit that a change's own training left for want of a recorded one: checked, never recorded."""

from pathlib import Path

import msgspec

from merganser.commands.carry_out import Workbench
from merganser.commands.observing import evidence
from merganser.commands.observing.intake import Trigger
from merganser.commands.report.change import Change
from merganser.config import OnMissingBaseline
from merganser.errors import ConfigError, DataError
from merganser.git import Repository
from merganser.inputs import inputs_digest
from merganser.run import Run


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What such a run has to be of, computed here: nobody but the job that it judges has seen it made."""

    model: str
    tree: str
    inputs_digest: str
    head: str
    pull_request: int | None

    def is_met_by(self, run: Run) -> bool:
        claims = (run.model, run.tree, run.inputs_digest, run.head, run.pull_request)
        return claims == (self.model, self.tree, self.inputs_digest, self.head, self.pull_request)


class BaseRun(msgspec.Struct, frozen=True, kw_only=True):
    """The run, its checked files by name, and where they come from in words."""

    run: Run
    files: dict[str, Path]
    source: str


def wanted(mirror: Repository, trigger: Trigger, change: Change, model: str) -> Wanted | None:
    """What stands in for a baseline that can't be had; None where the policy skips, or base has no such model."""
    before = change.before.models.get(model) if change.before else None
    if before is None or change.rules(model).gate.on_missing_baseline is not OnMissingBaseline.train:
        return None
    try:
        digest = inputs_digest(mirror.entries(change.base), before)
    except ConfigError:
        return None
    return Wanted(
        model=model,
        tree=mirror.tree_of(change.base),
        inputs_digest=digest,
        head=trigger.run.head_sha,
        pull_request=trigger.number,
    )


def fetch(place: Workbench, trigger: Trigger, wanted: Wanted) -> BaseRun | str:
    """The run of the newest attempt that left one, or the clause that says why there is none.

    Training base may fail, which is no fault of the change. `DataError` for a run of anything else than was wanted.
    """
    run = trigger.run
    refs = {ref.name: ref for ref in place.forge.artifacts(place.repo, run.id) if not ref.expired}
    names = (f"merganser-{wanted.model}-{attempt}-base" for attempt in range(run.run_attempt, 0, -1))
    ref = next((refs[name] for name in names if name in refs), None)
    if ref is None:
        return "the training left no run of the base commit either"
    try:
        folder = evidence.download(place, ref, evidence.room(place))
        found = evidence.read_run(folder)
        files = evidence.bundle_files(folder, found)
    except DataError as wrong:
        return f"the run of the base commit that the training left can't be used: {wrong.message}"
    if not wanted.is_met_by(found):
        raise DataError(
            "its training's run of the base commit names another model, tree, inputs, head or pull request",
            evidence.TRAIN_AGAIN,
        )
    return BaseRun(run=found, files=files, source=f"artifact {ref.name} of run {run.id}")

"""Which recorded run a touched model is compared with: that of the base commit, or of the latest version before it."""

import msgspec

from merganser.commands import intake
from merganser.commands.intake import Change
from merganser.commands.ledger import Ledger
from merganser.commands.tags import read_versions
from merganser.config import Baseline
from merganser.git import Repository
from merganser.registry import versions
from merganser.registry.ledger import RunRecord
from merganser.registry.versions import Version


class Chosen(msgspec.Struct, frozen=True):
    """The baseline's record, and the tag of its version where that was asked for."""

    record: RunRecord
    tag: str = ""


def choose(mirror: Repository, change: Change, ledger: Ledger) -> dict[str, Chosen]:
    """The baselines of the touched models, as far as there are any."""
    runs = intake.merged_runs(mirror, change.base, change.touched, ledger)
    found = {model: Chosen(record) for model, record in runs.items()}
    asked = [model for model in change.touched if change.rules(model).gate.baseline is Baseline.latest]
    if not asked or not change.base:
        return found
    # Later versions aren't looked at: a report that runs again after its own merge was registered says the same.
    before = set(mirror.text("rev-list", change.base).split())
    known = [version for version in read_versions(mirror).versions if version.commit in before]
    for model in asked:
        version = versions.latest(known, model)
        if version is not None and (record := _record(ledger, version)) is not None:
            found[model] = Chosen(record, version.tag)
    return found


def _record(ledger: Ledger, version: Version) -> RunRecord | None:
    """The merged run that became a version: None for versions that were made without Merganser."""
    merged = [r for r in ledger.runs_of(version.model) if r.recorded.merged and r.recorded.commit == version.commit]
    return max(merged, key=lambda r: (r.recorded.time, r.path), default=None)

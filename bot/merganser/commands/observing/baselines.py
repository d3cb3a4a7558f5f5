"""Which recorded run a touched model is compared with: that of the base commit, or of the latest version before it."""

from collections.abc import Iterable, Mapping

import msgspec

from merganser.commands.observing.checkout import MAX_ANCESTORS
from merganser.commands.observing.ledger import Ledger
from merganser.commands.observing.tags import read_versions
from merganser.config import CONFIG_FILE, Baseline, Config, Model
from merganser.config.file import load_config
from merganser.errors import ConfigError, DataError
from merganser.git import Repository
from merganser.inputs import inputs_digest
from merganser.registry import lineage, versions
from merganser.registry.ledger import RunRecord
from merganser.registry.versions import Version


class Chosen(msgspec.Struct, frozen=True):
    """The baseline's record, and the tag of its version where that was asked for."""

    record: RunRecord
    tag: str = ""


def choose(clone: Repository, base: str, rules: Mapping[str, Model], ledger: Ledger) -> dict[str, Chosen]:
    """The baselines of some models at the base commit ("" for none) by their rules, as far as there are any."""
    runs = _merged_runs(clone, base, rules, ledger)
    found = {model: Chosen(record) for model, record in runs.items()}
    asked = [model for model, rule in rules.items() if rule.gate.baseline is Baseline.latest]
    if not asked or not base:
        return found
    # Later versions aren't looked at: a report that runs again after its own merge was registered says the same.
    before = set(clone.text("rev-list", base).split())
    known = [version for version in read_versions(clone).versions if version.commit in before]
    for model in asked:
        version = versions.latest(known, model)
        if version is not None and (record := _record(ledger, version)) is not None:
            found[model] = Chosen(record, version.tag)
    return found


def _merged_runs(mirror: Repository, base: str, models: Iterable[str], ledger: Ledger) -> dict[str, RunRecord]:
    """Each model's merged run of `base`, or of the nearest first-parent ancestor that has one: one walk for all."""
    found: dict[str, RunRecord] = {}
    missing = set(models)
    known: dict[str, Config] = {}
    for commit in mirror.first_parents(base, MAX_ANCESTORS) if base else ():
        if not missing:
            break
        entries = mirror.entries(commit)
        oid = next((entry.oid for entry in entries if entry.path == CONFIG_FILE), "")
        try:
            # A mirror fetches each blob when it is read: most commits share one configuration.
            config = known.get(oid) or known.setdefault(oid, load_config(mirror.blobs([oid])[0], CONFIG_FILE))
            here = {model: inputs_digest(entries, config.models[model]) for model in missing & config.models.keys()}
        except (ConfigError, DataError):
            continue
        for model, digest in here.items():
            if record := lineage.choose_baseline([digest], ledger.runs_with(model, digest)):
                found[model] = record
        missing -= found.keys()
    return found


def _record(ledger: Ledger, version: Version) -> RunRecord | None:
    """The merged run that became a version: None for versions that were made without Merganser."""
    merged = [r for r in ledger.runs_of(version.model) if r.recorded.merged and r.recorded.commit == version.commit]
    return max(merged, key=lambda r: (r.recorded.time, r.path), default=None)

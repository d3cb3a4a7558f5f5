"""`merganser models`: every model of this clone's tags, without network unless asked. One model's versions: `show`."""

import datetime
from pathlib import Path
from typing import Any

import msgspec

from merganser.commands.tags import read_history
from merganser.git import Repository
from merganser.registry import stages, versions
from merganser.registry.overview import Model, overview, spoken
from merganser.registry.stages import Staged
from merganser.registry.versions import FINALS, Eligible, Version
from merganser.report.columns import columns


NOTHING = "No model has a version yet. `merganser register MODEL` makes the first, after a merge."


class Local(msgspec.Struct, frozen=True):
    """What the tags of a clone make: its versions, and what its stages hold."""

    versions: tuple[Version, ...]
    stages: tuple[Staged, ...]


def read_local(folder: Path) -> Local:
    """The registry of the clone around `folder`; tags that were left out are told on standard error."""
    history = read_history(Repository(folder))
    registry = versions.registered(history)
    if registry.warnings:
        from merganser.forge.answers import log_line

        for warning in registry.warnings:
            log_line(warning)
    return Local(registry.versions, stages.read(history, registry.versions))


def models(folder: Path, *, as_json: bool, eligible: Eligible = FINALS) -> str:
    """Each model with its latest version, how many it has, and what is in its stages."""
    local = read_local(folder)
    found = overview(local.versions, local.stages, eligible)
    if as_json:
        from merganser.documents import dump_json

        return dump_json([_summary(model) for model in found]).decode().rstrip()
    return _table(found) if found else NOTHING


def _summary(model: Model) -> dict[str, Any]:
    latest = model.latest
    return {
        "model": model.name,
        "state": model.state,
        "latest": f"v{latest.version}" if latest else None,
        "date": date(latest.registered_at) if latest else None,
        "commit": latest.commit[:7] if latest else None,
        "versions": model.versions,
        "stages": {
            held.stage: {"version": f"v{held.version}" if held.version else None, "commit": held.commit}
            for held in model.stages
        },
    }


def _table(found: tuple[Model, ...]) -> str:
    """A column without content is left out. All that stands in it is ASCII by the grammar of tags, so it is inert."""
    header = ["model", "latest", "date", "commit", "versions", "state", "stages"]
    rows = []
    for model in found:
        said = _summary(model)
        state = "" if model.state == "active" else model.state
        held = ", ".join(f"{one.stage} {spoken(one)}" for one in model.stages)
        rows.append([*(said[name] for name in header[:5]), state, held])
    kept = [n for n in range(len(header)) if n < 5 or any(row[n] for row in rows)]
    return columns([header[n] for n in kept], [[row[n] for n in kept] for row in rows])


def date(seconds: int) -> str:
    """The day of a time in seconds since 1970, in UTC."""
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).strftime("%Y-%m-%d")

"""`merganser models`: every model of this clone's tags, without network unless asked. One model's versions: `show`."""

import datetime
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from merganser.commands.observing.shallow import complete_tags
from merganser.commands.observing.tags import read_history
from merganser.git import Repository
from merganser.registry import stages, versions
from merganser.registry.overview import Model, overview, spoken
from merganser.registry.stages import Staged
from merganser.registry.tags import TagEvent
from merganser.registry.versions import FINALS, Eligible, Registry, Version
from merganser.report.columns import columns

if TYPE_CHECKING:
    from merganser.commands.observing.remote import Remote
    from merganser.forge.ci.runtime import Runtime

NOTHING = (
    "No model has a version in this clone. `git fetch --tags` brings those of its remote; "
    "`merganser register MODEL` makes the first, after a merge."
)
_ALWAYS = ("model", "latest", "date", "commit", "versions")
_WHERE_SAID = ("state", "stages", "incomplete", "not here")


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """Where the clone is, which versions may be the latest, and how to reach GitHub where it is to be asked too."""

    folder: Path
    eligible: Eligible = FINALS
    github: "Runtime | None" = None


class Local(msgspec.Struct, frozen=True):
    """What the tags of a clone make: its versions, and what its stages hold."""

    registry: Registry
    stages: tuple[Staged, ...]

    @property
    def versions(self) -> tuple[Version, ...]:
        return self.registry.versions


def read_local(folder: Path, is_wanted: Callable[[TagEvent], bool] = lambda _: True) -> Local:
    """The registry of the clone around `folder`; what was left out, and what a shallow clone had to fetch, is told."""
    clone = Repository(folder)
    complete_tags(clone, is_wanted)
    history = read_history(clone)
    registry = versions.registered(history)
    if registry.warnings:
        from merganser.forge.ci.answers import log_line

        for warning in registry.warnings:
            log_line(warning)
    return Local(registry, stages.read(history, registry.versions))


def models(request: Request, *, as_json: bool) -> str:
    """Each model with its latest version, how many it has, and what is in its stages."""
    local = read_local(request.folder)
    found = overview(local.registry, local.stages, request.eligible)
    rows = [_summary(model) for model in found]
    if request.github is not None:
        from merganser.commands.observing import remote

        rows = _with_remote(rows, remote.ask(request.github, request.folder), local.versions)
    if as_json:
        from merganser.documents import dump_json

        return dump_json(rows).decode().rstrip()
    return _table(rows, {model.name: model.stages for model in found}) if rows else NOTHING


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


def _with_remote(rows: list[dict[str, Any]], there: "Remote", found: tuple[Version, ...]) -> list[dict[str, Any]]:
    """The rows with what GitHub adds to them, and those of models that this clone has no tag of."""
    known = {row["model"] for row in rows}
    strangers = [_summary(Model(name=name)) for name in sorted(there.models() - known)]
    told = []
    for row in sorted([*rows, *strangers], key=lambda row: row["model"]):
        mine = [version for version in found if version.model == row["model"] and version.active]
        incomplete = [f"v{version.version}" for version in mine if there.release(version) == "incomplete"]
        told.append({**row, "incomplete": incomplete, "not_here": [*there.missing_here(row["model"], found)]})
    return told


def _table(rows: list[dict[str, Any]], held: dict[str, tuple[Staged, ...]]) -> str:
    """What is said of no model is no column. All that stands here is ASCII by the grammar of tags, so it is inert."""
    said = [
        {
            **row,
            "state": "" if row["state"] == "active" else row["state"],
            "stages": ", ".join(f"{one.stage} {spoken(one)}" for one in held.get(row["model"], ())),
            "incomplete": ", ".join(row.get("incomplete", [])),
            "not here": ", ".join(row.get("not_here", [])),
        }
        for row in rows
    ]
    header = [*_ALWAYS, *(name for name in _WHERE_SAID if any(row[name] for row in said))]
    return columns(header, [[row[name] for name in header] for row in said])


def date(seconds: int) -> str:
    """The day of a time in seconds since 1970, in UTC."""
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).strftime("%Y-%m-%d")

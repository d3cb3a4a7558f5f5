"""`merganser show`: one model's versions, or one version with its run and verdict; from this clone, unless asked."""

from pathlib import Path
from typing import Any

import msgspec
from tabulate import tabulate

from merganser.commands.models import Local, date, read_local
from merganser.commands.observing import remote
from merganser.commands.observing.ledger import Ledger, fetching, open_ledger
from merganser.commands.observing.remote import Remote
from merganser.commands.observing.shallow import complete_ledger
from merganser.documents import dump_json
from merganser.errors import ConfigError
from merganser.evaluation.verdict import Verdict
from merganser.foreign_text import did_you_mean
from merganser.forge.ci.answers import inert
from merganser.forge.ci.runtime import Runtime
from merganser.git import Repository
from merganser.registry import versions
from merganser.registry.ledger import RunRecord
from merganser.registry.lifting import said_of
from merganser.registry.overrides import Override, Said
from merganser.registry.versions import Version
from merganser.report.columns import columns
from merganser.run import spelled


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """`wanted` is MODEL or MODEL@VERSION; `github` is how to reach GitHub, where it is to be asked too."""

    folder: Path
    wanted: str
    github: Runtime | None = None


def show(request: Request, *, as_json: bool) -> str:
    """A model's versions; of one version also its run and verdict, as the ledger has them."""
    model, at, number = request.wanted.partition("@")
    if at and not number:
        what = f"{request.wanted[:100]!r} names no version"
        raise ConfigError(what, "Write MODEL@v1.4.0, or MODEL for all of its versions.")
    known = read_local(request.folder, lambda event: event.artifact == model)
    local = _of_model(known, model)
    there = remote.ask(request.github, request.folder, model) if request.github is not None else None
    if not local.versions and not local.stages and not (there and there.tags):
        models = {*(one.model for one in known.versions), *(one.model for one in known.stages)}
        near = did_you_mean(model, sorted(models))
        raise ConfigError(f"{model[:80]!r} has no version in this clone{near}", _hint(request.folder))
    if not number:
        rows = _rows(local, model, there)
        return dump_json(rows).decode().rstrip() if as_json else _table(rows)
    version = versions.find(local.versions, model, number)
    if version is None:
        near = did_you_mean(number, [f"v{one.version}" for one in local.versions])
        raise ConfigError(f"{request.wanted[:100]!r} is no version in this clone{near}", _hint(request.folder))
    row = _row(version, local)
    if there is not None:
        row |= {"release": there.release(version), "page": there.published.get(version.tag)}
    return _one(Repository(request.folder), version, row, as_json=as_json)


def _hint(folder: Path) -> str:
    tags = "`git fetch --tags` brings the remote's. " if Repository(folder).has_remote() else ""
    return f"{tags}`merganser models` lists all that are here."


def _of_model(local: Local, model: str) -> Local:
    mine = tuple(version for version in local.versions if version.model == model)
    registry = msgspec.structs.replace(local.registry, versions=mine)
    return Local(registry, tuple(staged for staged in local.stages if staged.model == model))


def _rows(local: Local, model: str, there: Remote | None) -> list[dict[str, Any]]:
    """The newest first: what only GitHub has, stages without a version, then the versions by precedence."""
    rows = [_row(version, local) for version in reversed(local.versions)]
    if there is not None:
        for row, version in zip(rows, reversed(local.versions), strict=True):
            row["release"] = there.release(version)
        rows = [
            {**_EMPTY, "version": number, "state": "not here", "tag": f"{model.replace(':', '=')}@{number}"}
            for number in reversed(there.missing_here(model, local.versions))
        ] + rows
    unregistered = {staged.commit: staged for staged in local.stages if not staged.version}
    return [
        {**_EMPTY, "state": "unregistered", "commit": commit, "stages": _stages(local, commit)}
        for commit in unregistered
    ] + rows


_EMPTY: dict[str, Any] = {"version": None, "state": None, "date": None, "tag": None, "commit": None, "stages": []}


def _row(version: Version, local: Local) -> dict[str, Any]:
    state = "deregistered" if not version.active else "deprecated" if version.deprecated else "active"
    return {
        "version": f"v{version.version}",
        "state": state,
        "date": date(version.registered_at),
        "tag": version.tag,
        "commit": version.commit,
        "stages": [
            one.stage for one in local.stages if one.commit == version.commit and one.version == version.version
        ],
    }


def _stages(local: Local, commit: str) -> list[str]:
    return [one.stage for one in local.stages if one.commit == commit and not one.version]


def _table(rows: list[dict[str, Any]]) -> str:
    """All that stands here is ASCII by the grammar of tags, so it is inert."""
    header = ["version", "state", "date", "commit"]
    header += [name for name in ("stages", "release") if any(row.get(name) for row in rows)]
    said = ({**row, "commit": (row["commit"] or "")[:7], "stages": ", ".join(row["stages"])} for row in rows)
    return columns(header, [[row.get(name) for name in header] for row in said])


def _one(clone: Repository, version: Version, row: dict[str, Any], *, as_json: bool) -> str:
    complete_ledger(clone)
    book = open_ledger(clone)
    judged = [one for one in book.judged_runs_of(version.model) if one[0].recorded.commit == version.commit]
    record, verdict = max(judged, key=lambda one: (one[0].recorded.merged, one[0].recorded.time), default=(None, None))
    said = _overrides(book, verdict) if verdict else ()
    if as_json:
        answer = {**row, "run": record.run if record else None, "verdict": verdict}
        answer["overrides"] = [{"path": one.path, **msgspec.structs.asdict(one.what)} for one in said]
        return dump_json(msgspec.to_builtins(answer)).decode().rstrip()
    lines = _details(row, record, verdict) if record else _unrecorded(clone, row)
    lines += [_override(one.what) for one in said]
    return inert(tabulate(lines, tablefmt="plain", disable_numparse=True))


def _overrides(book: Ledger, verdict: Verdict) -> tuple[Said[Override], ...]:
    model = verdict.model
    return said_of(verdict, book.overrides_of(model), book.cancellations_of(model))


def _override(given: Override) -> tuple[str, str]:
    return f"override {given.check}", f"by {given.by} until {given.until or 'no end'}: {given.reason}"


def _said(row: dict[str, Any]) -> list[tuple[str, str]]:
    plain = {**row, "stages": ", ".join(row["stages"])}
    return [(name, str(value)) for name, value in plain.items() if value]


def _unrecorded(clone: Repository, row: dict[str, Any]) -> list[tuple[str, str]]:
    return [*_said(row), ("run", f"not in this clone's ledger. {fetching(clone)}".rstrip())]


def _details(row: dict[str, Any], record: RunRecord, verdict: Verdict | None) -> list[tuple[str, str]]:
    lines = _said(row)
    lines += [(f"metric {name}", f"{value:.6g}") for name, value in sorted(record.run.metrics.items())]
    lines += [(f"param {name}", spelled(value)) for name, value in sorted(record.run.params.items())]
    lines += [
        (f"file {artifact.path}", f"{artifact.size} bytes, sha256:{artifact.sha256}")
        for artifact in record.run.artifacts
    ]
    if verdict is not None:
        lines += [("verdict", verdict.conclusion.value)]
        lines += [(f"check {check.id}", f"{check.status.value}: {check.why}") for check in verdict.checks]
    return lines

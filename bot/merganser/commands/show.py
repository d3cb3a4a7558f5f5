"""`merganser show`: one model's versions, or one version with its run and verdict, from this clone alone."""

from pathlib import Path
from typing import Any

import msgspec
from tabulate import tabulate

from merganser.commands.ledger import open_ledger
from merganser.commands.models import date, read_local
from merganser.documents import dump_json
from merganser.errors import ConfigError
from merganser.evaluation.verdict import Verdict
from merganser.forge.answers import inert
from merganser.git import Repository
from merganser.registry import versions
from merganser.registry.ledger import RunRecord
from merganser.registry.versions import Version


def show(folder: Path, wanted: str, *, as_json: bool) -> str:
    """A model's versions; of one version also its run and verdict, as the ledger has them."""
    model, at, number = wanted.partition("@")
    if at and not number:
        raise ConfigError(f"{wanted[:100]!r} names no version", "Write MODEL@v1.4.0, or MODEL for all of its versions.")
    found = [version for version in read_local(folder).versions if version.model == model]
    if not found:
        raise ConfigError(
            f"{model[:80]!r} has no version in this clone", "git fetch --tags; `merganser models` lists all."
        )
    if not number:
        rows = [_row(version) for version in reversed(found)]
        if as_json:
            return dump_json(rows).decode().rstrip()
        return inert(tabulate([[*row.values()] for row in rows], headers=[*rows[0]]))
    version = versions.find(found, model, number)
    if version is None:
        raise ConfigError(f"{wanted[:100]!r} is no version in this clone", f"`merganser show {model}` lists them.")
    return _one(Repository(folder), version, as_json=as_json)


def _one(clone: Repository, version: Version, *, as_json: bool) -> str:
    book = open_ledger(clone)
    records = [record for record in book.runs_of(version.model) if record.recorded.commit == version.commit]
    record = max(records, key=lambda r: (r.recorded.merged, r.recorded.time), default=None)
    verdict = book.verdict_on(record) if record else None
    if as_json:
        answer = {**_row(version), "run": record.run if record else None, "verdict": verdict}
        return dump_json(msgspec.to_builtins(answer)).decode().rstrip()
    return inert(tabulate(_details(version, record, verdict), tablefmt="plain"))


def _details(version: Version, record: RunRecord | None, verdict: Verdict | None) -> list[tuple[str, str]]:
    lines = [(name, str(value)) for name, value in _row(version).items()]
    if record is None:
        return [*lines, ("run", "not in this clone's ledger (git fetch origin merganser-ledger)")]
    lines += [(f"metric {name}", f"{value:.6g}") for name, value in sorted(record.run.metrics.items())]
    lines += [(f"param {name}", str(value)) for name, value in sorted(record.run.params.items())]
    lines += [
        (f"file {artifact.path}", f"{artifact.size} bytes, sha256:{artifact.sha256}")
        for artifact in record.run.artifacts
    ]
    if verdict is not None:
        lines += [("verdict", verdict.conclusion.value)]
        lines += [(f"check {check.id}", f"{check.status.value}: {check.why}") for check in verdict.checks]
    return lines


def _row(version: Version) -> dict[str, Any]:
    state = "deprecated" if version.deprecated else "active" if version.active else "deregistered"
    return {"version": f"v{version.version}", "state": state, "date": date(version.registered_at), "tag": version.tag,
            "commit": version.commit}  # fmt: skip

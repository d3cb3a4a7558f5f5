"""Keeps the artifacts of baselines alive: GitHub deletes them after 90 days or sooner, whatever still needs them.

Only a workflow's step can upload. So a sweep fetches what ends soon, checks it against the run's digests and leaves it
in a folder; the next step uploads that; and the next sweep finds it and records where it is.
"""

import datetime
import shutil
from pathlib import Path

import msgspec

from merganser.commands.carry_out import Decision, Workbench
from merganser.commands.observing import evidence, kept
from merganser.commands.observing.ledger import Ledger, fetched
from merganser.config import LEDGER_BRANCH
from merganser.errors import ConfigError, DataError
from merganser.forge.ci.answers import log_line
from merganser.forge.protocol import NotFound, Refused
from merganser.forge.values import ArtifactRef
from merganser.plan import Append, Plan
from merganser.registry import renewal
from merganser.registry.ledger import Place, RunRecord
from merganser.registry.renewal import Renewed
from merganser.run import BundleFile

FOLDER = "merganser-renewed"


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """An artifact that ends soon, and the run that it is of."""

    record: RunRecord
    at: Place


def observe_and_decide(place: Workbench, now: datetime.datetime) -> Decision | None:
    """The records of what was uploaded, and in the output `renew` the name of what is to be uploaded next: one a sweep.

    None where nothing is due, or no workflow runs this.
    """
    book = fetched(place)
    files, upload = {}, ""
    for due in _due(place, book, now) if place.runtime.run_id else ():
        try:
            if (again := _uploaded(place, due.at)) is not None:
                path, content = renewal.record(Renewed(was=due.at, at=again))
                files[path] = content
            elif not upload and place.runtime.temp is not None:
                upload = _fetched(place, due, place.runtime.temp / FOLDER)
        except (ConfigError, DataError, NotFound, Refused) as wrong:
            log_line(f"merganser: {due.at.name} of run {due.at.run_id} can't be renewed: {wrong.message}")
    if not files and not upload:
        return None
    message = f"Record that {len(files)} kept artifacts were renewed"
    append = Append(repo=place.repo, branch=LEDGER_BRANCH, files=files, message=message, tip=book.tip)
    words = f"{len(files)} kept artifacts recorded as renewed" + (f"; to be uploaded: {upload}" if upload else "")
    return Decision(plan=Plan((append,) if files else (), words), outputs={"renew": upload})


def _due(place: Workbench, book: Ledger, now: datetime.datetime) -> list[Due]:
    known: dict[int, tuple[ArtifactRef, ...]] = {}
    found = []
    for record in renewal.baselines(book.runs()):
        for at in renewal.artifacts(record.recorded.kept):
            if at.run_id not in known:
                known[at.run_id] = _artifacts(place, at.run_id)
            ref = next((ref for ref in known[at.run_id] if ref.name == at.name and not ref.expired), None)
            if ref and ref.created_at and ref.expires_at:
                created, expires = map(datetime.datetime.fromisoformat, (ref.created_at, ref.expires_at))
                found += [Due(record=record, at=at)] if renewal.is_due(created, expires, now) else []
    return found


def _artifacts(place: Workbench, run_id: int) -> tuple[ArtifactRef, ...]:
    """A run's artifacts; none where somebody deleted the run."""
    try:
        return place.forge.artifacts(place.repo, run_id)
    except NotFound:
        return ()


def _uploaded(place: Workbench, was: Place) -> Place | None:
    """Where an earlier sweep uploaded it again. Any workflow can give an artifact that name: it has to be this one."""
    name = renewal.artifact_name(was)
    named = place.forge.artifacts_named(place.repo, name)
    later = [ref for ref in named if not ref.expired and ref.workflow_run and ref.workflow_run.id > was.run_id]
    for ref in sorted(later, key=lambda ref: ref.id, reverse=True):
        run_id = ref.workflow_run.id if ref.workflow_run else 0
        run = place.forge.workflow_run(place.repo, run_id)
        own = place.forge.workflow_run(place.repo, place.runtime.run_id)
        if (run.workflow_id, run.event) == (own.workflow_id, "schedule"):
            return Place(run_id=run_id, name=name, digest=ref.digest or "")
    return None


def _fetched(place: Workbench, due: Due, into: Path) -> str:
    """The artifact's files in the folder, each the run's; its new name. `DataError` where they aren't."""
    run, at = due.record.run, due.at
    is_model = at == due.record.recorded.kept.files
    listed = (
        tuple(BundleFile(path=a.path, sha256=a.sha256) for a in run.artifacts)
        if is_model
        else tuple(run.files.values())
    )
    folder = kept.unpacked(place, at, evidence.MAX_FILES if is_model else evidence.MAX_BUNDLE)
    for one in listed:
        evidence.checked(folder, one)
    shutil.rmtree(into, ignore_errors=True)
    shutil.move(folder, into)
    return renewal.artifact_name(at)

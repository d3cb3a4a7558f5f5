"""Kept artifacts outlive GitHub's: which are due for renewal, and the ledger's records of where they are now. Pure.

A record stands beside the run's, which never changes: `kept/RUNID/NAME/NEWID.json` says that what the artifact NAME of
the CI run RUNID held lies in one of the later run NEWID as well. What is read from it is held to the run's own digests.
"""

import datetime
import re
from collections.abc import Iterable

import msgspec

from merganser.config import MODEL_NAME
from merganser.documents import dump_json, load_json
from merganser.errors import DataError
from merganser.registry.ledger import File, Kept, Place, RunRecord

WINDOW = datetime.timedelta(days=14)
_ID = r"[1-9][0-9]{0,17}"
_UPLOADED = rf"merganser-{MODEL_NAME}-{_ID}(?:-files)?"
_RENEWED = re.compile(rf"merganser-kept-{_ID}-{_UPLOADED}")
_PATH = re.compile(rf"kept/({_ID})/((?:merganser-kept-{_ID}-)?{_UPLOADED})/({_ID})\.json")


class Renewed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where something was kept, and where it was uploaded again."""

    was: Place
    at: Place


def artifact_name(was: Place) -> str:
    """What an artifact is called when it is uploaded again, as often as that is."""
    return was.name if _RENEWED.fullmatch(was.name) else f"merganser-kept-{was.run_id}-{was.name}"


def is_due(created: datetime.datetime, expires: datetime.datetime, now: datetime.datetime) -> bool:
    """Whether an artifact ends within two weeks, or half of its life where that is shorter."""
    return expires - now < min(WINDOW, (expires - created) / 2)


def baselines(records: Iterable[RunRecord]) -> tuple[RunRecord, ...]:
    """The newest merged run of each model: what the next pull request is compared with."""
    merged = sorted((r for r in records if r.recorded.merged), key=lambda r: (r.recorded.time, r.path))
    return tuple({record.run.model: record for record in merged}.values())


def record(renewed: Renewed) -> File:
    """The file that records a renewal; `DataError` where names or numbers can't stand in a path."""
    was, at = renewed.was, renewed.at
    path, content = f"kept/{was.run_id}/{was.name}/{at.run_id}.json", dump_json(renewed)
    read(path, content)
    return File(path, content)


def read(path: str, content: bytes) -> Renewed:
    """The record at `path`; `DataError` where it isn't one, speaks of other artifacts, or leads back in time."""
    found = _PATH.fullmatch(path)
    renewed = load_json(content, path, Renewed) if found else None
    said = renewed and (str(renewed.was.run_id), renewed.was.name, str(renewed.at.run_id))
    if found is None or renewed is None or said != found.groups() or renewed.at.run_id <= renewed.was.run_id:
        raise DataError(f"{path[:300]!a} is no record of a kept artifact", "The ledger is written by Merganser alone.")
    return renewed


def newest(paths: Iterable[str], was: Place) -> str | None:
    """The path of the newest renewal of an artifact."""
    found = ((int(match[3]), match[0]) for path in paths if (match := _PATH.fullmatch(path)) and _names(match, was))
    return max(found, default=(0, None))[1]


def _names(match: re.Match[str], was: Place) -> bool:
    return (int(match[1]), match[2]) == (was.run_id, was.name)


def artifacts(kept: Kept) -> tuple[Place, ...]:
    """The artifacts alone: what lies in a DVC remote stays there."""
    return tuple(place for place in (kept.predictions, kept.files) if isinstance(place, Place))

"""Gathers what may lift a failing verdict: the ledger's overrides, and the gate of the commit whose policy judged."""

import datetime
from typing import Final

import msgspec

from merganser.commands.observing.checkout import model_at
from merganser.commands.observing.ledger import Ledger
from merganser.config import Gate
from merganser.errors import ConfigError, DataError
from merganser.evaluation.verdict import Verdict
from merganser.git import Repository, is_sha
from merganser.registry.grounded import overrides_in
from merganser.registry.ledger import RunRecord
from merganser.registry.lifting import Grounds, is_first_run, said_of
from merganser.registry.overrides import Override, model_of
from merganser.registry.tags import LEDGER_TRAILER, trailer
from merganser.registry.versions import Version

_TAG: Final = "%00".join(["%(taggername)", "%(taggeremail:trim)", "%(contents)"])
_LONGEST_JOB: Final = datetime.timedelta(hours=6)


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """The tag of a registration that may not be finished yet: the overrides that let it pass, and when it was made."""

    overrides: frozenset[str]
    made: datetime.datetime


def grounds_for(book: Ledger, record: RunRecord, verdict: Verdict, now: datetime.datetime) -> Grounds:
    """What may lift the verdict on the recorded run at the time `now`; `DataError` for records that can't be read."""
    model = record.run.model
    return Grounds(
        gate=_gate(book.repository, model, (verdict.policy.commit, record.recorded.commit)),
        overrides=book.overrides_of(model),
        cancellations=book.cancellations_of(model),
        first_run=is_first_run(record, book.runs_of(model)),
        now=now,
    )


def grounds_at_claim(found: Grounds, claim: Claim) -> Grounds:
    """What could lift the verdict when our own tag was made: the overrides that it names, whatever was said since.

    Else an override that ends, or is taken back, between the tag and its release would leave the one without the other.
    """
    named = tuple(said for said in found.overrides if said.path in claim.overrides)
    # They were judged before the evidence was gathered and the tag made, by the same job.
    return msgspec.structs.replace(found, overrides=named, cancellations=(), now=claim.made - _LONGEST_JOB)


def claim_of(clone: Repository, version: Version, record: RunRecord, login: str) -> Claim | None:
    """What the version's tag says of overrides, if any, where the account `login` made it for the recorded run."""
    name, email, message = _tag(clone, version)
    ours = name == login or email.rpartition("@")[0].rpartition("+")[2] == login
    if not ours or trailer(message, LEDGER_TRAILER) != record.path:
        return None
    made = datetime.datetime.fromtimestamp(version.registered_at, datetime.UTC)
    return Claim(overrides=overrides_in(message), made=made)


def overrides_behind(book: Ledger, version: Version, verdict: Verdict) -> tuple[tuple[Override, ...], tuple[str, ...]]:
    """The overrides that let a version pass whose release holds this verdict; of those that the ledger lacks the paths.

    A tag of ours names them. Of one that a person made it is all that was ever said about the verdict, the newest of
    each check.
    """
    said = said_of(verdict, book.overrides_of(version.model), ())
    message = _tag(book.repository, version)[2]
    if trailer(message, LEDGER_TRAILER):
        named = overrides_in(message)
        lost = sorted(path for path in named - {one.path for one in said} if model_of(path, Override) == version.model)
        return tuple(one.what for one in said if one.path in named), tuple(lost)
    return tuple({one.what.check: one.what for one in said}.values()), ()


def _tag(clone: Repository, version: Version) -> list[str]:
    """Who made the version's tag, name and address, and its message."""
    fields = clone.run("for-each-ref", f"--format={_TAG}", f"refs/tags/{version.tag}").decode(errors="replace")
    return fields.split("\0", 2)


def _gate(clone: Repository, model: str, commits: tuple[str, ...]) -> Gate:
    """The model's gate at the first of the commits that has one that can be read."""
    for commit in filter(is_sha, commits):
        try:
            return model_at(clone, commit, model).gate
        except (ConfigError, DataError):
            continue
    return Gate()

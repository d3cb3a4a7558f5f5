"""What people decided about checks, as the ledger keeps it: overrides, their cancellations, refused commands.

Such a record's path names the comment and the line in it where it was said, so a command that is answered twice adds
one file. What an override lifts is in `lifting`; runs and verdicts are in `ledger`.
"""

import re
from typing import Annotated, Generic, TypeVar

import msgspec

from merganser.config import MODEL_NAME
from merganser.config.dates import end_of
from merganser.documents import dump_json, load_json
from merganser.errors import DataError
from merganser.evaluation.waivers import Fault
from merganser.registry.ledger import File

_LONGEST = 2000
_DIGEST = Annotated[str, msgspec.Meta(pattern=r"\Asha256:[0-9a-f]{64}\Z")]
_COMMIT = Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{40}\Z")]
_TEXT = Annotated[str, msgspec.Meta(min_length=1, max_length=_LONGEST)]
_MODEL = Annotated[str, msgspec.Meta(pattern=rf"\A{MODEL_NAME}\Z")]
_PATH = re.compile(
    rf"(?:(?P<kind>overrides|cancellations)/(?P<model>{MODEL_NAME})|refusals)"
    r"/(?P<comment>[1-9][0-9]{0,17})-(?P<line>[1-9][0-9]{0,5})\.json"
)
_HINT = "The ledger is written by Merganser alone: look in its history for who changed the file, and restore it."


class Override(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One check of one verdict that a person lets pass, bound to what was seen: inputs, policy, fault and value.

    `fault` is what was wrong with the check then (None in a record older than this field), `observed` the candidate's
    value, `floor` the worst that is still let pass (None: no worse than `observed`), `head` the commit that it was said
    about, `comment` the comment's page, `until` a day in UTC or a time, if it ends.
    """

    model: _MODEL
    inputs_digest: _DIGEST
    policy_digest: _DIGEST
    check: _TEXT
    fault: Fault | None = None
    observed: float | None
    floor: float | None
    reason: _TEXT
    by: _TEXT
    head: _COMMIT
    comment: _TEXT
    until: str | None


class Cancellation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Takes back every override of the check on these inputs that was said before it."""

    model: _MODEL
    inputs_digest: _DIGEST
    check: _TEXT
    by: _TEXT
    head: _COMMIT
    comment: _TEXT


class Refusal(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A command that was not carried out, in the words of its comment, and why.

    `head` is None under an issue, and where nothing could be looked at.
    """

    command: _TEXT
    why: _TEXT
    by: _TEXT
    head: _COMMIT | None
    comment: _TEXT


class Line(msgspec.Struct, frozen=True, order=True):
    """Where something was said: GitHub's number of the comment, which rises with time, and the line in it, from 1."""

    comment: int
    number: int


Decision = TypeVar("Decision", bound=Override | Cancellation | Refusal)


class Said(msgspec.Struct, Generic[Decision], frozen=True, kw_only=True):
    """One such record: its path, where it was said, and what."""

    path: str
    at: Line
    what: Decision


def record(what: Override | Cancellation | Refusal, at: Line) -> File:
    """The file that records what was said at a line; `DataError` where the one contradicts the other."""
    below = "refusals" if isinstance(what, Refusal) else f"{_KINDS[type(what)]}/{what.model}"
    path = f"{below}/{at.comment}-{at.number}.json"
    content = dump_json(what)
    read(path, content, type(what))
    return File(path, content)


def model_of(path: str, kind: type[Override] | type[Cancellation]) -> str | None:
    """The model that the path of such a record names, or None for any other path."""
    found = _PATH.fullmatch(path)
    return found["model"] if found and found["kind"] == _KINDS[kind] else None


def folders_about(model: str) -> tuple[str, ...]:
    """Where what people decide about a model's checks is recorded."""
    return tuple(f"{_KINDS[kind]}/{model}" for kind in (Override, Cancellation))


def read(path: str, content: bytes, kind: type[Decision]) -> Said[Decision]:
    """The record at `path`; `DataError` where it isn't one of that kind, or says other than its path."""
    found = _PATH.fullmatch(path)
    if found is None or (found["kind"] or "refusals") != _KINDS[kind]:
        raise DataError(f"{path[:300]!a} is no record below {_KINDS[kind]}/", _HINT)
    try:
        what = load_json(content, path, kind)
    except DataError as wrong:
        raise DataError(f"the record {wrong.message}", _HINT) from wrong
    model = getattr(what, "model", None)
    if model != found["model"] or not what.comment.endswith(f"-{found['comment']}"):
        speaks = f"{str(model)[:80]!a} and {what.comment[-80:]!a}"
        raise DataError(f"the record {path}: its content speaks of {speaks}", _HINT)
    if isinstance(what, Override) and what.until is not None:
        try:
            end_of(what.until)
        except ValueError as wrong:
            raise DataError(f"the record {path}: {what.until[:80]!a} is no date or time with offset", _HINT) from wrong
    return Said(path=path, at=Line(int(found["comment"]), int(found["line"])), what=what)


_KINDS: dict[type, str] = {Override: "overrides", Cancellation: "cancellations", Refusal: "refusals"}

"""The files that `init` wants, held against those that are there: new, the same, added to, different. Pure."""

import difflib
from collections.abc import Mapping
from enum import StrEnum

import msgspec


class Kind(StrEnum):
    """`whole`: all of the file is ours. `added`: lines at the end of a file that may be someone else's."""

    whole = "whole"
    added = "added"


class State(StrEnum):
    new = "new"
    same = "same"
    added = "added"
    differs = "differs"


class File(msgspec.Struct, frozen=True, kw_only=True):
    """A file as it shall be; `path` starts at the repository's top."""

    path: str
    text: str
    kind: Kind = Kind.whole


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A wanted file beside what is there."""

    file: File
    before: str | None
    state: State

    @property
    def diff(self) -> str:
        """What would change, as a unified diff."""
        old = (self.before or "").splitlines(keepends=True)
        origin = "/dev/null" if self.before is None else f"a/{self.file.path}"
        lines = difflib.unified_diff(old, self.file.text.splitlines(keepends=True), origin, f"b/{self.file.path}")
        return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)


def changes(wanted: tuple[File, ...], existing: Mapping[str, str]) -> tuple[Change, ...]:
    """Each wanted file with its state; one that is to have no text and isn't there is not wanted."""
    found = []
    for file in wanted:
        before = existing.get(file.path)
        if before is not None or file.text:
            found.append(Change(file=file, before=before, state=_state(file, before)))
    return tuple(found)


def _state(file: File, before: str | None) -> State:
    if before is None:
        return State.new
    if before == file.text:
        return State.same
    return State.added if file.kind is Kind.added else State.differs

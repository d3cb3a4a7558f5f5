"""One thing that the doctor looked at. Pure."""

from enum import StrEnum

import msgspec


class State(StrEnum):
    """`error`: something would fail, or the gate could be passed by where it is meant to hold."""

    ok = "ok"
    warning = "warning"
    error = "error"
    unseen = "not looked at"


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What was found where (a file, a page of GitHub's settings), and what to do."""

    state: State
    where: str
    what: str
    cure: str = ""


def ok(where: str, what: str) -> Finding:
    return Finding(state=State.ok, where=where, what=what)


def warning(where: str, what: str, cure: str) -> Finding:
    return Finding(state=State.warning, where=where, what=what, cure=cure)


def error(where: str, what: str, cure: str) -> Finding:
    return Finding(state=State.error, where=where, what=what, cure=cure)


def unseen(where: str, why: str, cure: str) -> Finding:
    return Finding(state=State.unseen, where=where, what=why, cure=cure)


def exit_code(findings: tuple[Finding, ...]) -> int:
    """2 where anything would fail."""
    return 2 if any(finding.state is State.error for finding in findings) else 0

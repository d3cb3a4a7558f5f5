"""Who may give which slash command, as `merganser.yaml` says it: levels, teams, people."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

import msgspec

COMMAND_NAMES: Final = (
    "help",
    "status",
    "diff",
    "train",
    "gate",
    "ok-to-test",
    "override",
    "unoverride",
    "register",
    "promote",
    "rollback",
    "hold",
    "unhold",
)


class Permission(StrEnum):
    """A person's role in a repository as GitHub names it, lowest first."""

    read = "read"
    triage = "triage"
    write = "write"
    maintain = "maintain"
    admin = "admin"

    def covers(self, other: "Permission") -> bool:
        """Whether who has this may all that who has `other` may."""
        levels = list(Permission)
        return levels.index(self) >= levels.index(other)


def is_among(login: str, logins: Iterable[str]) -> bool:
    """Whether it is one of the logins: GitHub tells no two accounts apart by case."""
    return login.lower() in {one.lower() for one in logins}


class OwnWork(StrEnum):
    """Whether the author of a pull request may override his own gate; allowed, it is shown as unreviewed."""

    refuse = "refuse"
    allow = "allow"


class CommandRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who may give one command: at least this permission (None: the command's own), and in a team or named, if any are.

    `teams` are slugs of the repository's organisation, `users` logins.
    """

    permission: Permission | None = None
    teams: tuple[str, ...] = ()
    users: tuple[str, ...] = ()
    own: OwnWork = msgspec.field(default=OwnWork.refuse, name="self")

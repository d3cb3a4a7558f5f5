"""Which of GitHub's permissions each command needs where: the one table behind an App's tokens and the docs. Pure."""

from collections.abc import Mapping
from enum import StrEnum

import msgspec


class Access(StrEnum):
    """How far a permission goes; `write` holds `read`."""

    read = "read"
    write = "write"


class Needs(msgspec.Struct, frozen=True):
    """Permissions by GitHub's names: in the model repo, and in the environments repo where there is one."""

    model_repo: dict[str, Access]
    environments: dict[str, Access] = {}


_READING_CONTENTS = Needs({"contents": Access.read})

# Reading a repository's metadata is part of every token; it is not asked for.
COMMANDS: dict[str, Needs] = {
    "report": Needs(
        {
            "actions": Access.read,
            "checks": Access.write,
            "contents": Access.write,
            "pull_requests": Access.write,
        }
    ),
    "register": Needs({"actions": Access.read, "contents": Access.write}),
    "promote": Needs(
        {"contents": Access.read, "pull_requests": Access.read},
        {"contents": Access.write, "pull_requests": Access.write},
    ),
    "audit": Needs(
        {"actions": Access.read, "contents": Access.read, "pull_requests": Access.read},
        {"contents": Access.read, "pull_requests": Access.read},
    ),
    "gate": Needs({"actions": Access.read, "contents": Access.read}),
    "models": _READING_CONTENTS,
    "show": _READING_CONTENTS,
    "reproduce": _READING_CONTENTS,
    "which": Needs({"contents": Access.read}, {"contents": Access.read}),
}


def needed(command: str, *, own: bool) -> dict[str, Access]:
    """What `command` needs in the model repo (`own`) or in another; a command without a line only reads contents."""
    needs = COMMANDS.get(command, Needs({"contents": Access.read}, {"contents": Access.read}))
    return needs.model_repo if own else needs.environments


def lacking(granted: Mapping[str, str], wanted: Mapping[str, Access]) -> list[str]:
    """The wanted permissions that are not granted, as GitHub's settings name them: `Checks: read and write`."""
    enough = {Access.read: {"read", "write", "admin"}, Access.write: {"write", "admin"}}
    missing = [(name, access) for name, access in wanted.items() if granted.get(name, "") not in enough[access]]
    return [in_words(name, access) for name, access in missing]


def in_words(name: str, access: Access) -> str:
    """A permission as the settings of a GitHub App call it."""
    title = name.replace("_", " ").capitalize()
    return f"{title}: {'read and write' if access is Access.write else 'read-only'}"

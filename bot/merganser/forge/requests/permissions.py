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


_READING_MODEL_REPO = Needs({"contents": Access.read})
_READING_CONTENTS = Needs({"contents": Access.read}, {"contents": Access.read})

# Reading a repository's metadata is part of every token; it is not asked for.
COMMANDS: dict[str, Needs] = {
    "report": Needs(
        {
            "actions": Access.read,
            "checks": Access.write,
            "contents": Access.write,
            "issues": Access.write,
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
    "command": Needs(
        {
            "actions": Access.write,
            "checks": Access.write,
            "contents": Access.write,
            "issues": Access.write,
            "pull_requests": Access.write,
        },
        {"contents": Access.write, "pull_requests": Access.write},
    ),
    "models": _READING_MODEL_REPO,
    "show": _READING_MODEL_REPO,
    "reproduce": _READING_MODEL_REPO,
    "which": _READING_CONTENTS,
}


# Asked for where the App was granted it: who is in the teams that the configuration names.
WHERE_GRANTED: dict[str, dict[str, Access]] = {
    command: {"members": Access.read} for command in ("command", "register", "promote")
}


def needed(command: str, *, own: bool, environments: bool) -> dict[str, Access]:
    """What `command` needs in a repository that is the model repo (`own`), holds the environments, or both.

    A command without a line only reads contents.
    """
    needs = COMMANDS.get(command, _READING_CONTENTS)
    if own and environments:
        names = {**needs.model_repo, **needs.environments}
        return {name: Access.write if Access.write in _levels(needs, name) else Access.read for name in names}
    return needs.model_repo if own else needs.environments


def needed_in_all() -> dict[str, Access]:
    """What an App needs whose workflows judge, register, promote and answer comments, wherever the environments are."""
    wanted: dict[str, Access] = {}
    for needs in (COMMANDS[command] for command in ("report", "register", "promote", "command")):
        for name, access in (*needs.model_repo.items(), *needs.environments.items()):
            wanted[name] = Access.write if Access.write in (access, wanted.get(name)) else Access.read
    return dict(sorted(wanted.items()))


def welcome(command: str, granted: Mapping[str, str]) -> dict[str, Access]:
    """What `command` asks for besides in the model repo, as far as it was granted."""
    return {
        name: access for name, access in WHERE_GRANTED.get(command, {}).items() if not lacking(granted, {name: access})
    }


def _levels(needs: Needs, name: str) -> set[Access | None]:
    return {needs.model_repo.get(name), needs.environments.get(name)}


def lacking(granted: Mapping[str, str], wanted: Mapping[str, Access]) -> list[str]:
    """The wanted permissions that are not granted, as GitHub's settings name them: `Checks: read and write`."""
    enough = {Access.read: {"read", "write", "admin"}, Access.write: {"write", "admin"}}
    missing = [(name, access) for name, access in wanted.items() if granted.get(name, "") not in enough[access]]
    return [in_words(name, access) for name, access in missing]


def in_words(name: str, access: Access) -> str:
    """A permission as the settings of a GitHub App call it."""
    title = name.replace("_", " ").capitalize()
    return f"{title}: {'read and write' if access is Access.write else 'read-only'}"

"""The tag grammar that Merganser shares with GTO 1.10: names and messages of tags. What they add up to: `versions`."""

import re
from enum import StrEnum

import msgspec

from merganser.errors import ConfigError
from merganser.registry import semver

MAX_LENGTH = 500
# What ties a version's tag to the ledger, each a line of its message.
INPUTS_TRAILER = "Inputs-Digest: "
LEDGER_TRAILER = "Ledger: "

_NAME = r"[a-zA-Z0-9](?:[a-zA-Z0-9/_-]*[a-zA-Z0-9])?"
_TAG = re.compile(
    rf"(?P<artifact>(?:[a-zA-Z0-9_./-]++=)?{_NAME})"
    rf"(?:(?:\#(?P<stage>{_NAME})|@v(?P<version>{semver.SEMVER}))(?P<cancel>!?)|@(?P<word>deprecated|created))"
    r"(?:\#(?P<counter>[0-9]+))?"
)
_REFUSED_BY_GIT = re.compile(r"\.\.|//|(?:^|/)\.|^[/-]|\.lock(?:/|$)")


class Action(StrEnum):
    """What a tag says about an artifact."""

    register = "register"
    deregister = "deregister"
    assign = "assign"
    unassign = "unassign"
    deprecate = "deprecate"
    create = "create"


class TagEvent(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a tag's name says. `artifact` as it is spoken (`dir:name`); `version` without the `v`, with the versions'
    actions alone; `stage` with the stages' actions alone."""

    action: Action
    artifact: str
    version: str = ""
    stage: str = ""
    counter: int | None = None


# By what stands at the end, and whether a version stands before it.
_ACTIONS = {
    ("", True): Action.register,
    ("!", True): Action.deregister,
    ("", False): Action.assign,
    ("!", False): Action.unassign,
    ("deprecated", False): Action.deprecate,
    ("created", False): Action.create,
}
_VERB = {
    Action.register: "Registering artifact {artifact} version v{version}",
    Action.deregister: "Deregistering artifact {artifact} version v{version}",
    Action.assign: "Assigning stage {stage} to artifact {artifact} version v{version}",
    Action.unassign: "Unassigning stage '{stage}' to artifact '{artifact}' version 'v{version}'",
    Action.deprecate: "Deprecating artifact '{artifact}'",
}


def parse(tag: str) -> TagEvent | None:
    """What the tag says, or None where it isn't in the grammar or git itself would refuse the name."""
    found = _TAG.fullmatch(tag) if len(tag) <= MAX_LENGTH else None
    if found is None or (_may_be_refused(tag) and _REFUSED_BY_GIT.search(tag)):
        return None
    artifact, stage, version, cancel, word, counter = found.groups("")
    if len(version) > semver.MAX_LENGTH:
        return None
    return TagEvent(
        action=_ACTIONS[word or cancel, bool(version)],
        artifact=artifact.replace("=", ":"),
        version=version,
        stage=stage,
        counter=int(counter) if counter else None,
    )


def _may_be_refused(tag: str) -> bool:
    """Whether a tag within the grammar can be one that git refuses: quickly, as nearly none can."""
    return "/" in tag or "=" in tag or tag.endswith(".lock")


def format_tag(event: TagEvent) -> str:
    """The tag's name; `ConfigError` where the event's parts make none that reads back the same."""
    artifact = event.artifact.replace(":", "=")
    said = {
        Action.register: f"@v{event.version}",
        Action.deregister: f"@v{event.version}!",
        Action.assign: f"#{event.stage}",
        Action.unassign: f"#{event.stage}!",
        Action.deprecate: "@deprecated",
        Action.create: "@created",
    }[event.action]
    tag = artifact + said + ("" if event.counter is None else f"#{event.counter}")
    if parse(tag) != event:
        raise ConfigError(f"{tag[:80]!a} can't be a tag", "Letters, digits, _ and - are safe in names.")
    return tag


def first_line(event: TagEvent, version: str = "") -> str:
    """The first line of the tag's message, in GTO's words; `version` is the one a stage's tag speaks of.

    `ConfigError` for a creation: GTO itself has no words for it, and nobody writes it.
    """
    if event.action is Action.create:
        raise ConfigError(f"{event.artifact}@created is never written", "Register a version instead.")
    return _VERB[event.action].format(
        artifact=event.artifact, stage=event.stage, version=(event.version or version).removeprefix("v")
    )


def trailer(message: str, name: str) -> str:
    """What the first line of a tag's message that begins with `name` says, "" where there is none."""
    lines = (line for line in message.splitlines() if line.startswith(name))
    return next(lines, "").removeprefix(name).strip()

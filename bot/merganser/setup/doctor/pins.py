"""Which copy of Merganser the workflow files use, and at which of its versions. Pure."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from merganser.setup.doctor.facts import Local, Unseen
from merganser.setup.doctor.finding import Finding, error, ok, unseen, warning
from merganser.setup.doctor.workflow_text import Workflow, parsed, place
from merganser.setup.init.workflows import FOLDER, UNKNOWN_OWNER

_RELEASE = re.compile(r"v(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)")
_MAJOR = re.compile(r"v(0|[1-9][0-9]*)")
_BRANCHES: Final = ("main", "master", "HEAD")


class Pin(msgspec.Struct, frozen=True, order=True):
    """A repository and what the files take of it: a tag or a commit."""

    repository: str
    ref: str


def pins(facts: Local) -> tuple[Pin, ...]:
    """What the files that `init` writes use of a copy of Merganser; empty while they name none."""
    read = [parsed(facts.workflows[name], place(name)) for name in facts.templates if name in facts.workflows]
    used = {Pin(used.repository, used.ref) for one in read if isinstance(one, Workflow) for _, used in one.calls()}
    return tuple(sorted(pin for pin in used if not _stands_in(pin.repository) and not _is_branch(pin.ref)))


def in_files(workflows: Iterable[Workflow], templates: Iterable[Workflow]) -> Iterator[Finding]:
    """What the files alone tell: no copy named, a branch, a version older than the templates', several versions."""
    current = max(_major(used.ref) for template in templates for _, used in template.calls())
    places: dict[Pin, list[str]] = {}
    for one in workflows:
        for _, used in one.calls():
            places.setdefault(Pin(used.repository, used.ref), []).append(one.where)
    for pin, where in places.items():
        yield from _in_file(where[0] if len(where) == 1 else FOLDER, pin, current)
    if len(places) > 1:
        said = ", ".join(f"{pin.repository}@{pin.ref}" for pin in sorted(places))
        yield error(FOLDER, f"the files use different versions of Merganser: {said}", "Use one in all of them.")


def _in_file(where: str, used: Pin, current: int) -> Iterator[Finding]:
    if _stands_in(used.repository):
        cure = "merganser init --force --suite YOUR-NAME/merganser@v1, with a copy of Merganser on GitHub."
        yield error(where, f"uses {used.repository}, which stands for a copy of Merganser", cure)
    elif _is_branch(used.ref):
        cure = "Use a tag such as v1, or a commit's SHA."
        yield warning(where, f"uses Merganser's branch {used.ref}, which moves", cure)
    elif 0 <= _major(used.ref) < current:
        yield warning(where, f"uses {used.ref} of Merganser, and this one is v{current}", _newer(used, f"v{current}"))


def on_github(pin: Pin, tags: dict[str, str] | Unseen) -> Finding:
    """What the copy's own tags tell, each with its commit: whether what is used is there, and the newest release."""
    where = f"{pin.repository}@{pin.ref}"
    if isinstance(tags, Unseen):
        cure = f"Let the token read {pin.repository}, or look at its tags there."
        return unseen(where, f"whether it is there, and the newest: {tags.why}", cure)
    newest = max((tag for tag in tags if _RELEASE.fullmatch(tag)), key=_number, default="")
    if pin.ref not in tags and (_RELEASE.fullmatch(pin.ref) or _MAJOR.fullmatch(pin.ref)):
        cure = f"Use {newest}." if newest else "Make a release there: scripts/release.sh v1.0.0 (docs/setup.md)."
        return error(where, f"{pin.repository} has no tag {pin.ref}, so no workflow starts", cure)
    if newest and tags[newest] != tags.get(pin.ref, pin.ref):
        return warning(where, f"is not the newest release, {newest}", _newer(pin, newest, tags[newest]))
    return ok(where, f"is the newest release, {newest}" if newest else "is there")


def _newer(used: Pin, tag: str, commit: str = "") -> str:
    """The same way of naming a version: by commit, by a tag that moves, by one that doesn't."""
    if re.fullmatch(r"[0-9a-f]{40}", used.ref):
        ref = commit
    else:
        ref = tag.partition(".")[0] if _MAJOR.fullmatch(used.ref) else tag
    return f"merganser init --force --suite {used.repository}@{ref}"


def _is_branch(ref: str) -> bool:
    return ref in _BRANCHES or ref.startswith("refs/heads/")


def _stands_in(repository: str) -> bool:
    return repository.startswith(f"{UNKNOWN_OWNER}/")


def _major(ref: str) -> int:
    """The first number of a version's tag; -1 for a commit or another name."""
    match = _RELEASE.fullmatch(ref) or _MAJOR.fullmatch(ref)
    return int(match[1]) if match else -1


def _number(tag: str) -> tuple[int, ...]:
    return tuple(map(int, tag[1:].split(".")))

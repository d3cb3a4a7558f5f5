"""Git over HTTP: git's own http-backend behind the hub's tokens and branch rules.

The requests here have the path below /OWNER/NAME.git/: `info/refs` or a service's name.
"""

from __future__ import annotations

import subprocess

import msgspec

from merganser.hub.access import Repository, Role, User
from merganser.hub.git.names import ZERO
from merganser.hub.git.plumbing import environment
from merganser.hub.refusals import Refusal, not_found
from merganser.hub.routing import World
from merganser.hub.rules import Motion, Move, refusal
from merganser.hub.server import HttpAnswer, HttpRequest, in_one_piece
from merganser.hub.tracking import follow_refs

_SERVICES = ("git-upload-pack", "git-receive-pack")


class Visitor(msgspec.Struct, frozen=True):
    """Who comes to which repository, in which role."""

    user: User | None
    repository: Repository
    role: Role


def service_of(request: HttpRequest) -> str:
    """Which of git's two services is meant; others, and git's old file protocol, are not served."""
    if request.path == "info/refs" and request.method == "GET":
        for service in _SERVICES:
            if request.query == f"service={service}":
                return service
    if request.path in _SERVICES and request.method == "POST":
        return request.path
    raise not_found()


def pushed(content: bytes) -> list[tuple[str, str, str]]:
    """The commands (old, new, ref) at the head of a push, in pkt-lines up to the first flush."""
    found, position = [], 0
    while position + 4 <= len(content):
        size = _size(content[position : position + 4])
        if size < 4:
            break
        line = content[position + 4 : position + size].partition(b"\x00")[0]
        words = line.decode("utf-8", "replace").strip().split(" ", 2)
        if len(words) == 3:
            found.append((words[0], words[1], words[2]))
        position += size
    return found


def _size(digits: bytes) -> int:
    try:
        return int(digits, 16)
    except ValueError:
        raise Refusal(400, "This is no push.") from None


def _refused(world: World, visitor: Visitor, commands: list[tuple[str, str, str]]) -> dict[str, str]:
    """The refs that this push may not move at all, or not back, and why: the update hook's environment."""
    found: dict[str, list[str]] = {"HUB_REFUSED": [], "HUB_REFUSED_REWINDS": []}
    for old, new, ref in commands:
        branch = ref.removeprefix("refs/heads/")
        if branch == ref or old == ZERO:
            continue
        motion = Motion.DELETION if new == ZERO else Motion.FORWARD
        for key, wanted in (("HUB_REFUSED", motion), ("HUB_REFUSED_REWINDS", Motion.REWIND)):
            reason = refusal(world.store, visitor.repository, Move(branch, new, wanted), visitor.role)
            if reason is not None:
                found[key].append(f"{ref} {_in_one_line(reason)}")
    return {key: "\n".join(lines) for key, lines in found.items()}


def _in_one_line(reason: str) -> str:
    """A reason names checks, and those may have any name."""
    return " ".join(reason.replace("\x00", " ").split())


def fetch(world: World, visitor: Visitor, request: HttpRequest) -> HttpAnswer:
    """A clone or fetch, or the announcement of refs before any of the services."""
    return _backend(world, visitor, request, {})


def push(world: World, visitor: Visitor, request: HttpRequest) -> HttpAnswer:
    """A push; the pull requests follow it before it is answered."""
    commands = pushed(request.content)
    answer = _backend(world, visitor, request, _refused(world, visitor, commands))
    world.store.update("repositories", visitor.repository.id, {"pushed_at": world.store.now()})
    follow_refs(world, visitor.repository)
    return answer


def _backend(world: World, visitor: Visitor, request: HttpRequest, extra: dict[str, str]) -> HttpAnswer:
    repository = visitor.repository
    variables = {
        "GIT_PROJECT_ROOT": str(world.directory / "repos"),
        "GIT_HTTP_EXPORT_ALL": "1",
        "PATH_INFO": f"/{repository.owner}/{repository.name}.git/{request.path}",
        "QUERY_STRING": request.query,
        "REQUEST_METHOD": request.method,
        "CONTENT_TYPE": request.headers.get("content-type", ""),
        "CONTENT_LENGTH": str(len(request.content)),
        "REMOTE_ADDR": "127.0.0.1",
        "REMOTE_USER": visitor.user.login if visitor.user else "",
        "GIT_PROTOCOL": request.headers.get("git-protocol", ""),
    }
    done = subprocess.run(
        ["git", "http-backend"],
        input=request.content,
        capture_output=True,
        env=environment() | variables | extra,
        check=False,
    )
    head, _, content = done.stdout.partition(b"\r\n\r\n")
    headers = dict(line.split(": ", 1) for line in head.decode("latin-1").split("\r\n") if ": " in line)
    status = int(headers.pop("Status", "200").split(" ")[0]) if head else 500
    return in_one_piece(status, headers, content)

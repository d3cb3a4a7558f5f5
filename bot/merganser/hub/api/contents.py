"""Reading and writing files of a branch, one at a time."""

from __future__ import annotations

import secrets
from typing import Any

from merganser.hub.access import Role
from merganser.hub.api.gitdata import decode
from merganser.hub.authorship import identity
from merganser.hub.git import refs
from merganser.hub.git.names import is_path
from merganser.hub.git.objects import (
    Change,
    Commit,
    Entry,
    read_blob,
    read_commit,
    read_tree,
    write_blob,
    write_commit,
    write_tree,
)
from merganser.hub.parameters import body, message, optional_text, text
from merganser.hub.refusals import conflict, existing, invalid, not_found, unprocessable
from merganser.hub.routing import Answer, Call, route
from merganser.hub.rules import Move, refusal
from merganser.hub.tracking import follow_refs
from merganser.hub.views.contents import file, item
from merganser.hub.views.gitobjects import git_commit

_PATH = "/repos/{owner}/{repo}/contents/{path}"


def _entry(call: Call, commit: str, path: str) -> Entry | None:
    """The entry of a path in a commit, without listing the whole tree."""
    if not is_path(path):
        raise not_found()
    tree, parts = read_commit(call.git, commit).tree, path.split("/")
    for depth, part in enumerate(parts):
        known = {entry.path: entry for entry in read_tree(call.git, tree)}.get(part)
        if known is None:
            return None
        if depth == len(parts) - 1:
            return Entry(mode=known.mode, kind=known.kind, sha=known.sha, size=known.size, path=path)
        if known.kind != "tree":
            return None
        tree = known.sha
    return None


def _at(call: Call) -> tuple[str, str]:
    """The ref that the query names, or the default branch, with its commit."""
    ref = call.query.get("ref") or call.repository.default_branch
    commit = existing(refs.resolve(call.git, ref))
    return ref, commit


@route("GET", _PATH)
def get_contents(call: Call) -> Answer:
    ref, commit = _at(call)
    path = call.params["path"].strip("/")
    if not path:
        return Answer(200, _folder(call, read_commit(call.git, commit).tree, "", ref))
    entry = existing(_entry(call, commit, path))
    if entry.kind == "tree":
        return Answer(200, _folder(call, entry.sha, f"{path}/", ref))
    if "raw" in call.headers.get("accept", ""):
        return Answer(200, None, {"Content-Type": "application/octet-stream"}, read_blob(call.git, entry.sha))
    return Answer(200, file(call, entry, ref))


def _folder(call: Call, tree: str, prefix: str, ref: str) -> list[dict[str, Any]]:
    entries = read_tree(call.git, tree)
    full = [
        Entry(mode=entry.mode, kind=entry.kind, sha=entry.sha, size=entry.size, path=prefix + entry.path)
        for entry in entries
    ]
    return [item(call, entry, ref) for entry in full]


@route("PUT", _PATH, needs=Role.WRITE)
def put_file(call: Call) -> Answer:
    content = body(call).get("content")
    if not isinstance(content, str):
        raise invalid("Content", "content", "missing_field")
    branch, tip, known = _target(call)
    given = optional_text(call, "sha", "Content")
    if known is not None and given is None:
        raise unprocessable('Invalid request.\n\n"sha" wasn\'t supplied.')
    _demand_same(call, known, given)
    blob = write_blob(call.git, decode(content))
    mode = known.mode if known is not None else "100644"
    commit = _commit(call, (branch, tip), Change(call.params["path"], mode, blob))
    entry = _entry(call, commit.sha, call.params["path"])
    if entry is None:
        raise AssertionError("the path was written in this commit")
    shown = item(call, entry, branch)
    return Answer(201 if known is None else 200, {"content": shown, "commit": git_commit(call, commit)})


@route("DELETE", _PATH, needs=Role.WRITE)
def delete_file(call: Call) -> Answer:
    branch, tip, known = _target(call)
    if known is None:
        raise not_found()
    _demand_same(call, known, text(call, "sha", "Content"))
    commit = _commit(call, (branch, tip), Change(call.params["path"], known.mode, None))
    return Answer(200, {"content": None, "commit": git_commit(call, commit)})


def _target(call: Call) -> tuple[str, str, Entry | None]:
    """The branch to write to, its tip, and what lies there at the path."""
    branch = optional_text(call, "branch", "Content") or call.repository.default_branch
    tip = existing(refs.branch_tip(call.git, branch))
    if not is_path(call.params["path"]):
        raise unprocessable("path contains a malformed path component")
    known = _entry(call, tip, call.params["path"])
    if known is not None and known.kind != "blob":
        raise unprocessable("path is not a file")
    return branch, tip, known


def _demand_same(call: Call, known: Entry | None, given: str | None) -> None:
    if known is not None and given != known.sha:
        raise conflict(f"{call.params['path']} does not match {given}")
    if known is None and given is not None:
        raise conflict(f"{call.params['path']} does not match {given}")


def _commit(call: Call, place: tuple[str, str], change: Change) -> Commit:
    """Put one change on a branch by compare and swap."""
    branch, tip = place
    words = message(call, "message", "Content")
    base = read_commit(call.git, tip).tree
    tree = write_tree(call.git, call.git / f"index.{secrets.token_hex(8)}", base, [change])
    who = identity(call.actor)
    commit = Commit(sha="", tree=tree, parents=(tip,), author=who, committer=who, message=words)
    sha = write_commit(call.git, commit)
    reason = refusal(call.store, call.repository, Move(branch, sha), call.role)
    if reason is not None:
        raise conflict(f"Repository rule violations found\n\n{reason}")
    if not refs.swap(call.git, f"refs/heads/{branch}", sha, tip):
        raise conflict(f"is at another commit but expected {tip}")
    follow_refs(call.world, call.repository)
    return read_commit(call.git, sha)

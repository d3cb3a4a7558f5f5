"""A repository's front page, folders, files, and their raw bytes."""

from __future__ import annotations

import base64
from pathlib import PurePosixPath
from typing import Any

from merganser.hub.git import refs
from merganser.hub.git.history import walk
from merganser.hub.pages.addressing import Bytes, Elsewhere, View, page
from merganser.hub.pages.markdown import render
from merganser.hub.pages.places import frame, place, split_ref
from merganser.hub.pages.reading import ask, read, read_all
from merganser.hub.refusals import Refusal
from merganser.hub.routing import Call

_MOST_LINES = 20_000
# The types that a browser may show as pictures; everything else is text or bytes.
_PICTURES = {
    ".gif": "image/gif",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".webp": "image/webp",
}


@page("/{owner}/{repo}")
def front(call: Call) -> View:
    return _folder(call, call.repository.default_branch, "")


@page("/{owner}/{repo}/tree/{rest}")
def tree(call: Call) -> View | Elsewhere:
    ref, path = split_ref(call, call.params["rest"])
    if path and not isinstance(read(call, "contents", path, ref=ref), list):
        return Elsewhere(call.site.page(call.repository.full_name, "blob", ref, path))
    return _folder(call, ref, path)


def _folder(call: Call, ref: str, path: str) -> View:
    tip = refs.resolve(call.git, ref)
    entries = read(call, "contents", path, ref=ref) if tip else []
    entries.sort(key=lambda entry: (entry["type"] != "dir", entry["name"]))
    shown = {
        **frame(call, "code"),
        "ref": ref,
        "path": path,
        "trail": _trail(call, ref, path),
        "entries": entries,
        "commit": read(call, "commits", tip) if tip else None,
        "commit_count": len(walk(call.git, tip)) if tip else 0,
        "branches": [one["name"] for one in read_all(call, "branches")],
        "release": None if path else _latest(call),
        "readme": _readme(call, ref, path, entries),
    }
    title = call.repository.full_name + (f": {path}" if path else "")
    return View("folder.html", title, shown)


def _latest(call: Call) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = read(call, "releases", "latest")
    except Refusal:
        return None
    return found


def _readme(call: Call, ref: str, path: str, entries: list[dict[str, Any]]) -> dict[str, Any] | None:
    for entry in entries:
        if entry["name"].lower() == "readme.md" and entry["type"] == "file":
            text = _text(read(call, "contents", entry["path"], ref=ref))
            return {"name": entry["name"], "html": render(text, place(call, ref, path))}
    return None


def _trail(call: Call, ref: str, path: str) -> list[tuple[str, str]]:
    """Name and address of each folder on the way to a path, the last part included."""
    parts = path.split("/") if path else []
    name = call.repository.full_name
    return [(part, call.site.page(name, "tree", ref, "/".join(parts[: i + 1]))) for i, part in enumerate(parts)]


def _text(file: dict[str, Any]) -> str | None:
    """The file's text; None where it is too large for a page or no text."""
    if file["type"] == "symlink":
        return str(file["target"])
    if file.get("encoding") != "base64":
        return None
    content = base64.b64decode(file["content"])
    try:
        return None if b"\0" in content else content.decode()
    except UnicodeDecodeError:
        return None


@page("/{owner}/{repo}/blob/{rest}")
def blob(call: Call) -> View | Elsewhere:
    ref, path = split_ref(call, call.params["rest"])
    file = read(call, "contents", path, ref=ref)
    if isinstance(file, list):
        return Elsewhere(call.site.page(call.repository.full_name, "tree", ref, path))
    suffix = PurePosixPath(path).suffix.lower()
    text = _text(file)
    rendered = None
    if text is not None and suffix == ".md" and "plain" not in call.query:
        rendered = render(text, place(call, ref, str(PurePosixPath(path).parent)))
    lines = text.removesuffix("\n").split("\n") if text is not None else None
    shown = {
        **frame(call, "code"),
        "ref": ref,
        "trail": _trail(call, ref, path),
        "file": file,
        "lines": lines[:_MOST_LINES] if lines else lines,
        "hidden": max(0, len(lines or ()) - _MOST_LINES),
        "html": rendered,
        "is_markdown": suffix == ".md" and text is not None,
        "is_picture": suffix in _PICTURES,
    }
    return View("blob.html", f"{path} at {ref} · {call.repository.full_name}", shown)


@page("/{owner}/{repo}/raw/{rest}")
def raw(call: Call) -> Bytes | Elsewhere:
    ref, path = split_ref(call, call.params["rest"])
    answer = ask(call, ("contents", path), {"ref": ref}, accept="application/vnd.github.raw")
    if answer.content is None:
        return Elsewhere(call.site.page(call.repository.full_name, "tree", ref, path))
    otherwise = "application/octet-stream" if b"\0" in answer.content else "text/plain; charset=utf-8"
    return Bytes(answer.content, _PICTURES.get(PurePosixPath(path).suffix.lower(), otherwise))

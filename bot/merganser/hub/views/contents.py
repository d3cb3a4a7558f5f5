"""Files and folders of a commit."""

from __future__ import annotations

import base64
from typing import Any

from merganser.hub.git.objects import Entry, read_blob
from merganser.hub.routing import Call

_LARGEST_INLINE = 1 << 20
_KINDS = {"blob": "file", "tree": "dir", "commit": "submodule"}


def item(call: Call, entry: Entry, ref: str) -> dict[str, Any]:
    """What a file, folder, symlink or submodule says about itself in a listing."""
    name = call.repository.full_name
    kind = "symlink" if entry.mode == "120000" else _KINDS[entry.kind]
    url = f"{call.site.repo(name, 'contents', entry.path)}?ref={ref}"
    git = None if kind == "submodule" else call.site.repo(name, f"git/{entry.kind}s", entry.sha)
    page = call.site.page(name, "tree" if kind == "dir" else "blob", ref, entry.path)
    raw = call.site.page(name, "raw", ref, entry.path) if kind in ("file", "symlink") else None
    return {
        "name": entry.path.rpartition("/")[2],
        "path": entry.path,
        "sha": entry.sha,
        "size": entry.size or 0,
        "url": url,
        "html_url": page,
        "git_url": git,
        "download_url": raw,
        "type": kind,
        "_links": {"self": url, "git": git, "html": page},
    }


def file(call: Call, entry: Entry, ref: str) -> dict[str, Any]:
    """GitHub's `content-file`; files above a megabyte come without content, as on GitHub."""
    found = item(call, entry, ref)
    if entry.kind == "commit":
        return found | {"submodule_git_url": ""}  # .gitmodules would say; the hub does not read it
    if (entry.size or 0) > _LARGEST_INLINE:
        return found | {"content": "", "encoding": "none"}
    content = base64.encodebytes(read_blob(call.git, entry.sha)).decode()
    if found["type"] == "symlink":
        return found | {"target": read_blob(call.git, entry.sha).decode("utf-8", "replace")}
    return found | {"content": content, "encoding": "base64"}

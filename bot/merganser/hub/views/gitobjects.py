"""Commits, trees, blobs, tags, refs and diffs."""

from __future__ import annotations

import re
from typing import Any

from merganser.hub.access import find_user
from merganser.hub.git.history import FileChange
from merganser.hub.git.objects import Commit, Entry, Signature, Tag
from merganser.hub.git.refs import Ref
from merganser.hub.routing import Call
from merganser.hub.views.links import node_id
from merganser.hub.views.people import user

_UNSIGNED = {
    "verified": False,
    "reason": "unsigned",
    "signature": None,
    "payload": None,
    "verified_at": None,
}
_NOREPLY = re.compile(r"(?:\d+\+)?(?P<login>[^@+]+)@users\.noreply\.github\.com")


def signature(who: Signature) -> dict[str, Any]:
    return {"name": who.name, "email": who.email, "date": who.date}


def _account(call: Call, who: Signature) -> dict[str, Any] | None:
    """The user behind a commit's mail address, if it is one of ours."""
    found = _NOREPLY.fullmatch(who.email)
    known = find_user(call.store, found["login"]) if found else None
    return user(call.site, known) if known else None


def _repo(call: Call, *parts: str) -> str:
    return call.site.repo(call.repository.full_name, *parts)


def _page(call: Call, *parts: str) -> str:
    return call.site.page(call.repository.full_name, *parts)


def git_commit(call: Call, commit: Commit) -> dict[str, Any]:
    """GitHub's `git-commit`."""
    return {
        "sha": commit.sha,
        "node_id": node_id("Commit", commit.sha),
        "url": _repo(call, "git/commits", commit.sha),
        "html_url": _page(call, "commit", commit.sha),
        "author": signature(commit.author),
        "committer": signature(commit.committer),
        "tree": {"sha": commit.tree, "url": _repo(call, "git/trees", commit.tree)},
        "message": commit.message,
        "parents": [
            {"sha": sha, "url": _repo(call, "git/commits", sha), "html_url": _page(call, "commit", sha)}
            for sha in commit.parents
        ],
        "verification": _UNSIGNED,
    }


def commit_item(call: Call, commit: Commit) -> dict[str, Any]:
    """GitHub's `commit`, without files."""
    url = _repo(call, "commits", commit.sha)
    return {
        "sha": commit.sha,
        "node_id": node_id("Commit", commit.sha),
        "url": url,
        "html_url": _page(call, "commit", commit.sha),
        "comments_url": f"{url}/comments",
        "commit": {
            "author": signature(commit.author),
            "committer": signature(commit.committer),
            "message": commit.message,
            "tree": {"sha": commit.tree, "url": _repo(call, "git/trees", commit.tree)},
            "url": _repo(call, "git/commits", commit.sha),
            "comment_count": 0,
            "verification": _UNSIGNED,
        },
        "author": _account(call, commit.author),
        "committer": _account(call, commit.committer),
        "parents": [
            {"sha": sha, "url": _repo(call, "commits", sha), "html_url": _page(call, "commit", sha)}
            for sha in commit.parents
        ],
    }


def with_files(call: Call, commit: Commit, files: list[FileChange]) -> dict[str, Any]:
    """GitHub's `commit` with statistics and files."""
    added, deleted = sum(file.additions for file in files), sum(file.deletions for file in files)
    return commit_item(call, commit) | {
        "stats": {"total": added + deleted, "additions": added, "deletions": deleted},
        "files": [diff_entry(call, commit.sha, file) for file in files],
    }


def diff_entry(call: Call, sha: str, file: FileChange) -> dict[str, Any]:
    found: dict[str, Any] = {
        "sha": file.sha,
        "filename": file.path,
        "status": file.status,
        "additions": file.additions,
        "deletions": file.deletions,
        "changes": file.additions + file.deletions,
        "blob_url": _page(call, "blob", sha, file.path),
        "raw_url": _page(call, "raw", sha, file.path),
        "contents_url": f"{_repo(call, 'contents', file.path)}?ref={sha}",
    }
    if file.patch is not None:
        found["patch"] = file.patch
    if file.previous is not None:
        found["previous_filename"] = file.previous
    return found


def ref(call: Call, found: Ref) -> dict[str, Any]:
    """GitHub's `git-ref`."""
    folder = {"commit": "git/commits", "tag": "git/tags", "tree": "git/trees", "blob": "git/blobs"}[found.kind]
    return {
        "ref": found.name,
        "node_id": node_id("Ref", found.name),
        "url": _repo(call, "git", found.name),
        "object": {"type": found.kind, "sha": found.sha, "url": _repo(call, folder, found.sha)},
    }


def tag(call: Call, found: Tag) -> dict[str, Any]:
    """GitHub's `git-tag`."""
    return {
        "node_id": node_id("Tag", found.sha),
        "sha": found.sha,
        "url": _repo(call, "git/tags", found.sha),
        "tag": found.name,
        "message": found.message,
        "tagger": signature(found.tagger),
        "object": {
            "type": found.target_type,
            "sha": found.target,
            "url": _repo(call, f"git/{found.target_type}s", found.target),
        },
        "verification": _UNSIGNED,
    }


def tag_item(call: Call, name: str, commit: str) -> dict[str, Any]:
    """GitHub's `tag`, which is any ref below refs/tags/ with the commit behind it."""
    return {
        "name": name,
        "node_id": node_id("Ref", f"refs/tags/{name}"),
        "commit": {"sha": commit, "url": _repo(call, "commits", commit)},
        "zipball_url": _repo(call, "zipball/refs/tags", name),
        "tarball_url": _repo(call, "tarball/refs/tags", name),
    }


def tree(call: Call, sha: str, entries: list[Entry]) -> dict[str, Any]:
    """GitHub's `git-tree`."""
    items = []
    for entry in entries:
        item: dict[str, Any] = {
            "path": entry.path,
            "mode": entry.mode,
            "type": entry.kind,
            "sha": entry.sha,
        }
        if entry.size is not None:
            item["size"] = entry.size
        if entry.kind != "commit":
            item["url"] = _repo(call, f"git/{entry.kind}s", entry.sha)
        items.append(item)
    return {"sha": sha, "url": _repo(call, "git/trees", sha), "tree": items, "truncated": False}

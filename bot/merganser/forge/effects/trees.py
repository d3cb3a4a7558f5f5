"""The files of a commit on the forge, compared by git's own blob ids without fetching them."""

import hashlib
from collections.abc import Collection

from merganser.forge.protocol import Forge, Refused
from merganser.forge.values import TreeEntry


def files(forge: Forge, repo: str, tree: str, folders: Collection[str], below: str = "") -> dict[str, TreeEntry]:
    """Every file of a commit or tree by path; where GitHub cuts the listing short, those in `folders` at least."""
    listing = forge.tree(repo, tree, recursive=True)
    if not listing.truncated:
        return {below + entry.path: entry for entry in listing.tree if entry.type != "tree"}
    level = forge.tree(repo, tree, recursive=False)
    if level.truncated:
        raise Refused(f"the folder {below or '/'} of {repo} is too large to list", "Move old files elsewhere.")
    found = {below + entry.path: entry for entry in level.tree if entry.type != "tree"}
    for entry in level.tree:
        path = below + entry.path
        if entry.type == "tree" and any(_related(path, folder) for folder in folders):
            found |= files(forge, repo, entry.sha, folders, f"{path}/")
    return found


def _related(path: str, folder: str) -> bool:
    return f"{folder}/".startswith(f"{path}/") or f"{path}/".startswith(f"{folder}/")


def folders_of(paths: Collection[str]) -> set[str]:
    return {path.rpartition("/")[0] for path in paths}


def holds(entry: TreeEntry | None, data: bytes) -> bool:
    """Whether an entry is a plain file of exactly these bytes."""
    return entry is not None and entry.mode.startswith("100") and entry.sha == blob_id(data)


def blob_id(data: bytes) -> str:
    """The id that git gives a file's bytes."""
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()

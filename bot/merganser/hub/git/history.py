"""Questions about two commits: what lies between, what changed, what their merge is."""

from __future__ import annotations

from pathlib import Path

import msgspec

from merganser.hub.git.names import EMPTY_TREE
from merganser.hub.git.plumbing import GitFailure, attempt, run


class FileChange(msgspec.Struct, frozen=True, kw_only=True):
    """One file of a diff in GitHub's terms; `patch` is None for binary files."""

    path: str
    previous: str | None
    status: str
    sha: str
    additions: int
    deletions: int
    patch: str | None


def walk(repository: Path, tip: str, exclude: str | None = None, path: str | None = None) -> list[str]:
    """SHAs reachable from the tip and not from `exclude`, newest first; only those touching `path`, if given."""
    arguments = ["rev-list", tip, *([f"^{exclude}"] if exclude else []), "--", *([path] if path else [])]
    return run(repository, arguments).decode().split()


def count(repository: Path, tip: str, exclude: str) -> int:
    return int(run(repository, ["rev-list", "--count", tip, f"^{exclude}"]))


def merge_base(repository: Path, one: str, other: str) -> str | None:
    code, output, _ = attempt(repository, ["merge-base", one, other])
    return output.decode().split()[0] if code == 0 else None


def merge_trees(repository: Path, base: str, head: str) -> str | None:
    """The tree of the three-way merge of two commits; None on a conflict."""
    arguments = ["merge-tree", "--write-tree", "--no-messages", "--name-only", base, head]
    code, output, complaint = attempt(repository, arguments)
    if code not in (0, 1):
        if "unrelated histories" in complaint:
            return None
        raise GitFailure(arguments, code, complaint)
    return output.decode().split("\n", 1)[0] if code == 0 else None


_STATUS = {"A": "added", "D": "removed", "M": "modified", "R": "renamed", "C": "copied", "T": "changed"}


def changes(repository: Path, old: str | None, new: str) -> list[FileChange]:
    """What changed from one commit or tree (None: nothing) to another, renames followed."""
    before = old or EMPTY_TREE
    options = ["-r", "-z", "-M", "--no-color", "--no-ext-diff", "--full-index"]
    raw = run(repository, ["diff-tree", "--raw", "--numstat", "-p", *options, before, new])
    head, _, patches = raw.partition(b"\x00\x00")
    fields = head.decode("utf-8", "replace").split("\x00")
    listed, position = _read_raw(fields)
    counted = _read_numstat(fields[position:])
    pieces = iter(_split_patches(patches.decode("utf-8", "replace")))
    found = []
    for entry, counts in zip(listed, counted, strict=True):
        piece = next(pieces)
        if entry[0] == "T":  # git writes a change of type as a removal and an addition
            piece += "\n" + next(pieces)
        found.append(_file_change(entry, counts, piece))
    return found


def _read_raw(fields: list[str]) -> tuple[list[tuple[str, str, str | None, str]], int]:
    """The `:mode mode sha sha X` records (status, sha, previous, path) and where the counts begin."""
    found, position = [], 0
    while position < len(fields) and fields[position].startswith(":"):
        _, _, old, new, status = fields[position].split(" ")
        letter = status[0]
        sha = old if letter == "D" else new
        renamed = letter in "RC"
        previous = fields[position + 1] if renamed else None
        found.append((letter, sha, previous, fields[position + (2 if renamed else 1)]))
        position += 3 if renamed else 2
    return found, position


def _read_numstat(fields: list[str]) -> list[tuple[int | None, int | None]]:
    """Lines added and deleted of each file; None for binary files."""
    found: list[tuple[int | None, int | None]] = []
    position = 0
    while position < len(fields) and fields[position]:
        added, deleted, path = fields[position].split("\t")
        found.append((None, None) if added == "-" else (int(added), int(deleted)))
        position += 1 if path else 3
    return found


def _split_patches(text: str) -> list[str]:
    """The text of each file's patch; git separates them by a line `diff --git`."""
    pieces = text.split("\ndiff --git ")
    return pieces if text else []


def _file_change(
    entry: tuple[str, str, str | None, str], counts: tuple[int | None, int | None], patch: str
) -> FileChange:
    letter, sha, previous, path = entry
    start = patch.find("\n@@ ")
    return FileChange(
        path=path,
        previous=previous,
        status=_STATUS[letter],
        sha=sha,
        additions=counts[0] or 0,
        deletions=counts[1] or 0,
        patch=patch[start + 1 :].removesuffix("\n") if start >= 0 else None,
    )

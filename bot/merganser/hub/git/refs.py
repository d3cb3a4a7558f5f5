"""Refs: listing, resolving, and moving them by compare and swap."""

from __future__ import annotations

from pathlib import Path

import msgspec

from merganser.hub.git.names import ZERO, is_ref, is_sha
from merganser.hub.git.plumbing import attempt, run


class Ref(msgspec.Struct, frozen=True):
    """A full ref name with the object that it names, unpeeled, and that object's type."""

    name: str
    sha: str
    kind: str


def list_refs(repository: Path, prefix: str) -> list[Ref]:
    """All refs whose full name begins with the prefix, by name."""
    folder = prefix.rsplit("/", 1)[0] + "/"
    output = run(repository, ["for-each-ref", "--format=%(refname)%00%(objectname)%00%(objecttype)", folder])
    rows = (line.split("\x00") for line in output.decode("utf-8", "replace").splitlines())
    return [Ref(*row) for row in rows if row[0].startswith(prefix)]


def read_ref(repository: Path, name: str) -> Ref | None:
    """The ref of exactly this full name."""
    if not is_ref(name) or not name.startswith("refs/"):
        return None
    found = [ref for ref in list_refs(repository, name) if ref.name == name]
    return found[0] if found else None


def branch_tip(repository: Path, branch: str) -> str | None:
    """The commit that a branch points to."""
    return commit_of(repository, f"refs/heads/{branch}") if is_ref(branch) else None


def commit_of(repository: Path, name: str) -> str | None:
    """The commit that a SHA or a full ref name leads to, tags peeled."""
    code, output, _ = attempt(
        repository, ["rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}"]
    )
    # A second line would be git's own echo of --end-of-options on old versions.
    found = output.decode().split()
    return found[-1] if code == 0 and found and is_sha(found[-1]) else None


def resolve(repository: Path, text: str) -> str | None:
    """The commit for what GitHub calls a ref: a SHA, a branch, a tag, heads/x, tags/x or a full name."""
    if is_sha(text):
        return commit_of(repository, text)
    if not is_ref(text):
        return None
    names = [f"refs/heads/{text}", f"refs/tags/{text}"]
    names += [text] if text.startswith("refs/") else [f"refs/{text}"]
    return next((sha for sha in (commit_of(repository, name) for name in names) if sha), None)


def tagged_commits(repository: Path) -> list[tuple[str, str]]:
    """Every tag's short name with the commit that it leads to, by name; tags of other objects are left out."""
    names = [ref.name for ref in list_refs(repository, "refs/tags/")]
    asked = "".join(f"{name}^{{commit}}\n" for name in names)
    answers = run(repository, ["cat-file", "--batch-check=%(objectname)"], asked.encode()).decode().splitlines()
    pairs = zip(names, answers, strict=True)
    return [(name.removeprefix("refs/tags/"), sha) for name, sha in pairs if is_sha(sha)]


def swap(repository: Path, name: str, new: str, old: str) -> bool:
    """Point a ref to `new` if it still points to `old` (ZERO: if it doesn't exist); whether it did."""
    code, _, _ = attempt(repository, ["update-ref", "--no-deref", name, new, old])
    return code == 0


def create(repository: Path, name: str, sha: str) -> bool:
    return swap(repository, name, sha, ZERO)


def force(repository: Path, name: str, sha: str) -> None:
    run(repository, ["update-ref", "--no-deref", name, sha])


def bring(repository: Path, other: Path, branch: str) -> str | None:
    """The tip of another repository's branch, once its objects are here too."""
    tip = branch_tip(other, branch)
    if tip is not None and commit_of(repository, tip) is None:
        run(repository, ["fetch", "--quiet", "--no-tags", "--no-write-fetch-head", str(other), f"refs/heads/{branch}"])
    return tip


def delete(repository: Path, name: str) -> None:
    run(repository, ["update-ref", "--no-deref", "-d", name])


def is_ancestor(repository: Path, older: str, newer: str) -> bool:
    """Whether `newer` holds `older` (equal counts)."""
    code, _, _ = attempt(repository, ["merge-base", "--is-ancestor", older, newer])
    return code == 0

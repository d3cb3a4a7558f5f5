"""Reading and writing commits, trees, blobs and tags."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from merganser.hub.git.plumbing import attempt, run


class Signature(msgspec.Struct, frozen=True):
    """Who and when; `date` is ISO 8601 in UTC."""

    name: str
    email: str
    date: str


class Commit(msgspec.Struct, frozen=True, kw_only=True):
    sha: str
    tree: str
    parents: tuple[str, ...]
    author: Signature
    committer: Signature
    message: str


class Tag(msgspec.Struct, frozen=True, kw_only=True):
    sha: str
    name: str
    target: str
    target_type: str
    tagger: Signature
    message: str


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a tree; size in bytes, None for what is not a blob."""

    mode: str
    kind: str
    sha: str
    size: int | None
    path: str


_LAST_SECOND = 253_402_300_799  # 9999-12-31T23:59:59Z, the last that ISO 8601 writes with four digits
_UNFIT = re.compile(r"[<>\n\x00]")
_SIGNATURE = re.compile(r"(.*?) ?<([^>]*)> (-?\d+) ([+-]\d{4})")


def parse_signature(text: str) -> Signature:
    """Read git's `Name <email> seconds zone`."""
    found = _SIGNATURE.fullmatch(text)
    if found is None:
        return Signature(text, "", "1970-01-01T00:00:00Z")
    seconds = int(found[3]) if len(found[3]) <= len(str(_LAST_SECOND)) else -1
    # Git too shows the epoch for a date that it can't count to.
    moment = datetime.fromtimestamp(seconds if 0 <= seconds <= _LAST_SECOND else 0, UTC)
    return Signature(found[1], found[2], moment.strftime("%Y-%m-%dT%H:%M:%SZ"))


def fits_signature(signature: Signature) -> bool:
    """Whether git's line for it says the same: a name, nothing that ends name, address or line, a date with a zone."""
    if not signature.name.strip() or _UNFIT.search(signature.name) or _UNFIT.search(signature.email):
        return False
    try:
        moment = datetime.fromisoformat(signature.date)
    except ValueError:
        return False
    offset = moment.utcoffset()
    return offset is not None and not offset % timedelta(minutes=1) and 0 <= moment.timestamp() <= _LAST_SECOND


def format_signature(signature: Signature) -> str:
    """Git's form of a signature, the zone of the date kept; characters that would end the line are dropped."""
    moment = datetime.fromisoformat(signature.date)
    name, email = (_UNFIT.sub("", part) for part in (signature.name, signature.email))
    return f"{name} <{email}> {int(moment.timestamp())} {moment.strftime('%z')}"


def _headers(raw: bytes) -> tuple[list[tuple[str, str]], str]:
    head, _, message = raw.decode("utf-8", "replace").partition("\n\n")
    lines = [line for line in head.split("\n") if not line.startswith(" ")]
    return [(key, value) for key, _, value in (line.partition(" ") for line in lines)], message


def _parse_commit(sha: str, raw: bytes) -> Commit:
    pairs, message = _headers(raw)
    named = dict(pairs)
    return Commit(
        sha=sha,
        tree=named["tree"],
        parents=tuple(value for key, value in pairs if key == "parent"),
        author=parse_signature(named["author"]),
        committer=parse_signature(named["committer"]),
        message=message.removesuffix("\n"),
    )


def read_commits(repository: Path, shas: Sequence[str]) -> list[Commit]:
    """The commits of these full SHAs, in order; one git process for all."""
    if not shas:
        return []
    output = run(repository, ["cat-file", "--batch"], "\n".join(shas).encode() + b"\n")
    found, position = [], 0
    for _ in shas:
        end = output.index(b"\n", position)
        sha, _, size = output[position:end].decode().split(" ")
        found.append(_parse_commit(sha, output[end + 1 : end + 1 + int(size)]))
        position = end + 2 + int(size)
    return found


def read_commit(repository: Path, sha: str) -> Commit:
    return read_commits(repository, [sha])[0]


def kind_of(repository: Path, sha: str) -> str | None:
    """`commit`, `tree`, `blob`, `tag`, or None if there is no such object."""
    code, output, _ = attempt(repository, ["cat-file", "-t", sha])
    return output.decode().strip() if code == 0 else None


def read_tag(repository: Path, sha: str) -> Tag:
    pairs, message = _headers(run(repository, ["cat-file", "tag", sha]))
    named = dict(pairs)
    tagger = parse_signature(named.get("tagger", " <> 0 +0000"))
    return Tag(
        sha=sha,
        name=named["tag"],
        target=named["object"],
        target_type=named["type"],
        tagger=tagger,
        message=message.removesuffix("\n"),
    )


def read_blob(repository: Path, sha: str) -> bytes:
    return run(repository, ["cat-file", "blob", sha])


def read_tree(repository: Path, sha: str, recursive: bool = False) -> list[Entry]:
    """Entries of a tree; recursive ones include the trees on the way, as GitHub's do."""
    options = ["-r", "-t"] if recursive else []
    output = run(repository, ["ls-tree", "-z", "-l", *options, sha])
    found = []
    for raw in output.split(b"\x00")[:-1]:
        meta, _, path = raw.decode("utf-8", "replace").partition("\t")
        mode, kind, entry, size = meta.split()
        known = None if size == "-" else int(size)
        found.append(Entry(mode=mode, kind=kind, sha=entry, size=known, path=path))
    return found


def write_blob(repository: Path, content: bytes) -> str:
    return run(repository, ["hash-object", "-w", "--stdin"], content).decode().strip()


def write_commit(repository: Path, commit: Commit) -> str:
    """Store a commit (its `sha` is not read) and answer with its SHA. Author and committer are written as given."""
    lines = [f"tree {commit.tree}", *(f"parent {parent}" for parent in commit.parents)]
    lines += [
        f"author {format_signature(commit.author)}",
        f"committer {format_signature(commit.committer)}",
        "",
        commit.message,
    ]
    return _hash(repository, "commit", "\n".join(lines))


def write_tag(repository: Path, tag: Tag) -> str:
    lines = [
        f"object {tag.target}",
        f"type {tag.target_type}",
        f"tag {tag.name}",
        f"tagger {format_signature(tag.tagger)}",
        "",
        tag.message,
    ]
    return _hash(repository, "tag", "\n".join(lines))


def _hash(repository: Path, kind: str, text: str) -> str:
    """Store a commit or tag; NUL, which may stand in a pushed commit's message or a title, is dropped."""
    content = text.replace("\x00", "").removesuffix("\n") + "\n"
    return run(repository, ["hash-object", "-w", "-t", kind, "--stdin"], content.encode()).decode().strip()


class Change(msgspec.Struct, frozen=True):
    """One path of a new tree: mode and object, or no object to remove the path."""

    path: str
    mode: str
    sha: str | None


def write_tree(repository: Path, index: Path, base: str | None, changes: Iterable[Change]) -> str:
    """A tree made from `base` (None: nothing) with changes laid over it; `index` is a file name free to use."""
    extra = {"GIT_INDEX_FILE": str(index)}
    try:
        run(repository, ["read-tree", base] if base else ["read-tree", "--empty"], extra=extra)
        for change in changes:
            _stage(repository, change, extra)
        return run(repository, ["write-tree"], extra=extra).decode().strip()
    finally:
        index.unlink(missing_ok=True)


def _stage(repository: Path, change: Change, extra: dict[str, str]) -> None:
    if change.sha is None or change.mode == "040000":
        below = run(repository, ["ls-files", "-z", "--", change.path], extra=extra).split(b"\x00")[:-1]
        gone = b"".join(b"0 " + b"0" * 40 + b"\t" + path + b"\x00" for path in below)
        run(repository, ["update-index", "-z", "--index-info"], gone, extra)
    if change.sha is None:
        return
    if change.mode == "040000":
        record = _below(repository, change.sha, change.path)
    else:
        record = f"{change.mode} {change.sha}\t{change.path}".encode() + b"\x00"
    # A new blob replaces a folder of its name, and a new folder a blob: --replace, as GitHub does.
    run(repository, ["update-index", "--replace", "-z", "--index-info"], record, extra)


def _below(repository: Path, tree: str, prefix: str) -> bytes:
    """Every file of a tree as index records under a folder."""
    found = run(repository, ["ls-tree", "-r", "-z", tree]).split(b"\x00")[:-1]
    parts = (line.partition(b"\t") for line in found)
    return b"".join(meta + b"\t" + prefix.encode() + b"/" + path + b"\x00" for meta, _, path in parts)

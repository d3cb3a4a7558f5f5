"""Git through its own command line: the one place that starts it. What its answers mean is decided elsewhere."""

import base64
import os
import re
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from merganser.errors import ConfigError, DataError, ForgeError

if TYPE_CHECKING:
    from merganser.inputs import Entry

# `git merge-tree --write-tree`, by which a merge is judged without a checkout, came with it.
OLDEST = (2, 38)
_SHA = re.compile(r"[0-9a-f]{40}")
_VERSION = re.compile(rb"git version ([0-9]+)\.([0-9]+)")
# How git says that a remote, or the way to it, failed: not what it thinks of the question.
_UNREACHED = re.compile(
    "from promisor remote|returned error: 5[0-9][0-9]|Empty reply from server|invalid server response|RPC failed"
    "|[Cc]onnection (reset|refused|timed out)|Could ?n[o']t (resolve|connect)|Failed to connect|unexpected disconnect"
    "|hung up unexpectedly"
)
_BASIC = re.compile("Authorization: Basic ([A-Za-z0-9+/]+=*)")
PAUSES = (1.0, 3.0)


class GitError(DataError):
    """Git refused; `status` is its exit code, `stderr` its own words."""

    def __init__(self, message: str, hint: str = "", status: int = 1, stderr: str = "") -> None:
        super().__init__(message, hint)
        self.status = status
        self.stderr = stderr


class RemoteError(ForgeError):
    """A remote, also that of a clone without file contents, gave nothing usable: what was asked for isn't known."""


def run(args: Sequence[str], cwd: Path, *, stdin: bytes | None = None, env: Mapping[str, str] | None = None) -> bytes:
    """Standard output of `git ARGS` in `cwd`; `GitError` with git's last words where it fails.

    What failed at the remote is tried again before it's a `RemoteError`.
    """
    for pause in PAUSES:
        try:
            return _run(args, cwd, stdin, env)
        except RemoteError:
            time.sleep(pause)
    return _run(args, cwd, stdin, env)


def _run(args: Sequence[str], cwd: Path, stdin: bytes | None, env: Mapping[str, str] | None) -> bytes:
    with _started(args, cwd, env) as git:
        out, err = git.communicate(stdin or b"")
    if git.returncode:
        raise _failure(args[0], cwd, git.returncode, _without_credentials(err or out, env or {}))
    return out


def lines(args: Sequence[str], cwd: Path, *, env: Mapping[str, str] | None = None) -> Iterator[bytes]:
    """The lines of `git ARGS` in `cwd`, with their ends, each as soon as git has written it. `GitError` at the end.

    Git has begun when this returns, and goes on while the caller works.
    """
    return _lines(_started(args, cwd, env), args[0], cwd, env or {})


def _lines(git: "subprocess.Popen[bytes]", command: str, cwd: Path, env: Mapping[str, str]) -> Iterator[bytes]:
    assert git.stdin is not None
    assert git.stdout is not None
    assert git.stderr is not None
    said: list[bytes] = []
    with git:
        git.stdin.close()
        # Read beside the answer: a pipe that nobody empties would stop git.
        listener = threading.Thread(target=lambda error: said.append(error.read()), args=(git.stderr,), daemon=True)
        listener.start()
        yield from git.stdout
        listener.join()
    if git.returncode:
        raise _failure(command, cwd, git.returncode, _without_credentials(said[0], env))


def _started(args: Sequence[str], cwd: Path, env: Mapping[str, str] | None) -> "subprocess.Popen[bytes]":
    pipe = subprocess.PIPE
    environment = {**os.environ, "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C", **(env or {})}
    try:
        return subprocess.Popen(["git", *args], cwd=cwd, stdin=pipe, stdout=pipe, stderr=pipe, env=environment)
    except FileNotFoundError as missing:
        raise DataError(f"git or the folder {cwd} is missing", "Install git, and check the folder's name.") from missing


def _failure(command: str, cwd: Path, status: int, words: bytes) -> GitError | RemoteError:
    said = words.decode(errors="replace").strip()
    last = said.splitlines()[-1] if said else f"exit code {status}"
    if _UNREACHED.search(said):
        cause = next(line for line in said.splitlines() if _UNREACHED.search(line))
        return RemoteError(f"git {command} failed: {cause[:500]}", "Check the network, and run the command again.")
    hint = "Run it in a clone of the model repo." if "not a git repository" in said else ""
    return GitError(f"git {command} in {cwd} failed: {last}", hint, status=status, stderr=said)


def _without_credentials(words: bytes, env: Mapping[str, str]) -> bytes:
    """What git says, without what it was given to identify itself by: git repeats whatever a remote answers."""
    for value in env.values():
        if found := _BASIC.fullmatch(value):
            for secret in filter(None, (found[1].encode(), base64.b64decode(found[1]).rpartition(b":")[2])):
                words = words.replace(secret, b"...")
    return words


def require(oldest: tuple[int, int] = OLDEST) -> None:
    """`ConfigError` where this machine's git is older than `oldest` (major, minor)."""
    said = run(["version"], Path())
    version = _VERSION.match(said)
    if version is None or (int(version[1]), int(version[2])) < oldest:
        found = f"{int(version[1])}.{int(version[2])}" if version else ascii(said[:80].decode(errors="replace"))
        raise ConfigError(
            f"git {oldest[0]}.{oldest[1]} or newer is needed, this is {found}",
            "Install a newer git, and put it first on the PATH.",
        )


def is_sha(value: str) -> bool:
    """Whether `value` is a full SHA-1, the only form in which commits and trees are handed to git."""
    return _SHA.fullmatch(value) is not None


class LineCommit(msgspec.Struct, frozen=True, kw_only=True):
    """A commit of a first-parent line: its tree, and what else it merged."""

    sha: str
    tree: str
    merged: tuple[str, ...]


class Repository(msgspec.Struct, frozen=True):
    """A clone, bare or not; `env` carries what its remote needs (credentials), never in an argument."""

    path: Path
    env: dict[str, str] = {}

    def run(self, *args: str, stdin: bytes | None = None) -> bytes:
        return run(args, self.path, stdin=stdin, env=self.env)

    def lines(self, *args: str) -> Iterator[bytes]:
        """See `lines`."""
        return lines(args, self.path, env=self.env)

    def text(self, *args: str) -> str:
        return self.run(*args).decode(errors="replace").strip()

    def resolve(self, ref: str) -> str | None:
        """The commit that a ref or revision names, or None."""
        try:
            return self.text("rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}") or None
        except GitError:
            return None

    def tree_of(self, commit: str) -> str:
        """The tree of a commit (a tree's own id stays itself)."""
        return self.text("rev-parse", "--verify", "--end-of-options", f"{commit}^{{tree}}")

    def has_remote(self, name: str = "origin") -> bool:
        """Whether there is a remote of that name."""
        return name in self.text("remote").split()

    def is_shallow(self) -> bool:
        """Whether history is cut off. Git is asked only where its folder isn't simply `.git`: a process costs time."""
        if (self.path / ".git").is_dir() and "GIT_DIR" not in os.environ:
            return (self.path / ".git" / "shallow").exists()
        return self.text("rev-parse", "--is-shallow-repository") == "true"

    def entries(self, tree: str, *below: str) -> tuple["Entry", ...]:
        """Every file of a commit or tree (below the given folders only, if any), in git's order."""
        from merganser.inputs import Entry

        out = self.run("ls-tree", "-r", "-z", "--full-tree", tree, "--", *below)
        found = []
        for line in out.decode(errors="surrogateescape").split("\0")[:-1]:
            meta, path = line.split("\t", 1)
            mode, kind, oid = meta.split()
            found.append(Entry(mode=mode, type=kind, oid=oid, path=path))
        return tuple(found)

    def blobs(self, oids: Sequence[str]) -> list[bytes]:
        """The bytes of several blobs by one process, in the order asked."""
        out = self.run("cat-file", "--batch", stdin="".join(f"{oid}\n" for oid in oids).encode())
        found, at = [], 0
        for oid in oids:
            end = out.index(b"\n", at)
            header = out[at:end].split()
            if len(header) != 3:
                raise DataError(f"git has no object {oid} in {self.path}", "Fetch the commit that holds it.")
            at = end + 1 + int(header[2]) + 1
            found.append(out[end + 1 : at - 1])
        return found

    def file(self, tree: str, path: str) -> bytes | None:
        """The bytes of one regular file of a commit or tree, or None where there is none."""
        for entry in self.entries(tree, path):
            if entry.path == path and entry.type == "blob" and entry.mode != "120000":
                return self.blobs([entry.oid])[0]
        return None

    def add_worktree(self, folder: Path, commit: str) -> "Repository":
        """A checkout of `commit` in the new `folder`, which no hook of the clone sees."""
        self.run("-c", f"core.hooksPath={os.devnull}", "worktree", "add", "--quiet", "--detach", str(folder), commit)
        return Repository(folder, self.env)

    def remove_worktree(self, folder: Path) -> None:
        """Takes such a checkout away, whatever lies in it."""
        self.run("worktree", "remove", "--force", "--force", str(folder))

    def merge_tree(self, base: str, head: str) -> str | None:
        """The tree that merging `head` into `base` gives, or None on a conflict."""
        try:
            return self.text("merge-tree", "--write-tree", base, head).splitlines()[0]
        except GitError as refused:
            if refused.status == 1:
                return None
            raise

    def merge_base(self, one: str, other: str) -> str:
        """Where two commits' histories meet; "" where they never do."""
        try:
            return self.text("merge-base", one, other)
        except GitError as refused:
            if refused.status == 1:
                return ""
            raise

    def is_ancestor(self, old: str, new: str) -> bool:
        """Whether `old` is `new` or comes before it; an empty `old` comes before everything."""
        return not old or self.merge_base(old, new) == old

    def reaches(self, oid: str, *commits: str) -> bool:
        """Whether a checkout of these commits, or of any before them, has the object; no content is fetched for it."""
        listed = self.run("rev-list", "--objects", "--missing=print", *commits)
        return any(line.lstrip(b"?").startswith(oid.encode()) for line in listed.splitlines())

    def first_parents(self, commit: str, limit: int) -> list[str]:
        """`commit` and its first-parent ancestors, newest first, at most `limit`."""
        return self.text("rev-list", "--first-parent", f"--max-count={limit}", commit).split()

    def line(self, commit: str, limit: int, without: str = "") -> list[LineCommit]:
        """The commits of `first_parents`, but those that `without` holds as well."""
        end = [f"^{without}"] if without else []
        options = ("--first-parent", f"--max-count={limit}", "--format=%H %T %P", "--no-show-signature")
        found = (line.split() for line in self.text("log", *options, commit, *end, "--").splitlines())
        return [LineCommit(sha=one[0], tree=one[1], merged=tuple(one[3:])) for one in found]

    def built_on(self, commit: str, line: str, limit: int) -> str:
        """The nearest first-parent ancestor of `commit`, not itself, on the first-parent line that ends in `line`.

        "" where the `limit` newest of both have none in common. A commit of the line builds on the one before it.
        """
        known = set(self.first_parents(line, limit + 1))
        return next((one for one in self.first_parents(commit, limit + 1)[1:] if one in known), "")

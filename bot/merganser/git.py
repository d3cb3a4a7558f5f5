"""Git through its own command line: the one place that starts it. Decisions about what git says are made elsewhere."""

import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from merganser.errors import DataError

_SHA = re.compile(r"[0-9a-f]{40}")


class GitError(DataError):
    """Git refused; `status` is its exit code, `stderr` its own words."""

    def __init__(self, message: str, hint: str = "", status: int = 1, stderr: str = "") -> None:
        super().__init__(message, hint)
        self.status = status
        self.stderr = stderr


def run(args: Sequence[str], cwd: Path, *, stdin: bytes | None = None, env: Mapping[str, str] | None = None) -> bytes:
    """Standard output of `git ARGS` in `cwd`; `GitError` with git's last words where it fails."""
    merged = {**os.environ, "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C", **(env or {})}
    try:
        done = subprocess.run(
            ["git", *args], cwd=cwd, input=stdin, stdin=None if stdin is not None else subprocess.DEVNULL,
            env=merged, capture_output=True, check=False,
        )  # fmt: skip
    except FileNotFoundError as missing:
        raise DataError(f"git or the folder {cwd} is missing", "Install git, and check the folder's name.") from missing
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip()
        raise GitError(f"git {args[0]} in {cwd} failed: {said.splitlines()[-1] if said else done.returncode}",
                       status=done.returncode, stderr=said)  # fmt: skip
    return done.stdout


def text(args: Sequence[str], cwd: Path) -> str:
    """Standard output of `git ARGS` as stripped text."""
    return run(args, cwd).decode(errors="replace").strip()


def is_sha(value: str) -> bool:
    """Whether `value` is a full SHA-1: what git is given where a commit or tree is meant."""
    return _SHA.fullmatch(value) is not None

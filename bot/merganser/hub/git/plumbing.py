"""Running git, isolated from the machine's and the user's configuration."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path


class GitFailure(Exception):
    """Git ended with a code other than zero."""

    def __init__(self, arguments: Sequence[str], code: int, complaint: str) -> None:
        super().__init__(f"git {' '.join(arguments)} ended with {code}: {complaint.strip()}")
        self.code = code
        self.complaint = complaint


def environment() -> dict[str, str]:
    """What every git process of the hub sees: no one's configuration, no prompt, no translated messages."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        # A copied directory may belong to another account, as in a container.
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "safe.directory",
        "GIT_CONFIG_VALUE_0": "*",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_LITERAL_PATHSPECS": "1",
        "LC_ALL": "C.UTF-8",
    }


def attempt(
    repository: Path, arguments: Sequence[str], content: bytes = b"", extra: Mapping[str, str] | None = None
) -> tuple[int, bytes, str]:
    """Run git in a bare repository; exit code, output, complaint."""
    done = subprocess.run(
        ["git", f"--git-dir={repository}", *arguments],
        input=content,
        capture_output=True,
        env=environment() | dict(extra or {}),
        check=False,
    )
    return done.returncode, done.stdout, done.stderr.decode("utf-8", "replace")


def run(
    repository: Path, arguments: Sequence[str], content: bytes = b"", extra: Mapping[str, str] | None = None
) -> bytes:
    """Run git in a bare repository and answer with its output; GitFailure if it fails."""
    code, output, complaint = attempt(repository, arguments, content, extra)
    if code != 0:
        raise GitFailure(arguments, code, complaint)
    return output


def line(repository: Path, arguments: Sequence[str], content: bytes = b"") -> str:
    """Git's output as one stripped line."""
    return run(repository, arguments, content).decode("utf-8", "replace").strip()


# Runs for each ref of a push (name, old, new). The server has read the push's commands and gives lines of a ref and a
# reason: why it is refused, and why it would be if it were rewound, which only git can tell once the commits are here.
_UPDATE_HOOK = """#!/bin/sh
refuse() {
  printf 'error: GH006: Protected branch update failed for %s.\\n\\n- %s\\n' "$1" "$2" >&2
  exit 1
}
while read -r ref reason; do
  if [ "$ref" = "$1" ]; then refuse "$1" "$reason"; fi
done <<END
$HUB_REFUSED
END
while read -r ref reason; do
  if [ "$ref" = "$1" ] && ! git merge-base --is-ancestor "$2" "$3"; then refuse "$1" "$reason"; fi
done <<END
$HUB_REFUSED_REWINDS
END
"""


# Partial clones and the fetch of any object are served, pull requests' refs are hidden from pushes.
_CONFIG = """[core]
\trepositoryformatversion = 0
\tfilemode = true
\tbare = true
\tlogAllRefUpdates = false
[http]
\treceivepack = true
[uploadpack]
\tallowFilter = true
\tallowAnySHA1InWant = true
[receive]
\thideRefs = refs/pull
[gc]
\tauto = 0
"""


def create(repository: Path, default_branch: str) -> None:
    """Make an empty bare repository with the hub's settings and hook."""
    repository.mkdir(parents=True)
    run(repository, ["init", "--quiet", "--bare", f"--initial-branch={default_branch}", "--template="])
    (repository / "config").write_text(_CONFIG, encoding="utf-8")
    hook = repository / "hooks" / "update"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(_UPDATE_HOOK, encoding="utf-8")
    hook.chmod(0o755)

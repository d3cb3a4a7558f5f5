"""A clone whose tag and ledger say that a bundle was registered: what `register` leaves, without a forge."""

import json
import subprocess
from pathlib import Path
from typing import Any

import msgspec

from merganser.config import LEDGER_BRANCH
from merganser.documents import load_json
from merganser.evaluation.verdict import RunRef
from merganser.registry.ledger import Recorded, run_record
from merganser.run import Run


def git(folder: Path, *args: str, stdin: bytes = b"") -> str:
    command = ["git", "-c", "user.name=t", "-c", "user.email=t@example.org", *args]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, input=stdin).stdout.decode().strip()


def run_in(bundle: Path, **changes: Any) -> Run:
    """The run of a bundle, with changes."""
    return msgspec.structs.replace(load_json((bundle / "run.json").read_bytes(), "run.json", Run), **changes)


def register(folder: Path, run: Run, number: str = "v0.1.0", at: int = 1) -> str:
    """Records the run as merged on its commit, tags that, and returns the tag."""
    how = Recorded(time="2026-11-23T10:05:00Z", by="bot", event="push", merged=True, commit=run.commit)
    path, content = run_record(run, how, RunRef(id=at, attempt=1))
    blob = git(folder, "hash-object", "-w", "--stdin", stdin=content)
    tree = ""
    for name in reversed(path.split("/")):
        line = f"040000 tree {tree}\t{name}\n" if tree else f"100644 blob {blob}\t{name}\n"
        tree = git(folder, "mktree", stdin=line.encode())
    git(folder, "update-ref", f"refs/heads/{LEDGER_BRANCH}", git(folder, "commit-tree", tree, "-m", "ledger"))
    tag = f"{run.model}@{number}"
    message = f"Registering artifact {run.model} version {number}\n\nInputs-Digest: {run.inputs_digest}\n"
    git(folder, "tag", "--annotate", "--message", message, tag, run.commit)
    return tag


def below(folder: Path) -> dict[str, tuple[int, int, bytes]]:
    """Every file of a folder: mode, time of the last change, content."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path): (path.stat().st_mode, path.stat().st_mtime_ns, path.read_bytes()) for path in files}


def parsed(answer: str) -> dict[str, Any]:
    """JSON that a command answered."""
    found: dict[str, Any] = json.loads(answer)
    return found

"""A person's repository for `merganser try`, and what must not change in it."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from merganser.setup.suite import copy_templates
from tests.commands.stage import CONFIG, TRAIN, params


def git(folder: Path, *arguments: str) -> str:
    who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")
    return subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout


def repository(folder: Path, config: str = CONFIG) -> Path:
    """A repository that is set up, with one commit on main."""
    folder.mkdir(exist_ok=True)
    git(folder, "init", "-q", "-b", "main")
    for name, text in {"merganser.yaml": config, "train.py": TRAIN, "params.yaml": params(100, 100)}.items():
        (folder / name).write_text(text)
    copy_templates(folder)
    (folder / ".gitignore").write_text("secret.txt\n")
    git(folder, "add", "--all")
    git(folder, "commit", "-qm", "Begin")
    return folder


def fingerprint(folder: Path) -> Mapping[str, str]:
    """Every file below a folder, git's own too, by content and time; of git's objects only which there are.

    An object that is needed once more gets a new time from git, so that it isn't collected as garbage meanwhile.
    """
    return {str(file.relative_to(folder)): _said_of(file) for file in sorted(folder.rglob("*")) if file.is_file()}


def _said_of(file: Path) -> str:
    time = "" if "objects" in file.parts else str(file.stat().st_mtime_ns)
    return f"{hashlib.sha256(file.read_bytes()).hexdigest()} {time}"


def merganser(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A command as a person runs it whose environment is active."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return subprocess.run(
        [sys.executable, "-m", "merganser", *arguments],
        cwd=folder,
        env={**os.environ, "PATH": path, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def dvc(folder: Path, *arguments: str, **environment: str) -> None:
    program = str(Path(sys.executable).parent / "dvc")
    environ = {**os.environ, **environment}
    subprocess.run([program, *arguments], cwd=folder, env=environ, check=True, capture_output=True)

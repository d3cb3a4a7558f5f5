"""`make install` on machines that lack something: it says what, and leaves nothing half done."""

import os
import subprocess
import sys
from pathlib import Path

from tests.architecture.layers import REPO


def install(venv: Path, python: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHON": python}
    command = [str(REPO / "scripts" / "install.sh"), str(venv)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def fake_python(folder: Path, lines: str) -> str:
    program = folder / "python"
    program.write_text(f"#!/bin/sh\n{lines}\n")
    program.chmod(0o755)
    return str(program)


def test_an_old_python_is_refused_with_what_to_do(tmp_path: Path) -> None:
    done = install(tmp_path / "venv", fake_python(tmp_path, "exit 1"))
    assert done.returncode == 2
    assert "No Python 3.11 or newer was found" in done.stderr
    assert "PYTHON=" in done.stderr
    assert not (tmp_path / "venv").exists()


def test_a_python_without_venv_is_refused_with_what_to_do(tmp_path: Path) -> None:
    lines = f'case "$2" in *venv*) exit 1 ;; esac\nexec {sys.executable} "$@"'
    done = install(tmp_path / "venv", fake_python(tmp_path, lines))
    assert done.returncode == 2
    assert "python3-venv" in done.stderr
    assert not (tmp_path / "venv").exists()


def test_make_alone_lists_the_commands() -> None:
    done = subprocess.run(["make", "--no-print-directory", "-s"], cwd=REPO, capture_output=True, text=True, check=True)
    listed = [line.split()[1] for line in done.stdout.splitlines()]
    assert listed == [
        "help",
        "install",
        "demo",
        "test",
        "lint",
        "integration",
        "benchmark",
        "screenshot",
        "lock",
        "clean",
    ]

"""`make install` on machines that lack something, after a death, and in copied clones: it says what, and mends itself.

A clone here is the script with the files it reads, and its Python one that writes down what it is asked for.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from tests.architecture.layers import REPO

READ = ("scripts/install.sh", "requirements.txt", "pyproject.toml")
PYTHON = """\
#!/bin/sh
case "$*" in
  "-m venv --clear "*)
    echo "$0 venv" >>"{log}"
    rm -rf "$4" && mkdir -p "$4/bin" && cp "$0" "$4/bin/python" && cp "$0" "$4/bin/python3" && touch "$4/pyvenv.cfg" ;;
  "-m uv "*|"-m pip "*)
    echo "$0 $*" >>"{log}"
    for last; do :; done
    test "$2 $last" != "pip ." && grep -o '^[a-z0-9-]*==' "$last" | sort >"{log}.$2"
    test ! -e "{log}.no-$2" ;;
  *) exec "{python}" "$@" ;;
esac
"""


class Clone(msgspec.Struct, frozen=True):
    """A clone to install in, and where its Pythons write down what they are asked for."""

    folder: Path
    log: Path

    def install(self, venv: str = ".venv", python: str = "") -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "PYTHON": python or str(self.log.parent / "python")}
        command = [str(self.folder / "scripts" / "install.sh"), venv]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    def asked(self) -> list[str]:
        """What any of them was asked for since the last time, in a few words."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        self.log.unlink(missing_ok=True)
        return [" ".join(line.split()[1:4]) for line in lines]


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    made = Clone(tmp_path / "a clone", tmp_path / "log")
    for name in READ:
        (made.folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(REPO / name, made.folder / name)
    fake_python(tmp_path, PYTHON.format(log=made.log, python=sys.executable))
    return made


def install(venv: Path, python: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHON": python}
    command = [str(REPO / "scripts" / "install.sh"), str(venv)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def fake_python(folder: Path, lines: str) -> str:
    program = folder / "python"
    program.write_text(lines if lines.startswith("#!") else f"#!/bin/sh\n{lines}\n")
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


def test_it_installs_once(clone: Clone) -> None:
    done = clone.install()
    assert done.returncode == 0, done.stderr
    assert clone.asked() == ["venv", "-m pip install", "-m uv pip", "-m pip install"]
    assert clone.install().returncode == 0
    assert clone.asked() == []


def test_what_builds_from_source_is_built_by_the_lock(clone: Clone) -> None:
    """pip brings the locked uv and setuptools first; without isolation nothing newer is fetched for a build."""
    assert clone.install().returncode == 0
    uv = next(line for line in clone.log.read_text().splitlines() if " -m uv " in line)
    assert "--no-build-isolation-package antlr4-python3-runtime" in uv
    assert "--require-hashes" in uv
    assert "setuptools==" in Path(f"{clone.log}.uv").read_text().splitlines()
    assert Path(f"{clone.log}.pip").read_text().splitlines() == ["setuptools==", "uv=="]


def test_where_uv_can_not_pip_does_it(clone: Clone) -> None:
    Path(f"{clone.log}.no-uv").touch()
    done = clone.install()
    assert done.returncode == 0, done.stderr
    lines = [line.partition(" ")[2] for line in clone.log.read_text().splitlines() if " -m pip " in line]
    assert re.search(r"--require-hashes --no-build-isolation -r requirements\.txt$", lines[1])
    assert clone.install().returncode == 0


def test_after_a_death_it_begins_anew(clone: Clone) -> None:
    Path(f"{clone.log}.no-pip").touch()
    assert clone.install().returncode != 0
    (clone.folder / ".venv" / "left").touch()
    clone.asked()
    Path(f"{clone.log}.no-pip").unlink()
    assert clone.install().returncode == 0
    assert clone.asked()[0] == "venv"
    assert not (clone.folder / ".venv" / "left").exists()


def test_another_lock_is_installed_over_it_and_a_death_then_is_noticed(clone: Clone) -> None:
    assert clone.install().returncode == 0
    clone.asked()
    with (clone.folder / "pyproject.toml").open("a") as file:
        file.write("# changed\n")
    Path(f"{clone.log}.no-pip").touch()
    assert clone.install().returncode != 0
    assert clone.asked() == ["-m pip install"]
    Path(f"{clone.log}.no-pip").unlink()
    assert clone.install().returncode == 0
    assert clone.asked()[0] == "venv"


@pytest.mark.parametrize("way", ["copied", "moved"])
def test_a_copied_or_moved_clone_makes_its_own(clone: Clone, way: str) -> None:
    assert clone.install().returncode == 0
    clone.asked()
    other = Clone(clone.folder.with_name("other"), clone.log)
    (shutil.copytree if way == "copied" else shutil.move)(clone.folder, other.folder)
    assert other.install().returncode == 0
    assert other.asked()[0] == "venv"
    assert other.install().returncode == 0
    assert other.asked() == []
    if way == "copied":
        assert clone.install().returncode == 0
        assert clone.asked() == []


def test_a_moved_environment_is_made_anew(clone: Clone) -> None:
    assert clone.install("one").returncode == 0
    shutil.move(clone.folder / "one", clone.folder / "two")
    clone.asked()
    assert clone.install("two").returncode == 0
    assert clone.asked()[0] == "venv"


def test_it_is_never_made_from_itself(clone: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
    """`make` puts the environment's own programs first on the PATH."""
    assert clone.install().returncode == 0
    (clone.folder / ".venv" / ".installed").unlink()
    clone.asked()
    outside = clone.log.parent / "bin" / "python3"
    outside.parent.mkdir()
    shutil.copy(clone.log.parent / "python", outside)
    folders = (str(clone.folder / ".venv" / "bin"), str(outside.parent), os.environ["PATH"])
    monkeypatch.setenv("PATH", os.pathsep.join(folders))
    done = clone.install(python="python3")
    assert done.returncode == 0, done.stderr
    assert clone.log.read_text().splitlines()[0] == f"{outside} venv"


def test_a_folder_that_is_something_else_stays(clone: Clone) -> None:
    precious = clone.folder / "notes" / "precious.txt"
    precious.parent.mkdir()
    precious.write_text("mine")
    done = clone.install("notes")
    assert done.returncode == 2
    assert "is no virtual environment" in done.stderr
    assert precious.read_text() == "mine"
    assert clone.asked() == []


def test_make_alone_lists_the_commands() -> None:
    done = subprocess.run(["make", "--no-print-directory", "-s"], cwd=REPO, capture_output=True, text=True, check=True)
    listed = [line.split()[1] for line in done.stdout.splitlines()]
    assert listed == [
        "help",
        "install",
        "demo",
        "test",
        "lint",
        "coverage",
        "integration",
        "benchmark",
        "screenshot",
        "lock",
        "clean",
    ]

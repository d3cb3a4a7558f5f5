"""The wheel carries all that the package needs beside its modules: templates, schemas, the examples of the demo."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

from tests.architecture.layers import REPO
from tests.architecture.test_house_rules import tracked

# What a workflow's runner gets of the repository.
SUITE = ("action.yml", "actions/", "workflows/", ".github/workflows/merganser-")


def test_the_wheel_is_whole(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path)]
    subprocess.run(build, cwd=REPO, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    packed = set(zipfile.ZipFile(wheel).namelist())
    names = [name for name in tracked() if (REPO / name).is_file()]
    package = {name.removeprefix("bot/") for name in names if name.startswith("bot/merganser/")}
    examples = {f"merganser/{name}" for name in names if name.startswith("examples/")}
    suite = {f"merganser/suite/{name}" for name in names if name.startswith(SUITE)}
    assert len(package) > 50
    assert len(suite) > 10
    assert (package | examples | suite) - packed == set()
    assert [name for name in packed if name.startswith(("tests/", "bot/"))] == []


def test_an_installed_wheel_ships_what_a_runner_needs(tmp_path: Path) -> None:
    """As the source tree does, its script still to be run."""
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path)]
    subprocess.run(build, cwd=REPO, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target"]
    subprocess.run([*install, str(tmp_path / "installed"), str(wheel)], check=True, capture_output=True)
    code = "import pathlib; from merganser.setup import suite; suite.ship(pathlib.Path('shipped')); print(suite.root())"
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "installed")}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == str(tmp_path / "installed" / "merganser" / "suite")
    shipped = {str(file.relative_to(tmp_path / "shipped")) for file in (tmp_path / "shipped").rglob("*")}
    assert {name for name in tracked() if name.startswith(SUITE)} - shipped == set()
    assert (tmp_path / "shipped" / "actions" / "merganser.sh").stat().st_mode & 0o111
    assert (tmp_path / "shipped" / "bot" / "merganser" / "cli.py").is_file()

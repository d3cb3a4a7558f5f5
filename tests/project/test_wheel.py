"""The wheel carries all that the package needs beside its modules: templates, schemas, the examples of the demo."""

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

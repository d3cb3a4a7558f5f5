"""The Actions suite as it ships: found in a checkout or in an installed wheel, laid out as the repository is."""

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from itertools import permutations
from pathlib import Path

import msgspec

from merganser.errors import DataError
from merganser.extras import EXTRA_OF

STAND_INS = Path(__file__).parent / "stand_ins"
_PACKAGE = Path(__file__).resolve().parents[1]
# What actions install besides the core: for what the command reads, and by the input `extras`, in any order.
_NEEDED, _EXTRAS = ("core", "evaluate"), ("dvc", "metrics", "sign")
_FOLDERS = ("actions", ".github/workflows", "workflows")
_KEY = "import sys; sys.stdout.write(sys.version + chr(0) + sys.base_prefix)"


def root() -> Path:
    """The folder that holds action.yml, actions, workflows: beside the package's modules, or the source tree."""
    for folder in (_PACKAGE / "suite", _PACKAGE.parents[1]):
        if (folder / "action.yml").is_file():
            return folder
    raise DataError("the actions are missing from this installation", "Install Merganser again.")


def templates() -> dict[str, str]:
    """The workflows to copy into a model repo, by the path that they get there."""
    files = sorted((root() / "workflows" / "github").glob("*.yml"))
    return {f".github/workflows/{file.name}": file.read_text() for file in files}


def copy_templates(into: Path) -> None:
    """Put them where a model repo has them."""
    for name, text in templates().items():
        (into / name).parent.mkdir(parents=True, exist_ok=True)
        (into / name).write_text(text)


def ship(into: Path) -> None:
    """What an action brings with it when a runner fetches it: this installation's own files.

    The package is linked, not copied: what Python has compiled of it then holds for each job.
    """
    source = root()
    into.mkdir(parents=True)
    shutil.copy2(source / "action.yml", into / "action.yml")
    for name in _FOLDERS:
        shutil.copytree(source / name, into / name)
    (into / "bot").mkdir()
    (into / "bot" / "merganser").symlink_to(_PACKAGE, target_is_directory=True)


def keep_packages(tools: Path, path: str) -> bool:
    """A tool cache that has the locks' packages already, as after an earlier job: those of this very environment.

    False where the `python3` of `path` is of another version, whose packages are others: a job then installs its own.
    """
    python = shutil.which("python3", path=path)
    if python is None:
        return False
    done = subprocess.run([python, "-I", "-c", _KEY], capture_output=True, check=False)
    version, _, prefix = done.stdout.partition(b"\0")
    if version != sys.version.encode():
        return False
    kept = tools / "merganser"
    kept.mkdir(parents=True, exist_ok=True)
    for locks in _installable():
        said = [*((root() / "actions" / "locks" / f"{lock}.txt").read_bytes() for lock in locks), version, prefix]
        (kept / hashlib.sha256(b"\0".join(said)).hexdigest()[:32]).symlink_to(Path(msgspec.__file__).parents[1])
    return True


def _installable() -> Iterator[tuple[str, ...]]:
    """The locks that some action may install together, of what is installed here."""
    lacks = {extra for package, extra in EXTRA_OF.items() if find_spec(package) is None}
    here = [extra for extra in _EXTRAS if extra not in lacks]
    for needed in _NEEDED:
        for number in range(len(here) + 1):
            yield from ((needed, *chosen) for chosen in permutations(here, number))

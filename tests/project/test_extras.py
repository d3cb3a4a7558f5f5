"""A package that isn't installed, because its extra isn't: no bug, but a word on what to install."""

import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from merganser.extras import EXTRA_OF, IN_ACTIONS, lacking
from tests.architecture.layers import REPO
from tests.project.test_lock import CORE, EXTRAS


def names(requirements: list[str]) -> set[str]:
    return {canonicalize_name(Requirement(one).name) for one in requirements}


def test_the_extras_are_those_of_pyproject() -> None:
    owners = packages_distributions()
    brought: dict[str, set[str]] = {extra: set() for extra in EXTRAS}
    for package, extra in EXTRA_OF.items():
        owned = {canonicalize_name(one) for one in owners[package]} & names(EXTRAS[extra])
        assert len(owned) == 1, package
        brought[extra] |= owned
    assert set().union(*brought.values()) == names([one for each in EXTRAS.values() for one in each]) - names(CORE)


def test_a_package_of_several_extras_is_of_the_smallest() -> None:
    owners = packages_distributions()
    for package, extra in EXTRA_OF.items():
        own = {canonicalize_name(one) for one in owners[package]}
        bringing = [name for name in EXTRAS if own & names(EXTRAS[name])]
        assert extra == min(bringing, key=lambda name: len(EXTRAS[name])), package


@pytest.mark.parametrize("module", [None, "", "click", "nothing.like.it"])
def test_what_no_extra_brings_is_left_alone(module: str | None) -> None:
    assert lacking(module) is None


def without(package: str, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A command on an installation without one package."""
    code = f"import sys; sys.modules[{package!r}] = None; from merganser.cli import main; main()"
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("package", "extra", "arguments"),
    [
        ("polars", "evaluate", ("gate", "new.csv", "--baseline", "old.csv")),
        ("nh3", "hub", ("demo",)),
        ("sklearn", "metrics", ("demo",)),
    ],
)
def test_a_missing_extra_is_said(package: str, extra: str, arguments: tuple[str, ...], tmp_path: Path) -> None:
    for name in ("new.csv", "old.csv"):
        (tmp_path / name).write_text("row_id,label,prediction\n1,1,1\n")
    done = without(package, tmp_path, *arguments)
    assert done.returncode == 2, done.stderr
    first, cure = done.stderr.splitlines()
    assert first == f"merganser: this needs the extra `{extra}` ({package})"
    in_actions = f", or where an action runs this give it `extras: {extra}`" if extra in IN_ACTIONS else ""
    assert cure == f"  → Install it: pip install 'merganser[{extra}]'{in_actions}"


def test_the_actions_install_those_extras_that_the_hint_says() -> None:
    script = (REPO / "actions" / "merganser.sh").read_text()
    assert f"^({'|'.join(IN_ACTIONS)})$" in script


def test_a_missing_part_of_the_core_is_a_bug(tmp_path: Path) -> None:
    done = without("merganser.commands", tmp_path, "models")
    assert done.returncode == 70
    assert "This is a bug of Merganser" in done.stderr

"""The locked requirements: complete, hashed, free of addresses, and in step with pyproject.toml."""

import re
import tomllib
from importlib.metadata import version as installed_version

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from merganser.extras import IN_ACTIONS
from tests.architecture.layers import REPO

PROJECT = tomllib.loads((REPO / "pyproject.toml").read_text())
CORE: list[str] = PROJECT["project"]["dependencies"]
EXTRAS: dict[str, list[str]] = PROJECT["project"]["optional-dependencies"]
GROUPS: dict[str, list[str]] = PROJECT["dependency-groups"]
ACTIONS = {f"actions/locks/{extra}.txt": [*CORE, *EXTRAS[extra]] for extra in ("evaluate", *IN_ACTIONS)}
LOCKS = {
    "requirements.txt": [*CORE, *(one for names in (EXTRAS, GROUPS) for many in names.values() for one in many)],
    "actions/locks/core.txt": CORE,
    **ACTIONS,
}


def entries(lock: str) -> list[str]:
    """The requirements of a lock file, each with its hashes."""
    text = re.sub(r"^#.*\n", "", (REPO / lock).read_text(), flags=re.MULTILINE)
    return text.replace("\\\n", " ").splitlines()


def pins(lock: str) -> dict[str, list[Version]]:
    found: dict[str, list[Version]] = {}
    for entry in entries(lock):
        match = re.match(r"(\S+)==(\S+)", entry)
        assert match, entry
        found.setdefault(canonicalize_name(match.group(1)), []).append(Version(match.group(2)))
    return found


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_is_pinned_and_hashed(lock: str) -> None:
    assert [entry for entry in entries(lock) if not re.search(r"==\S+ .*--hash=sha256:[0-9a-f]{64}", entry)] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_no_address_stands_in_a_lock(lock: str) -> None:
    assert re.findall(r"https?:|--index|--find-links|--extra|\S+@\S+", (REPO / lock).read_text()) == []


@pytest.mark.parametrize(("lock", "wanted"), LOCKS.items(), ids=list(LOCKS))
def test_what_pyproject_names_is_locked_within_its_bounds(lock: str, wanted: list[str]) -> None:
    """`make lock` brings it in step."""
    locked, missing = pins(lock), []
    for requirement in map(Requirement, wanted):
        versions = locked.get(canonicalize_name(requirement.name), [])
        if not versions or not all(requirement.specifier.contains(one) for one in versions):
            missing.append(str(requirement))
    assert missing == []


@pytest.mark.parametrize("lock", [lock for lock in LOCKS if lock.startswith("actions/")])
def test_the_actions_get_the_versions_that_the_tests_ran_with(lock: str) -> None:
    """So several locks can be installed together: none says of a package what another doesn't."""
    everything, action = pins("requirements.txt"), pins(lock)
    assert {name: found for name, found in action.items() if everything.get(name) != found} == {}


def test_there_is_a_lock_for_what_the_actions_install_and_no_other() -> None:
    found = {path.relative_to(REPO).as_posix() for path in (REPO / "actions" / "locks").iterdir()}
    assert found == {lock for lock in LOCKS if lock.startswith("actions/")}


def test_the_train_extra_is_what_the_example_needs() -> None:
    assert sorted(EXTRAS["train"]) == sorted((REPO / "examples" / "digits" / "requirements.txt").read_text().split())


def test_the_version_is_the_one_installed() -> None:
    from merganser import __version__

    assert installed_version("merganser") == __version__

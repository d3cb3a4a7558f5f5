"""What the package imports is what pyproject.toml asks for, neither less nor more."""

import sys
from importlib.metadata import packages_distributions

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.architecture.imports import imports
from tests.architecture.layers import modules, stage_of
from tests.project.test_lock import CORE, EXTRAS

OWNERS = packages_distributions()
# The stages that a trusted job runs live on the core and the extra `evaluate` alone.
WITH_EXTRAS = {
    "commands": {"sign"},
    "evaluation": {"cluster", "evaluate", "metrics"},
    "training": {"evaluate"},
    "report": {"plots"},
    "storage": {"dvc"},
    "hub": {"hub"},
    "setup": {"evaluate", "hub", "train"},
}


def names(requirements: list[str]) -> set[str]:
    return {canonicalize_name(Requirement(one).name) for one in requirements}


def imported() -> dict[str, set[str]]:
    """For each stage the distributions that it imports, the standard library aside."""
    found: dict[str, set[str]] = {}
    known = modules()
    for name, path in known.items():
        for one in imports(path, set(known)):
            root = one.module.split(".")[0]
            if root not in sys.stdlib_module_names and root != "merganser":
                found.setdefault(stage_of(name), set()).add(canonicalize_name(OWNERS[root][0]))
    return found


def test_every_import_is_declared_where_it_is_installed() -> None:
    undeclared = {}
    for stage, used in imported().items():
        allowed = names([*CORE, *(one for extra in WITH_EXTRAS.get(stage, ()) for one in EXTRAS[extra])])
        if used - allowed:
            undeclared[stage] = sorted(used - allowed)
    assert undeclared == {}


def test_the_core_asks_for_nothing_that_is_not_imported() -> None:
    assert names(CORE) - {name for used in imported().values() for name in used} == set()

"""Imports point from later stages of a model's life to earlier ones and to the ground, and never in a circle."""

from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from tests.architecture.imports import imports
from tests.architecture.layers import PACKAGE, STAGES, may_import, modules, stage_of

MODULES = modules()


def internal(package: Path) -> dict[str, dict[str, int]]:
    """For each module the modules of the package that it imports, with the line."""
    found = modules(package)
    return {
        name: {
            one.module.removeprefix("merganser.") if one.module != "merganser" else "__init__": one.line
            for one in imports(path, set(found))
            if one.module.split(".")[0] == "merganser"
        }
        for name, path in found.items()
    }


def wrong_ways(package: Path) -> list[str]:
    return [
        f"{name}, line {line}, imports {imported}"
        for name, uses in internal(package).items()
        for imported, line in uses.items()
        if not may_import(name, imported)
    ]


def circle(package: Path) -> list[str]:
    """The modules of one import circle, or nothing. A package that imports its own modules is no circle."""
    graph = {
        name: {used for used in uses if used != name and not name.startswith(used + ".")}
        for name, uses in internal(package).items()
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as wrong:
        return list(wrong.args[1])
    return []


def test_the_package_points_the_right_way() -> None:
    assert wrong_ways(PACKAGE) == []


def test_the_package_has_no_import_circle() -> None:
    assert circle(PACKAGE) == []


def test_every_folder_is_a_known_stage() -> None:
    assert {stage_of(name) for name in MODULES} <= {*STAGES, "ground"}


def test_no_folder_is_a_drawer_for_everything() -> None:
    drawers = {"utils", "util", "common", "helpers", "helper", "core", "manager", "misc"}
    assert [name for name in MODULES if drawers & set(name.split("."))] == []


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        ("config", "errors"),
        ("config.values", "yaml_text"),
        ("inputs", "config"),
        ("evaluation.policy", "config.dates"),
        ("git", "inputs"),
        ("evaluation.judge", "config"),
        ("evaluation.judge", "evaluation.readers"),
        ("registry.ledger", "evaluation.verdict"),
        ("report.comment", "registry.versions"),
        ("training.pipeline", "git"),
        ("forge.effects.apply", "report.comment"),
        ("forge.effects.apply", "forge.protocol"),
        ("forge.github.client", "forge.requests.transport"),
        ("commands.audit.command", "commands.which"),
        ("commands.gate", "commands.observing.sides"),
        ("commands.observing.evidence", "commands.carry_out"),
        ("hub.server", "git"),
        ("commands.report.command", "forge.effects.apply"),
        ("setup.demo", "commands.gate"),
        ("cli", "setup.demo"),
        ("__main__", "cli"),
        ("cli", "__init__"),
    ],
)
def test_allowed(importer: str, imported: str) -> None:
    assert may_import(importer, imported)


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        ("config", "registry.tags"),
        ("config.values", "registry.tags"),
        ("config.values", "git"),
        ("config", "git"),
        ("evaluation.judge", "registry.ledger"),
        ("registry.ledger", "report.comment"),
        ("registry.ledger", "git"),
        ("report.comment", "forge.ci.runtime"),
        ("report.comment", "evaluation.readers"),
        ("evaluation.rollup", "evaluation.readers"),
        ("training.pipeline", "evaluation.judge"),
        ("training.pipeline", "forge.ci.runtime"),
        ("hub.server", "forge.values"),
        ("forge.effects.apply", "hub.server"),
        ("forge.effects.apply", "commands.report.command"),
        ("forge.effects.apply", "forge.github"),
        ("forge.requests.transport", "forge.github.client"),
        ("forge.protocol", "forge.effects.outcome"),
        ("forge.ci.runtime", "forge.requests.tokens"),
        ("commands.observing.ledger", "commands.gate"),
        ("commands.observing.intake", "commands.report.change"),
        ("commands.carry_out", "commands.observing.checkout"),
        ("commands.gate", "setup.demo"),
        ("setup.demo", "cli"),
        ("git", "cli"),
    ],
)
def test_refused(importer: str, imported: str) -> None:
    assert not may_import(importer, imported)


def test_a_wrong_import_is_found_wherever_it_hides(tmp_path: Path) -> None:
    (tmp_path / "registry").mkdir()
    (tmp_path / "report").mkdir()
    (tmp_path / "report" / "comment.py").write_text("from merganser.registry import tags\n")
    (tmp_path / "registry" / "tags.py").write_text("def f():\n    from merganser.report import comment\n")
    assert wrong_ways(tmp_path) == ["registry.tags, line 2, imports report.comment"]
    assert set(circle(tmp_path)) == {"registry.tags", "report.comment"}

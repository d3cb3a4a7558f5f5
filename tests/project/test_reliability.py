"""The table of faults: complete, each with tests that there are, and the page shows it."""

import subprocess
import sys

from tests.architecture.layers import REPO
from tests.faults import ROWS, tables

PAGE = REPO / "docs" / "reliability.md"


def test_every_fault_stands_in_it_once() -> None:
    assert [row.number for row in ROWS] == list(range(1, 41))


def test_every_fault_has_a_test() -> None:
    assert [row.number for row in ROWS if not row.node_ids()] == []


def collected(files: set[str]) -> set[str]:
    """The tests that these files hold, whatever their marks and parameters."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-o", "addopts=--import-mode=importlib"]
    done = subprocess.run([*command, *sorted(files)], cwd=REPO, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    return {line.partition("[")[0] for line in done.stdout.splitlines() if "::" in line}


def absent(node_ids: list[str]) -> list[str]:
    there = collected({node_id.partition("::")[0] for node_id in node_ids})
    return [node_id for node_id in node_ids if node_id not in there]


def test_every_test_that_it_names_is_there() -> None:
    assert absent([node_id for row in ROWS for node_id in row.node_ids()]) == []


def test_a_test_that_is_not_there_is_found() -> None:
    here = "tests/project/test_reliability.py"
    wrong = [f"{here}::{name}" for name in ("test_every_fault_stands_in_it_onc", "absent")]
    assert absent([*wrong, f"{here}::test_every_fault_has_a_test"]) == wrong


def test_the_page_shows_it() -> None:
    """`python -m tests.faults` prints it."""
    assert tables() in PAGE.read_text()

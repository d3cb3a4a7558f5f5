"""docs/security.md names tests that there are, and every group of the malicious kit."""

import ast
import re

from tests.architecture.layers import REPO

PAGE = (REPO / "docs" / "security.md").read_text()
THREATS = [row for row in PAGE.partition("## Threats")[2].partition("\n## ")[0].splitlines() if row.startswith("| ")][
    1:
]
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
KIT = "tests/security/attacks.py"


def defined(file: str) -> set[str]:
    """The functions and values at the top of a file."""
    found: set[str] = set()
    for node in ast.parse((REPO / file).read_text()).body:
        if isinstance(node, ast.FunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.Assign):
            found |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return found


def test_every_test_that_is_named_is_there() -> None:
    named = NAMED.findall(PAGE)
    assert len(named) > 20
    assert [f"{file}::{name}" for file, name in named if name not in defined(file)] == []


def test_every_threat_has_a_test_or_says_whose_it_is() -> None:
    rows = [row for row in THREATS if "---" not in row]
    assert len(rows) > 20
    assert [row for row in rows if not NAMED.search(row) and "GitHub's to hold" not in row] == []


def test_every_group_of_the_kit_is_named() -> None:
    groups = {name for name in defined(KIT) if name in ("RULES", "FORGED", "PICKLES", "ZIPS", "NAMES", "SEALED")}
    assert len(groups) == 6
    assert groups == {name for file, name in NAMED.findall(PAGE) if file == KIT}

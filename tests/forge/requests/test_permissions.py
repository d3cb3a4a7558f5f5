"""What is lacking, in the words of GitHub's settings; every permission's name is one that GitHub has."""

import re
from pathlib import Path

import pytest

from merganser.forge.requests.permissions import COMMANDS, Access, Needs, lacking, needed
from tests.contract.description import description

R, W = Access.read, Access.write


@pytest.mark.parametrize(
    ("granted", "wanted", "missing"),
    [
        ({}, {}, []),
        ({"contents": "read"}, {"contents": R}, []),
        ({"contents": "write"}, {"contents": R}, []),
        ({"contents": "read"}, {"contents": W}, ["Contents: read and write"]),
        ({}, {"pull_requests": W, "actions": R}, ["Pull requests: read and write", "Actions: read-only"]),
        ({"organization_projects": "admin"}, {"organization_projects": W}, []),
        ({"checks": "none"}, {"checks": R}, ["Checks: read-only"]),
    ],
)
def test_what_is_lacking(granted: dict[str, str], wanted: dict[str, Access], missing: list[str]) -> None:
    assert lacking(granted, wanted) == missing


def test_names_and_levels_are_githubs() -> None:
    known = description()["components"]["schemas"]["app-permissions"]["properties"]
    for needs in COMMANDS.values():
        for name, access in (*needs.model_repo.items(), *needs.environments.items()):
            assert access.value in known[name]["enum"]


def test_a_command_without_a_line_reads() -> None:
    for own, environments in ((True, False), (False, True), (True, True)):
        assert needed("unheard-of", own=own, environments=environments) == {"contents": R}


def test_the_repository_that_is_both_gets_the_more_of_both() -> None:
    assert needed("promote", own=True, environments=False) == {"contents": R, "pull_requests": R}
    assert needed("promote", own=False, environments=True) == {"contents": W, "pull_requests": W}
    assert needed("promote", own=True, environments=True) == {"contents": W, "pull_requests": W}
    assert needed("audit", own=True, environments=True) == {"actions": R, "contents": R, "pull_requests": R}
    assert needed("report", own=True, environments=True)["actions"] == R


def test_only_deploying_writes_elsewhere() -> None:
    assert [name for name, needs in COMMANDS.items() if W in needs.environments.values()] == ["promote", "command"]


def test_the_docs_table_is_the_programs() -> None:
    lines = (Path(__file__).parents[3] / "docs" / "commands.md").read_text("utf-8").splitlines()
    rows = [line.strip("| ").split(" | ") for line in lines if re.match(r"\| `[a-z]+` \| [`–]", line)]
    told = {name.strip("`"): Needs(permissions(own), permissions(others)) for name, own, others in rows}
    assert told == COMMANDS


def permissions(cell: str) -> dict[str, Access]:
    return {name.replace("-", "_"): Access(access) for name, access in re.findall(r"`([a-z-]+): ([a-z]+)`", cell)}

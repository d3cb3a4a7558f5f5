"""The project's own workflow: the one script, the least permissions, foreign actions by commit."""

import re
from typing import Any

import pytest
import yaml

from tests.architecture.layers import REPO

WORKFLOWS = [REPO / ".github" / "workflows" / "ci.yml"]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_is_safe(path: Any) -> None:
    workflow = yaml.safe_load(path.read_text())
    steps = [step for job in workflow["jobs"].values() for step in job["steps"]]
    assert set(workflow["permissions"].values()) <= {"read", "none"}
    assert all("timeout-minutes" in job for job in workflow["jobs"].values())
    foreign = [step["uses"] for step in steps if "uses" in step]
    assert [name for name in foreign if not re.fullmatch(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}", name)] == []
    assert [step["run"] for step in steps if "${{" in step.get("run", "")] == []


def test_ci_runs_the_script_that_contributors_run() -> None:
    workflow = yaml.safe_load((REPO / ".github" / "workflows" / "ci.yml").read_text())
    assert [step["run"] for step in workflow["jobs"]["everything"]["steps"] if "run" in step] == [".ci/run"]
    assert (REPO / ".ci" / "run").stat().st_mode & 0o111

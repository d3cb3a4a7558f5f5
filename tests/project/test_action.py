"""The action at the root: what a workflow may give it, that no expression reaches a shell, and that its steps run."""

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.architecture.layers import PACKAGE, REPO

ACTION: dict[str, Any] = yaml.safe_load((REPO / "action.yml").read_text())
STEPS: list[dict[str, Any]] = ACTION["runs"]["steps"]


def test_it_is_composite_and_uses_no_other_action() -> None:
    assert ACTION["runs"]["using"] == "composite"
    assert [step for step in STEPS if "uses" in step] == []
    assert [step["shell"] for step in STEPS] == ["bash"] * len(STEPS)


def test_no_expression_reaches_a_script() -> None:
    assert [step["name"] for step in STEPS if "${{" in step["run"]] == []


def test_every_input_is_handed_over_once_and_described() -> None:
    expressions = [value for step in STEPS for value in step.get("env", {}).values()]
    used = [re.fullmatch(r"\$\{\{ inputs\.(\w+) \}\}", value) for value in expressions]
    assert sorted(match.group(1) for match in used if match) == sorted(ACTION["inputs"])
    assert len(used) == len(ACTION["inputs"])
    assert all(one["description"] for one in ACTION["inputs"].values())


def test_the_runtime_reads_what_the_action_hands_over() -> None:
    runtime = (PACKAGE / "forge" / "runtime.py").read_text()
    handed = {name for step in STEPS for name in step.get("env", {})}
    assert handed == {"GITHUB_TOKEN", "MERGANSER_LOGIN"}
    assert [name for name in handed if f'"{name}"' not in runtime] == []


def test_its_outputs_are_those_of_the_command() -> None:
    report = (PACKAGE / "commands" / "report.py").read_text()
    assert [name for name in ACTION["outputs"] if f'"{name}"' not in report] == []
    assert [one["value"] for one in ACTION["outputs"].values()] == ["${{ steps.report.outputs.release }}"]


def test_scripts_stop_at_the_first_error() -> None:
    assert [step["run"].splitlines()[0] for step in STEPS] == ["set -euo pipefail"] * len(STEPS)


def run_step(step: dict[str, Any], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """One step as the runner starts it; expressions are the runner's to fill in, so their variables come from here."""
    command = ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", step["run"]]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_an_old_python_is_refused_with_a_reason(tmp_path: Path) -> None:
    old = tmp_path / "python3"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    environment = {"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}", "RUNNER_TEMP": str(tmp_path)}
    done = run_step(STEPS[0], environment)
    assert done.returncode == 2
    assert done.stdout.startswith("::error::Merganser needs Python 3.11")


@pytest.mark.integration
def test_its_steps_install_by_hash_and_run_the_command(tmp_path: Path) -> None:
    """An event that isn't a finished training run: the command says so, having started with nothing else installed."""
    names = (
        "PATH",
        "HOME",
        "LANG",
        "PIP_INDEX_URL",
        "PIP_CERT",
        "PIP_CONFIG_FILE",
        "PIP_DEFAULT_TIMEOUT",
        "SSL_CERT_FILE",
    )
    event = tmp_path / "event.json"
    event.write_text("{}")
    environment = {name: os.environ[name] for name in names if name in os.environ} | {
        "GITHUB_ACTION_PATH": str(REPO),
        "GITHUB_EVENT_NAME": "workflow_dispatch",
        "GITHUB_EVENT_PATH": str(event),
        "GITHUB_REPOSITORY": "acme/digits",
        "GITHUB_TOKEN": "",
        "MERGANSER_LOGIN": "",
        "RUNNER_TEMP": str(tmp_path),
    }
    installed = run_step(STEPS[0], environment)
    assert installed.returncode == 0, installed.stderr
    reported = run_step(STEPS[1], environment)
    assert reported.returncode in (2, 4), reported.stderr
    assert reported.stderr.startswith("merganser: ")
    python = tmp_path / "merganser-venv" / "bin" / "python"
    found = subprocess.run(
        [python, "-I", "-c", "import merganser; print(merganser.__file__)"], capture_output=True, check=True
    )
    assert Path(found.stdout.decode().strip()) == PACKAGE / "__init__.py"

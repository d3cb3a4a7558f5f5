"""The action at the root is run as a runner runs it: its installation by hash, then a whole report."""

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from merganser.hub import Hub
from tests.architecture.layers import PACKAGE, REPO
from tests.commands.stage import BOT, Life, Moment, fetch, on_a_copy, prepare
from tests.commands.stage import REPO as REPO_NAME
from tests.contract.plugin import Contract

ACTION: dict[str, Any] = yaml.safe_load((REPO / "action.yml").read_text())
STEPS: list[dict[str, Any]] = ACTION["runs"]["steps"]


def run_step(step: dict[str, Any], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """One step as the runner starts it; expressions are the runner's to fill in, so their variables come from here."""
    command = ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", step["run"]]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_an_old_python_is_refused_with_a_reason(tmp_path: Path) -> None:
    old = tmp_path / "python3"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    environment = {"PATH": path, "RUNNER_TEMP": str(tmp_path), "GITHUB_ACTION_PATH": str(REPO)}
    done = run_step(STEPS[0], environment)
    assert done.returncode == 2
    assert done.stdout.startswith("::error::Merganser needs Python 3.11")


@pytest.fixture(scope="module")
def moments(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Moment]:
    return prepare(tmp_path_factory.mktemp("stage"))


MACHINE = (
    "PATH",
    "HOME",
    "LANG",
    "PIP_INDEX_URL",
    "PIP_CERT",
    "PIP_CONFIG_FILE",
    "PIP_DEFAULT_TIMEOUT",
    "SSL_CERT_FILE",
)


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a runner whose tool cache is still empty."""
    folder = tmp_path_factory.mktemp("runner")
    machine = {name: os.environ[name] for name in MACHINE if name in os.environ}
    return machine | {"GITHUB_ACTION_PATH": str(REPO), "RUNNER_TEMP": str(folder), "RUNNER_TOOL_CACHE": str(folder)}


@pytest.fixture(scope="module")
def first(empty: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """A runner's first step, which installs by hash: of an event that Merganser doesn't know."""
    event = Path(empty["RUNNER_TEMP"]) / "event.json"
    event.write_text("{}")
    told = {
        "GITHUB_EVENT_NAME": "workflow_dispatch",
        "GITHUB_EVENT_PATH": str(event),
        "GITHUB_REPOSITORY": "acme/digits",
        "GITHUB_TOKEN": "",
        "MERGANSER_LOGIN": "",
    }
    return run_step(STEPS[0], empty | told)


@pytest.fixture
def installed(empty: dict[str, str], first: subprocess.CompletedProcess[str]) -> dict[str, str]:
    """The environment of a runner that has had its first step, whichever test of a worker comes first."""
    assert first.args
    return empty


@pytest.mark.integration
def test_an_event_of_another_kind_is_refused(first: subprocess.CompletedProcess[str]) -> None:
    assert first.returncode in (2, 4), first.stderr
    assert "\nmerganser: the event is workflow_dispatch" in f"\n{first.stderr}"  # pip may have words of its own before


@pytest.mark.integration
def test_it_runs_from_its_own_path_with_the_packages_kept(installed: dict[str, str]) -> None:
    """What the step before installed is there for the next, whole, and nothing lies beside it."""
    folder = Path(installed["RUNNER_TEMP"])
    code = "import merganser, msgspec; print(merganser.__file__, msgspec.__file__)"
    python = folder / "merganser-python" / "bin" / "python"
    found = subprocess.run([python, "-I", "-c", code], capture_output=True, text=True, check=True)
    [kept] = (folder / "merganser").iterdir()
    assert [Path(one) for one in found.stdout.split()] == [PACKAGE / "__init__.py", kept / "msgspec" / "__init__.py"]


def as_told(hub: Hub, moment: Moment, folder: Path) -> dict[str, str]:
    """What a runner tells the second step, its expressions filled in."""
    (folder / "event.json").write_text(json.dumps(moment.event))
    for name in ("output", "summary"):
        (folder / name).touch()
    filled = {"${{ inputs.token }}": moment.access.bot, "${{ inputs.login }}": BOT}
    return {
        "CI": "true",
        "GITHUB_ACTIONS": "true",
        "GITHUB_ACTOR": "ada",
        "GITHUB_API_URL": hub.api_url,
        "GITHUB_EVENT_NAME": "workflow_run",
        "GITHUB_EVENT_PATH": str(folder / "event.json"),
        "GITHUB_OUTPUT": str(folder / "output"),
        "GITHUB_REPOSITORY": REPO_NAME,
        "GITHUB_RUN_ATTEMPT": "1",
        "GITHUB_RUN_ID": "77",
        "GITHUB_SERVER_URL": hub.url,
        "GITHUB_STEP_SUMMARY": str(folder / "summary"),
        "GITHUB_WORKSPACE": str(folder),
    } | {name: filled.get(expression, "") for name, expression in STEPS[0]["env"].items()}


@pytest.mark.integration
def test_a_finished_training_is_reported(
    installed: dict[str, str], moments: dict[str, Moment], tmp_path: Path, contract: Contract
) -> None:
    """A pull request's run, then the merge's: comment, check, and the output by which a workflow releases."""
    moment = moments["report"]
    with on_a_copy(moment, tmp_path, contract) as hub:
        done = run_step(STEPS[0], installed | as_told(hub, moment, tmp_path))
        assert done.returncode == 0, done.stderr
        life = Life(hub, tmp_path, moment.access)
        check = fetch(hub, moment.access.person, f"/repos/{REPO_NAME}/commits/{life.head(2)}/check-runs")
        assert [(c["name"], c["conclusion"]) for c in check["check_runs"]] == [("merganser/gate", "success")]
        [comment] = fetch(hub, moment.access.person, f"/repos/{REPO_NAME}/issues/2/comments")
        assert comment["user"]["login"] == BOT
        assert "accuracy" in comment["body"]
        assert outputs(tmp_path / "output")["release"] == "[]"
        (tmp_path / "output").unlink()
        merge = life.merge(REPO_NAME, 2)
        merged = Moment(directory=moment.directory, access=moment.access, event=life.train_push(merge))
        done = run_step(STEPS[0], installed | as_told(hub, merged, tmp_path))
        assert done.returncode == 0, done.stderr
        assert outputs(tmp_path / "output")["release"] == json.dumps([{"model": "tiny", "commit": merge}])


def outputs(file: Path) -> dict[str, str]:
    """What a step has put out, in both of the forms that GitHub documents: NAME=VALUE, and NAME<<END … END."""
    text = file.read_text()
    long = {
        m["name"]: m["value"]
        for m in re.finditer(r"^(?P<name>\w+)<<(?P<end>\S+)\n(?P<value>.*?)\n(?P=end)$", text, re.M | re.S)
    }
    return long | dict(re.findall(r"^(\w+)=(.*)$", text, re.MULTILINE))

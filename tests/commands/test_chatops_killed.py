"""A comment's answer that dies before or after any request, or that runs twice at once, leaves what one leaves."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from merganser.commands.slash.responding import respond
from merganser.hub import Hub
from tests.commands.dying import after_death, undisturbed
from tests.commands.stage import (
    CONFIG,
    ENVIRONMENTS,
    REPO,
    STAGES,
    TRAIN,
    Life,
    Moment,
    final_state,
    on_a_copy,
    params,
    prepare_empty,
    runtime,
)
from tests.commands.talking import Talk
from tests.forge.killing import When

COMMENTS = {
    "override": "/override accuracy:non_inferior --reason ok",
    "train": "/train",
    "fault": "/trian",
    "refused": "/override accuracy:min --reason ok",
    "register": "/register tiny minor\n/promote tiny staging",
}


@pytest.fixture(scope="module")
def moments(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Moment]:
    """Each comment written, not answered yet: under a red pull request, the last under a merged one."""
    folder = tmp_path_factory.mktemp("killed")
    with prepare_empty(folder) as life:
        (folder / "moments").mkdir()
        life.push(ENVIRONMENTS, {"environments.yaml": STAGES}, "main")
        life.push(REPO, {"README.md": "# tiny\n"}, "main")
        set_up = {"merganser.yaml": CONFIG, "train.py": TRAIN, "params.yaml": params(10, 10)}
        first = life.propose("set-up", set_up)
        life.do("report", life.train_push(life.merge(REPO, first)))
        talk = Talk(life)
        life.hub.admin.set_permission(ENVIRONMENTS, "bob", "write")
        number = life.propose("worse", {"params.yaml": params(6, 6)})
        life.do("report", life.train_pull(number, "worse"))
        return {
            name: life.moment(name, talk.say(first if name == "register" else number, "bob", said), folder / "moments")
            for name, said in COMMENTS.items()
        }


def answer(hub: Hub, moment: Moment) -> str:
    return respond(runtime(hub, moment.access.bot, moment.event))


@pytest.mark.parametrize("when", When)
def test_a_sample_of_deaths(when: When, moments: dict[str, Moment], tmp_path: Path) -> None:
    for folder in ("whole", "killed"):
        (tmp_path / folder).mkdir()
    requests, wanted = undisturbed(moments["override"], tmp_path / "whole", answer)
    assert after_death(moments["override"], tmp_path / "killed", answer, round(0.7 * requests), when) == wanted


@pytest.mark.integration
@pytest.mark.parametrize("when", When)
@pytest.mark.parametrize("name", COMMENTS)
def test_every_death(name: str, when: When, moments: dict[str, Moment], tmp_path: Path) -> None:
    (tmp_path / "whole").mkdir()
    requests, wanted = undisturbed(moments[name], tmp_path / "whole", answer)
    assert requests > 4
    # Two commands make two hundred requests or so, most of which the deaths of `register` and `promote` have seen.
    for index in range(0, requests, 4 if name == "register" else 1):
        folder = tmp_path / str(index)
        folder.mkdir()
        assert after_death(moments[name], folder, answer, index, when) == wanted, f"request {index} of {requests}"


@pytest.mark.parametrize("name", ["override", "register"])
def test_two_answers_at_once_leave_one(name: str, moments: dict[str, Moment], tmp_path: Path) -> None:
    """A rerun of the workflow while it runs, or an event that GitHub delivers twice."""
    for folder in ("whole", "both"):
        (tmp_path / folder).mkdir()
    _, wanted = undisturbed(moments[name], tmp_path / "whole", answer)
    with on_a_copy(moments[name], tmp_path / "both") as hub, ThreadPoolExecutor(2) as pool:
        for running in [pool.submit(answer, hub, moments[name]) for _ in range(2)]:
            running.result()
        assert final_state(hub, moments[name]) == wanted


def test_two_people_at_once_are_both_answered(moments: dict[str, Moment], tmp_path: Path) -> None:
    moment = moments["override"]
    with on_a_copy(moment, tmp_path) as hub, ThreadPoolExecutor(2) as pool:
        talk = Talk.resume(Life(hub, tmp_path, moment.access), moment)
        number = moment.event["issue"]["number"]
        other = talk.say(number, "ada", "/gate")
        jobs = [pool.submit(answer, hub, moment), pool.submit(talk.answer, other)]
        assert [job.result() for job in jobs] == ["1 of 1 commands done."] * 2
        assert "is overridden" in talk.reply(number, moment.event)
        assert "Judged again" in talk.reply(number, other)
        talk.answer(talk.say(number, "ada", "/gate"))
        assert talk.checks(number)[0][0] == "success"

"""A comment's answer that dies before or after any request, or that runs twice at once, leaves what one leaves."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from merganser.awaiting import REPLY
from merganser.hub import Hub
from tests.commands.comments import answer
from tests.commands.dying import after_death, asked_and_left, undisturbed
from tests.commands.stage import BOT, REPO, Job, Life, Moment, fetch, final_state, on_a_copy
from tests.forge.killing import Killed, When, kill_at

# At each request, or at each so manieth.
AT_REQUESTS = {"override": 1, "train": 1, "train-one": 1, "register": 4}
AT_WRITES = ("fault", "refused", "help", "gate", "unoverride", "ok-to-test", "set", "promote")


@pytest.mark.parametrize("when", When)
@pytest.mark.parametrize("name", ["override", "train-one"])
def test_a_sample_of_deaths(name: str, when: When, comments: dict[str, Moment], tmp_path: Path) -> None:
    for folder in ("whole", "killed"):
        (tmp_path / folder).mkdir()
    requests, wanted = undisturbed(comments[name], tmp_path / "whole", answer)
    assert after_death(comments[name], tmp_path / "killed", answer, round(0.7 * requests), when) == wanted


@pytest.mark.integration
@pytest.mark.parametrize("when", When)
@pytest.mark.parametrize("name", AT_REQUESTS)
def test_every_death(name: str, when: When, comments: dict[str, Moment], tmp_path: Path) -> None:
    (tmp_path / "whole").mkdir()
    requests, wanted = undisturbed(comments[name], tmp_path / "whole", answer)
    for index in range(0, requests, AT_REQUESTS[name]):
        folder = tmp_path / str(index)
        folder.mkdir()
        assert after_death(comments[name], folder, answer, index, when) == wanted, f"request {index} of {requests}"


@pytest.mark.integration
@pytest.mark.parametrize("name", AT_WRITES)
def test_death_after_each_write(name: str, comments: dict[str, Moment], tmp_path: Path) -> None:
    """Whoever dies anywhere between two writes leaves the same world to the next."""
    (tmp_path / "whole").mkdir()
    requests, wanted = asked_and_left(comments[name], tmp_path / "whole", answer)
    writes = [index for index, request in enumerate(requests) if not request.startswith("GET ")]
    assert len(writes) > 2
    for index in writes:
        folder = tmp_path / str(index)
        folder.mkdir()
        left = after_death(comments[name], folder, answer, index, When.after)
        assert left == wanted, f"{requests[index]} is the last"


# What begins a training, by the end of its address.
BEGINS = {"train": "/rerun", "train-one": "/rerun", "set": "/graphql", "ok-to-test": "/approve"}


def training_ends(hub: Hub, moment: Moment, folder: Path) -> None:
    """What trains by now of the pull request, a new commit of it too, fails and is reported."""
    life, number = Life(hub, folder, moment.access), moment.event["issue"]["number"]

    def get(path: str) -> Any:
        return fetch(hub, moment.access.person, f"/repos/{REPO}{path}")

    head = get(f"/pulls/{number}")["head"]
    if not get(f"/actions/runs?head_sha={head['sha']}")["workflow_runs"]:
        life.start(Job(event="pull_request", ref="", branch=head["ref"], sha=head["sha"], number=number, actor=BOT))
    for run in get("/actions/runs")["workflow_runs"]:
        if run["status"] != "completed":
            life.do("report", life.finished(run["id"], "failure"))


def left_by(hub: Hub, moment: Moment) -> tuple[Any, bool]:
    """All but the words of the reply and the order of comments; and whether a reply waits."""
    text = final_state(hub, moment)
    state = json.loads(text)
    for pull in state[REPO]["comments"]:
        for comment in pull:
            if comment[1].startswith(REPLY):
                comment[1] = comment[1].partition("\n")[0]
        pull.sort(key=str)
    return state, "The report follows" in text


def trained_after(first: Callable[[Hub, Moment], object], moment: Moment, folder: Path) -> tuple[Any, bool]:
    """What is left where a first answer is followed by the training's end, then another answer, and its training's."""
    folder.mkdir()
    with on_a_copy(moment, folder) as hub:
        first(hub, moment)
        training_ends(hub, moment, folder)
        answer(hub, moment)
        training_ends(hub, moment, folder)
        return left_by(hub, moment)


def dying(index: int) -> Callable[[Hub, Moment], None]:
    def first(hub: Hub, moment: Moment) -> None:
        with pytest.raises(Killed), kill_at(index, When.after):
            answer(hub, moment)

    return first


@pytest.mark.parametrize("name", BEGINS)
def test_a_death_after_which_the_training_is_reported_before_the_answer_comes_again(
    name: str, comments: dict[str, Moment], tmp_path: Path
) -> None:
    """The reply waits for nothing that has come already; all else is as if nobody had died."""
    (tmp_path / "asked").mkdir()
    requests, _ = asked_and_left(comments[name], tmp_path / "asked", answer)
    wanted = trained_after(answer, comments[name], tmp_path / "whole")
    [index] = [index for index, request in enumerate(requests) if request.endswith(BEGINS[name])]
    assert trained_after(dying(index), comments[name], tmp_path / "killed") == wanted
    assert not wanted[1]


@pytest.mark.integration
@pytest.mark.parametrize("name", BEGINS)
def test_death_after_each_write_after_which_the_training_is_reported(
    name: str, comments: dict[str, Moment], tmp_path: Path
) -> None:
    (tmp_path / "asked").mkdir()
    requests, _ = asked_and_left(comments[name], tmp_path / "asked", answer)
    wanted = trained_after(answer, comments[name], tmp_path / "whole")
    for index in (index for index, request in enumerate(requests) if not request.startswith("GET ")):
        left = trained_after(dying(index), comments[name], tmp_path / str(index))
        assert left == wanted, f"{requests[index]} is the last"


SLOWLY = ("train", "set", "ok-to-test", "gate", "unoverride", "promote")


@pytest.mark.parametrize(
    "name", ["override", "register", *(pytest.param(name, marks=pytest.mark.integration) for name in SLOWLY)]
)
def test_two_answers_at_once_leave_one(name: str, comments: dict[str, Moment], tmp_path: Path) -> None:
    """A rerun of the workflow while it runs, or an event that GitHub delivers twice."""
    for folder in ("whole", "both"):
        (tmp_path / folder).mkdir()
    _, wanted = undisturbed(comments[name], tmp_path / "whole", answer)
    with on_a_copy(comments[name], tmp_path / "both") as hub, ThreadPoolExecutor(2) as pool:
        for running in [pool.submit(answer, hub, comments[name]) for _ in range(2)]:
            running.result()
        assert final_state(hub, comments[name]) == wanted

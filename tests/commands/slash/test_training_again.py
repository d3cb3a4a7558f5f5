"""`/train MODEL` begins the one job again that trained the model; without such a job the whole run, and says so."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from tests.commands.slash.test_end_to_end import set_up
from tests.commands.stage import REPO, params
from tests.commands.talking import Talk
from tests.forge.killing import Handler, Killed, Send, dying_after, tampering

ONE = {"Check out": "success", "Train": "success"}
REUSED = {"Check out": "success", "Train": "skipped"}


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Talk]:
    with set_up(tmp_path_factory.mktemp("again")) as talk:
        yield talk


class Trained:
    """A pull request whose training had these jobs besides its plan, by the names that GitHub gives them."""

    def __init__(self, talk: Talk, branch: str, jobs: dict[str, dict[str, str]]) -> None:
        self.talk, admin = talk, talk.life.hub.admin
        self.number = talk.life.propose(branch, {"params.yaml": params(20, 20)})
        event = talk.life.train_pull(self.number, branch)
        self.run: int = event["workflow_run"]["id"]
        for name, steps in ({"train / Plan": {"Plan": "success"}} | jobs).items():
            admin.report_job(REPO, self.run, name, steps=steps)
        talk.life.do("report", event)

    def ask(self, said: str) -> str:
        return self.talk.ask(self.number, "bob", said).replace("&#8203;", "")

    def get(self, path: str = "") -> Any:
        return self.talk.send("GET", f"/repos/{REPO}/actions/runs/{self.run}{path}", "ada")

    def jobs(self) -> dict[str, str]:
        return {job["name"]: job["status"] for job in self.get("/jobs")["jobs"]}


def test_the_one_job_begins_again(stage: Talk) -> None:
    trained = Trained(stage, "one", {"train / Train tiny": ONE, "train / Train other": ONE})
    reply = trained.ask("/train tiny")
    assert f"Training `tiny` again, and no other model: [run {trained.run}]" in reply
    assert trained.get()["run_attempt"] == 2
    jobs = {"train / Plan": "completed", "train / Train tiny": "queued", "train / Train other": "completed"}
    assert trained.jobs() == jobs


@pytest.mark.parametrize(
    ("jobs", "said", "why"),
    [
        ({"train / Train tiny": ONE}, "/train", ""),
        ({"train / Train other": ONE}, "/train tiny", ", since no job of the last attempt trained `tiny`"),
        ({"a / Train tiny": ONE, "b / Train tiny": ONE}, "/train tiny", ", since several jobs of the last attempt"),
        ({"train / Train tiny": REUSED}, "/train tiny", ", since the last attempt's job of `tiny` did not train it"),
        ({}, "/train tiny", ", since no job of the last attempt trained `tiny`"),
    ],
    ids=["all", "none", "several", "reused", "unknown"],
)
def test_else_the_whole_run_does(stage: Talk, jobs: dict[str, Any], said: str, why: str, request: Any) -> None:
    trained = Trained(stage, f"whole-{request.node.callspec.id}", jobs)
    assert f"Training every model that the pull request touches again{why}" in trained.ask(said).replace("&#39;", "'")
    assert (trained.get()["run_attempt"], trained.jobs()) == (2, {})


def test_a_second_model_waits_for_the_first(stage: Talk) -> None:
    """Of two lines in one comment too: the attempt that began since the comment is another model's."""
    trained = Trained(stage, "two", {"train / Train tiny": ONE, "train / Train other": ONE})
    reply = trained.ask("/train tiny\n/train")
    assert "Training `tiny` again, and no other model" in reply
    assert "is being trained. Wait for its report." in reply
    assert trained.get()["run_attempt"] == 2


def test_an_answer_that_died_after_the_rerun_waits_for_no_training_that_has_ended(stage: Talk) -> None:
    trained = Trained(stage, "died", {"train / Train tiny": ONE})
    event = stage.say(trained.number, "bob", "/train")
    with pytest.raises(Killed), tampering(dying_after("/rerun")):
        stage.answer(event)
    assert trained.get()["run_attempt"] == 2
    stage.life.do("report", stage.life.finished(trained.run))
    stage.answer(event)
    reply = stage.reply(trained.number, event)
    assert "Training every model that the pull request touches again" in reply
    assert "It has ended: its report says how." in reply
    assert "The report follows." not in reply
    assert trained.get()["run_attempt"] == 2


def test_a_reply_waits_for_no_attempt_that_another_one_overtook(stage: Talk) -> None:
    """Somebody begins the run again on its page, before the report on the attempt that failed has looked at it."""
    trained = Trained(stage, "overtaken", {"train / Train tiny": ONE})
    event = stage.say(trained.number, "bob", "/train")
    stage.answer(event)
    failed = stage.life.finished(trained.run, "failure")
    stage.life.hub.admin.rerun_workflow_run(REPO, trained.run)
    stage.life.do("report", failed)
    assert "The report follows." in stage.reply(trained.number, event)
    stage.life.do("report", stage.life.finished(trained.run))
    assert "The report follows." not in stage.reply(trained.number, event)
    assert "tiny: passes" in stage.reply(trained.number, event)


def test_an_older_run_of_the_same_commit_says_nothing_in_the_newer_ones_place(stage: Talk) -> None:
    trained = Trained(stage, "two-runs", {})
    newer = stage.life.train_pull(trained.number, "two-runs")
    stage.life.do("report", newer)
    event = stage.say(trained.number, "bob", "/train")
    stage.answer(event)
    stage.life.hub.admin.rerun_workflow_run(REPO, trained.run)
    stage.life.do("report", stage.life.finished(trained.run))
    assert "The report follows." in stage.reply(trained.number, event)
    stage.life.do("report", stage.life.finished(newer["workflow_run"]["id"]))
    assert "tiny: passes" in stage.reply(trained.number, event)


def before_the_rerun(act: Callable[[requests.PreparedRequest], object]) -> Handler:
    """Something happens in the moment before the run is begun again."""

    def handler(index: int, request: requests.PreparedRequest, send: Send) -> requests.Response:
        if (request.url or "").endswith("/rerun"):
            act(request)
        return send()

    return handler


def test_a_run_that_somebody_else_began_at_the_same_moment_counts_if_it_trains_the_model(stage: Talk) -> None:
    jobs = {"train / Train tiny": ONE, "train / Train other": ONE}
    whole, alone = Trained(stage, "whole", jobs), Trained(stage, "alone", jobs)
    with tampering(before_the_rerun(lambda _: stage.life.hub.admin.rerun_workflow_run(REPO, whole.run))):
        assert "Training every model that the pull request touches again: " in whole.ask("/train tiny")
    [other] = [job["id"] for job in alone.get("/jobs")["jobs"] if job["name"] == "train / Train other"]
    path = f"/repos/{REPO}/actions/jobs/{other}/rerun"
    with tampering(before_the_rerun(lambda _: stage.send("POST", path, "ada"))):
        assert "Somebody else had another model trained at the same moment. Wait" in alone.ask("/train tiny")
    assert (whole.get()["run_attempt"], alone.get()["run_attempt"]) == (2, 2)


def test_a_job_that_github_refuses_is_no_reason_to_train_all(stage: Talk) -> None:
    """Such as one of an older attempt, here put in the place of the newest."""
    trained = Trained(stage, "refused", {"train / Train tiny": ONE})
    [old] = [job["id"] for job in trained.get("/jobs")["jobs"] if job["name"] == "train / Train tiny"]
    admin = stage.life.hub.admin
    admin.rerun_workflow_run(REPO, trained.run)
    admin.report_job(REPO, trained.run, "train / Train tiny", steps=ONE)
    admin.finish_workflow_run(REPO, trained.run, "success")
    # The comment comes later than the attempt, by more than the same second.
    stage.life.hub.store.update("workflow_runs", trained.run, {"started_at": "2026-01-01T00:00:00Z"})

    def other_job(request: requests.PreparedRequest) -> None:
        request.url = re.sub("/jobs/[0-9]+/", f"/jobs/{old}/", request.url or "")

    with tampering(before_the_rerun(other_job)):
        reply = trained.ask("/train tiny")
    assert "GitHub began no job by itself: " in reply
    assert "Only jobs from the current attempt can be re-run" in reply
    assert "/train is all." in reply
    assert trained.get()["run_attempt"] == 2

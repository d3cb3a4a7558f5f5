"""Which commits a sweep looks at: forks' heads, one head of several pull requests, a queue's groups, old runs."""

import json
from pathlib import Path

import pytest
import requests

from merganser.commands.sweep import command as sweep
from merganser.forge.times import Times
from tests.commands.outside import Outsider, checks_of
from tests.commands.report.test_report import comments_of, pull_job
from tests.commands.stage import BETTER, REPO, Job, Life, fetch, params, runtime
from tests.forge.killing import Send, tampering

PASSES = ("completed", "success", "tiny: passes (accuracy +0.09)")


class Sweeper:
    """Sweeps, and says which effects that had."""

    def __init__(self, life: Life, capsys: pytest.CaptureFixture[str]) -> None:
        self.life = life
        self.capsys = capsys

    def __call__(self, times: Times | None = None) -> list[str]:
        self.capsys.readouterr()
        request = sweep.Request(labels={}, as_json=True)
        sweep.carry_out(request, runtime(self.life.hub, self.life.access.bot, {}), times)
        return [effect["effect"] for effect in json.loads(self.capsys.readouterr().out)["effects"]]


@pytest.fixture
def swept(life: Life, capsys: pytest.CaptureFixture[str]) -> Sweeper:
    return Sweeper(life, capsys)


def test_a_forks_run_waits_and_is_judged_once_it_ran(life: Life, swept: Sweeper, tmp_path: Path) -> None:
    swept()
    eve = Outsider(life, tmp_path)
    eve.push(BETTER, "main")
    number = eve.open("main")
    sha, job = life.head(number), eve.job(number, "main")
    run = life.start(job)
    life.finished(run, "action_required")
    assert swept() == ["Check"]
    assert checks_of(life, sha) == [("queued", None, f"waiting for /ok-to-test {sha[:12]}")]
    assert swept() == []
    life.leave_bundle(run, job)
    life.finished(run)
    assert swept() == ["Append", "Comment", "Still", "Check", "Settle"]
    assert checks_of(life, sha) == [PASSES]
    assert swept() == []


def test_one_head_of_two_pull_requests_has_one_answer(life: Life, swept: Sweeper, tmp_path: Path) -> None:
    eve = Outsider(life, tmp_path)
    number, sha = eve.open("better"), life.head(2)
    run = life.start(eve.job(number, "better"))
    life.finished(run, "action_required")
    assert swept() == ["Append", "Comment", "Still", "Check"]
    assert checks_of(life, sha) == [PASSES]
    assert swept() == []
    life.finished(run, "failure")
    swept()
    assert [check[1] for check in checks_of(life, sha)] == ["failure"]
    assert (len(comments_of(life, 2)), len(comments_of(life, number))) == (1, 1)
    assert swept() == []


def test_a_group_of_the_merge_queue_is_answered_and_then_its_push(life: Life, swept: Sweeper) -> None:
    swept()
    group = life.hub.queue.add(REPO, 2)
    ref = f"refs/heads/{group.branch}"
    tried = life.start(Job(event="merge_group", ref=ref, branch=group.branch, sha=group.head, number=None))
    assert swept() == ["Check"]
    assert checks_of(life, group.head) == [("in_progress", None, "training")]
    life.finished(tried)
    assert swept()[-1] == "Check"
    assert [check[0] for check in checks_of(life, group.head)] == ["completed"]
    assert swept() == []
    life.hub.queue.merge(REPO, group)
    life.train_push(group.head)
    assert swept()[-1] == "Check"
    assert [check[:2] for check in checks_of(life, group.head)] == [("completed", "success")]
    assert swept() == []


def test_a_run_that_is_not_among_the_newest_is_looked_up(life: Life, swept: Sweeper) -> None:
    sha = fetch(life.hub, life.access.person, f"/repos/{REPO}/branches/main")["commit"]["sha"]
    for _ in range(100):
        life.hub.admin.start_workflow_run(REPO, event="push", head_branch="side", head_sha=sha, actor="ada")
    swept()
    assert checks_of(life, life.head(2)) == [PASSES]
    assert swept() == []


def test_no_time_left_is_left_to_the_next(life: Life, capsys: pytest.CaptureFixture[str]) -> None:
    now = iter(range(10**9, 10**10, 660))  # each look at the clock is eleven minutes later
    request = sweep.Request(labels={}, as_json=True)
    times = Times(clock=lambda: float(next(now)))
    sweep.carry_out(request, runtime(life.hub, life.access.bot, {}), times)
    said = capsys.readouterr()
    assert checks_of(life, life.head(2)) == []
    assert "::warning title=Merganser::1 commits are left to the next sweep." in said.err


def test_a_bug_of_ours_stops_none(life: Life, swept: Sweeper) -> None:
    other = life.propose("other", {"params.yaml": params(50, 60)})
    life.start(pull_job(life, other, "other"))
    head = life.head(2)

    def failing(_: int, request: requests.PreparedRequest, send: Send) -> requests.Response:
        if head in str(request.url):
            raise ZeroDivisionError("odd")
        return send()

    with tampering(failing), pytest.raises(ZeroDivisionError):
        swept()
    said = swept.capsys.readouterr()
    assert checks_of(life, life.head(other)) == [("in_progress", None, "training")]
    assert "in failing" in said.err
    assert json.loads(said.out)["summary"].endswith("1 that can't be.")

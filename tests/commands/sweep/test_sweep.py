"""What `merganser report --sweep` finishes of what lost events and limits left open, and what it leaves alone."""

import json
import time
from pathlib import Path

import pytest
import requests

from merganser.commands.sweep import command as sweep
from merganser.errors import ForgeError
from merganser.forge.protocol import RateLimited
from merganser.forge.times import Times
from tests.commands.person import Merganser
from tests.commands.stage import REPO, Job, Life, Moment, fetch, final_state, on_a_copy, params, runtime
from tests.forge.killing import Send, counted, tampering

HOUR = 3600.0
DAY = 24 * HOUR


def swept(life: Life, later: float = 0, *, dry_run: bool = False) -> None:
    """One sweep, some seconds from now."""
    times = Times(sleep=lambda _: None, clock=lambda: time.time() + later)
    request = sweep.Request(labels={}, dry_run=dry_run, as_json=True)
    sweep.carry_out(request, runtime(life.hub, life.access.bot, {}), times)


def checks(life: Life, sha: str) -> list[tuple[str, str | None, str]]:
    found = fetch(life.hub, life.access.person, f"/repos/{REPO}/commits/{sha}/check-runs?filter=all")["check_runs"]
    return [(run["status"], run["conclusion"], run["output"]["title"]) for run in found]


def pull_job(life: Life, number: int, branch: str) -> Job:
    ref = f"refs/pull/{number}/merge"
    return Job(event="pull_request", ref=ref, branch=branch, sha=life.head(number), number=number)


def test_a_lost_event_leaves_what_its_report_would_have(
    life: Life, moments: dict[str, Moment], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with on_a_copy(moments["report"], tmp_path / "other") as hub:
        Life(hub, tmp_path, moments["report"].access).do("report", moments["report"].event)
        wanted = final_state(hub, moments["report"])
    swept(life)
    assert final_state(life.hub, moments["report"]) == wanted
    assert "of 2: #2 at" in capsys.readouterr().err
    swept(life)
    assert final_state(life.hub, moments["report"]) == wanted


def test_a_merge_that_nobody_recorded_is_recorded_and_released(life: Life, capsys: pytest.CaptureFixture[str]) -> None:
    swept(life)
    life.train_push(sha := life.merge(REPO, 2))
    capsys.readouterr()
    swept(life)
    assert checks(life, sha) == [("completed", "success", "tiny: passes (accuracy +0.09)")]
    said = json.loads(capsys.readouterr().out)
    assert json.loads(said["outputs"]["release"]) == [{"model": "tiny", "commit": sha}]
    assert [effect["effect"] for effect in said["effects"]] == ["Append", "Still", "CloseIssue", "Check"]
    swept(life)
    assert json.loads(json.loads(capsys.readouterr().out)["outputs"]["release"]) == []


def test_a_run_that_was_cancelled_unheard_is_red(life: Life) -> None:
    number = life.propose("slow", {"params.yaml": params(50, 50)})
    run = life.start(pull_job(life, number, "slow"))
    swept(life)
    assert checks(life, life.head(number)) == [("in_progress", None, "training")]
    life.finished(run, "cancelled")
    swept(life)
    [(status, conclusion, _)] = checks(life, life.head(number))
    assert (status, conclusion) == ("completed", "failure")


def test_a_rerun_that_nobody_heard_of_is_seen(life: Life, moments: dict[str, Moment]) -> None:
    life.do("report", moments["report"].event)
    run = moments["report"].event["workflow_run"]["id"]
    life.hub.admin.rerun_workflow_run(REPO, run)
    swept(life)
    assert checks(life, life.head(2)) == [("in_progress", None, "training")]
    life.finished(run, "failure")
    swept(life)
    [(status, conclusion, _)] = checks(life, life.head(2))
    assert (status, conclusion) == ("completed", "failure")


def test_a_conflict_is_red_until_a_run_comes(life: Life) -> None:
    number = life.propose("other", {"params.yaml": params(40, 40)})
    life.push(REPO, {"params.yaml": params(20, 20)}, "main")
    swept(life)
    assert checks(life, life.head(2))[0][1] == "success"  # it conflicts as well, but was trained before
    once = checks(life, life.head(number))
    assert once == [("completed", "failure", "no training run: merge conflict")]
    swept(life)
    assert checks(life, life.head(number)) == once
    life.start(pull_job(life, number, "other"))
    swept(life)
    assert checks(life, life.head(number)) == [("in_progress", None, "training")]


def test_a_skipped_run_is_red_at_once_and_an_unknown_reason_later(life: Life) -> None:
    skipped = life.propose("skipped", {"[skip ci].txt": "as the commit's message says\n"})
    silent = life.propose("silent", {"note.txt": "nobody knows\n"})
    swept(life)
    assert checks(life, life.head(skipped)) == [("completed", "failure", "no training run: [skip ci]")]
    assert checks(life, life.head(silent)) == []
    swept(life, later=0.9 * HOUR)
    assert checks(life, life.head(silent)) == []
    swept(life, later=1.1 * HOUR)
    assert checks(life, life.head(silent)) == [("completed", "failure", "no training run: no reason known")]
    life.push(REPO, {"note.txt": "somebody looked\n"}, "silent")
    life.do("report", life.train_pull(silent, "silent"))
    swept(life, later=2 * HOUR)
    assert checks(life, life.head(silent)) == [("completed", "success", "no model touched")]


def test_one_that_is_broken_stops_none(life: Life, capsys: pytest.CaptureFixture[str]) -> None:
    broken = life.propose("broken", {"params.yaml": params(50, 50)})
    whole = life.propose("whole", {"params.yaml": params(60, 60)})
    life.start(pull_job(life, broken, "broken"))
    life.start(pull_job(life, whole, "whole"))
    head = life.head(broken)

    def refusing(_: int, request: requests.PreparedRequest, send: Send) -> requests.Response:
        answer = send()
        if head in str(request.url):
            answer.status_code, answer._content = 403, b'{"message": "not for you"}'
        return answer

    with tampering(refusing), pytest.raises(ForgeError, match="not for you"):
        swept(life)
    assert checks(life, head) == []
    assert checks(life, life.head(whole)) == [("in_progress", None, "training")]
    said = capsys.readouterr()
    assert f"#{broken} at {head[:12]}: GitHub refused" in said.err
    assert json.loads(said.out)["summary"] == "Sweep: 4 commits looked at, 2 of them finished, 1 that can't be."


def test_a_limit_ends_it_and_the_next_goes_on(life: Life, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("one", "two"):
        number = life.propose(name, {"params.yaml": params(50, 60)})
        life.start(pull_job(life, number, name))
    spent = []

    def limited(_: int, request: requests.PreparedRequest, send: Send) -> requests.Response:
        answer = send()
        if spent or (request.method == "POST" and str(request.url).endswith("/check-runs")):
            spent.append(request.url)
        if len(spent) > 1:
            answer.status_code, answer._content = 429, b'{"message": "slow down"}'
            answer.headers["Retry-After"] = "3000"
        return answer

    with tampering(limited), pytest.raises(RateLimited):
        swept(life)
    assert [len(checks(life, life.head(number))) for number in (2, 3, 4)] == [1, 0, 0]
    assert [effect["effect"] for effect in json.loads(capsys.readouterr().out)["effects"]][-1] == "Check"
    swept(life)
    assert [len(checks(life, life.head(number))) for number in (2, 3, 4)] == [1, 1, 1]


def test_it_asks_once_for_all_and_once_for_each(life: Life) -> None:
    """Repository, runs, pull requests: 3; the checks of a push and 3 pull requests: 4; the baseline's artifacts."""
    for name in ("one", "two"):
        life.start(pull_job(life, life.propose(name, {"params.yaml": params(50, 60)}), name))
    swept(life)
    with counted() as asked:
        swept(life)
    assert len(asked) == 3 + 4 + 1
    assert {line.split()[0] for line in asked.requests} == {"GET"}


def test_a_dry_run_writes_nothing(life: Life, moments: dict[str, Moment], capsys: pytest.CaptureFixture[str]) -> None:
    life.propose("skipped", {"[skip ci].txt": "as the commit's message says\n"})
    before = final_state(life.hub, moments["report"])
    swept(life, dry_run=True)
    assert final_state(life.hub, moments["report"]) == before
    said = capsys.readouterr().out
    assert "check merganser/gate on acme/tiny" in said
    assert "no training run: [skip ci]" in said
    assert "comment <!-- merganser:report:2 --> on acme/tiny#2" in said


def test_an_idle_repository_is_warned(life: Life, capsys: pytest.CaptureFixture[str]) -> None:
    swept(life, later=40 * DAY)
    assert "::warning" not in capsys.readouterr().err
    swept(life, later=51 * DAY)
    assert "\n::warning title=Merganser::Nothing was pushed for 5" in capsys.readouterr().err


def test_the_command_tells_of_it(life: Life, tmp_path: Path, merganser: Merganser) -> None:
    summary, outputs = tmp_path / "summary", tmp_path / "outputs"
    told = {
        "GITHUB_API_URL": life.hub.api_url,
        "GITHUB_SERVER_URL": life.hub.url,
        "GITHUB_REPOSITORY": REPO,
        "GITHUB_TOKEN": life.access.bot,
        "MERGANSER_LOGIN": "merganser[bot]",
        "GITHUB_STEP_SUMMARY": str(summary),
        "GITHUB_OUTPUT": str(outputs),
    }
    said = merganser("report", "--sweep=true", cwd=tmp_path, **told)
    assert said.code == 0
    assert said.out.startswith("Sweep: 2 commits looked at, 1 of them finished, 0 that can't be.\n")
    [line] = [line for line in summary.read_text().splitlines() if line.startswith("- ")]
    assert "tiny: passes" in line
    assert outputs.read_text().startswith("release<<")
    refused = merganser("report", "--sweep", cwd=tmp_path, **{**told, "GITHUB_TOKEN": "ghs_nobody"})
    assert (refused.code, "→" in refused.err) == (4, True)

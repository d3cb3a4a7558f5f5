"""After a merge whose verdict fails: an issue, no version, and an end to it once a push passes."""

from typing import Any

import pytest

from merganser.commands import carry_out
from merganser.commands.report import command as report
from merganser.git import Repository
from tests.commands.outside import checks_of, records_of
from tests.commands.stage import BOT, REPO, Job, Life, fetch, params, runtime


def pushed(life: Life, files: dict[str, str | None]) -> str:
    life.push(REPO, files, "main")
    return Repository(life.folder / "hub" / "repos" / f"{REPO}.git").resolve("main") or ""


def issues(life: Life, state: str = "open") -> list[dict[str, Any]]:
    found = fetch(life.hub, life.access.person, f"/repos/{REPO}/issues?state={state}&creator={BOT}")
    return [one for one in found if "pull_request" not in one]


def test_a_failing_merge_opens_one_issue_and_the_push_that_mends_it_closes_it(
    life: Life, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = life.train_push(pushed(life, {"params.yaml": params(10, 3)}))
    for _ in range(2):
        life.do("report", bad)
    assert '"release": "[]"' in capsys.readouterr().out
    [issue] = issues(life)
    assert issue["title"] == "tiny fails its gate after a merge"
    assert bad["workflow_run"]["head_sha"] in issue["body"]
    assert "label=b" in issue["body"]
    assert [check[1] for check in checks_of(life, bad["workflow_run"]["head_sha"])] == ["failure"]
    [record] = records_of(life, bad["workflow_run"]["id"])
    assert record["recorded"]["merged"] is True
    good = life.train_push(pushed(life, {"params.yaml": params(20, 20)}))
    life.do("report", good)
    assert issues(life) == []
    [closed] = issues(life, "closed")
    assert (closed["number"], "passes its gate again" in closed["body"]) == (issue["number"], True)
    # The report of the older push comes once more: it is answered already.
    life.do("report", bad)
    assert issues(life) == []


def test_training_that_failed_on_main_is_an_issue_too_and_nothing_is_recorded(life: Life) -> None:
    sha = pushed(life, {"params.yaml": params(20, 20)})
    run = life.start(Job(event="push", ref="refs/heads/main", branch="main", sha=sha))
    life.do("report", life.finished(run, "cancelled"))
    [issue] = issues(life)
    assert "training was cancelled" in issue["body"]
    assert records_of(life, run) == []


def test_a_pull_request_opens_no_issue(life: Life) -> None:
    number = life.propose("worse", {"params.yaml": params(10, 3)})
    life.do("report", life.train_pull(number, "worse"))
    assert [check[1] for check in checks_of(life, life.head(number))] == ["failure"]
    assert issues(life) == []


def test_a_push_that_was_taken_back_gets_no_answer(life: Life, capsys: pytest.CaptureFixture[str]) -> None:
    before = Repository(life.folder / "hub" / "repos" / f"{REPO}.git").resolve("main") or ""
    event = life.train_push(pushed(life, {"params.yaml": params(10, 3)}))
    git = Repository(life.folder / "hub" / "repos" / f"{REPO}.git")
    git.run("update-ref", "refs/heads/main", before)
    seen = runtime(life.hub, life.access.bot, event)
    carry_out.carry_out(report.observe_and_decide, seen, dry_run=False, as_json=False)
    assert "not on main any more" in capsys.readouterr().out
    assert checks_of(life, event["workflow_run"]["head_sha"]) == []
    assert issues(life) == []

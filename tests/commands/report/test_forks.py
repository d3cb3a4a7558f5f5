"""Pull requests of strangers: a fork's run is found by ids and commits, judged like any other, and believed no more."""

from pathlib import Path

from merganser.awaiting import REPLY, awaiting_commit
from tests.commands.outside import Outsider, checks_of, post, records_of
from tests.commands.report.test_report import comments_of, pull_job, rewritten, shown
from tests.commands.stage import BETTER, CONFIG, REPO, Life, Moment, params
from tests.forge.killing import counted

PASSES = ("completed", "success", "tiny: passes (accuracy +0.09)")


def test_a_fork_is_judged_like_any_other_though_its_branch_is_called_main(life: Life, tmp_path: Path) -> None:
    eve = Outsider(life, tmp_path)
    eve.push(BETTER, "main")
    number = eve.open("main")
    event = life.train(eve.job(number, "main"))
    assert event["workflow_run"]["pull_requests"] == []
    life.do("report", event)
    assert checks_of(life, life.head(number)) == [PASSES]
    [comment] = comments_of(life, number)
    assert "accuracy" in comment
    [record] = records_of(life, event["workflow_run"]["id"])
    assert (record["recorded"]["merged"], record["pull_request"], record["recorded"]["by"]) == (False, number, "eve")


def test_a_run_that_waits_for_approval_says_what_a_maintainer_does_and_is_judged_afterwards(
    life: Life, tmp_path: Path
) -> None:
    eve = Outsider(life, tmp_path)
    eve.push(BETTER, "better-still")
    number = eve.open("better-still")
    sha, job = life.head(number), eve.job(number, "better-still")
    run = life.start(job)
    life.do("report", life.finished(run, "action_required"))
    assert checks_of(life, sha) == [("queued", None, f"waiting for /ok-to-test {sha[:12]}")]
    assert comments_of(life, number) == []
    life.leave_bundle(run, job)
    life.do("report", life.finished(run))
    assert checks_of(life, sha) == [PASSES]
    assert len(comments_of(life, number)) == 1


def test_a_fork_that_touches_no_model_needs_nobodys_leave(life: Life, tmp_path: Path) -> None:
    eve = Outsider(life, tmp_path)
    eve.push({"README.md": "# better words\n"}, "words")
    number = eve.open("words")
    run = life.start(eve.job(number, "words"))
    life.do("report", life.finished(run, "action_required"))
    assert checks_of(life, life.head(number)) == [("completed", "success", "no model touched")]
    eve.push({"merganser.yaml": CONFIG.replace("margin: 0.02", "margin: 0.5")}, "words")
    run = life.start(eve.job(number, "words"))
    life.do("report", life.finished(run, "action_required"))
    [(_, conclusion, title)] = checks_of(life, life.head(number))
    assert (conclusion, "0.02 → 0.5" in title) == ("success", True)
    assert "0.02 → 0.5" in shown(comments_of(life, number)[0])
    eve.push({"merganser.yaml": "version: 9\n"}, "words")
    run = life.start(eve.job(number, "words"))
    life.do("report", life.finished(run, "action_required"))
    assert [check[0] for check in checks_of(life, life.head(number))] == ["queued"]


def test_a_fork_with_the_branch_and_commit_of_one_of_ours_outdates_nothing_and_hides_nothing(
    life: Life, moments: dict[str, Moment], tmp_path: Path
) -> None:
    """Eve opens our pull request's commit a second time: her run is newer, and first waits for approval."""
    eve = Outsider(life, tmp_path)
    number, sha = eve.open("better"), life.head(2)
    assert life.head(number) == sha
    run = life.start(eve.job(number, "better"))
    life.finished(run, "action_required")
    life.do("report", moments["report"].event)
    assert checks_of(life, sha) == [PASSES]
    assert (len(comments_of(life, 2)), comments_of(life, number)) == (1, [])
    # It is let run, and fails: the commit is one, and so is its check.
    life.do("report", life.finished(run, "failure"))
    [(_, conclusion, title)] = checks_of(life, sha)
    assert (conclusion, "training failed" in title) == ("failure", True)
    assert "Its training failed" in shown(comments_of(life, number)[0])
    assert "Its training failed" not in shown(comments_of(life, 2)[0])
    # Whichever run is reported again, the answer stays.
    life.do("report", moments["report"].event)
    assert [check[1] for check in checks_of(life, sha)] == ["failure"]


def test_what_is_gone_with_its_pull_request_gets_no_answer(life: Life, tmp_path: Path) -> None:
    eve = Outsider(life, tmp_path)
    eve.push(BETTER, "gone")
    number = eve.open("gone")
    event = life.train(eve.job(number, "gone"))
    eve.push({"params.yaml": params(200, 200)}, "gone")
    life.do("report", event)
    assert checks_of(life, str(event["workflow_run"]["head_sha"])) == []
    assert comments_of(life, number) == []


def closed(life: Life, eve: Outsider, branch: str) -> int:
    """A pull request that the stranger opened and closed."""
    number = eve.open(branch)
    post(life, eve.token, f"/repos/{REPO}/pulls/{number}", {"state": "closed"}, "PATCH")
    return number


def test_who_waits_for_a_run_that_is_passed_over_is_told_where_it_can_have_been_asked_for(
    life: Life, tmp_path: Path
) -> None:
    """Under pull requests that are open or ended with this very commit, of all that the branch had."""
    eve = Outsider(life, tmp_path)
    eve.push({"params.yaml": params(200, 200)}, "gone")
    earlier = closed(life, eve, "gone")
    life.push(REPO, {"README.md": "# later\n"}, "later")
    asked = {"title": "Into another", "head": "eve:gone", "base": "later"}
    open_one = int(post(life, eve.token, f"/repos/{REPO}/pulls", asked)["number"])
    eve.push(BETTER, "gone")
    ended = closed(life, eve, "gone")
    sha = life.head(ended)
    for number in (earlier, open_one, ended):
        body = f"{REPLY}7 -->\n| 🚀 | /train | {awaiting_commit(sha)} |"
        post(life, life.access.bot, f"/repos/{REPO}/issues/{number}/comments", {"body": body})
    run = life.start(eve.job(ended, "gone"))
    life.do("report", life.finished(run))
    waiting = [number for number in (earlier, open_one, ended) if "follows" in comments_of(life, number)[0]]
    assert waiting == [earlier]


def test_a_run_that_is_passed_over_costs_the_same_however_many_pull_requests_its_branch_had(
    life: Life, tmp_path: Path
) -> None:
    """A stranger opens and closes them at will, and each one starts a run."""
    eve = Outsider(life, tmp_path)
    eve.push(BETTER, "often")
    spent: list[int] = []
    for so_many in (3, 3):
        for _ in range(so_many):
            number = closed(life, eve, "often")
        event = life.finished(life.start(eve.job(number, "often")), "action_required")
        with counted() as counter:
            life.do("report", event)
        spent.append(len(counter))
    assert spent[0] == spent[1] <= 10


def test_a_forks_bundle_that_claims_another_pull_request_is_red(life: Life, tmp_path: Path) -> None:
    eve = Outsider(life, tmp_path)
    eve.push(BETTER, "main")
    number = eve.open("main")
    event = life.train(eve.job(number, "main"), rewritten(pull_request=2, head=life.head(2)))
    life.do("report", event)
    assert [check[1] for check in checks_of(life, life.head(number))] == ["failure"]
    assert checks_of(life, life.head(2)) == []
    assert "names another model, tree, inputs, head or pull request" in comments_of(life, number)[0]
    assert records_of(life, event["workflow_run"]["id"]) == []


def test_a_push_in_a_fork_is_none_to_our_main(life: Life, tmp_path: Path) -> None:
    """GitHub tells a repository of its own pushes alone; a run that says otherwise is not believed."""
    eve = Outsider(life, tmp_path)
    job = eve.job(2, "main")
    run = life.hub.admin.start_workflow_run(
        REPO, event="push", head_branch="main", head_sha=job.sha, actor="eve", fork="eve/tiny"
    )
    life.do("report", life.finished(int(run["id"])))
    assert checks_of(life, job.sha) == []


def test_an_older_run_of_ours_is_outdated_by_ours_alone(life: Life, moments: dict[str, Moment]) -> None:
    newer = life.start(pull_job(life, 2, "better"))
    life.do("report", moments["report"].event)
    assert checks_of(life, life.head(2)) == []
    life.do("report", life.event(newer, "requested"))
    assert checks_of(life, life.head(2)) == [("in_progress", None, "training")]

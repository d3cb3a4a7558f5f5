"""Events that come twice, late, at once or in between: the newest commit's answer wins, and there is one of each."""

import threading

from merganser.commands import carry_out
from merganser.commands.carry_out import Decision, Workbench
from merganser.commands.report import command as report
from tests.commands.outside import checks_of, post, records_of
from tests.commands.report.test_report import comments_of, pull_job
from tests.commands.stage import REPO, Life, Moment, params, runtime

PASSES = ("completed", "success", "tiny: passes (accuracy +0.09)")


def test_a_push_between_judging_and_check_leaves_the_new_commit_pending(life: Life, moments: dict[str, Moment]) -> None:
    old, event = life.head(2), moments["report"].event

    def decide_and_be_overtaken(place: Workbench) -> Decision:
        decided = report.observe_and_decide(place)
        life.push(REPO, {"params.yaml": params(50, 50)}, "better")
        return decided

    seen = runtime(life.hub, life.access.bot, event)
    carry_out.carry_out(decide_and_be_overtaken, seen, dry_run=False, as_json=True)
    new = life.head(2)
    assert (checks_of(life, old), checks_of(life, new)) == ([PASSES], [])
    run = life.start(pull_job(life, 2, "better"))
    life.do("report", life.event(run, "requested"))
    life.do("report", event)
    assert (checks_of(life, old), checks_of(life, new)) == ([PASSES], [("in_progress", None, "training")])


def test_two_runners_at_once_leave_one_of_each(life: Life, moments: dict[str, Moment]) -> None:
    """Both decide before either writes. GitHub deletes no check, so two of them would have to say the same."""
    event, together = moments["report"].event, threading.Barrier(2)

    def decide(place: Workbench) -> Decision:
        decided = report.observe_and_decide(place)
        together.wait(60)
        return decided

    def run() -> None:
        carry_out.carry_out(decide, runtime(life.hub, life.access.bot, event), dry_run=False, as_json=True)

    runners = [threading.Thread(target=run) for _ in range(2)]
    for runner in runners:
        runner.start()
    for runner in runners:
        runner.join()
    life.do("report", event)
    assert set(checks_of(life, life.head(2))) == {PASSES}
    assert len(comments_of(life, 2)) == 1
    assert len(records_of(life, event["workflow_run"]["id"])) == 1


def test_an_event_that_comes_late_is_answered_by_what_has_become_of_its_run(
    life: Life, moments: dict[str, Moment]
) -> None:
    """`requested` after `completed`: the check doesn't go back to pending."""
    run = int(moments["report"].event["workflow_run"]["id"])
    for action in ("completed", "requested"):
        life.do("report", life.event(run, action))
        assert checks_of(life, life.head(2)) == [PASSES]


def test_a_pull_request_into_another_branch_gets_no_gate(life: Life) -> None:
    life.push(REPO, {"README.md": "# release\n"}, "release")
    life.push(REPO, {"params.yaml": params(100, 100), "notes.md": "n\n"}, "fix")
    asked = {"title": "Fix", "head": "fix", "base": "release"}
    number = int(post(life, life.access.person, f"/repos/{REPO}/pulls", asked)["number"])
    life.do("report", life.train_pull(number, "fix"))
    assert (checks_of(life, life.head(number)), comments_of(life, number)) == ([], [])


def test_two_branches_with_one_commit_share_its_check_and_the_worst_verdict_counts(
    life: Life, moments: dict[str, Moment]
) -> None:
    life.push(REPO, {"unused.md": "u\n"}, "twin")
    asked = {"sha": life.head(2), "force": True}
    post(life, life.access.person, f"/repos/{REPO}/git/refs/heads/twin", asked, "PATCH")
    number = life.open("twin", "The same again")
    run = life.start(pull_job(life, number, "twin"))
    life.do("report", moments["report"].event)
    assert checks_of(life, life.head(2)) == [("in_progress", None, "training")]
    life.do("report", life.finished(run, "timed_out"))
    [(_, conclusion, title)] = checks_of(life, life.head(2))
    assert (conclusion, "training took too long" in title) == ("failure", True)
    assert [len(comments_of(life, one)) for one in (2, number)] == [1, 1]

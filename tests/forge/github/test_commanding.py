"""What slash commands read and do through the adapter, on the hub: reactions, roles, teams, runs, a head that moves."""

import msgspec
import pytest
import requests

from merganser import plan
from merganser.awaiting import REPLY, awaiting_run
from merganser.errors import ConfigError
from merganser.forge.effects.apply import apply
from merganser.forge.effects.describe import describe
from merganser.forge.effects.outcome import Done, Outcome
from merganser.forge.protocol import Moved, NotFound, Overtaken
from tests.forge.killing import Send, tampering
from tests.forge.world import BOT, PERSON, REPO, World


def do(world: World, *effects: plan.Effect) -> list[Done]:
    outcomes: tuple[Outcome, ...] = apply(plan.Plan(effects), world.bot, sleep=lambda seconds: None)
    return [outcome.done for outcome in outcomes]


def run_of(world: World, conclusion: str) -> int:
    started = world.hub.admin.start_workflow_run(REPO, head_branch="topic", head_sha=world.prepared.head, actor=PERSON)
    world.hub.admin.finish_workflow_run(REPO, started["id"], conclusion)
    return int(started["id"])


def test_a_comment_is_read_as_it_is_now(world: World) -> None:
    made = world.person.create_comment(REPO, 1, "/train")
    found = world.bot.comment(REPO, made.id)
    assert found is not None
    assert (found.body, found.created_at) == ("/train", found.updated_at)
    world.person.delete_comment(REPO, made.id)
    assert world.bot.comment(REPO, made.id) is None


def test_a_reaction_is_given_once(world: World) -> None:
    comment = world.person.create_comment(REPO, 1, "/train").id
    world.person.react(REPO, comment, "eyes")
    seen = plan.React(repo=REPO, comment=comment, reaction=plan.Reaction.seen)
    assert do(world, seen, seen) == [Done.created, Done.unchanged]
    found = [(one.user.login, one.content) for one in world.bot.reactions(REPO, comment) if one.user]
    assert sorted(found) == [(PERSON, "eyes"), (BOT, "eyes")]


@pytest.mark.parametrize("role", ["triage", "maintain", "admin"])
def test_a_role_is_told_by_its_own_name(world: World, role: str) -> None:
    """The old word folds maintain into write and triage into read."""
    world.hub.admin.set_permission(REPO, PERSON, role)
    assert world.bot.permission(REPO, PERSON).role_name == role


def test_a_stranger_has_no_role(world: World) -> None:
    with pytest.raises(NotFound):
        world.bot.permission(REPO, "nobody")


def test_who_is_in_a_team(world: World) -> None:
    world.hub.admin.set_team("acme", "ml-leads", [PERSON])
    assert world.bot.is_in_team(REPO, "ml-leads", PERSON)
    assert not world.bot.is_in_team(REPO, "others", PERSON)
    with pytest.raises(ConfigError, match="is no team"):
        world.bot.is_in_team(REPO, "../x", PERSON)


def test_a_head_that_moved_ends_the_plan(world: World) -> None:
    comment = plan.Comment(repo=REPO, number=1, marker="<!-- m -->", body="x")
    at_head = plan.HeadIs(repo=REPO, number=1, sha=world.prepared.head)
    assert do(world, at_head, comment) == [Done.unchanged, Done.created]
    head = world.push("topic", {"a": "b"}, "topic")
    with pytest.raises(Moved) as moved:
        do(world, at_head, plan.Comment(repo=REPO, number=1, marker="<!-- n -->", body="y"))
    assert (moved.value.wanted, moved.value.found) == (world.prepared.head, head)
    assert [one.body for one in world.bot.issue_comments(REPO, 1)] == ["<!-- m -->\nx"]


def still(world: World, *folders: str) -> plan.Still:
    """That nothing below the folders of the pull request's branch has changed since it was opened."""
    return plan.Still(repo=REPO, branch="topic", tip=world.prepared.head, folders=folders)


def test_files_that_changed_meanwhile_end_the_plan(world: World) -> None:
    folders = ("overrides/digits", "cancellations/digits")
    assert do(world, still(world, *folders)) == [Done.unchanged]
    beside = ("runs/digits/a.json", "overrides/digits-2/a.json", "overrides/a.json", "x/overrides/digits/a.json")
    world.push("topic", dict.fromkeys(beside, "{}"), "topic")
    assert do(world, still(world, *folders)) == [Done.unchanged]
    world.push("topic", {"cancellations/digits/8-1.json": "{}"}, "topic")
    with pytest.raises(Overtaken, match="topic of acme/digits has other files below overrides/digits, cancellations"):
        do(world, still(world, *folders), plan.Comment(repo=REPO, number=1, marker="<!-- m -->", body="x"))
    assert world.bot.issue_comments(REPO, 1) == ()
    assert do(world, still(world, "overrides/other")) == [Done.unchanged]


def test_what_changed_so_much_that_it_is_not_listed_may_have_changed_anywhere(world: World) -> None:
    world.push("topic", {f"runs/{number}.json": "{}" for number in range(301)}, "topic")
    with pytest.raises(Overtaken):
        do(world, still(world, "overrides/digits"))


def appended(world: World, path: str, count: int = 1) -> plan.Append:
    """So many files on the pull request's branch, by a decision that saw it as it was opened."""
    files = {f"{path}/{number}.json": b"{}" for number in range(count)}
    return plan.Append(repo=REPO, branch="topic", files=files, message="Record", tip=world.prepared.head)


def test_what_the_plan_appended_itself_is_no_change_though_it_is_more_than_is_listed(world: World) -> None:
    records = appended(world, "runs/a", 301), appended(world, "runs/b", 301)
    assert do(world, *records, still(world, "overrides/digits")) == [Done.updated, Done.updated, Done.unchanged]


@pytest.mark.parametrize("moment", ["before", "after"])
def test_what_others_appended_beside_the_plan_is_a_change(moment: str, world: World) -> None:
    """It comes right before our own commit, or right after."""
    theirs = appended(world, "overrides/digits")

    def handler(at: int, request: requests.PreparedRequest, send: Send) -> requests.Response:
        if "/compare/" in (request.url or "") and not looks:
            looks.append(at)
            apply(plan.Plan((theirs,)), world.person)
        return send()

    looks: list[int] = []
    if moment == "before":
        do(world, theirs)
        looks.append(0)
    with tampering(handler), pytest.raises(Overtaken):
        do(world, appended(world, "runs/digits"), still(world, "overrides/digits"))


def test_a_branch_that_is_gone_has_changed(world: World) -> None:
    with pytest.raises(Overtaken):
        do(world, msgspec.structs.replace(still(world, "overrides/digits"), branch="gone"))


def test_a_run_begins_again_once(world: World) -> None:
    run = run_of(world, "failure")
    again = plan.Rerun(repo=REPO, run=run, attempt=1)
    assert do(world, again, again) == [Done.created, Done.unchanged]
    assert world.bot.workflow_run(REPO, run).run_attempt == 2


def test_a_job_begins_again_once(world: World) -> None:
    run = run_of(world, "failure")
    for name in ("train / Plan", "train / Train tiny"):
        world.hub.admin.report_job(REPO, run, name, steps={"Train": "success"})
    *_, job = world.bot.jobs(REPO, run, 1)
    assert (job.name, [(step.name, step.conclusion) for step in job.steps]) == (
        "train / Train tiny",
        [("Train", "success")],
    )
    again = plan.Rerun(repo=REPO, run=run, attempt=1, job=job.id)
    assert do(world, again, again) == [Done.created, Done.unchanged]
    found = [(one.name, bool(one.completed_at)) for one in world.bot.jobs(REPO, run, 2)]
    assert found == [("train / Plan", True), ("train / Train tiny", False)]


def test_a_waiting_run_is_let_run_once(world: World) -> None:
    run = run_of(world, "action_required")
    let = plan.Approve(repo=REPO, run=run)
    assert do(world, let, let) == [Done.updated, Done.unchanged]
    assert world.bot.workflow_run(REPO, run).conclusion is None


def test_only_our_own_replies_are_settled(world: World) -> None:
    place = f"| {awaiting_run(5, 2)} |"
    waiting = f"{REPLY}7 -->\n{place}"
    for forge in (world.bot, world.person):
        forge.create_comment(REPO, 1, waiting)
    world.bot.create_comment(REPO, 1, f"No reply, but like one: {place}")
    settle = plan.Settle(repo=REPO, number=1, sha=world.prepared.head, run=5, attempt=2, said="done.")
    assert do(world, settle, settle) == [Done.updated, Done.unchanged]
    said = [(one.user.login, one.body) for one in world.bot.issue_comments(REPO, 1) if one.user]
    assert said == [
        (BOT, f"{REPLY}7 -->\n| done. |"), (PERSON, waiting), (BOT, f"No reply, but like one: {place}"),
    ]  # fmt: skip


def test_a_file_is_edited_on_the_head_that_was_seen_alone(world: World) -> None:
    head = world.prepared.head
    wanted = plan.Edit(repo=REPO, branch="topic", head=head, path="params.yaml", content=b"C: 2\n", message="Set C")
    assert do(world, wanted, wanted) == [Done.updated, Done.unchanged]
    tip = world.bot.pull_request(REPO, 1).head.sha
    assert world.bot.file(REPO, tip, "params.yaml") == b"C: 2\n"
    with pytest.raises(Moved):
        do(world, plan.Edit(repo=REPO, branch="topic", head=head, path="params.yaml", content=b"C: 3\n", message="Set"))
    with pytest.raises(NotFound, match="no branch gone"):
        do(world, plan.Edit(repo=REPO, branch="gone", head=head, path="a", content=b"", message="Set"))


def test_a_dry_run_tells_of_them(world: World) -> None:
    effects = (
        plan.React(repo=REPO, comment=7, reaction=plan.Reaction.refused),
        plan.HeadIs(repo=REPO, number=1, sha="a" * 40),
        plan.Still(repo=REPO, branch="ledger", tip="a" * 40, folders=("overrides/a", "overrides/b")),
        plan.Rerun(repo=REPO, run=3, attempt=2),
        plan.Rerun(repo=REPO, run=3, attempt=2, job=8),
        plan.Approve(repo=REPO, run=4),
        plan.Edit(repo=REPO, branch="topic", head="b" * 40, path="p.yaml", content=b"C: 2\n", message="Set C"),
        plan.Settle(repo=REPO, number=1, sha="c" * 40, run=5, attempt=2, said="done."),
    )
    assert describe(plan.Plan(effects)).split("\n\n") == [
        f"reaction confused to comment 7 of {REPO}",
        f"go on only while {REPO}#1 is at {'a' * 40}",
        f"go on only while overrides/a, overrides/b on ledger of {REPO} stay as they are",
        f"run 3 of {REPO} again, after attempt 2",
        f"job 8 of run 3 of {REPO} again, after attempt 2",
        f"approve run 4 of {REPO}",
        f"commit p.yaml on topic of {REPO}, at {'b' * 40}: Set C\n    C: 2",
        f"replies on {REPO}#1 that wait for attempt 2 to train {'c' * 40}:\n    done.\n",
    ]

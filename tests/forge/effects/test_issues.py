"""The effects on issues of ours: one that is open and says what it should, or none."""

from merganser import plan
from merganser.forge.effects.apply import apply
from merganser.forge.effects.outcome import Done
from tests.forge import plans
from tests.forge.world import REPO, World
from tests.hub.clients import fetch


def done(world: World, *effects: plan.Effect) -> list[Done]:
    return [outcome.done for outcome in apply(plan.Plan(effects), world.bot, sleep=lambda seconds: None)]


def ours(world: World) -> list[tuple[int, str | None]]:
    return [(one.number, one.body) for one in world.bot.open_issues(REPO, "merganser[bot]")]


def test_it_is_opened_once_edited_and_closed_with_its_last_word(world: World) -> None:
    assert done(world, plans.close_issue()) == [Done.unchanged]
    assert done(world, plans.issue(), plans.issue()) == [Done.created, Done.unchanged]
    assert done(world, plans.issue("It still fails.")) == [Done.updated]
    [(number, body)] = ours(world)
    assert body == f"{plans.ISSUE}\nIt still fails."
    assert done(world, plans.close_issue(), plans.close_issue()) == [Done.updated, Done.unchanged]
    assert ours(world) == []
    closed = fetch("GET", f"{world.hub.api_url}/repos/{REPO}/issues/{number}").json
    assert (closed["state"], closed["state_reason"]) == ("closed", "completed")
    assert closed["body"] == f"{plans.ISSUE}\nIt passes."
    assert done(world, plans.issue()) == [Done.created]
    assert [one for one, _ in ours(world)] == [number + 1]


def test_only_ours_counts_and_of_several_the_oldest_stays(world: World) -> None:
    marked = plans.issue().body
    theirs = world.person.create_issue(REPO, title="digits fails", body=marked)
    first = world.bot.create_issue(REPO, title="digits fails", body=marked)
    world.bot.create_issue(REPO, title="digits fails", body=marked)
    world.bot.create_issue(REPO, title="Quoted", body=f"> {marked}")
    assert done(world, plans.issue()) == [Done.unchanged]
    assert [number for number, _ in ours(world)] == [first.number + 2, first.number]
    assert done(world, plans.close_issue()) == [Done.updated]
    assert [one.number for one in world.person.open_issues(REPO, "ada") if one.title == "digits fails"] == [
        theirs.number
    ]


def test_a_repository_without_issues_gets_none(world: World) -> None:
    world.hub.admin.disable_issues(REPO)
    assert done(world, plans.issue(), plans.close_issue()) == [Done.unchanged, Done.unchanged]
    assert ours(world) == []

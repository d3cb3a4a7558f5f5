"""Death before or after any single request of any effect: the next run ends in the state of an undisturbed one."""

from pathlib import Path
from typing import Any

import pytest

from merganser import plan
from merganser.awaiting import REPLY, awaiting_run
from merganser.forge.effects.apply import apply
from tests.forge import plans
from tests.forge.killing import Killed, When, counted, kill_at
from tests.forge.world import PERSON, REPO, Prepared, World, running, state

SAMPLES = 3


def wanted(world: World) -> plan.Plan:
    """One effect of each kind, on what lies around."""
    runs = sorted(run.id for run in world.bot.workflow_runs(REPO, world.prepared.head))
    comment = min(one.id for one in world.bot.issue_comments(REPO, 1))
    [job] = world.bot.jobs(REPO, runs[2], 1)
    of_comments = plans.of_comments(world.prepared, comment, (runs[0], runs[1], runs[2]), job.id)
    closed = plan.CloseIssue(repo=REPO, marker=plans.AMENDED, body=f"{plans.AMENDED}\nIt passes.")
    return plan.Plan((*of_comments, closed, *plans.everything(world.prepared).effects), "One of each")


def at_work(world: World) -> None:
    """What lies around the effects: comments of others, replies and an issue of ours, runs."""
    for n in range(3):
        world.person.create_comment(REPO, 1, f"{plans.MARKER} a person's {n}")
    for body in (f"{REPLY}7 -->\n| {awaiting_run(5, 2)} |", f"{plans.AMENDED}\nJudged."):
        world.bot.create_comment(REPO, 1, body)
    world.bot.create_issue(REPO, title="It fails", body=plans.AMENDED)
    for conclusion in ("failure", "action_required", "success"):
        run = world.hub.admin.start_workflow_run(REPO, head_branch="topic", head_sha=world.prepared.head, actor=PERSON)
        world.hub.admin.finish_workflow_run(REPO, run["id"], conclusion)
    world.hub.admin.report_job(REPO, run["id"], "Train tiny")


@pytest.fixture(scope="session")
def undisturbed(prepared: Prepared, tmp_path_factory: pytest.TempPathFactory) -> tuple[int, dict[str, Any]]:
    """How many requests the whole plan takes, and the state that it leaves."""
    with running(prepared, tmp_path_factory.mktemp("undisturbed") / "world") as world:
        at_work(world)
        everything = wanted(world)
        with counted() as counter:
            apply(everything, world.bot)
        return len(counter), state(world)


def _killed_and_run_again(world: World, index: int, when: When) -> dict[str, Any]:
    at_work(world)
    everything = wanted(world)
    with kill_at(index, when), pytest.raises(Killed):
        apply(everything, world.bot)
    apply(everything, world.bot)
    return state(world)


@pytest.mark.parametrize("when", When)
@pytest.mark.parametrize("part", range(SAMPLES))
def test_killed_at_a_sample_of_requests(
    prepared: Prepared, undisturbed: tuple[int, dict[str, Any]], tmp_path: Path, when: When, part: int
) -> None:
    requests, expected = undisturbed
    for index in range(part * 6 + (when is When.after), requests, SAMPLES * 6):
        with running(prepared, tmp_path / str(index)) as world:
            assert _killed_and_run_again(world, index, when) == expected, f"killed {when} request {index}"


@pytest.mark.integration
@pytest.mark.parametrize("when", When)
def test_killed_at_every_request(
    prepared: Prepared, undisturbed: tuple[int, dict[str, Any]], tmp_path: Path, when: When
) -> None:
    requests, expected = undisturbed
    for index in range(requests):
        with running(prepared, tmp_path / str(index)) as world:
            assert _killed_and_run_again(world, index, when) == expected, f"killed {when} request {index}"


def test_the_plan_makes_every_kind_of_effect(world: World) -> None:
    at_work(world)
    assert {type(effect) for effect in wanted(world).effects} == set(plan.Effect.__args__)

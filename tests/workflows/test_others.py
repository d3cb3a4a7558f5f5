"""Changes that don't come from a branch of our own, and a repository that uses the one action alone."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from merganser.config import TRAIN_WORKFLOW
from merganser.forge.protocol import ACTIONS_LOGIN
from merganser.setup import actions
from tests.commands.outside import Outsider, checks_of, post
from tests.commands.stage import CONFIG, REPO, TRAIN, Life, fetch, params, prepare_empty
from tests.workflows.runner import TEMPLATES, Runner

# Without a release after the merge, which would need an environments repo.
MODEL = {
    "merganser.yaml": CONFIG.replace("on: merge", "on: command"),
    "train.py": TRAIN,
    "params.yaml": params(10, 10),
}
ON_A_GPU = TEMPLATES[TRAIN_WORKFLOW].replace('prepare: ""', """runners: '{"tiny": ["self-hosted", "gpu"]}'""")
ACTION_ALONE = """\
name: Judge
on:
  workflow_run: {workflows: [Merganser train], types: [completed]}
permissions: {actions: read, checks: write, contents: write, pull-requests: write}
jobs:
  judge:
    runs-on: [self-hosted, trusted]
    steps:
      - uses: someone/merganser@v1
"""


@pytest.fixture
def life(tmp_path: Path) -> Iterator[Life]:
    with prepare_empty(tmp_path) as life:
        yield life


def comments(life: Life, number: int) -> list[str]:
    found = fetch(life.hub, life.access.person, f"/repos/{REPO}/issues/{number}/comments")
    assert {one["user"]["login"] for one in found} <= {ACTIONS_LOGIN}
    return [one["body"] for one in found]


def test_a_forks_run_waits_for_a_maintainer_and_is_judged_then(life: Life, tmp_path: Path) -> None:
    life.push(REPO, MODEL | TEMPLATES, "main")
    runner, eve = Runner(life, tmp_path / "runner"), Outsider(life, tmp_path)
    eve.push({"params.yaml": params(100, 100)}, "main")
    number = eve.open("main")
    sha, opened = life.head(number), runner.opened(number)
    run = actions.begin(runner.actions, opened)
    assert (run["actor"]["login"], run["head_repository"]["full_name"]) == ("eve", "eve/tiny")
    life.hub.admin.finish_workflow_run(REPO, run["id"], "action_required")
    waiting = runner.report(run, "completed")
    assert waiting.success, waiting.log
    assert checks_of(life, sha) == [("queued", None, f"waiting for /ok-to-test {sha[:12]}")]
    post(life, life.access.person, f"/repos/{REPO}/actions/runs/{run['id']}/approve", {})
    trained = actions.carry_out(runner.actions, opened, run)
    reported = runner.report(run, "completed")
    assert (trained.success, reported.success) == (True, True), trained.log + reported.log
    [(status, conclusion, _)] = checks_of(life, sha)
    assert (status, conclusion) == ("completed", "success")
    assert "tiny: passes" in comments(life, number)[0]


@pytest.mark.integration  # ten runs
def test_a_merge_queues_group_is_judged_and_merged(life: Life, tmp_path: Path) -> None:
    """The group reuses what its pull request trained, and main after it what the group was judged by."""
    life.push(REPO, MODEL | TEMPLATES, "main")
    runner = Runner(life, tmp_path / "runner")
    main = fetch(life.hub, life.access.person, f"/repos/{REPO}/branches/main")["commit"]["sha"]
    first = actions.deliver(runner.actions, actions.push(runner.actions, REPO, "0" * 40, main))
    assert [one.success for one in first] == [True] * 3, [one.log for one in first]
    number = life.propose("better", {"params.yaml": params(100, 100)})
    actions.deliver(runner.actions, runner.opened(number))
    group = life.hub.queue.add(REPO, number)
    ran = actions.deliver(runner.actions, actions.merge_group(runner.actions, REPO, group))
    assert [one.success for one in ran] == [True] * 3, [one.log for one in ran]
    assert [len(one.artifacts) for one in ran] == [0, 0, 0]
    [(status, conclusion, title)] = checks_of(life, group.head)
    assert (status, conclusion) == ("completed", "success"), title
    life.hub.queue.merge(REPO, group)
    ran = actions.deliver(runner.actions, actions.push(runner.actions, REPO, main, group.head))
    assert [one.success for one in ran] == [True] * 3, [one.log for one in ran]
    assert [len(one.artifacts) for one in ran] == [0, 0, 0]


def test_the_action_alone_answers_somebody_elses_training(life: Life, tmp_path: Path) -> None:
    """Nothing of ours but one `uses:`; the action is fetched under whatever name its copy has."""
    life.push(REPO, MODEL | {TRAIN_WORKFLOW: ON_A_GPU, ".github/workflows/judge.yml": ACTION_ALONE}, "main")
    runner = Runner(life, tmp_path / "runner")
    number = life.propose("better", {"params.yaml": params(100, 100)})
    trained, judged = actions.deliver(runner.actions, runner.opened(number))
    assert (trained.success, judged.success) == (True, True), trained.log + judged.log
    assert judged.workflow == ".github/workflows/judge.yml"
    [(status, conclusion, _)] = checks_of(life, life.head(number))
    assert (status, conclusion) == ("completed", "success")
    assert "tiny: passes" in comments(life, number)[0]

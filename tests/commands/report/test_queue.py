"""A merge queue's groups: judged by their own tree against the default branch, with what their pull requests left."""

import pytest

from merganser.hub.queue import Group
from tests.commands.outside import checks_of, records_of
from tests.commands.report.test_report import comments_of, rewritten
from tests.commands.stage import CONFIG, REPO, TRAIN, Job, Life, Moment, params

LOOSENED = CONFIG.replace("margin: 0.02", "margin: 0.5").replace("margin: 0.05", "margin: 0.9")
PASSES = ("completed", "success", "tiny: passes (accuracy +0.09)")


def job_of(group: Group) -> Job:
    branch = group.branch
    return Job(event="merge_group", ref=f"refs/heads/{branch}", branch=branch, sha=group.head, payload=group.payload())


def test_a_group_and_its_merge_reuse_the_pull_requests_run(life: Life, moments: dict[str, Moment]) -> None:
    life.do("report", moments["report"].event)
    before = comments_of(life, 2)
    group = life.hub.queue.add(REPO, 2)
    run = life.start(job_of(group))
    life.do("report", life.event(run, "requested"))
    assert checks_of(life, group.head) == [("in_progress", None, "training")]
    life.do("report", life.finished(run))
    assert checks_of(life, group.head) == [PASSES]
    assert comments_of(life, 2) == before
    trained = moments["report"].event["workflow_run"]["id"]
    [record] = records_of(life, run)
    assert (record["recorded"]["event"], record["recorded"]["merged"]) == ("merge_group", False)
    assert (record["recorded"]["commit"], record["source"]["run_id"]) == (group.head, trained)
    life.hub.queue.merge(REPO, group)
    pushed = life.start(Job(event="push", ref="refs/heads/main", branch="main", sha=group.head))
    life.do("report", life.finished(pushed))
    [record] = records_of(life, pushed)
    assert (record["recorded"]["merged"], record["source"]["run_id"]) == (True, trained)
    assert checks_of(life, group.head) == [PASSES]


@pytest.mark.parametrize("method", ["merge", "squash"])
def test_what_is_queued_ahead_is_part_of_the_group(method: str, life: Life, moments: dict[str, Moment]) -> None:
    """A docs change behind a model's change brings the model too, and has its run."""
    life.do("report", moments["report"].event)
    docs = life.propose("docs", {"README.md": "# better words\n"})
    group = life.hub.queue.add(REPO, docs, life.hub.queue.add(REPO, 2, method=method), method=method)
    life.do("report", life.finished(life.start(job_of(group))))
    assert checks_of(life, group.head) == [PASSES]


def test_a_group_that_trained_is_reused_by_its_merge(life: Life, moments: dict[str, Moment]) -> None:
    """The pull request was behind: together with what came before it, the inputs are others than it was judged by."""
    life.do("report", moments["report"].event)
    life.push(REPO, {"train.py": f"{TRAIN}# faster\n"}, "main")
    group = life.hub.queue.add(REPO, 2)
    event = life.train(job_of(group))
    life.do("report", event)
    assert checks_of(life, group.head) == [PASSES]
    life.hub.queue.merge(REPO, group)
    pushed = life.start(Job(event="push", ref="refs/heads/main", branch="main", sha=group.head))
    life.do("report", life.finished(pushed))
    [record] = records_of(life, pushed)
    assert record["source"]["run_id"] == event["workflow_run"]["id"]


@pytest.mark.parametrize(
    ("conclusion", "words"),
    [
        ("failure", "its training failed"),
        ("skipped", "its training ended as skipped"),
        ("cancelled", "its training was cancelled"),
        ("timed_out", "its training took too long"),
    ],
)
def test_training_that_did_not_succeed_is_red_in_the_queue(conclusion: str, words: str, life: Life) -> None:
    group = life.hub.queue.add(REPO, 2)
    life.do("report", life.finished(life.start(job_of(group)), conclusion))
    [(status, red, title)] = checks_of(life, group.head)
    assert (status, red, words in title.lower()) == ("completed", "failure", True)
    assert comments_of(life, 2) == []


def test_a_groups_bundle_that_names_another_tree_is_red(life: Life) -> None:
    group = life.hub.queue.add(REPO, 2)
    life.do("report", life.train(job_of(group), rewritten(tree="1" * 40)))
    [(_, conclusion, title)] = checks_of(life, group.head)
    assert (conclusion, "names another model, tree" in title) == ("failure", True)


def test_a_group_does_not_reuse_a_strangers_run_of_the_same_inputs(life: Life, moments: dict[str, Moment]) -> None:
    life.do("report", moments["report"].event)
    copycat = life.propose("copycat", {"params.yaml": params(100, 100), "README.md": "# another\n"})
    group = life.hub.queue.add(REPO, copycat)
    life.do("report", life.finished(life.start(job_of(group))))
    [(_, conclusion, title)] = checks_of(life, group.head)
    assert (conclusion, "left no bundle" in title) == ("failure", True)


def test_a_group_is_judged_by_the_rules_of_what_it_builds_on(life: Life) -> None:
    """A looser gate in the queue doesn't judge itself, and is loose only once it is merged."""
    files: dict[str, str | None] = {"params.yaml": params(10, 3)}
    number = life.propose("loose", files | {"merganser.yaml": LOOSENED})
    group = life.hub.queue.add(REPO, number)
    event = life.train(job_of(group))
    life.do("report", event)
    assert [check[1] for check in checks_of(life, group.head)] == ["failure"]
    life.hub.queue.merge(REPO, group)
    life.do("report", event)
    assert [check[1] for check in checks_of(life, group.head)] == ["failure"]

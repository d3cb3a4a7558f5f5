"""Which workflows an event starts, as GitHub's documentation of `on` says."""

from typing import Any

import pytest

from merganser.config import TRAIN_WORKFLOW
from merganser.setup.listening import labels, listens, read, uses
from merganser.setup.suite import templates

PULL = {"action": "opened", "pull_request": {"base": {"ref": "main"}}}
GROUP = {"action": "checks_requested", "merge_group": {"base_ref": "refs/heads/main"}}
PUSH = {"ref": "refs/heads/main"}


def run(name: str, action: str) -> dict[str, Any]:
    return {"action": action, "workflow_run": {"name": name}}


@pytest.mark.parametrize(
    ("on", "event", "payload", "starts"),
    [
        ("on: push", "push", PUSH, True),
        ("on: [push, pull_request]", "pull_request", PULL, True),
        ("on: push", "pull_request", PULL, False),
        ("on: {pull_request: }", "pull_request", PULL, True),
        ("on: {pull_request: }", "pull_request", PULL | {"action": "edited"}, False),
        ("on: {pull_request: {types: [edited]}}", "pull_request", PULL | {"action": "edited"}, True),
        ("on: {pull_request: {branches: [main]}}", "pull_request", PULL, True),
        ("on: {pull_request: {branches: ['release/*']}}", "pull_request", PULL, False),
        ("on: {push: {branches: ['ma*']}}", "push", PUSH, True),
        ("on: {push: {branches-ignore: [main]}}", "push", PUSH, False),
        ("on: {workflow_run: {workflows: [Train]}}", "workflow_run", run("Train", "requested"), True),
        (
            "on: {workflow_run: {workflows: [Train], types: [completed]}}",
            "workflow_run",
            run("Train", "requested"),
            False,
        ),
        ("on: {workflow_run: {workflows: [Train]}}", "workflow_run", run("Test", "completed"), False),
        ("on: {schedule: [{cron: '7 * * * *'}]}", "schedule", {"schedule": "7 * * * *"}, True),
        ("on: {issue_comment: {types: [created]}}", "issue_comment", {"action": "created"}, True),
        ("on: {issue_comment: {types: [created]}}", "issue_comment", {"action": "deleted"}, False),
        ("on: {merge_group: }", "merge_group", GROUP, True),
        ("on: {merge_group: {branches: [release]}}", "merge_group", GROUP, False),
        ("on: [", "push", PUSH, False),
        ("on: 3", "push", PUSH, False),
        ("- on", "push", PUSH, False),
    ],
)
def test_an_event_starts_what_listens_to_it(on: str, event: str, payload: dict[str, Any], starts: bool) -> None:
    assert listens(read("x.yml", on), event, payload) is starts


def test_the_templates_are_ours_and_hear_of_each_other() -> None:
    found = {path: read(path, text) for path, text in templates().items()}
    assert {one.is_ours for one in found.values()} == {True}
    train, report = found[TRAIN_WORKFLOW], found[".github/workflows/merganser-report.yml"]
    for action in ("requested", "completed"):
        assert listens(report, "workflow_run", run(train.name, action))


@pytest.mark.parametrize(
    ("path", "text", "ours"),
    [
        ("a.yml", "uses: acme/merganser@v1", True),
        ("a.yml", "uses: 'acme/merganser/actions/report@0123abc'", True),
        ("a.yml", "uses: acme/goosander@v1", False),
        ("a.yml", "uses: acme/ml/.github/workflows/merganser-report.yml@v2", True),
        ("a.yml", "uses: acme/ml/.github/workflows/report.yml@v2", False),
        ("a.yml", "name: merganser", False),
        (TRAIN_WORKFLOW, "name: Train", True),
    ],
)
def test_a_workflow_is_ours_that_trains_or_uses_us(path: str, text: str, ours: bool) -> None:
    assert read(path, text).is_ours is ours


def test_what_a_workflow_uses_is_named_by_repository_and_ref() -> None:
    text = "uses: a/b/.github/workflows/merganser-train.yml@v1\n  uses: a/b/actions/plan@v1\n"
    text += "- uses: 'actions/cache@0123abc' # v4\n"
    assert uses(text) == [("a/b@v1", True), ("a/b@v1", True), ("actions/cache@0123abc", False)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            "jobs: {a: {runs-on: ubuntu-latest}, b: {runs-on: [self-hosted, gpu]}}",
            {"ubuntu-latest", "self-hosted", "gpu"},
        ),
        ("jobs: {a: {runs-on: '${{ matrix.os }}'}, b: {runs-on: {labels: big}}}", {"big"}),
        ("""jobs: {a: {uses: x, with: {runners: '{"m": ["gpu", "linux"], "n": "cpu"}'}}}""", {"gpu", "linux", "cpu"}),
        ("jobs: {a: {with: {runners: '{'}}, b: 3}", set()),
        ("jobs: [", set()),
        ("- jobs", set()),
    ],
)
def test_a_workflow_asks_for_runners_by_labels(text: str, found: set[str]) -> None:
    assert labels(text) == found

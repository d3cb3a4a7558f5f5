"""A pull request goes through the very workflow files: untrusted job, artifacts, trusted job, comment and check."""

import base64
import contextlib
import datetime
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from merganser.forge.protocol import ACTIONS_LOGIN
from tests.commands.outside import post
from tests.commands.stage import BOT, CONFIG, ENVIRONMENTS, REPO, STAGES, TRAIN, Life, fetch, params, prepare_empty
from tests.forge.keys import Keys
from tests.workflows.runner import TEMPLATES, Ran, Runner


@contextlib.contextmanager
def working(folder: Path) -> Iterator[Runner]:
    """A model repository whose default branch has the two workflows, as copied from the templates."""
    with prepare_empty(folder) as life:
        life.push(ENVIRONMENTS, {"environments.yaml": STAGES}, "main")
        life.push(REPO, {"README.md": "# tiny\n"}, "main")
        life.push(
            REPO, {"merganser.yaml": CONFIG, "train.py": TRAIN, "params.yaml": params(10, 10), **TEMPLATES}, "main"
        )
        yield Runner(life, folder / "runner")


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runner]:
    with working(tmp_path_factory.mktemp("workflows")) as found:
        yield found


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Runner]:
    """A runner of its own, for a test that looks at all that there is."""
    with working(tmp_path) as found:
        yield found


def checks(life: Life, number: int) -> list[dict[str, Any]]:
    path = f"/repos/{REPO}/commits/{life.head(number)}/check-runs"
    return list(fetch(life.hub, life.access.person, path)["check_runs"])


def comments(life: Life, number: int) -> list[dict[str, Any]]:
    return list(fetch(life.hub, life.access.person, f"/repos/{REPO}/issues/{number}/comments"))


def artifacts(life: Life, ran: Ran) -> list[str]:
    found = fetch(life.hub, life.access.person, f"/repos/{REPO}/actions/runs/{ran.run}/artifacts")
    return sorted(one["name"] for one in found["artifacts"])


def test_a_pull_request_gets_its_comment_and_its_check(runner: Runner) -> None:
    number = runner.life.propose("better", {"params.yaml": params(100, 100)})
    run = runner.begin(number)
    told = runner.report(run, "requested")
    assert told.success, told.log
    assert [check["status"] for check in checks(runner.life, number)] == ["in_progress"]
    trained, reported = runner.pull_request(run, number)
    assert (trained.success, reported.success) == (True, True), trained.log + reported.log
    # No run of the default branch is recorded yet, so its commit is trained in the same job.
    assert artifacts(runner.life, trained) == ["merganser-tiny-1", "merganser-tiny-1-base", "merganser-tiny-1-files"]
    [check] = checks(runner.life, number)
    assert (check["name"], check["conclusion"]) == ("merganser/gate", "success")
    [comment] = comments(runner.life, number)
    assert comment["user"]["login"] == ACTIONS_LOGIN
    assert "tiny: passes (accuracy +0.09)" in comment["body"]  # six of 600 rows are wrong, and 60 at base
    assert "trained in this change's own job" in comment["body"]
    assert runner.token not in trained.log + reported.log


def test_a_base_that_fails_is_no_fault_of_the_change(runner: Runner) -> None:
    """The default branch is broken, and its repair is judged without a baseline, as a first run is."""
    runner.life.push(REPO, {"train.py": "raise SystemExit('broken at base')\n"}, "main")
    number = runner.life.propose("repair", {"train.py": TRAIN})
    trained, reported = runner.pull_request(runner.begin(number), number)
    runner.life.push(REPO, {"train.py": TRAIN}, "main")
    assert (trained.success, reported.success) == (True, True), trained.log + reported.log
    assert "broken at base" in trained.log
    assert artifacts(runner.life, trained) == ["merganser-tiny-1", "merganser-tiny-1-files"]
    [check] = checks(runner.life, number)
    assert check["conclusion"] == "success"
    [comment] = comments(runner.life, number)
    assert "left no run of the base commit either" in comment["body"]


def test_a_failed_training_is_red(runner: Runner) -> None:
    number = runner.life.propose("broken", {"train.py": "raise SystemExit('no more memory')\n"})
    trained, reported = runner.pull_request(runner.begin(number), number)
    assert (trained.success, reported.success) == (False, True), trained.log + reported.log
    assert "no more memory" in trained.log
    assert artifacts(runner.life, trained) == []
    [check] = checks(runner.life, number)
    assert (check["name"], check["conclusion"]) == ("merganser/gate", "failure")
    [comment] = comments(runner.life, number)
    assert "training failed" in comment["body"]


def test_the_clock_finishes_what_no_event_told_of(runner: Runner) -> None:
    number = runner.life.propose("unheard", {"params.yaml": params(90, 90)})
    trained = runner.train(runner.opened(number))
    assert checks(runner.life, number) == []
    swept = runner.sweep()
    assert (trained.success, swept.success) == (True, True), trained.log + swept.log
    assert [check["conclusion"] for check in checks(runner.life, number)] == ["success"]
    assert len(comments(runner.life, number)) == 1


def test_a_comment_that_is_a_command_is_answered_and_talk_is_not(runner: Runner) -> None:
    life = runner.life
    number = life.propose("talked-about", {"params.yaml": params(120, 120)})
    talk, command = (
        post(life, life.access.person, f"/repos/{REPO}/issues/{number}/comments", {"body": body})
        for body in ("Looks good", "/help")
    )
    assert runner.commented(talk).steps == ()
    answered = runner.commented(command)
    assert answered.success, answered.log
    *_, reply = comments(life, number)
    assert reply["user"]["login"] == ACTIONS_LOGIN
    assert "/override" in reply["body"]


def test_a_command_that_writes_does_so_from_its_event_to_its_reply(runner: Runner) -> None:
    """A red check, an override by someone else, and the check that is green for it."""
    life, token = runner.life, runner.hub.admin.create_user("maud")
    runner.hub.admin.set_permission(REPO, "maud", "maintain")
    number = life.propose("overridden", {"params.yaml": params(6, 6) + "c: 1\n"})
    runner.pull_request(runner.begin(number), number)
    assert [check["conclusion"] for check in checks(life, number)] == ["failure"]
    said = "/override accuracy:non_inferior --reason 'the old labels were wrong'\n/train tiny a=7"
    comment = post(life, token, f"/repos/{REPO}/issues/{number}/comments", {"body": said})
    answered = runner.commented(comment)
    assert answered.success, answered.log
    *_, reply = comments(life, number)
    assert reply["user"]["login"] == ACTIONS_LOGIN
    assert "`accuracy:non_inferior` of `tiny` is overridden, and judged again" in reply["body"]
    assert "In `params.yaml`, set `a=7`." in reply["body"]
    assert [check["conclusion"] for check in checks(life, number)] == ["success"]
    reactions = fetch(life.hub, life.access.person, f"/repos/{REPO}/issues/comments/{comment['id']}/reactions")
    assert [one["content"] for one in reactions] == ["eyes", "rocket"]
    record = f"/repos/{REPO}/contents/overrides/tiny/{comment['id']}-1.json?ref=merganser-ledger"
    kept = json.loads(base64.b64decode(fetch(life.hub, life.access.person, record)["content"]))
    assert (kept["by"], kept["reason"]) == ("maud", "the old labels were wrong")


@pytest.mark.integration  # two whole pushes on one runner
def test_a_merge_becomes_a_version_and_its_deployment(alone: Runner) -> None:
    """The push reuses what its pull request trained; as an App, the trusted workflow registers and proposes it."""
    life, keys = alone.life, Keys()
    alone.act_as_app(keys)
    number = life.propose("steady", {"params.yaml": params(150, 150)})
    alone.pull_request(alone.begin(number), number)
    before = fetch(life.hub, life.access.person, f"/repos/{REPO}/branches/main")["commit"]["sha"]
    trained, reported = alone.push(before, life.merge(REPO, number))
    assert (trained.success, reported.success) == (True, True), trained.log + reported.log
    # Nothing is recorded yet that the push could be compared with, so its base is trained; the model isn't.
    assert artifacts(life, trained) == ["merganser-tiny-1-base"]
    [release] = fetch(life.hub, life.access.person, f"/repos/{REPO}/releases")
    assert release["tag_name"] == "tiny@v0.1.0"
    [pull] = fetch(life.hub, life.access.person, f"/repos/{ENVIRONMENTS}/pulls")
    assert "tiny" in pull["title"]
    assert "staging" in pull["title"]
    assert pull["user"]["login"] == BOT
    assert keys.private.splitlines()[1] not in trained.log + reported.log


@pytest.mark.integration  # a training, a sweep and a release
def test_a_merge_of_which_no_event_told_is_released_by_the_clock(alone: Runner) -> None:
    life = alone.life
    alone.act_as_app(Keys())
    before = fetch(life.hub, life.access.person, f"/repos/{REPO}/branches/main")["commit"]["sha"]
    life.push(REPO, {"params.yaml": params(200, 200)}, "main")
    after = fetch(life.hub, life.access.person, f"/repos/{REPO}/branches/main")["commit"]["sha"]
    trained = alone.train(alone.pushed(before, after))
    swept = alone.sweep()
    assert (trained.success, swept.success) == (True, True), trained.log + swept.log
    releases = fetch(life.hub, life.access.person, f"/repos/{REPO}/releases")
    tags = [fetch(life.hub, life.access.person, f"/repos/{REPO}/commits/{one['tag_name']}") for one in releases]
    assert after in [tag["sha"] for tag in tags]


@pytest.mark.integration  # a training and three sweeps
def test_a_baseline_that_would_expire_is_uploaded_again(alone: Runner) -> None:
    life = alone.life
    alone.act_as_app(Keys())
    before = fetch(life.hub, life.access.person, f"/repos/{REPO}/branches/main")["commit"]["sha"]
    life.push(REPO, {"params.yaml": params(300, 300)}, "main")
    after = fetch(life.hub, life.access.person, f"/repos/{REPO}/branches/main")["commit"]["sha"]
    trained, reported = alone.push(before, after)
    assert (trained.success, reported.success) == (True, True), trained.log + reported.log
    with contextlib.closing(sqlite3.connect(life.hub.directory / "hub.sqlite")) as database, database:
        ends = (datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=3)).strftime("%Y-%m-%dT%H:%M:%SZ")
        made = "2026-01-01T00:00:00Z"
        database.execute(
            "UPDATE artifacts SET expires_at = ?, created_at = ? WHERE run_id = ?", (ends, made, trained.run)
        )
    swept = [alone.sweep() for _ in range(3)]
    assert [one.success for one in swept] == [True, True, True], swept[0].log + swept[1].log
    predictions = f"merganser-kept-{trained.run}-merganser-tiny-1"
    assert [artifacts(life, one) for one in swept] == [[predictions], [f"{predictions}-files"], []]
    tree = fetch(life.hub, life.access.person, f"/repos/{REPO}/git/trees/merganser-ledger?recursive=1")["tree"]
    kept = {entry["path"] for entry in tree if entry["path"].startswith("kept/") and entry["type"] == "blob"}
    assert kept == {
        f"kept/{trained.run}/merganser-tiny-1/{swept[0].run}.json",
        f"kept/{trained.run}/merganser-tiny-1-files/{swept[1].run}.json",
    }

"""Slash commands end to end on the hub: what was meant is what runs, and the reply says what came of it."""

import base64
import html
import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from merganser.forge.times import Times
from tests.commands.outside import checks_of
from tests.commands.report.test_queue import job_of
from tests.commands.stage import CONFIG, ENVIRONMENTS, REPO, STAGES, TRAIN, Job, params, prepare_empty
from tests.commands.talking import Talk, propose_worse


@contextmanager
def set_up(folder: Path) -> Iterator[Talk]:
    """A repository with one merged run, and people."""
    with prepare_empty(folder) as life:
        life.push(ENVIRONMENTS, {"environments.yaml": STAGES}, "main")
        life.push(REPO, {"README.md": "# tiny\n"}, "main")
        files = {"merganser.yaml": CONFIG, "train.py": TRAIN, "params.yaml": params(10, 10)}
        life.do("report", life.train_push(life.merge(REPO, life.propose("set-up", files))))
        yield Talk(life)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Talk]:
    """For tests that leave the default branch as it is: whichever comes first, all compare with the same run."""
    with set_up(tmp_path_factory.mktemp("chatops")) as talk:
        yield talk


@pytest.fixture
def own_stage(tmp_path: Path) -> Iterator[Talk]:
    with set_up(tmp_path) as talk:
        yield talk


@pytest.fixture
def worse(stage: Talk, request: pytest.FixtureRequest) -> int:
    """A pull request whose model is worse, so that its check is red."""
    number, branch = propose_worse(stage.life, request.node.name)
    stage.life.do("report", stage.life.train_pull(number, branch))
    assert stage.checks(number)[0][0] == "failure"
    return number


def test_talk_is_left_alone(stage: Talk, worse: int) -> None:
    event = stage.say(worse, "bob", "I would say `/train` here.\n\n> /gate")
    assert stage.answer(event) == "There is no command in the comment: nothing to do."
    assert stage.reply(worse, event) == ""
    assert stage.reactions(event) == []


def test_help_lists_what_a_person_may(stage: Talk, worse: int) -> None:
    reply = stage.ask(worse, "rita", "/help")
    may, _, rest = reply.partition("<details>")
    assert re.findall(r"^\| `/([a-z-]+)", may, re.MULTILINE) == ["help", "status", "diff"]
    assert len(re.findall(r"^\| `/([a-z-]+)", rest, re.MULTILINE)) == 10
    assert re.search(r"^\| `/gate .*needs the permission write here; you have read.", rest, re.MULTILINE)


def test_faults_run_nothing_and_are_told(stage: Talk, worse: int) -> None:
    event = stage.say(worse, "bob", "/gate\n/trian\n/override x")
    stage.answer(event)
    reply = stage.reply(worse, event)
    assert "Nothing of your comment ran" in reply
    assert "- Line 2: there is no command" in reply
    assert "- Line 3: " in reply
    assert stage.reactions(event) == ["eyes", "confused"]


def test_an_override_turns_the_check_and_its_cancellation_turns_it_back(stage: Talk, worse: int) -> None:
    before = set(stage.ledger())
    event = stage.say(worse, "bob", "/override accuracy:non_inferior --reason 'the old labels were wrong'")
    stage.answer(event)
    reply = stage.reply(worse, event)
    assert "is overridden, and judged again" in reply
    assert stage.reactions(event) == ["eyes", "rocket"]
    [record] = [path for path in set(stage.ledger()) - before if path.startswith("overrides/")]
    assert record == f"overrides/tiny/{event['comment']['id']}-1.json"
    assert stage.checks(worse)[0][0] == "success"
    assert "**Overridden** by `bob`" in next(
        body for login, body in stage.comments(worse) if "merganser:report:" in body
    )
    again = stage.ask(worse, "ada", "/unoverride tiny/accuracy:non_inferior")
    assert "is taken back, and judged again" in again
    assert stage.checks(worse)[0][0] == "failure"


def test_what_was_said_for_want_of_a_baseline_lifts_no_failure_once_it_is_back(own_stage: Talk) -> None:
    life, store = own_stage.life, own_stage.life.hub.store
    number = life.propose("worse", {"params.yaml": params(6, 6)})
    event = life.train_pull(number, "worse")
    [baseline, *_] = store.rows("SELECT id, expires_at FROM artifacts WHERE name = 'merganser-tiny-1' ORDER BY id")
    store.change("UPDATE artifacts SET expires_at = '2020-01-01T00:00:00Z' WHERE id = ?", baseline["id"])
    life.do("report", event)
    run = event["workflow_run"]["id"]
    [path] = [path for path in own_stage.ledger() if path.startswith("verdicts/") and f"-{run}-" in path]
    skipped = [check["id"] for check in own_stage.record(path)["checks"] if check["status"] == "skipped"]
    reply = own_stage.ask(number, "bob", "\n".join(f"/override '{check}' --reason 'it is gone'" for check in skipped))
    assert reply.count("is overridden") == len(skipped) > 1
    assert own_stage.checks(number)[0][0] == "success"
    store.change("UPDATE artifacts SET expires_at = ? WHERE id = ?", baseline["expires_at"], baseline["id"])
    assert "accuracy fell by 0.0667" in own_stage.ask(number, "bob", "/gate")
    assert own_stage.checks(number)[0][0] == "failure"


def test_nobody_overrides_the_gate_of_his_own(stage: Talk, worse: int) -> None:
    before = set(stage.ledger())
    event = stage.say(worse, "ada", "/override accuracy:non_inferior --reason 'trust me'")
    stage.answer(event)
    assert "nobody overrides the gate of their own pull request" in stage.reply(worse, event).lower()
    assert stage.reactions(event) == ["eyes", "confused"]
    assert stage.checks(worse)[0][0] == "failure"
    assert set(stage.ledger()) - before == {f"refusals/{event['comment']['id']}-1.json"}


def test_what_is_not_overridden_is_not_taken_back(stage: Talk, worse: int) -> None:
    reply = stage.ask(worse, "bob", "/unoverride accuracy:min").replace("&#8203;", "")
    assert "The check accuracy:min is pass, so nothing overrides it." in reply


def test_what_nobody_overrode_is_not_taken_back(stage: Talk, worse: int) -> None:
    event = stage.say(worse, "bob", "/unoverride accuracy:non_inferior")
    stage.answer(event)
    said = stage.reply(worse, event).replace("&#8203;", "").replace("&#95;", "_")
    assert "Nobody has overridden the check accuracy:non_inferior, or it has ended." in said
    assert stage.reactions(event) == ["eyes", "confused"]
    assert not any(path.startswith(f"cancellations/tiny/{event['comment']['id']}-") for path in stage.ledger())


def test_an_override_whose_end_has_passed_before_the_answer_is_refused(stage: Talk, worse: int) -> None:
    event = stage.say(worse, "bob", "/override accuracy:non_inferior --reason ok --until 1h")
    stage.answer(event, Times(clock=lambda: time.time() + 2 * 3600))
    assert "is over. Name a later date, or none." in stage.reply(worse, event)
    assert stage.reactions(event) == ["eyes", "confused"]
    assert f"overrides/tiny/{event['comment']['id']}-1.json" not in stage.ledger()


def test_every_command_can_be_asked_more_for(own_stage: Talk) -> None:
    """Even the one that lists them: the same function authorises all."""
    own_stage.life.push(REPO, {"merganser.yaml": CONFIG + "commands: {help: maintain, status: triage}\n"}, "main")
    assert "needs the permission maintain here; you have read" in own_stage.ask(1, "rita", "/help")
    assert "needs the permission triage here; you have read" in own_stage.ask(1, "rita", "/merganser status")
    assert "/status" in own_stage.ask(1, "bob", "/help")


def test_what_a_pull_request_says_of_commands_counts_once_it_is_merged(stage: Talk) -> None:
    lax = "commands: {override: {permission: read, self: allow}, gate: read}\n"
    files = {"params.yaml": params(6, 6) + "d: 1\n", "merganser.yaml": CONFIG + lax}
    number = stage.life.propose("lax", files)
    stage.life.do("report", stage.life.train_pull(number, "lax"))
    own = stage.ask(number, "ada", "/override accuracy:non_inferior --reason 'my own rule'")
    assert "nobody overrides the gate of their own pull request" in own.lower()
    assert "needs the permission write here; you have read" in stage.ask(number, "rita", "/gate")
    assert "needs the permission maintain here; you have read" in stage.ask(
        number, "rita", "/override accuracy:non_inferior --reason ok"
    )


@pytest.mark.parametrize("login", ["helper[bot]", "Copilot"])
def test_a_bots_comment_is_no_command(login: str, stage: Talk, worse: int) -> None:
    stage.tokens[login] = stage.life.hub.admin.create_user(login, kind="Bot")
    stage.life.hub.admin.set_permission(REPO, login, "admin")
    event = stage.say(worse, login, "/gate")
    assert stage.answer(event) == "Bots give no commands: nothing to do."
    assert (stage.reply(worse, event), stage.reactions(event)) == ("", [])


def test_who_may_only_read_is_told_what_is_missing(stage: Talk, worse: int) -> None:
    assert "needs the permission write here; you have read" in stage.ask(worse, "rita", "/gate").replace("&#8203;", "")


def test_judging_again_says_the_same(stage: Talk, worse: int) -> None:
    before = stage.checks(worse)
    assert "Judged again (every model touched, as the check is one): " in stage.ask(worse, "bob", "/gate tiny")
    assert "Judged again: " in stage.ask(worse, "bob", "/gate")
    assert stage.checks(worse) == before


def test_training_again_is_githubs_rerun(stage: Talk, worse: int) -> None:
    event = stage.say(worse, "bob", "/train")
    stage.answer(event)
    assert "Training every model" in stage.reply(worse, event)
    path = f"/repos/{REPO}/actions/runs?head_sha={stage.life.head(worse)}"
    [run] = stage.send("GET", path, "ada")["workflow_runs"]
    assert (run["run_attempt"], run["status"]) == (2, "in_progress")
    assert "is being trained" in stage.ask(worse, "bob", "/gate")


def test_parameters_are_suggested_where_we_are_no_app(stage: Talk, worse: int) -> None:
    reply = stage.ask(worse, "bob", "/train tiny a=100")
    assert "I commit nothing: a commit by GITHUB&#95;TOKEN starts no training" in reply
    assert "In `params.yaml`, set `a=100`." in reply


def test_the_status_and_a_difference_are_tables_below(stage: Talk, worse: int) -> None:
    reply = stage.ask(worse, "rita", "/status\n/status nothing")
    assert "| model | this pull request | latest version | `staging` | `production` |" in reply
    assert "| `tiny` | ❌ accuracy fell by 0.0667 | – | – | – |" in reply
    assert re.search(r"❌ \[`merganser/gate` on `[0-9a-f]{12}`\]\(http.*\): tiny: accuracy fell by 0.0667", reply)
    assert "There is no model nothing. Models: tiny. Usage: /status &#91;MODEL&#93;" in reply


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ("/gate tinny", "There is no model tinny; did you mean tiny? Models: tiny. Usage: /gate"),
        ("/train other", "There is no model other. Models: tiny. Usage: /train"),
        ("/promote other staging", "There is no model other. Models: tiny. Usage: /promote"),
        (
            "/override accuracy:non_inferio --reason ok",
            "`accuracy:non_inferio`; did you mean `accuracy:non_inferior`? ",
        ),
        ("/override accuracy:min --reason ok", "The check `accuracy:min` is pass: only a failed or inconclusive one"),
        ("/diff tiny v1.0.0 tiny@v1.1.0", "Tiny has no version v1.0.0. The latest is none yet."),
        ("/diff tiny abcdef1 abcdef2", "There is no commit abcdef1 here. Name one of main, or of this pull request."),
        ("/diff tiny other@v1.0.0 abcdef2", "Other@v1.0.0 is a version of other. Name two of tiny."),
    ],
)
def test_what_is_not_there_is_refused_by_name(stage: Talk, worse: int, asked: str, says: str) -> None:
    stage.life.hub.admin.set_permission(ENVIRONMENTS, "bob", "write")
    reply = stage.ask(worse, "bob", asked)
    assert says in html.unescape(reply).replace("\u200b", "")
    assert "😕" in reply


def test_a_commit_without_a_run_has_no_difference(stage: Talk, worse: int) -> None:
    old, new = stage.life.head(worse), ""
    branch = stage.send("GET", f"/repos/{REPO}/pulls/{worse}", "ada")["head"]["ref"]
    stage.life.push(REPO, {"params.yaml": params(4, 4)}, branch)
    new = stage.life.head(worse)
    reply = stage.ask(worse, "rita", f"/diff tiny {old[:8]} {new}").replace("&#8203;", "")
    assert f"No run of tiny at `{new}` was recorded." in reply


def test_refusals_under_an_issue_are_recorded_too(stage: Talk) -> None:
    number = stage.send("POST", f"/repos/{REPO}/issues", "rita", {"title": "T", "body": "B"})["number"]
    event = stage.say(number, "rita", "/train\n/promote tiny staging\n/status")
    stage.answer(event)
    path = f"refusals/{event['comment']['id']}-%d.json"
    assert {path % 1, path % 2} == {one for one in stage.ledger() if one.startswith(path.partition("-")[0])}
    record = json.loads(
        base64.b64decode(stage.send("GET", f"/repos/{REPO}/git/blobs/{stage.ledger()[path % 1]}", "ada")["content"])
    )
    assert (record["by"], record["command"], record["head"]) == ("rita", "/train", None)
    assert "no sense under an issue" in record["why"]


def test_what_fails_is_recorded_like_what_is_refused(own_stage: Talk) -> None:
    """No version is there yet."""
    own_stage.life.hub.admin.set_permission(ENVIRONMENTS, "bob", "write")
    number = own_stage.life.propose("none-yet", {"README.md": "# none yet\n"})
    event = own_stage.say(number, "bob", "/promote tiny staging")
    own_stage.answer(event)
    assert "has no version" in own_stage.reply(number, event)
    assert f"refusals/{event['comment']['id']}-1.json" in own_stage.ledger()


def test_the_status_tells_what_is_touched_and_what_overrides_left(stage: Talk) -> None:
    worse = stage.life.propose("worse-by-itself", {"params.yaml": params(6, 6) + "c: 1\n"})
    stage.life.do("report", stage.life.train_pull(worse, "worse-by-itself"))
    stage.life.push(REPO, {"README.md": "# words\n"}, "words")
    number = stage.life.open("words", "Words")
    untouched = stage.ask(number, "rita", "/status")
    assert re.search(r"⏳ `merganser/gate` on `[0-9a-f]{12}` has said nothing yet.", untouched)
    assert "| `tiny` | not touched |" in untouched
    stage.ask(worse, "bob", "/override accuracy:non_inferior --reason ok")
    assert "| `tiny` | ✅ passes with 1 waived check |" in stage.ask(worse, "rita", "/status")
    issue = stage.send("POST", f"/repos/{REPO}/issues", "rita", {"title": "T", "body": "B"})["number"]
    assert "| model | latest version | `staging` | `production` |" in stage.ask(issue, "rita", "/status")


def test_a_run_of_the_same_comment_adds_nothing(stage: Talk, worse: int) -> None:
    event = stage.say(worse, "bob", "/gate")
    stage.answer(event)
    before = stage.comments(worse)
    assert stage.answer(event) == "The comment has its reply already: nothing to do."
    assert stage.comments(worse) == before


def test_a_merged_pull_request_is_registered_and_promoted(own_stage: Talk) -> None:
    number = own_stage.life.propose("better-by-command", {"params.yaml": params(50, 50)})
    own_stage.life.do("report", own_stage.life.train_pull(number, "better-by-command"))
    assert "makes no sense under an open pull request" in own_stage.ask(number, "bob", "/register tiny")
    own_stage.life.do("report", own_stage.life.train_push(own_stage.life.merge(REPO, number)))
    own_stage.life.hub.admin.set_permission(ENVIRONMENTS, "bob", "write")
    reply = own_stage.ask(number, "bob", "/register tiny minor\n/promote tiny staging")
    assert "`tiny@v0.1.0` is registered." in reply
    [pull] = own_stage.send("GET", f"/repos/{ENVIRONMENTS}/pulls", "ada")
    assert f"[#{pull['number']}]" in reply
    merged = own_stage.send("GET", f"/repos/{REPO}/pulls/{number}", "ada")["merge_commit_sha"]
    for names in (f"v0.1.0 {merged[:7]}", f"tiny@v0.1.0 {merged}", f"0.1.0 {merged}"):
        assert "| `accuracy` | 0.98 | 0.98 | 0 |" in own_stage.ask(number, "rita", f"/diff tiny {names}")
    status = own_stage.ask(number, "bob", "/status tiny")
    assert re.search(r"\| `tiny` \| ✅ passes.* \| \[v0.1.0\]\(http.*/releases/tag/tiny@v0.1.0\) \| – \| – \|", status)
    own_stage.life.hub.admin.set_permission(ENVIRONMENTS, "bob", "read")
    assert "needs the permission write in the environments repo" in own_stage.ask(
        number, "bob", "/promote tiny staging"
    )


def test_a_version_that_was_published_since_is_not_promoted_unseen(own_stage: Talk) -> None:
    life = own_stage.life
    life.hub.admin.set_permission(ENVIRONMENTS, "bob", "write")
    event = own_stage.say(1, "bob", "/promote tiny staging")
    time.sleep(1.1)  # GitHub's times have whole seconds
    assert "is registered" in own_stage.ask(1, "bob", "/register tiny")
    own_stage.answer(event)
    assert "was published after that was written" in own_stage.reply(1, event)
    assert own_stage.send("GET", f"/repos/{ENVIRONMENTS}/pulls", "ada") == []
    own_stage.ask(1, "bob", "/promote tiny staging")
    assert len(own_stage.send("GET", f"/repos/{ENVIRONMENTS}/pulls", "ada")) == 1


def test_a_registration_that_was_refused_lets_no_later_version_be_promoted(own_stage: Talk) -> None:
    life = own_stage.life
    own_stage.tokens["will"] = life.hub.admin.create_user("will")
    for repo in (REPO, ENVIRONMENTS):
        life.hub.admin.set_permission(repo, "will", "write")
    event = own_stage.say(1, "will", "/register tiny\n/promote tiny staging")
    time.sleep(1.1)  # GitHub's times have whole seconds
    assert "is registered" in own_stage.ask(1, "bob", "/register tiny")
    own_stage.answer(event)
    reply = own_stage.reply(1, event)
    assert "needs the permission maintain here" in reply
    assert "was published after that was written" in reply
    assert own_stage.send("GET", f"/repos/{ENVIRONMENTS}/pulls", "ada") == []


def test_a_run_that_was_recorded_since_is_not_registered_unseen(own_stage: Talk) -> None:
    life = own_stage.life
    issue = own_stage.send("POST", f"/repos/{REPO}/issues", "rita", {"title": "The next version", "body": ""})["number"]
    event = own_stage.say(issue, "bob", "/register tiny")
    seen = own_stage.send("GET", f"/repos/{REPO}/commits/main", "ada")["sha"]
    time.sleep(1.1)  # GitHub's times have whole seconds
    number = life.propose("meanwhile", {"params.yaml": params(50, 50)})
    life.do("report", life.train_pull(number, "meanwhile"))
    unseen = life.merge(REPO, number)
    life.do("report", life.train_push(unseen))
    own_stage.answer(event)
    reply = own_stage.reply(issue, event).replace("&#8203;", "")
    assert f"the run of {unseen[:12]} was recorded after that was written" in reply
    assert f"the newest was that of {seen[:12]}" in reply
    assert own_stage.send("GET", f"/repos/{REPO}/tags", "ada") == []
    assert "`tiny@v0.1.0` is registered." in own_stage.ask(issue, "bob", "/register tiny")
    [tag] = own_stage.send("GET", f"/repos/{REPO}/tags", "ada")
    assert tag["commit"]["sha"] == unseen


def test_a_merge_since_that_leaves_the_inputs_changes_nothing_of_what_is_registered(own_stage: Talk) -> None:
    life = own_stage.life
    event = own_stage.say(1, "bob", "/register tiny")
    seen = own_stage.send("GET", f"/repos/{REPO}/pulls/1", "ada")["merge_commit_sha"]
    time.sleep(1.1)  # GitHub's times have whole seconds
    number = life.propose("words", {"README.md": "Words.\n"})
    life.do("report", life.train_pull(number, "words"))
    life.do("report", life.train_push(life.merge(REPO, number)))
    own_stage.answer(event)
    assert "`tiny@v0.1.0` is registered." in own_stage.reply(1, event)
    [tag] = own_stage.send("GET", f"/repos/{REPO}/tags", "ada")
    assert tag["commit"]["sha"] == seen


def test_what_runs_is_told_to_those_who_may_read_the_environments(stage: Talk, worse: int) -> None:
    stage.life.hub.store.change("UPDATE repositories SET private = 1 WHERE name = 'environments'")
    try:
        assert "`staging`" not in stage.ask(worse, "rita", "/status")
        stage.life.hub.admin.set_permission(ENVIRONMENTS, "bob", "read")
        assert "`staging`" in stage.ask(worse, "bob", "/status")
    finally:
        stage.life.hub.store.change("UPDATE repositories SET private = 0 WHERE name = 'environments'")


def test_a_long_refusal_is_answered_and_recorded_as_far_as_a_record_goes(stage: Talk, worse: int) -> None:
    reason = "it's " * 380
    event = stage.say(worse, "rita", f'/override accuracy:min --reason "{reason}"')
    stage.answer(event)
    assert "you have read" in stage.reply(worse, event).replace("&#8203;", "")
    assert f"refusals/{event['comment']['id']}-1.json" in stage.ledger()


def test_a_report_that_changed_since_is_not_overridden_unread(stage: Talk, worse: int) -> None:
    event = stage.say(worse, "bob", "/override accuracy:non_inferior --reason ok")
    comments = stage.send("GET", f"/repos/{REPO}/issues/{worse}/comments", "ada")
    ours = next(one for one in comments if one["body"].startswith("<!-- merganser:report:"))
    stage.life.hub.store.change("UPDATE comments SET updated_at = '2999-01-01T00:00:00Z' WHERE id = ?", ours["id"])
    stage.answer(event)
    assert "written anew after your comment" in stage.reply(worse, event)


def test_nothing_is_judged_on_another_branch(stage: Talk) -> None:
    stage.life.push(REPO, {"README.md": "# other\n"}, "other")
    stage.life.push(REPO, {"README.md": "# topic\n"}, "topic-of-other")
    asked = {"title": "T", "head": "topic-of-other", "base": "other"}
    number = stage.send("POST", f"/repos/{REPO}/pulls", "ada", asked)["number"]
    assert "isn't into main" in stage.ask(number, "bob", "/gate").replace("&#8203;", "")


def test_nobodys_override_under_anothers_pull_request_counts_under_their_own(stage: Talk) -> None:
    """Two pull requests with the same inputs: ada may override bob's gate, and is no further with her own."""
    numbers = overridden_by_ada(stage)
    stage.ask(numbers[1], "bob", "/gate")
    assert [stage.checks(number)[0][0] for number in numbers] == ["success", "failure"]


def overridden_by_ada(stage: Talk) -> list[int]:
    """Pull requests by bob and by ada, alike and worse; ada has overridden bob's gate."""
    stage.life.hub.admin.set_permission(REPO, "bob", "admin")
    numbers = []
    for login in ("bob", "ada"):
        branch = f"alike-{login}"
        stage.life.push(REPO, {"params.yaml": params(6, 7), f"{login}.md": "mine\n"}, branch)
        numbers.append(opened(stage, login, branch))
        stage.life.do("report", stage.life.train_pull(numbers[-1], branch))
    assert [stage.checks(number)[0][0] for number in numbers] == ["failure"] * 2
    reply = stage.ask(numbers[0], "ada", "/override accuracy:non_inferior --reason ok")
    assert "is overridden, and judged again" in reply
    return numbers


def opened(stage: Talk, login: str, branch: str) -> int:
    asked = {"title": f"By {login}", "head": branch, "base": "main"}
    number: int = stage.send("POST", f"/repos/{REPO}/pulls", login, asked)["number"]
    return number


def conclusion_of(stage: Talk, job: Job) -> str | None:
    """What the check says once the job has ended: the run that its pull request left stands in."""
    stage.life.do("report", stage.life.finished(stage.life.start(job)))
    [(_, conclusion, _)] = checks_of(stage.life, job.sha)
    return conclusion


@pytest.mark.parametrize("method", ["merge", "squash"])
def test_nobodys_override_counts_for_their_own_in_the_queue_or_after_the_merge(method: str, own_stage: Talk) -> None:
    queue = own_stage.life.hub.queue
    _, adas = overridden_by_ada(own_stage)
    group = queue.add(REPO, adas, method=method)
    assert conclusion_of(own_stage, job_of(group)) == "failure"
    queue.merge(REPO, group)
    pushed = Job(event="push", ref="refs/heads/main", branch="main", sha=group.head)
    own_stage.life.do("report", own_stage.life.finished(own_stage.life.start(pushed)))
    assert checks_of(own_stage.life, group.head)[-1][1] == "failure"


@pytest.mark.parametrize("method", ["merge", "squash"])
def test_it_counts_for_anothers_change_whoever_is_queued_behind_that(method: str, own_stage: Talk) -> None:
    """Ada let bob's pass; her own words about nothing that is judged follow it."""
    queue = own_stage.life.hub.queue
    bobs, _ = overridden_by_ada(own_stage)
    own_stage.life.push(REPO, {"README.md": "# words\n"}, "words")
    first = queue.add(REPO, bobs, method=method)
    assert conclusion_of(own_stage, job_of(first)) == "success"
    second = queue.add(REPO, opened(own_stage, "ada", "words"), first, method=method)
    assert conclusion_of(own_stage, job_of(second)) == "success"
    queue.merge(REPO, second)
    pushed = Job(event="push", ref="refs/heads/main", branch="main", sha=second.head)
    own_stage.life.do("report", own_stage.life.finished(own_stage.life.start(pushed)))
    assert checks_of(own_stage.life, second.head)[-1][1] == "success"


def test_several_checks_are_overridden_by_one_comment(stage: Talk) -> None:
    """The first rewrites the report, which makes the second no less about what its author read."""
    number = stage.life.propose("one-class-worse", {"params.yaml": params(10, 3)})
    stage.life.do("report", stage.life.train_pull(number, "one-class-worse"))
    lines = [f"/override {check} --reason ok" for check in ("accuracy:non_inferior", "accuracy:not_worse@label=b")]
    event = stage.say(number, "bob", "\n".join(lines))
    time.sleep(1.1)  # GitHub's times have whole seconds
    stage.answer(event)
    reply = stage.reply(number, event)
    assert reply.count("is overridden, and judged again") == 2
    assert stage.checks(number)[0][0] == "success"

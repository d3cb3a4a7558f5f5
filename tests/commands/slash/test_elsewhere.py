"""Slash commands under a fork's pull request, and as a GitHub App."""

import base64
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest

from merganser.commands.carry_out import carry_out
from merganser.commands.report import command as report
from merganser.commands.slash.responding import respond
from merganser.commands.sweep import command as sweep
from merganser.forge.ci.runtime import App, Runtime
from merganser.forge.secret import Secret
from merganser.forge.times import Times
from tests.commands.outside import Outsider
from tests.commands.report.test_report import SEALED
from tests.commands.stage import (
    BETTER,
    BOT,
    ENVIRONMENTS,
    REPO,
    TRAIN,
    Job,
    Life,
    Moment,
    fetch,
    params,
    prepare_empty,
    runtime,
)
from tests.commands.talking import Talk
from tests.forge.keys import Keys


def plain(reply: str) -> str:
    """A reply without the signs that keep it from being more than text."""
    return reply.replace("&#8203;", "")


def test_a_forks_commit_trains_once_a_maintainer_lets_it(life: Life, tmp_path: Path) -> None:
    eve, talk = Outsider(life, tmp_path), Talk(life)
    eve.push(BETTER, "better-still")
    number = eve.open("better-still")
    sha, job = life.head(number), eve.job(number, "better-still")
    run = life.start(job)
    life.do("report", life.finished(run, "action_required"))
    assert "nobody let run yet" in plain(talk.ask(number, "bob", "/train"))
    assert "needs the permission write" in plain(talk.ask(number, "rita", f"/ok-to-test {sha}"))
    assert "waited when you wrote this" in plain(talk.ask(number, "bob", "/ok-to-test 0000000"))
    reply = talk.ask(number, "bob", f"/ok-to-test {sha[:9].upper()}")
    assert f"`{sha[:12]}` may train." in reply
    assert fetch(life.hub, life.access.person, f"/repos/{REPO}/actions/runs/{run}")["status"] == "in_progress"
    life.leave_bundle(run, job)
    life.do("report", life.finished(run))
    assert talk.checks(number)[0][0] == "success"
    [reply] = [body for _, body in talk.comments(number) if "may train." in body]
    assert "✅ tiny: passes" in reply
    assert "The report follows." not in reply
    assert "Training every model" in talk.ask(number, "bob", "/train")
    reply = talk.ask(number, "bob", "/train tiny a=50")
    assert "a fork's branch is its owner's" in plain(reply)
    assert "In `params.yaml`, set `a=50`." in reply


def test_a_pull_request_of_our_own_needs_no_leave(life: Life) -> None:
    talk = Talk(life)
    assert "needs no /ok-to-test" in plain(talk.ask(2, "bob", f"/ok-to-test {life.head(2)}"))


def test_a_reply_says_how_the_training_that_it_waits_for_ended(life: Life, moments: dict[str, Moment]) -> None:
    talk = Talk(life)
    life.do("report", moments["report"].event)
    event = talk.say(2, "bob", "/train")
    talk.answer(event)
    assert "The report follows." in talk.reply(2, event)
    run = moments["report"].event["workflow_run"]["id"]
    life.do("report", life.finished(run, "failure"))
    reply = talk.reply(2, event)
    assert "The report follows." not in reply
    assert "❌ tiny: Its training failed" in plain(reply)
    assert talk.checks(2)[0][0] == "failure"


@pytest.mark.parametrize("what", ["pushed", "closed", "cancelled"])
def test_a_reply_waits_for_no_training_that_nobody_judges(what: str, life: Life, moments: dict[str, Moment]) -> None:
    talk = Talk(life)
    life.do("report", moments["report"].event)
    event, seen = talk.say(2, "bob", "/train"), life.head(2)
    talk.answer(event)
    if what == "pushed":
        life.push(REPO, {"params.yaml": params(70, 70)}, "better")
    elif what == "closed":
        talk.send("PATCH", f"/repos/{REPO}/pulls/2", "ada", {"state": "closed"})
    life.do("report", life.finished(moments["report"].event["workflow_run"]["id"], "cancelled"))
    reply = plain(talk.reply(2, event))
    assert "The report follows." not in reply
    if what == "cancelled":
        assert "❌ tiny: Its training was cancelled" in reply
    else:
        assert f"No open pull request into main has {seen[:12]} as its head" in reply


def test_a_commit_of_parameters_that_nobody_trains_is_told_by_the_sweep(life: Life) -> None:
    talk, bot = Talk(life), AsApp(life)
    event = talk.say(2, "bob", "/train tiny a=50")
    bot.answer(event)
    assert "The report follows." in talk.reply(2, event)
    later = Times(clock=lambda: time.time() + 2 * 3600)
    sweep.carry_out(sweep.Request(labels={}), runtime(life.hub, life.access.bot, {}), later)
    reply = plain(talk.reply(2, event))
    assert "The report follows." not in reply
    assert "❌" in reply


def test_a_commit_of_parameters_waits_for_the_run_that_counts(life: Life) -> None:
    """Whoever closes the pull request and opens it again begins another run of the same commit."""
    talk, bot = Talk(life), AsApp(life)
    event = talk.say(2, "bob", "/train tiny a=50")
    bot.answer(event)
    merge, head = "refs/pull/2/merge", life.head(2)
    job = Job(event="pull_request", ref=merge, branch="better", sha=head, number=2, actor=BOT)
    older, newer = life.start(job), life.start(job)
    life.do("report", life.finished(older))
    assert "The report follows." in talk.reply(2, event)
    life.leave_bundle(newer, job)
    life.do("report", life.finished(newer))
    assert "✅ tiny: passes" in plain(talk.reply(2, event))


class AsApp:
    """Answers comments as an App that is installed on both repositories, with what its settings grant."""

    def __init__(self, life: Life, **more: str) -> None:
        self.life, self.keys = life, Keys()
        granted = dict.fromkeys(("actions", "checks", "contents", "issues", "pull_requests"), "write")
        self.app = life.hub.apps.register(BOT, self.keys.public)
        life.hub.apps.install(BOT, [REPO, ENVIRONMENTS], granted | more)

    def told(self, event: dict[str, object]) -> Runtime:
        app = App(self.app, Secret(self.keys.private))
        return msgspec.structs.replace(runtime(self.life.hub, "", event, login=""), app=app, command="command")

    def answer(self, event: dict[str, object]) -> str:
        return respond(self.told(event))


def test_an_app_commits_parameters_on_the_head_that_was_seen(life: Life) -> None:
    talk, bot = Talk(life), AsApp(life)
    before = life.head(2)
    event = talk.say(2, "bob", "/train tiny b=200 a=50")
    bot.answer(event)
    reply = talk.reply(2, event)
    assert "Committed `b=200, a=50`" in reply
    head = fetch(life.hub, life.access.person, f"/repos/{REPO}/commits/{life.head(2)}")
    assert [parent["sha"] for parent in head["parents"]] == [before]
    assert [file["filename"] for file in head["files"]] == ["params.yaml"]
    assert "Asked for by bob" in head["commit"]["message"]
    clone = life.folder / "acme-tiny"
    life.push(REPO, {"README.md": "# more\n"}, "better")
    assert (clone / "params.yaml").read_text() == "a: 50\nb: 200\n"
    event = talk.say(2, "bob", f"/train tiny c=1 --sha {life.head(2)}")
    bot.answer(event)
    assert "there is no such parameter" in plain(talk.reply(2, event))


@pytest.mark.parametrize(("members", "may"), [(["bob"], True), (["rita"], False)])
def test_a_team_is_asked_for_by_an_app(life: Life, members: list[str], may: bool) -> None:
    talk, bot = Talk(life), AsApp(life, members="read")
    life.hub.admin.set_team("acme", "ml-leads", members)
    config = fetch(life.hub, life.access.person, f"/repos/{REPO}/contents/merganser.yaml")
    text = base64.b64decode(config["content"]).decode()
    life.push(REPO, {"merganser.yaml": f"{text}commands: {{gate: {{teams: [ml-leads]}}}}\n"}, "main")
    event = talk.say(2, "bob", "/gate")
    bot.answer(event)
    assert ("Judged again" in talk.reply(2, event)) is may
    assert ("the team ml-leads" in plain(talk.reply(2, event))) is not may


def test_without_an_app_a_team_can_not_be_asked(life: Life) -> None:
    talk = Talk(life)
    config = fetch(life.hub, life.access.person, f"/repos/{REPO}/contents/merganser.yaml")
    text = base64.b64decode(config["content"]).decode()
    life.push(REPO, {"merganser.yaml": f"{text}commands: {{gate: {{teams: [ml-leads]}}}}\n"}, "main")
    assert "who is in a team can't be asked here" in plain(talk.ask(2, "bob", "/gate"))


class Sealed:
    """A model whose sealed labels are given to the report alone; pull request 2 is trained, and not judged yet."""

    def __init__(self, life: Life, folder: Path) -> None:
        self.life, labels = life, folder / "labels.csv"
        labels.write_text("row,label\n" + "".join(f"r{n},{'ab'[n % 2]}\n" for n in range(600)))
        self.given = {"tiny": labels}
        life.push(REPO, {"README.md": "# tiny\n"}, "main")
        set_up = {"merganser.yaml": SEALED, "train.py": TRAIN, "params.yaml": params(10, 10)}
        self.report(life.train_push(life.merge(REPO, life.propose("set-up", set_up))))
        self.trained = life.train_pull(life.propose("better", BETTER), "better")
        self.talk = Talk(life)

    def report(self, event: dict[str, Any]) -> None:
        place = runtime(self.life.hub, self.life.access.bot, event)
        carry_out(lambda bench: report.observe_and_decide(bench, self.given), place, dry_run=False, as_json=True)


def test_a_comment_judges_by_no_less_than_the_report_had(tmp_path: Path) -> None:
    """Where the labels are given to the report alone, a command would judge by the pull request's own word."""
    with prepare_empty(tmp_path) as life:
        sealed = Sealed(life, tmp_path)
        sealed.report(sealed.trained)
        talk, before = sealed.talk, sealed.talk.checks(2)
        assert before[0][0] == "success"
        assert "judged by sealed labels, which this job hasn't got" in plain(talk.ask(2, "bob", "/gate"))
        assert talk.checks(2) == before
        event = talk.say(2, "bob", "/gate")
        respond(runtime(life.hub, life.access.bot, event), sealed.given)
        assert "Judged again" in talk.reply(2, event)


def test_a_comment_that_is_older_than_the_report_judges_by_no_less_than_it_either(tmp_path: Path) -> None:
    """The report comes between the comment and its answer, and its verdict is the one that is there."""
    with prepare_empty(tmp_path) as life:
        sealed = Sealed(life, tmp_path)
        event = sealed.talk.say(2, "bob", "/gate")
        # GitHub tells times to the second.
        time.sleep(1.1)
        sealed.report(sealed.trained)
        before, book = sealed.talk.checks(2), sealed.talk.ledger()
        sealed.talk.answer(event)
        assert "judged by sealed labels, which this job hasn't got" in plain(sealed.talk.reply(2, event))
        assert sealed.talk.checks(2) == before
        assert [path for path in sealed.talk.ledger().keys() - book.keys() if not path.startswith("refusals/")] == []

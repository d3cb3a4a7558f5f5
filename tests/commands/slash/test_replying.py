"""The reply to a comment: there whatever older replies are made to say, in few requests, each refusal on record."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.commands.slash.test_end_to_end import set_up
from tests.commands.stage import CONFIG, REPO, params, prepare_empty
from tests.commands.talking import Talk
from tests.forge.killing import counted

NO_CONFIG = "version: 1\nmodels: nonsense\n"


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Talk]:
    with set_up(tmp_path_factory.mktemp("replying")) as talk:
        yield talk


@pytest.fixture
def red(stage: Talk, request: pytest.FixtureRequest) -> int:
    """A pull request whose check is red."""
    number = stage.life.propose(request.node.name, {"params.yaml": params(6, 6), "name.md": request.node.name})
    stage.life.do("report", stage.life.train_pull(number, request.node.name))
    return number


def test_a_marker_that_somebody_writes_into_an_older_reply_answers_nothing(stage: Talk, red: int) -> None:
    stage.ask(red, "bob", "/override accuracy:non_inferior --reason ok")
    event = stage.say(red, "bob", "/unoverride accuracy:non_inferior")
    comments = stage.send("GET", f"/repos/{REPO}/issues/{red}/comments", "ada")
    [older] = [one for one in comments if one["body"].startswith("<!-- merganser:reply:")]
    forged = f"<!-- merganser:reply:{event['comment']['id']} -->\n<!-- merganser:order:0-9 -->\nAll is well."
    stage.send("PATCH", f"/repos/{REPO}/issues/comments/{older['id']}", "ada", {"body": forged})
    assert stage.answer(event) == "1 of 1 commands done."
    assert stage.checks(red)[0][0] == "failure"
    now = {one["id"]: one["body"] for one in stage.send("GET", f"/repos/{REPO}/issues/{red}/comments", "ada")}
    assert now[older["id"]] == forged
    assert "is taken back" in now[max(now)]
    assert stage.answer(event) == "The comment has its reply already: nothing to do."


def test_a_comment_full_of_faults_is_answered_with_the_first_of_them(stage: Talk) -> None:
    event = stage.say(1, "rita", "/trian\n" * 2_000)
    assert stage.answer(event) == "2001 lines are wrong: nothing ran."  # one is that they are too many
    reply = stage.reply(1, event)
    assert "- Line 20: " in reply
    assert "- Line 21: " not in reply
    assert "- and 1981 more." in reply
    assert stage.reactions(event) == ["eyes", "confused"]


def commits(talk: Talk) -> list[Any]:
    found: list[Any] = talk.send("GET", f"/repos/{REPO}/commits?sha=merganser-ledger&per_page=100", "ada")
    return found


@pytest.mark.parametrize(
    "lines",
    [
        ["/train"] * 10,
        ["/train", "/gate", "/override x --reason y", "/unoverride x", "/ok-to-test 1234567"] * 2,
        ["/status nothing"] * 10,
    ],
    ids=["one", "several", "answers"],
)
def test_a_strangers_refusals_cost_few_requests_and_one_commit(stage: Talk, lines: list[str]) -> None:
    """GitHub gives a repository's token a thousand an hour, for reports too; anyone may comment."""
    before, known = len(commits(stage)), set(stage.ledger())
    event = stage.say(1, "rita", "\n".join(lines))
    with counted() as requests:
        assert stage.answer(event) == "0 of 10 commands done."
    asked = len(requests)
    assert asked <= 12 + len(set(lines)), "\n".join(requests.requests)
    assert len(commits(stage)) == before + 1
    path = f"refusals/{event['comment']['id']}"
    assert set(stage.ledger()) - known == {f"{path}-{line}.json" for line in range(1, 11)}
    assert stage.reply(1, event).count("😕") == 10


def test_a_refusal_before_anything_could_be_looked_at_is_recorded_too(tmp_path: Path) -> None:
    with set_up(tmp_path) as talk:
        talk.life.push(REPO, {"merganser.yaml": NO_CONFIG}, "main")
        event = talk.say(1, "bob", "/train\n/gate")
        with counted() as requests:
            assert talk.answer(event) == "0 of 2 commands done."
        assert len(requests) <= 11, "\n".join(requests.requests)
        assert talk.reply(1, event).count("models") == 2
        path = f"refusals/{event['comment']['id']}"
        ledger = talk.ledger()
        assert {f"{path}-1.json", f"{path}-2.json"} <= set(ledger)
        blob = talk.send("GET", f"/repos/{REPO}/git/blobs/{ledger[f'{path}-2.json']}", "ada")
        record = json.loads(base64.b64decode(blob["content"]))
        assert (record["by"], record["command"], record["head"]) == ("bob", "/gate", None)


@pytest.mark.parametrize("config", [CONFIG, NO_CONFIG])
def test_before_there_is_a_ledger_a_refusal_begins_none(config: str, tmp_path: Path) -> None:
    with prepare_empty(tmp_path) as life:
        life.push(REPO, {"merganser.yaml": config}, "main")
        talk = Talk(life)
        number = talk.send("POST", f"/repos/{REPO}/issues", "rita", {"title": "T", "body": "B"})["number"]
        assert "😕" in talk.ask(number, "rita", "/train")
        assert [one["name"] for one in talk.send("GET", f"/repos/{REPO}/branches", "ada")] == ["main"]

"""The malicious kit: every attack fails, says so where that helps, and leaves nothing but the report's own answer.

An attack is data (`attacks`), a play is one way for all (`kit`): push, training, artifact, the real report.
"""

import re
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet

from tests.commands.report.test_report import shown
from tests.commands.stage import Moment
from tests.report import markdown
from tests.security.attacks import ATTACKS, PLANTED
from tests.security.kit import CANARY, Answered, End, play, unexpected


def parameters() -> list[ParameterSet]:
    """Each attack; of a kind only the first is quick."""
    kinds = [name.partition(":")[0] for name in ATTACKS]
    marks = {
        name: () if kind not in kinds[:n] else (pytest.mark.integration,)
        for n, (name, kind) in enumerate(zip(ATTACKS, kinds, strict=True))
    }
    return [pytest.param(name, marks=marks[name], id=name) for name in ATTACKS]


@pytest.mark.parametrize("name", parameters())
def test_an_attack_fails(name: str, moments: dict[str, Moment], tmp_path: Path) -> None:
    attack, moment = ATTACKS[name], moments["report"]
    answered = play(attack, moment, tmp_path)
    assert answered.done.returncode == 0, answered.done.stderr
    assert ending(answered) is attack.end, answered.said
    said = shown(answered.said) + answered.done.stdout
    assert [words for words in attack.says if words not in said] == [], said
    harmless(answered, moment.access.bot)


def ending(answered: Answered) -> End:
    if answered.check is None:
        return End.ignored
    assert (answered.check["name"], answered.check["status"]) == ("merganser/gate", "completed")
    return {"failure": End.red, "success": End.inert}[answered.check["conclusion"]]


def harmless(answered: Answered, token: str) -> None:
    """No code ran, no secret left, nothing is written but check, comment and ledger, and what is read is inert."""
    assert not answered.run_code
    assert CANARY.encode() not in answered.written
    assert token.encode() not in answered.written
    assert unexpected(answered.writes) == []
    assert answered.refs_moved <= {"tiny.git refs/heads/merganser-ledger"}
    assert {line.split("=")[0].split("<<")[0] for line in answered.outputs.splitlines()[:1]} <= {"release"}
    assert "GATE=pass" not in answered.outputs.splitlines()
    for text in (answered.said, answered.summary):
        inert(text)


def inert(text: str) -> None:
    """Of what a stranger wrote nothing is a link, a picture, a mention or HTML."""
    found = markdown.tokens(text)
    assert [token for token in found if token.type == "image"] == []
    assert {href for href in markdown.links(text) if not href.startswith("http://127.0.0.1:")} == set()
    plain = [token.content for token in found if token.type == "text"]
    assert [words for words in plain if "@org" in words or "@everyone" in words] == []
    html = [token.content for token in found if token.type.startswith("html")]
    assert [one for one in html if re.search("script|onerror|<img|forged", one)] == []


@pytest.mark.parametrize("name", PLANTED)
def test_the_kit_sees_what_is_planted(name: str) -> None:
    """Each watch is tried with what it watches for."""
    with pytest.raises(AssertionError):
        inert(PLANTED[name])


def test_the_kit_sees_a_write_that_no_report_makes() -> None:
    foreign = ["POST /repos/acme/tiny/releases", "PUT /repos/acme/tiny/pulls/3/merge", "POST /repos/acme/tiny/git/refs"]
    assert unexpected([*foreign, "POST /graphql", "PATCH /repos/acme/tiny/check-runs/7"]) == foreign

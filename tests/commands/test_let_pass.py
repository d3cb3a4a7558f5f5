"""An override that somebody made on a pull request is shown, with its bound, wherever the version goes."""

import html
import re
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from markdown_it import MarkdownIt

from merganser.forge.effects.apply import apply
from merganser.forge.github import connect
from merganser.plan import Append, Plan
from merganser.registry.overrides import Cancellation, Line, record
from tests.commands.slash.test_end_to_end import set_up
from tests.commands.stage import ENVIRONMENTS, REPO, fetch, params, runtime
from tests.commands.talking import Talk

CHECK = "accuracy:non_inferior"
REASON = "@org/team ![](http://x) | <b>new</b> labels"


class Story(msgspec.Struct, frozen=True, kw_only=True):
    """What people could read in each place, as Markdown; the comment's page, and the day on which it ends."""

    texts: dict[str, str]
    comment: str
    until: str


class Teller:
    """Plays a pull request that is worse and overridden, its merge, its version and two deployments."""

    def __init__(self, talk: Talk) -> None:
        self.talk, self.life = talk, talk.life
        self.texts: dict[str, str] = {}

    def tell(self) -> Story:
        number = self.life.propose("worse", {"params.yaml": params(6, 6)})
        self.life.do("report", self.life.train_pull(number, "worse"))
        event = self.talk.say(number, "bob", f'/override {CHECK} --reason "{REASON}" --until 2099-12-31')
        self.talk.answer(event)
        self.said_on_the_pull_request(number)
        pushed = self.life.train_push(self.life.merge(REPO, number))
        self.life.do("report", pushed)
        self.life.do("register", pushed)
        self.said_by_the_release()
        self.life.do("promote", pushed)
        self.texts["first deployment"] = self.deployment()
        self.taken_back(event["comment"]["id"])
        time.sleep(1.1)  # GitHub's times have whole seconds
        self.life.hub.admin.set_permission(ENVIRONMENTS, "bob", "write")
        assert "🚀" in self.talk.ask(number, "bob", "/promote tiny production")
        self.texts["later deployment"] = self.deployment()
        return Story(texts=self.texts, comment=event["comment"]["html_url"], until="2099-12-31")

    def said_on_the_pull_request(self, number: int) -> None:
        bodies = [body for _, body in self.talk.comments(number)]
        [self.texts["comment"]] = [body for body in bodies if "merganser:report:" in body]
        path = f"/repos/{REPO}/commits/{self.life.head(number)}/check-runs"
        [check] = fetch(self.life.hub, self.life.access.person, path)["check_runs"]
        assert check["conclusion"] == "success"
        self.texts["check"] = check["output"]["text"]

    def said_by_the_release(self) -> None:
        found = fetch(self.life.hub, self.life.access.person, f"/repos/{REPO}/releases/tags/tiny@v0.1.0")
        self.texts["release"] = found["body"]
        [card] = [asset["digest"] for asset in found["assets"] if asset["name"] == "model-card.md"]
        self.texts["model card"] = (self.life.hub.directory / "blobs" / card.removeprefix("sha256:")).read_text()

    def deployment(self) -> str:
        """What the open deployment pull request says; then it is merged."""
        [pull] = fetch(self.life.hub, self.life.access.person, f"/repos/{ENVIRONMENTS}/pulls")
        self.life.merge(ENVIRONMENTS, pull["number"])
        return str(pull["body"])

    def taken_back(self, comment: int) -> None:
        """After the version was made: that hides nothing of how it came about."""
        [path] = [path for path in self.talk.ledger() if path.startswith("overrides/")]
        given = self.talk.record(path)
        file = record(
            Cancellation(
                model="tiny", inputs_digest=given["inputs_digest"], check=CHECK, by="ada", head=given["head"],
                comment=given["comment"].replace(f"-{comment}", "-900"),
            ),
            Line(900, 1),
        )  # fmt: skip
        wanted = Append(repo=REPO, branch="merganser-ledger", files={file.path: file.content}, message="Take it back")
        with connect(runtime(self.life.hub, self.life.access.bot, {})) as forge:
            apply(Plan((wanted,)), forge)


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    with set_up(tmp_path_factory.mktemp("let-pass")) as talk:
        yield Teller(talk).tell()


def test_what_only_warns_is_shown_too_where_it_was_overridden(tmp_path: Path) -> None:
    """A difference that the rows can't tell: the gate passes with it, and the version says who took it upon them."""
    with set_up(tmp_path) as talk:
        life = talk.life
        number = life.propose("unproven", {"params.yaml": params(9, 10)})
        life.do("report", life.train_pull(number, "unproven"))
        assert talk.checks(number)[0][0] == "success"
        assert "judged again" in talk.ask(number, "bob", f"/override {CHECK} --reason 'more rows next week'")
        pushed = life.train_push(life.merge(REPO, number))
        for command in ("report", "register", "promote"):
            life.do(command, pushed)
        teller = Teller(talk)
        teller.said_by_the_release()
        texts = (*teller.texts.values(), teller.deployment())
        assert [bool(re.search(rf"`{CHECK}`.*`bob`.*more rows next week", text)) for text in texts] == [True] * 3
        assert "Its gate says **success**, by numbers" in teller.texts["model card"]


PLACES = ("comment", "check", "release", "model card", "first deployment", "later deployment")


def rendered(markdown: str) -> str:
    """As HTML; a card's head is no Markdown."""
    return MarkdownIt("commonmark").enable("table").render(markdown.partition("\n---\n")[2] or markdown)


def told(story: Story, place: str) -> str:
    """What the one row or item says that is about the check and who let it pass, as HTML."""
    blocks = re.findall(r"<(li|tr)>(.*?)</\1>", rendered(story.texts[place]), re.DOTALL)
    [found] = [block for _, block in blocks if f"<code>{CHECK}</code>" in block and "<code>bob</code>" in block]
    return str(found)


@pytest.mark.parametrize("place", PLACES)
def test_who_let_what_pass_why_until_when_and_how_far_is_shown(story: Story, place: str) -> None:
    shown = told(story, place)
    words = html.unescape(re.sub("<[^>]*>", "", shown)).replace("\u200b", "")
    assert REASON in words
    assert "2099-12-31" in words
    assert f"{5 / 6:.4f}" in words  # of six rows one is wrong
    assert f'href="{story.comment}"' in shown


@pytest.mark.parametrize("place", PLACES)
def test_a_reason_is_text_and_nothing_else(story: Story, place: str) -> None:
    page = rendered(story.texts[place])
    assert "<img" not in page
    assert "<b>" not in page
    assert "@org" not in html.unescape(page)  # that would send somebody a message
    assert told(story, place).count("<td") in (0, 6)


def test_a_deployment_says_that_the_gate_said_no(story: Story) -> None:
    for place in ("first deployment", "later deployment"):
        assert "Gate: failure: 1 fail, 3 pass" in story.texts[place]
        assert "people let v0.1.0 through" in story.texts[place]
    assert "of [acme/tiny]" in story.texts["model card"]
    assert "; people let pass what failed (see *Overrides*)." in story.texts["model card"]

"""What happens between a comment and its answer, or beside it: refused or done once, each with the right reply."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
import pytest
import requests

from merganser.hub import Hub
from tests.commands.comments import answer
from tests.commands.outside import FORK, checks_of
from tests.commands.registrations import at_once
from tests.commands.stage import ENVIRONMENTS, REPO, Life, Moment, final_state, on_a_copy, params
from tests.commands.talking import Talk
from tests.forge.killing import Handler, Killed, Send, dying_after, tampering

OTHER = {"params.yaml": params(2, 2)}
BINDING = ("train", "set", "gate", "override", "unoverride", "ok-to-test")


class Scene(msgspec.Struct, frozen=True):
    """A comment that waits for its answer, and the people around it."""

    hub: Hub
    moment: Moment
    life: Life
    talk: Talk

    @property
    def event(self) -> dict[str, Any]:
        return self.moment.event

    @property
    def number(self) -> int:
        return int(self.event["issue"]["number"])

    def answer(self, event: dict[str, Any] | None = None) -> str:
        return answer(self.hub, msgspec.structs.replace(self.moment, event=event or self.event))

    def reply(self, event: dict[str, Any] | None = None) -> str:
        """Our reply, without the signs that keep it from being more than text."""
        return self.talk.reply(self.number, event or self.event).replace("&#8203;", "")

    def push(self, files: Mapping[str, str] = OTHER, message: str = "") -> str:
        """Someone pushes to the pull request's branch; its new head."""
        head = self.talk.send("GET", f"/repos/{REPO}/pulls/{self.number}", "ada")["head"]
        self.life.push(head["repo"]["full_name"], files, head["ref"], message)
        return self.life.head(self.number)

    def state(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(final_state(self.hub, self.moment))
        return found

    def refused(self, before: dict[str, Any], event: dict[str, Any] | None = None, lines: int = 1) -> bool:
        """Whether nothing came of the comment but a reply, a record of each line's refusal, and the reactions."""
        event = event or self.event
        record = f"{REPO}/branches/merganser-ledger/refusals/{event['comment']['id']}"
        wanted = {f"{REPO}/comments", *(f"{record}-{line}.json" for line in range(1, lines + 1))}
        came = set(changed(before, self.state()))
        return came == wanted and self.talk.reactions(event) == ["eyes", "confused"]


def changed(before: Any, after: Any, place: str = "") -> Iterator[str]:
    """The places at which two states differ."""
    if before == after:
        return
    if not (isinstance(before, dict) and isinstance(after, dict)):
        yield place
        return
    for key in before.keys() | after.keys():
        yield from changed(before.get(key), after.get(key), f"{place}/{key}".lstrip("/"))


@contextmanager
def said(moment: Moment, folder: Path) -> Iterator[Scene]:
    """The scene of a comment. Ada may write to the stranger's fork, too; carol maintains as bob does, rita reads."""
    with on_a_copy(moment, folder) as hub:
        life = Life(hub, folder, moment.access)
        talk = Talk.resume(life, moment)
        talk.tokens |= {"carol": hub.admin.create_user("carol"), "rita": hub.admin.create_token("rita")}
        for repo, login, role in (
            (FORK, "ada", "write"),
            (REPO, "carol", "maintain"),
            (ENVIRONMENTS, "carol", "write"),
        ):
            hub.admin.set_permission(repo, login, role)
        yield Scene(hub, moment, life, talk)


@pytest.mark.parametrize("name", BINDING)
def test_a_push_before_the_answer_is_refused_with_both_commits(
    name: str, comments: dict[str, Moment], tmp_path: Path
) -> None:
    with said(comments[name], tmp_path) as scene:
        meant, head = scene.life.head(scene.number), scene.push()
        before = scene.state()
        scene.answer()
        assert meant[:12] in scene.reply()
        assert head[:12] in scene.reply()
        assert scene.refused(before)


@pytest.mark.parametrize("name", BINDING)
def test_a_push_during_the_answer_is_refused_with_both_commits(
    name: str, comments: dict[str, Moment], tmp_path: Path
) -> None:
    """It comes after all that the command looked at, right before its last look at the head, or the commit on it."""
    with said(comments[name], tmp_path) as scene:
        meant, befores, heads = scene.life.head(scene.number), list[dict[str, Any]](), list[str]()

        def push() -> None:
            heads.append(scene.push())
            befores.append(scene.state())

        with tampering(before_writing(scene.number, push)):
            scene.answer()
        assert meant[:12] in scene.reply()
        assert heads[0][:12] in scene.reply()
        assert scene.refused(befores[0])


@pytest.mark.parametrize(
    ("files", "app"),
    [
        (OTHER, True),
        ({"params.yaml": params(50, 200), "README.md": "# more\n"}, True),
        ({"README.md": "# parameters\n"}, True),
        ({"params.yaml": params(50, 200)}, False),
    ],
    ids=["other parameters", "more than parameters", "no parameters", "no App"],
)
def test_a_push_whose_message_claims_that_the_command_made_it_is_refused_with_both_commits(
    files: dict[str, str], app: bool, comments: dict[str, Moment], tmp_path: Path
) -> None:
    """Whoever pushes writes the message; and without an App the command commits nothing."""
    moment = comments["set"]
    if not app:
        moment = msgspec.structs.replace(moment, access=msgspec.structs.replace(moment.access, app=None))
    with said(moment, tmp_path) as scene:
        meant = scene.life.head(scene.number)
        comment = scene.talk.send("GET", f"/repos/{REPO}/issues/comments/{scene.event['comment']['id']}", "ada")
        head = scene.push(files, f"Train tiny with a=50, b=200\n\nAsked for by bob in {comment['html_url']}")
        before = scene.state()
        scene.answer()
        assert f"You meant {meant[:12]}, but the head is {head[:12]} by now" in scene.reply()
        assert scene.refused(before)


@pytest.mark.parametrize("name", ["override", "unoverride"])
def test_what_was_recorded_before_the_answer_died_is_no_refusal_after_a_push(
    name: str, comments: dict[str, Moment], tmp_path: Path
) -> None:
    """It holds for the inputs that it is about, so a reply that says no would be wrong."""
    with said(comments[name], tmp_path) as scene:
        with pytest.raises(Killed), tampering(dying_after("/graphql")):
            scene.answer()
        scene.push()
        before = scene.state()
        assert scene.answer() == "1 of 1 commands done."
        assert "It is recorded" in scene.reply()
        assert set(changed(before, scene.state())) == {f"{REPO}/comments"}
        assert scene.talk.reactions(scene.event) == ["eyes", "rocket"]


def test_an_answer_that_died_after_its_commit_waits_for_no_training_that_has_ended(
    comments: dict[str, Moment], tmp_path: Path
) -> None:
    with said(comments["set"], tmp_path) as scene:
        with pytest.raises(Killed), tampering(dying_after("/graphql")):
            scene.answer()
        branch = scene.talk.send("GET", f"/repos/{REPO}/pulls/{scene.number}", "ada")["head"]["ref"]
        scene.life.do("report", scene.life.train_pull(scene.number, branch))
        scene.answer()
        assert "Committed `a=50, b=200`, which trains it. It has ended: its report says how." in scene.reply()


def test_a_push_between_judging_and_check_leaves_the_new_commit_pending(
    comments: dict[str, Moment], tmp_path: Path
) -> None:
    with said(comments["gate"], tmp_path) as scene:
        meant, heads = scene.life.head(scene.number), list[str]()

        def handler(at: int, request: requests.PreparedRequest, send: Send) -> requests.Response:
            if "/check-runs" in (request.url or "") and not heads:
                heads.append(scene.push())
            return send()

        before = checks_of(scene.life, meant)
        with tampering(handler):
            scene.answer()
        assert "Judged again" in scene.reply()
        assert (checks_of(scene.life, meant), checks_of(scene.life, heads[0])) == (before, [])


def test_a_strangers_commit_is_not_trained_before_a_maintainer_lets_it(
    comments: dict[str, Moment], tmp_path: Path
) -> None:
    with said(comments["ok-to-test"], tmp_path) as scene:
        for login, text, why in (
            ("carol", "/train", "nobody let run yet"),
            ("carol", "/train tiny a=50", "nobody let run yet"),
            ("carol", "/ok-to-test 0000000", "waited when you wrote this"),
            ("rita", scene.event["comment"]["body"], "needs the permission write"),
        ):
            event = scene.talk.say(scene.number, login, text)
            before = scene.state()
            scene.answer(event)
            assert why in scene.reply(event)
            assert scene.refused(before, event)
        scene.answer()
        assert "may train" in scene.reply()
        assert [status for _, _, status, *_ in scene.state()[REPO]["runs"]].count("in_progress") == 1


def before_writing(number: int, what: Callable[[], None]) -> Handler:
    """It happens once, before the pull request is looked at a second time, or at the first commit."""

    def handler(at: int, request: requests.PreparedRequest, send: Send) -> requests.Response:
        path = urlsplit(request.url or "").path
        if path.endswith(f"/repos/{REPO}/pulls/{number}"):
            looks.append(at)
        if (len(looks) == 2 or path.endswith("/graphql")) and not done:
            done.append(at)
            what()
        return send()

    looks, done = list[int](), list[int]()
    return handler


QUICKLY = ("override", "promote")
SLOWLY = ("train", "set", "gate", "unoverride", "ok-to-test", "register")


@pytest.mark.parametrize("name", [*QUICKLY, *(pytest.param(name, marks=pytest.mark.integration) for name in SLOWLY)])
def test_a_permission_that_was_lost_since_is_missed(name: str, comments: dict[str, Moment], tmp_path: Path) -> None:
    with said(comments[name], tmp_path) as scene:
        before = scene.state()
        scene.hub.admin.set_permission(ENVIRONMENTS if name == "promote" else REPO, "bob", "read")
        scene.answer()
        assert "you have read" in scene.reply()
        assert scene.refused(before, lines=2 if name == "register" else 1)


@pytest.mark.parametrize("name", [*QUICKLY, *(pytest.param(name, marks=pytest.mark.integration) for name in SLOWLY)])
def test_a_permission_that_is_lost_during_the_answer_is_missed(
    name: str, comments: dict[str, Moment], tmp_path: Path
) -> None:
    """Right after it was looked at: what follows may take long."""
    repo = ENVIRONMENTS if name == "promote" else REPO

    def handler(at: int, request: requests.PreparedRequest, send: Send) -> requests.Response:
        answer = send()
        if urlsplit(request.url or "").path.endswith(f"/repos/{repo}/collaborators/bob/permission"):
            scene.hub.admin.set_permission(repo, "bob", "read")
        return answer

    with said(comments[name], tmp_path) as scene:
        before = scene.state()
        with tampering(handler):
            scene.answer()
        assert "you have read" in scene.reply()
        assert scene.refused(before, lines=2 if name == "register" else 1)


def test_a_permission_that_is_lost_between_two_commands_of_a_comment_is_missed(
    comments: dict[str, Moment], tmp_path: Path
) -> None:
    with said(comments["override"], tmp_path) as scene:
        lines = f"{scene.event['comment']['body']}\n/unoverride accuracy:non_inferior\n/train"
        event = scene.talk.say(scene.number, "carol", lines)

        def handler(at: int, request: requests.PreparedRequest, send: Send) -> requests.Response:
            answer = send()
            if request.method == "PATCH" and "/check-runs/" in (request.url or ""):
                scene.hub.admin.set_permission(REPO, "carol", "read")
            return answer

        with tampering(handler):
            assert scene.answer(event) == "1 of 3 commands done."
        assert scene.reply(event).count("you have read") == 2
        assert decided(scene.state()) == (1, 0, "success")
        assert [attempt for _, attempt, *_ in scene.state()[REPO]["runs"]] == [1, 1, 1]


def test_of_a_comment_that_somebody_edited_nothing_is_done(comments: dict[str, Moment], tmp_path: Path) -> None:
    """Whoever writes to the repository may edit other people's comments."""
    with said(comments["override"], tmp_path) as scene:
        path = f"/repos/{REPO}/issues/comments/{scene.event['comment']['id']}"
        edited = scene.talk.send("PATCH", path, "ada", {"body": f"{scene.event['comment']['body']} "})
        before = scene.state()
        for event in (scene.event, scene.talk.event(scene.number, edited, "edited")):
            scene.answer(event)
        assert "An edited comment runs nothing" in scene.reply()
        assert set(changed(before, scene.state())) == {f"{REPO}/comments"}
        assert scene.talk.reactions(scene.event) == ["confused"]


def test_of_a_comment_that_was_deleted_nothing_is_done(comments: dict[str, Moment], tmp_path: Path) -> None:
    with said(comments["override"], tmp_path) as scene:
        scene.talk.send("DELETE", f"/repos/{REPO}/issues/comments/{scene.event['comment']['id']}", "ada")
        before = scene.state()
        assert scene.answer() == "The comment was deleted: nothing to do."
        assert scene.state() == before


def test_a_comment_that_is_deleted_while_it_is_obeyed_is_done_and_answered(
    comments: dict[str, Moment], tmp_path: Path
) -> None:
    with said(comments["override"], tmp_path) as scene:

        def delete() -> None:
            scene.talk.send("DELETE", f"/repos/{REPO}/issues/comments/{scene.event['comment']['id']}", "ada")

        with tampering(before_writing(scene.number, delete)):
            assert scene.answer() == "1 of 1 commands done."
        assert "is overridden" in scene.reply()
        assert scene.talk.checks(scene.number)[0][0] == "success"


@pytest.mark.parametrize("last", ["the command", "the edit"])
def test_a_comment_that_is_edited_while_it_is_obeyed_keeps_the_reply_that_says_what_was_done(
    last: str, comments: dict[str, Moment], tmp_path: Path
) -> None:
    """The workflow of the edit looks for a reply before there is one."""
    with said(comments["override"], tmp_path) as scene:
        path = f"/repos/{REPO}/issues/comments/{scene.event['comment']['id']}"
        obeying = threading.Thread(target=scene.answer)
        reached, go = threading.Event(), threading.Event()

        def handler(at: int, request: requests.PreparedRequest, send: Send) -> requests.Response:
            asked = urlsplit(request.url or "").path
            if threading.current_thread() is obeying and asked.endswith("/graphql") and not reached.is_set():
                reached.set()
                go.wait(60)
            elif threading.current_thread() is not obeying and request.method == "POST" and last == "the edit":
                go.set()
                obeying.join(60)
            return send()

        with tampering(handler):
            obeying.start()
            assert reached.wait(60)
            edited = scene.talk.send("PATCH", path, "ada", {"body": "/gate"})
            assert "nothing ran" in scene.answer(scene.talk.event(scene.number, edited, "edited"))
            go.set()
            obeying.join(60)
        assert "is overridden" in scene.reply()
        assert scene.talk.checks(scene.number)[0][0] == "success"


class Pair(msgspec.Struct, frozen=True, kw_only=True):
    """Bob's comment, and what carol says at the same time (the same where it is ""); what each of them is told.

    `done` finds in the state that is left what came of both, which is `wanted`.
    """

    bob: str
    carol: str = ""
    told: tuple[str, str]
    reactions: tuple[str, str] = ("rocket", "rocket")
    done: Callable[[dict[str, Any]], object]
    wanted: object


def decided(state: dict[str, Any]) -> tuple[int, int, str]:
    """How many overrides and cancellations are recorded, and what the check of the red pull request says now."""
    kinds = [path.partition("/")[0] for path in state[REPO]["branches"]["merganser-ledger"]]
    [checks] = [
        checks for pull, checks in zip(state[REPO]["pulls"], state[REPO]["checks"], strict=True) if pull[0] == 2
    ]
    return kinds.count("overrides"), kinds.count("cancellations"), checks[0][2]


PAIRS = {
    "two overrides": Pair(
        bob="override",
        told=("is overridden", "is overridden"),
        done=decided,
        wanted=(2, 0, "success"),
    ),
    "an override and its cancellation": Pair(
        bob="override",
        carol="/unoverride accuracy:non_inferior",
        told=("is overridden", "Nobody has overridden the check"),
        reactions=("rocket", "confused"),
        done=decided,
        wanted=(1, 0, "success"),
    ),
    "two registrations": Pair(
        bob="register",
        carol="/register tiny minor",
        told=("tiny@v0.1.0", "tiny@v0.1.0"),
        done=lambda state: [name for name, *_ in state[REPO]["tags"]],
        wanted=["refs/tags/tiny@v0.1.0"],
    ),
    "two promotions": Pair(
        bob="promote",
        told=("[#1]", "[#1]"),
        done=lambda state: [(title, status) for _, status, _, title, *_ in state[ENVIRONMENTS]["pulls"]],
        wanted=[("Promote tiny v0.1.0 to staging", "open")],
    ),
    "two trainings": Pair(
        bob="train",
        told=("Training every model", "Training every model"),
        done=lambda state: sorted(attempt for _, attempt, *_ in state[REPO]["runs"]),
        wanted=[1, 1, 2],
    ),
    "two approvals": Pair(
        bob="ok-to-test",
        told=("may train", "may train"),
        done=lambda state: [status for _, _, status, *_ in state[REPO]["runs"]],
        wanted=["in_progress", "completed", "completed"],
    ),
}


def before_writing_anything(what: Callable[[], object], times: int) -> Handler:
    """It happens so often, in each thread before its first write but reactions."""

    def handler(at: int, request: requests.PreparedRequest, send: Send) -> requests.Response:
        path, here = urlsplit(request.url or "").path, threading.get_ident()
        writes = request.method != "GET" and not path.endswith(("/reactions", "/access_tokens"))
        if writes and here not in done and len(done) < times:
            done.append(here)
            what()
        return send()

    done = list[int]()
    return handler


def together(scene: Scene, event: dict[str, Any]) -> None:
    """Both have looked at everything before either writes; then they race."""
    ready = threading.Barrier(2)
    with tampering(before_writing_anything(lambda: ready.wait(60), 2)):
        assert at_once(scene.answer, lambda: scene.answer(event)) == []


def in_between(scene: Scene, event: dict[str, Any]) -> None:
    """The other answer is whole right before the first one's first write."""
    with tampering(before_writing_anything(lambda: scene.answer(event), 1)):
        scene.answer()


Meeting = Callable[[Scene, dict[str, Any]], None]
MEETINGS = [in_between, pytest.param(together, marks=pytest.mark.integration)]


@pytest.mark.parametrize("meet", MEETINGS)
@pytest.mark.parametrize("name", PAIRS)
def test_two_people_at_once(name: str, meet: Meeting, comments: dict[str, Moment], tmp_path: Path) -> None:
    pair = PAIRS[name]
    with said(comments[pair.bob], tmp_path) as scene:
        event = scene.talk.say(scene.number, "carol", pair.carol or scene.event["comment"]["body"])
        meet(scene, event)
        for one, told, reaction in zip((scene.event, event), pair.told, pair.reactions, strict=True):
            assert told in scene.reply(one)
            assert scene.talk.reactions(one) == ["eyes", reaction]
        assert pair.done(scene.state()) == pair.wanted


@pytest.mark.parametrize("meet", MEETINGS)
@pytest.mark.parametrize("settings", ["a=50 b=200", "a=40"])
def test_of_two_people_who_set_parameters_at_once_one_commits(
    settings: str, meet: Meeting, comments: dict[str, Moment], tmp_path: Path
) -> None:
    """The other learns of it; where both want the same, either may have been seen to be done."""
    with said(comments["set"], tmp_path) as scene:
        meant = scene.life.head(scene.number)
        event = scene.talk.say(scene.number, "carol", f"/train tiny {settings}")
        meet(scene, event)
        head = scene.talk.send("GET", f"/repos/{REPO}/commits/{scene.life.head(scene.number)}", "ada")
        assert [parent["sha"] for parent in head["parents"]] == [meant]
        replies = [scene.reply(), scene.reply(event)]
        committed = [reply for reply in replies if "Committed" in reply]
        assert len(committed) in ((1,) if settings == "a=40" else (1, 2))
        for refused in set(replies) - set(committed):
            assert f"you meant {meant[:12]}, but the head is {head['sha'][:12]}" in refused.replace("You", "you")

"""Versions and deployments that a person asks for without a comment: who may is asked for as there."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from merganser.commands import promote
from merganser.commands.carry_out import Decision, Workbench, carry_out
from merganser.commands.register import command as register
from merganser.errors import ConfigError
from merganser.forge.ci.runtime import Runtime
from merganser.forge.secret import Secret
from merganser.hub import Hub
from tests.commands.person import Merganser
from tests.commands.stage import CONFIG, ENVIRONMENTS, REPO, Life, Moment, fetch, on_a_copy, runtime

ASKED: dict[str, Callable[[Workbench], Decision]] = {
    "register": lambda place: register.observe_and_decide(place, register.Request(model="tiny")),
    "promote": lambda place: promote.observe_and_decide(place, promote.Request(version="tiny")),
}


def person(hub: Hub, here: str, there: str) -> str:
    """The token of bob, who has these roles where models and where environments are."""
    token = hub.admin.create_user("bob")
    hub.admin.set_permission(REPO, "bob", here)
    hub.admin.set_permission(ENVIRONMENTS, "bob", there)
    return token


def dispatched(hub: Hub, moment: Moment, login: str, event_name: str = "workflow_dispatch") -> Runtime:
    """What the CI says where somebody started the workflow."""
    repository = fetch(hub, moment.access.person, f"/repos/{REPO}")
    kind = "Bot" if login in ("helper[bot]", "Copilot") else "User"
    event: dict[str, Any] = {"sender": {"login": login, "type": kind}, "repository": repository}
    told = runtime(hub, moment.access.bot, event)
    return msgspec.structs.replace(told, event_name=event_name, attempt=1, actor=login, triggering_actor=login)


def again(told: Runtime, login: str) -> Runtime:
    """What it says where somebody ran that workflow again: event and actor stay as they were."""
    return msgspec.structs.replace(told, attempt=2, triggering_actor=login)


def at_home(hub: Hub, token: str) -> Runtime:
    """Nothing but the token and the repository."""
    return Runtime(repository=REPO, server_url=hub.url, api_url=hub.api_url, token=Secret(token))


def refusal(told: Runtime, command: str) -> str:
    """Why it isn't done; "" where it is."""
    try:
        carry_out(ASKED[command], told, dry_run=False, as_json=True)
    except ConfigError as wrong:
        return wrong.message
    return ""


def made(hub: Hub, moment: Moment) -> tuple[int, int]:
    """How many releases and deployment pull requests there are."""
    releases = fetch(hub, moment.access.person, f"/repos/{REPO}/releases")
    return len(releases), len(fetch(hub, moment.access.person, f"/repos/{ENVIRONMENTS}/pulls"))


@pytest.mark.parametrize("home", [False, True], ids=["dispatched", "at home"])
@pytest.mark.parametrize(
    ("command", "here", "there", "expected"),
    [
        ("register", "read", "admin", "needs the permission maintain here; you have read"),
        ("register", "write", "read", "needs the permission maintain here; you have write"),
        ("register", "maintain", "read", ""),
        ("promote", "triage", "write", "needs the permission write here; you have triage"),
        ("promote", "write", "read", "needs the permission write in the environments repo; you have read"),
        ("promote", "write", "write", ""),
    ],
)
def test_a_person_may_what_a_comment_of_theirs_may(
    command: str, here: str, there: str, expected: str, home: bool, moments: dict[str, Moment], tmp_path: Path
) -> None:
    moment = moments[command]
    with on_a_copy(moment, tmp_path) as hub:
        token, before = person(hub, here, there), made(hub, moment)
        said = refusal(at_home(hub, token) if home else dispatched(hub, moment, "bob"), command)
        assert expected in said if expected else said == ""
        assert (made(hub, moment) == before) is bool(expected)


@pytest.mark.parametrize("sent", ["workflow_dispatch", "repository_dispatch"])
def test_whoever_sends_or_runs_again_what_they_may_not_gets_nothing(
    sent: str, moments: dict[str, Moment], tmp_path: Path
) -> None:
    moment = moments["register"]
    with on_a_copy(moment, tmp_path) as hub:
        person(hub, "write", "write")
        before, no = made(hub, moment), "bob may not: /register needs the permission maintain here; you have write"
        first = dispatched(hub, moment, "ada", sent)
        unnamed = msgspec.structs.replace(again(first, ""), actor="bob")  # by a server from before the triggering actor
        for told in (dispatched(hub, moment, "bob", sent), again(first, "bob"), unnamed):
            assert refusal(told, "register") == no
        # Who may begins it again, and who may not began it: what is asked for is still theirs.
        assert refusal(again(dispatched(hub, moment, "bob", sent), "ada"), "register") == no
        assert made(hub, moment) == before
        assert refusal(again(first, "Ada"), "register") == ""


@pytest.mark.parametrize(("command", "login"), [("register", "helper[bot]"), ("promote", "Copilot")])
def test_a_bot_dispatches_nothing(command: str, login: str, moments: dict[str, Moment], tmp_path: Path) -> None:
    with on_a_copy(moments[command], tmp_path) as hub:
        assert "bots give no commands" in refusal(dispatched(hub, moments[command], login), command)


def test_the_default_branchs_rules_count(moments: dict[str, Moment], tmp_path: Path) -> None:
    with on_a_copy(moments["promote"], tmp_path) as hub:
        life = Life(hub, tmp_path, moments["promote"].access)
        person(hub, "admin", "admin")
        life.push(REPO, {"merganser.yaml": CONFIG + "commands: {promote: {users: [ada]}}\n"}, "main")
        assert "/promote is for @ada" in refusal(dispatched(hub, moments["promote"], "bob"), "promote")
        assert refusal(dispatched(hub, moments["promote"], "ada"), "promote") == ""


def test_a_refusal_says_what_to_do(moments: dict[str, Moment], tmp_path: Path, merganser: Merganser) -> None:
    with on_a_copy(moments["register"], tmp_path) as hub:
        here = {
            "GITHUB_SERVER_URL": hub.url,
            "GITHUB_API_URL": hub.api_url,
            "GITHUB_TOKEN": person(hub, "write", "write"),
        }
        said = merganser("register", "tiny", "--repo", REPO, cwd=tmp_path, **here)
        assert said.code == 2
        assert "bob may not: /register needs the permission maintain here; you have write" in said.err
        assert "Ask someone who has maintain." in said.err

"""A hub with people and a repository."""

from pathlib import Path

import pytest

from merganser.hub import Hub
from tests.hub.clients import NAME, Checkout, Team

ROLES = ("read", "triage", "write", "maintain", "admin")


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine's proxy, if it has one, must not stand between a test and its hub."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


def make_team(hub: Hub, folder: Path) -> Team:
    """People: `owner` (admin), one of each role named after it, `stranger` (none), and the bot."""
    team = Team(hub, folder)
    folder.mkdir()
    hub.admin.create_repository(NAME)
    for login in ("owner", "stranger", *ROLES):
        team.tokens[login] = hub.admin.create_user(login)
    team.tokens["bot"] = hub.admin.create_user("merganser[bot]", kind="Bot")
    for login in ROLES:
        hub.admin.set_permission(NAME, login, login)
    hub.admin.set_permission(NAME, "owner", "admin")
    hub.admin.set_permission(NAME, "merganser[bot]", "write")
    return team


@pytest.fixture
def team(hub: Hub, tmp_path: Path) -> Team:
    return make_team(hub, tmp_path / "clones")


@pytest.fixture
def checkout(team: Team) -> Checkout:
    """A clone with a first commit on main, pushed."""
    made = team.clone()
    made.git("checkout", "-q", "-b", "main")
    made.commit({"README.md": "# Digits\n", "src/train.py": "one\ntwo\nthree\n"}, "first")
    made.push("main")
    return made

"""A hub with people, a repository and its first commit, made once and copied for each test."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from merganser.hub import Hub
from tests.contract.plugin import Contract
from tests.hub.clients import NAME, Checkout, Team

ROLES = ("read", "triage", "write", "maintain", "admin")


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine's proxy, if it has one, must not stand between a test and its hub."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A folder with `hub` and `clone`, and everyone's token.

    People: `owner` (admin), one of each role named after it, `stranger` (none), and the bot, which may write.
    """
    folder = tmp_path_factory.mktemp("template")
    with Hub(folder / "hub") as hub:
        team = Team(hub, folder)
        hub.admin.create_repository(NAME)
        for login in ("owner", "stranger", *ROLES):
            team.tokens[login] = hub.admin.create_user(login)
        team.tokens["bot"] = hub.admin.create_user("merganser[bot]", kind="Bot")
        for login in ROLES:
            hub.admin.set_permission(NAME, login, login)
        hub.admin.set_permission(NAME, "owner", "admin")
        hub.admin.set_permission(NAME, "merganser[bot]", "write")
        made = team.clone()
        made.git("checkout", "-q", "-b", "main")
        made.commit({"README.md": "# Digits\n", "src/train.py": "one\ntwo\nthree\n"}, "first")
        made.push("main")
        made.folder.rename(folder / "clone")
        hub.admin.checkpoint()
    return folder, team.tokens


@pytest.fixture
def hub(tmp_path: Path, contract: Contract, template: tuple[Path, dict[str, str]]) -> Iterator[Hub]:
    """A copy of the prepared hub, every exchange held to GitHub's description."""
    shutil.copytree(template[0] / "hub", tmp_path / "hub")
    with Hub(tmp_path / "hub", observer=contract) as running:
        yield running


@pytest.fixture
def team(hub: Hub, tmp_path: Path, template: tuple[Path, dict[str, str]]) -> Team:
    (tmp_path / "clones").mkdir()
    return Team(hub, tmp_path / "clones", dict(template[1]))


@pytest.fixture
def checkout(team: Team, template: tuple[Path, dict[str, str]]) -> Checkout:
    """A clone with the first commit on main."""
    shutil.copytree(template[0] / "clone", team.folder / "checkout")
    made = Checkout(team.folder / "checkout")
    made.git("remote", "set-url", "origin", team.address("owner"))
    return made

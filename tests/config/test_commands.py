"""Who may give which command, as the configuration says it."""

import pytest

from merganser.chatops.table import COMMANDS
from merganser.config.commands import COMMAND_NAMES, CommandRule, OwnWork, Permission, is_among
from merganser.config.file import load_config
from merganser.errors import ConfigError

FILE = "version: 1\nmodels: {m: {artifact: {path: m.bin}}}\ncommands: %s\n"


def load(commands: str) -> dict[str, CommandRule]:
    return load_config((FILE % commands).encode(), "merganser.yaml").commands


def test_the_names_are_those_of_the_table() -> None:
    assert tuple(COMMANDS) == COMMAND_NAMES


def test_a_permission_alone_or_a_whole_rule() -> None:
    assert load("{promote: maintain, ok-to-test: triage}") == {
        "promote": CommandRule(permission=Permission.maintain),
        "ok-to-test": CommandRule(permission=Permission.triage),
    }
    rule = "{override: {permission: maintain, teams: [ml-leads], users: [octocat], self: allow}}"
    assert load(rule) == {
        "override": CommandRule(
            permission=Permission.maintain, teams=("ml-leads",), users=("octocat",), own=OwnWork.allow
        )
    }
    assert load("{}") == {}


@pytest.mark.parametrize(
    ("commands", "message"),
    [
        ("{overide: write}", "there is no command overide; did you mean override?"),
        ("{promote: root}", "commands.promote"),
        ("{promote: {permision: write}}", "unknown key; did you mean permission?"),
        ("{promote: {teams: [ML Leads]}}", "expected a team"),
        ("{promote: {users: ['@ada']}}", "expected a login"),
        ("{promote: {self: allow}}", "self is for override alone"),
        ("{override: {self: maybe}}", "commands.override.self"),
        ("[promote]", "expected a mapping"),
    ],
)
def test_what_is_wrong_is_said(commands: str, message: str) -> None:
    with pytest.raises(ConfigError) as wrong:
        load(commands)
    assert message in wrong.value.message
    assert "merganser.yaml:3" in wrong.value.message


def test_a_level_covers_those_below() -> None:
    assert Permission.admin.covers(Permission.read)
    assert not Permission.triage.covers(Permission.write)


@pytest.mark.parametrize(
    ("login", "logins", "expected"),
    [("ada", ("bob", "ada"), True), ("Ada", ("aDA",), True), ("ada", ("adam",), False), ("ada", (), False)],
)
def test_githubs_logins_differ_in_more_than_case(login: str, logins: tuple[str, ...], expected: bool) -> None:
    assert is_among(login, logins) is expected

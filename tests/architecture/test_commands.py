"""Commands are short, say what they do, and stand in the documentation."""

import ast
import re

import click
import pytest

from merganser.cli import SIDES, cli
from scripts.command_docs import BEGIN, END, SLASH, help_block, slash_commands
from tests.architecture.imports import tree_of
from tests.architecture.layers import PACKAGE, REPO

MAX_LINES = 15


def statements(source: ast.FunctionDef) -> int:
    """The lines of a function from its `def` to its end, options and docstring aside."""
    first = source.body[0]
    has_doc = (
        isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
    )
    doc = first.end_lineno - first.lineno + 1 if has_doc and first.end_lineno else 0
    return (source.end_lineno or source.lineno) - source.lineno + 1 - doc


def test_every_command_is_short() -> None:
    bodies = [node for name in ("cli.py", "cli_local.py") for node in tree_of(PACKAGE / name).body]
    functions = [node for node in bodies if isinstance(node, ast.FunctionDef)]
    commands = [one for one in functions if any("command" in ast.dump(deco) for deco in one.decorator_list)]
    assert len(commands) == len(cli.commands)
    assert {one.name: statements(one) for one in commands if statements(one) > MAX_LINES} == {}


@pytest.mark.parametrize("name", sorted(cli.commands))
def test_every_command_and_option_has_help(name: str) -> None:
    command = cli.commands[name]
    assert command.help
    assert command.help.strip().splitlines()[0].endswith(".")
    options = [one for one in command.params if isinstance(one, click.Option)]
    described = [one for one in options if one.help or isinstance(one.type, click.Choice)]
    assert [one.name for one in options if one not in described] == []


def overview(columns: int) -> str:
    context = click.Context(cli, info_name="merganser", terminal_width=columns, **cli.context_settings)
    return context.get_help()


def test_the_overview_has_each_command_once_by_its_side() -> None:
    assert sorted(name for names in SIDES.values() for name in names) == sorted(cli.commands)
    listed = [
        line.split()[0] for line in overview(80).partition("On your machine:")[2].splitlines() if line[:2] == "  "
    ]
    assert listed == [name for names in SIDES.values() for name in names]


def test_the_overview_cuts_no_line_and_fits_a_terminal() -> None:
    """Eighty columns; with less, what is cut would be seen here."""
    lines = overview(80).splitlines()
    assert [line for line in lines if len(line) > 80 or "..." in line.removeprefix(lines[0])] == []
    assert any(line.endswith("...") for line in overview(50).splitlines())


def documented() -> dict[str, str]:
    """The sections of the page of commands by their heading."""
    page = (REPO / "docs" / "commands.md").read_text(encoding="utf-8")
    parts = re.split(r"^## `merganser ([a-z]+)`$", page, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_the_page_of_commands_has_each_command_and_no_other() -> None:
    assert sorted(documented()) == sorted(cli.commands)


def test_the_page_has_the_slash_commands() -> None:
    """The same script writes their table."""
    page = (REPO / "docs" / "commands.md").read_text(encoding="utf-8")
    assert SLASH.findall(page) == [f"{BEGIN}\n\n{slash_commands()}\n\n{END}"]


@pytest.mark.parametrize("name", sorted(cli.commands))
def test_the_page_shows_a_command_as_its_help_does(name: str) -> None:
    """`.venv/bin/python scripts/command_docs.py` writes it."""
    assert help_block(name) in documented()[name]

"""Writes docs/commands.md from the commands' own help; what stands outside of the help's blocks stays as it is."""

import re
from pathlib import Path

import click

from merganser.chatops.table import COMMANDS, Spec, Where
from merganser.cli import cli

PAGE = Path(__file__).parents[1] / "docs" / "commands.md"
WIDTH = 100
BEGIN, END = "<!-- slash commands -->", "<!-- /slash commands -->"
SLASH = re.compile(f"{BEGIN}.*?{END}", re.DOTALL)


def help_block(name: str) -> str:
    """What `merganser NAME --help` prints on a screen of 100 columns, as a block of text."""
    group = click.Context(cli, info_name="merganser", terminal_width=WIDTH, **cli.context_settings)
    context = click.Context(cli.commands[name], info_name=name, parent=group)
    return f"```text\n{context.get_help()}\n```"


def slash_commands() -> str:
    """The table of slash commands, as it stands on the page."""
    rows = [
        f"| `{spec.usage.replace('|', chr(92) + '|')}` | {spec.permission.value} | {_under(spec)} | {_does(spec)} |"
        for spec in COMMANDS.values()
    ]
    return "\n".join(["| command | least role | under | what it does |", "| --- | --- | --- | --- |", *rows])


def _under(spec: Spec) -> str:
    if spec.where == frozenset(Where):
        return "anything"
    return ", ".join(where.value for where in Where if where in spec.where)


def _does(spec: Spec) -> str:
    also = "; the role is needed in the environments repo too" if spec.deploys else ""
    return f"{spec.does}{also}{' (not there yet)' if spec.later else ''}"


def main() -> None:
    """Brings each command's block up to date, adds the missing ones at the end, drops those without a command."""
    page = PAGE.read_text(encoding="utf-8")
    page = SLASH.sub(lambda _: f"{BEGIN}\n\n{slash_commands()}\n\n{END}", page)
    head, *rest = re.split(r"^(?=## `merganser [a-z]+`$)", page, flags=re.MULTILINE)
    sections = {re.findall(r"`merganser ([a-z]+)`", part)[0]: part for part in rest}
    written = []
    for name in cli.commands:
        section = sections.get(name, f"## `merganser {name}`\n\n```text\n```\n\n")
        block = help_block(name)
        section = section.rstrip("\n") + "\n\n"
        written.append(re.sub(r"```text\n.*?```", lambda _, block=block: block, section, count=1, flags=re.DOTALL))
    PAGE.write_text(head + "".join(written).rstrip("\n") + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

"""Writes docs/commands.md from the commands' own help; what stands outside of the help's blocks stays as it is."""

import re
from pathlib import Path

import click

from merganser.cli import cli

PAGE = Path(__file__).parents[1] / "docs" / "commands.md"
WIDTH = 100


def help_block(name: str) -> str:
    """What `merganser NAME --help` prints on a screen of 100 columns, as a block of text."""
    group = click.Context(cli, info_name="merganser", terminal_width=WIDTH, **cli.context_settings)
    context = click.Context(cli.commands[name], info_name=name, parent=group)
    return f"```text\n{context.get_help()}\n```"


def main() -> None:
    """Brings each command's block up to date, adds the missing ones at the end, drops those without a command."""
    page = PAGE.read_text(encoding="utf-8")
    head, *rest = re.split(r"^(?=## `merganser [a-z]+`$)", page, flags=re.MULTILINE)
    sections = {re.findall(r"`merganser ([a-z]+)`", part)[0]: part for part in rest}
    written = []
    for name in cli.commands:
        section = sections.get(name, f"## `merganser {name}`\n\n```text\n```\n\n")
        block = help_block(name)
        written.append(re.sub(r"```text\n.*?```", lambda _, block=block: block, section, count=1, flags=re.DOTALL))
    PAGE.write_text(head + "".join(written).rstrip("\n") + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

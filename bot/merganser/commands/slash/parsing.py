"""`merganser command --parse`: what a comment's text means, without GitHub. Answering a comment: `responding`."""

import sys
from pathlib import Path
from typing import Any

import msgspec

from merganser.chatops.reading import LONGEST_COMMENT, Command, Fault, read
from merganser.documents import dump_json
from merganser.errors import ConfigError
from merganser.forge.ci.answers import inert

_MOST_BYTES = LONGEST_COMMENT * 4 + 4


def parse(file: Path) -> tuple[Command, ...] | tuple[Fault, ...]:
    """What the comment in a file (`-`: standard input) means; `ConfigError` where it can't be read."""
    try:
        with sys.stdin.buffer if str(file) == "-" else file.open("rb") as source:
            return read(source.read(_MOST_BYTES).decode())
    except OSError as missing:
        reason = missing.strerror or "an error"
        raise ConfigError(f"--parse: {file} can't be read: {reason}", "Name a file, or -.") from missing
    except UnicodeDecodeError as broken:
        raise ConfigError(f"--parse: {file} is no UTF-8 text", "Save it as UTF-8.") from broken


def answer(found: tuple[Command, ...] | tuple[Fault, ...], *, as_json: bool) -> str:
    """Commands or faults as JSON, or a line for each."""
    if as_json:
        return dump_json([_document(one) for one in found]).decode().rstrip()
    said = [*map(_line, found), *(["Nothing of it runs."] if exit_code(found) else [])]
    return inert("\n".join(said)) or "There is no command in it."


def exit_code(found: tuple[Command, ...] | tuple[Fault, ...]) -> int:
    """1 where a line is wrong."""
    return 1 if any(isinstance(one, Fault) for one in found) else 0


def _document(found: Command | Fault) -> dict[str, Any]:
    """As JSON tells it; `later` is whether the command is known, but not there yet."""
    later = {"later": found.spec.later} if isinstance(found, Command) else {}
    return {**msgspec.to_builtins(found), **later}


def _line(found: Command | Fault) -> str:
    if isinstance(found, Fault):
        usage = f" ({found.usage})" if found.usage else ""
        return f"line {found.line}: {found.error}{usage}"
    later = " (not there yet)" if found.spec.later else ""
    return f"line {found.line}: {found.written}{later}"

"""What is added to files that may be someone else's, and nothing taken from them: CODEOWNERS, .gitignore. Pure."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from merganser.config import CONFIG_FILE
from merganser.errors import ConfigError

# GitHub reads the first one that is there.
CODEOWNERS_PLACES: Final = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")
_OURS: Final = "# Merganser: what decides about models needs a code owner's review."
_OWNER = re.compile(r"@[A-Za-z0-9][A-Za-z0-9_-]*(/[A-Za-z0-9._-]+)?|[^@\s#]+@[^@\s#]+")
_LEFT: Final = "# What training writes anew."


def codeowners_place(existing: Mapping[str, str]) -> str:
    return next((place for place in CODEOWNERS_PLACES if place in existing), CODEOWNERS_PLACES[0])


def codeowners(text: str, paths: Iterable[str], owner: str) -> str:
    """The file with a line for each path that has none yet. The last line that fits a path counts, so ours come last.

    Without an owner the lines are comments: GitHub takes a path without one for a path that nobody owns.
    """
    there = {_path(line) for line in text.splitlines()}
    wanted = [path for path in paths if path not in there]
    if not wanted:
        return text
    return _appended(text, [_OURS, *(_owned(path, owner) for path in wanted)])


def renamed(text: str, paths: Iterable[str], owner: str) -> str:
    """The file with another owner in our own lines, commented ones too; a path's line that is someone else's stays."""
    ours = frozenset(paths)
    return "".join(_renamed(text.splitlines(keepends=True), ours, owner))


def _renamed(lines: list[str], paths: frozenset[str], owner: str) -> Iterator[str]:
    """Ours are those below our heading, up to the first that names no path from the top."""
    inside = False
    for line in lines:
        path = _path(line)
        inside = line.rstrip() == _OURS or (inside and path.startswith("/"))
        yield f"{_owned(path, owner)}\n" if inside and path in paths else line


def _owned(path: str, owner: str) -> str:
    return f"{path} {owner}" if owner else f"# {path} @ORG/TEAM"


def _path(line: str) -> str:
    """The path that a line names, commented or not; "" for an empty one."""
    return re.split(r"(?<!\\)\s", line.lstrip("# ").strip(), maxsplit=1)[0]


def owner(text: str) -> str:
    """What --owner says: people, teams or addresses; `ConfigError` for anything else."""
    words = text.split()
    if text and not (words and all(_OWNER.fullmatch(word) for word in words)):
        raise ConfigError(f"--owner {text[:80]!a} is neither @USER nor @ORG/TEAM", "Write it like @acme/ml.")
    return " ".join(words)


def owned_paths(labels: Iterable[str], card: str) -> tuple[str, ...]:
    """What decides about models: the rules, what runs, who decides, sealed labels, the card's template."""
    fixed = (f"/{CONFIG_FILE}", "/.github/", "/CODEOWNERS")
    return (*fixed, *(f"/{_escaped(path)}" for path in labels), f"/{_escaped(card)}")


def owner_in(text: str) -> str:
    """Who owns the rules by a CODEOWNERS file, where the last line that fits counts; "" where nobody does."""
    lines = [line.partition(" #")[0].split() for line in text.splitlines()]
    found = [words[1:] for words in lines if words and words[0] in ("*", CONFIG_FILE, f"/{CONFIG_FILE}")]
    return " ".join(found[-1]) if found else ""


def gitignore(text: str, left: Iterable[str], tracked: frozenset[str]) -> str:
    """The file with what training leaves; what git tracks already stays so."""
    there = {line.strip() for line in text.splitlines()}
    wanted = [f"/{_escaped(path)}" for path in left if path not in tracked]
    new = [line for line in wanted if line not in there and line.removeprefix("/") not in there]
    return _appended(text, [_LEFT, *new]) if new else text


def _appended(text: str, lines: list[str]) -> str:
    before = text if not text or text.endswith("\n") else text + "\n"
    return "\n".join([*([before] if before else []), *lines]) + "\n"


def _escaped(path: str) -> str:
    return path.replace(" ", "\\ ")

"""What is added to files that may be someone else's, and nothing taken from them: CODEOWNERS, .gitignore. Pure."""

from collections.abc import Iterable, Mapping
from typing import Final

from merganser.config import CONFIG_FILE

# GitHub reads the first one that is there.
CODEOWNERS_PLACES: Final = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")
_OURS: Final = "# Merganser: what decides about models needs a code owner's review."
_LEFT: Final = "# What training writes anew."


def codeowners_place(existing: Mapping[str, str]) -> str:
    return next((place for place in CODEOWNERS_PLACES if place in existing), CODEOWNERS_PLACES[0])


def codeowners(text: str, paths: Iterable[str], owner: str) -> str:
    """The file with a line for each path that has none yet. The last line that fits a path counts, so ours come last.

    Without an owner the lines are comments: GitHub takes a path without one for a path that nobody owns.
    """
    there = {line.lstrip("# ").split()[0] for line in text.splitlines() if line.lstrip("# ").strip()}
    wanted = [path for path in paths if path not in there]
    if not wanted:
        return text
    lines = [f"{path} {owner}" if owner else f"# {path} @ORG/TEAM" for path in wanted]
    return _appended(text, [_OURS, *lines])


def owned_paths(labels: Iterable[str], card: str) -> tuple[str, ...]:
    """What decides about models: the rules, what runs, who decides, sealed labels, the card's template."""
    fixed = (f"/{CONFIG_FILE}", "/.github/", "/CODEOWNERS")
    return (*fixed, *(f"/{_escaped(path)}" for path in labels), f"/{_escaped(card)}")


def owner_in(text: str) -> str:
    """Who owns everything by a CODEOWNERS file; "" where it doesn't say."""
    lines = [line.split() for line in text.splitlines()]
    found = [words[1:] for words in lines if len(words) > 1 and words[0] == "*"]
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

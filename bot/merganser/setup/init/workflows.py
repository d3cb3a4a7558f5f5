"""The workflow files of a model repo, from the templates that ship with Merganser. Pure but for reading those."""

import json
import re
from collections.abc import Iterator
from typing import Final

import msgspec

from merganser.errors import ConfigError
from merganser.setup.suite import root

FOLDER: Final = ".github/workflows"
UNKNOWN_OWNER: Final = "OWNER"
_SUITE = re.compile(r"([A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9._-]{1,100})@([A-Za-z0-9][A-Za-z0-9._/-]{0,99})")
_USED = re.compile(
    r"""^[ \t]*(?:-[ \t]+)?uses:[ \t]*["']?([^/\s"']+/[^/\s"']+)/\.github/workflows/merganser-[a-z]+\.yml@([^\s"']+)""",
    re.MULTILINE,
)
# What stands in the templates in place of what differs from repository to repository.
_THEIR_SUITE: Final = f"{UNKNOWN_OWNER}/merganser"
_THEIR_REF: Final = "@v1"
_THEIR_BRANCH: Final = "branches: [main]"
_THEIR_PREPARE: Final = 'prepare: ""'


class Suite(msgspec.Struct, frozen=True):
    """Whose copy of Merganser the workflows use, at which tag or commit."""

    repository: str = _THEIR_SUITE
    ref: str = "v1"

    @property
    def known(self) -> bool:
        return not self.repository.startswith(f"{UNKNOWN_OWNER}/")


def suite(text: str) -> Suite:
    """`OWNER/NAME@REF`; `ConfigError` for anything else."""
    match = _SUITE.fullmatch(text)
    if match is None or ".." in match[2]:
        raise ConfigError(f"--suite {text[:80]!a} is not OWNER/NAME@REF", "Write it like acme/merganser@v1.")
    return Suite(match[1], match[2])


def in_use(text: str) -> Iterator[Suite]:
    """The suites that a workflow file calls."""
    for repository, ref in _USED.findall(text):
        match = _SUITE.fullmatch(f"{repository}@{ref}")
        if match is not None and ".." not in ref:
            yield Suite(match[1], match[2])


def templates() -> dict[str, str]:
    """The workflow files to copy, by name."""
    folder = root() / "workflows" / "github"
    return {file.name: file.read_text(encoding="utf-8") for file in sorted(folder.glob("*.yml"))}


def filled(template: str, of: Suite, branch: str, prepare: str) -> str:
    """A template for one repository: its copy of Merganser, its default branch, how a runner is prepared."""
    text = template.replace(f"{_THEIR_SUITE}/", f"{of.repository}/")
    text = re.sub(rf"(uses: {re.escape(of.repository)}/\S+){_THEIR_REF}\b", lambda m: f"{m[1]}@{of.ref}", text)
    text = text.replace(_THEIR_BRANCH, f"branches: [{json.dumps(branch)}]" if branch != "main" else _THEIR_BRANCH)
    return text.replace(_THEIR_PREPARE, f"prepare: {json.dumps(prepare)}")


def preparation(files: frozenset[str]) -> str:
    """The command that brings a model's own packages, by the file that names them; "" where none does."""
    if "requirements.txt" in files:
        return "python -m pip install -r requirements.txt"
    if {"pyproject.toml", "setup.py"} & files:
        return "python -m pip install ."
    return ""

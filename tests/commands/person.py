"""A person at a terminal: how a command ended, and what there is to work with once a version was shipped."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from merganser.hub import Hub
from tests.commands.stage import REPO


class Said(NamedTuple):
    """How a command ended, and what it wrote to standard output and standard error."""

    code: int
    out: str
    err: str


Merganser = Callable[..., Said]


class Shipped(NamedTuple):
    """A hub on which version 0.1.0 is registered and deployed, and clones of both repositories."""

    hub: Hub
    model: Path
    environments: Path
    token: str

    @property
    def github(self) -> dict[str, str]:
        """The environment of a person's own machine that reaches this hub."""
        return {
            "GITHUB_API_URL": self.hub.api_url,
            "GITHUB_SERVER_URL": self.hub.url,
            "GITHUB_REPOSITORY": REPO,
            "GITHUB_TOKEN": self.token,
        }

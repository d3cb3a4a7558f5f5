"""From method and path to the function that answers, and what such a function is given and gives back."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from merganser.hub.access import Repository, Role, User
from merganser.hub.limits import Budget
from merganser.hub.store import Store
from merganser.hub.views.links import Site


@dataclass(frozen=True)
class Answer:
    """A response: a JSON document (None: no body), or bytes with their type."""

    status: int
    document: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    content: bytes | None = None


@dataclass(frozen=True)
class World:
    """What the hub has: its directory, its store, and how a download address is made."""

    directory: Path
    store: Store
    sign_download: Callable[[str, str, str], str]

    def git(self, repository: Repository) -> Path:
        """The bare repository's folder."""
        return self.directory / "repos" / repository.owner / f"{repository.name}.git"


_UNMETERED = {"core": Budget(limit=0, used=0, reset=0)}


@dataclass(frozen=True)
class Call:
    """One request as an answering function sees it."""

    world: World
    site: Site
    user: User | None
    found: Repository | None
    role: Role
    path: str
    params: dict[str, str]
    query: dict[str, str]
    headers: dict[str, str]
    content: bytes
    document: Any
    budgets: Mapping[str, Budget] = field(default_factory=lambda: _UNMETERED)

    @property
    def store(self) -> Store:
        return self.world.store

    @property
    def actor(self) -> User:
        """The user, on routes that ask for one."""
        if self.user is None:
            raise AssertionError("this route does not ask for a login")
        return self.user

    @property
    def repository(self) -> Repository:
        """The repository, on routes below /repos/{owner}/{repo}."""
        if self.found is None:
            raise AssertionError("this route has no repository")
        return self.found

    @property
    def git(self) -> Path:
        return self.world.git(self.repository)


Handler = Callable[[Call], Answer]


@dataclass(frozen=True)
class Route:
    method: str
    template: str
    needs: Role | None
    handler: Handler
    pattern: re.Pattern[str]


# These may hold slashes, as in GitHub's own routes.
_LONG = frozenset({"ref", "branch", "basehead", "tag", "name"})
_ROUTES: list[Route] = []


def _pattern(template: str) -> re.Pattern[str]:
    def part(found: re.Match[str]) -> str:
        return f"(?P<{found[1]}>{'.+' if found[1] in _LONG else '[^/]+'})"

    # The path of contents may be empty: the root folder.
    text = template.replace("/{path}", "(?:/(?P<path>.*))?")
    return re.compile(re.sub(r"\{(\w+)\}", part, text))


def route(method: str, template: str, needs: Role | None = Role.READ) -> Callable[[Handler], Handler]:
    """Register a function for one operation of GitHub's REST description.

    Below /repos/{owner}/{repo}, `needs` is the least role; READ lets the nameless read public repositories, but not
    write. Elsewhere READ asks for a login and None for nothing.
    """

    def register(handler: Handler) -> Handler:
        _ROUTES.append(Route(method, template, needs, handler, _pattern(template)))
        # Longer fixed text first, so that /branches/{branch}/protection wins over /branches/{branch}.
        _ROUTES.sort(key=lambda known: -len(re.sub(r"\{\w+\}", "", known.template)))
        return handler

    return register


def find(method: str, path: str) -> tuple[Route, dict[str, str]] | None:
    """The route for a method and a still percent-encoded path, with the decoded parameters."""
    for known in _ROUTES:
        if known.method != method:
            continue
        found = known.pattern.fullmatch(path)
        if found:
            return known, {name: unquote(value or "") for name, value in found.groupdict().items()}
    return None


def registered() -> list[tuple[str, str]]:
    """Method and template of every operation whose module has been imported."""
    return sorted((known.method, known.template) for known in _ROUTES)

"""A repository's settings as GitHub tells them: rules, rulesets, environments, names of secrets. Read only."""

from typing import TypeVar

from merganser.forge import names
from merganser.forge.ci.runtime import App, Runtime
from merganser.forge.requests.app import AppTokens, Signed
from merganser.forge.requests.request import Request
from merganser.forge.requests.tokens import Given, Tokens
from merganser.forge.requests.transport import Transport
from merganser.forge.settings_values import (
    Check,
    Enabled,
    Environment,
    Installation,
    Named,
    ProtectedBranch,
    Rule,
    Ruleset,
    Tag,
    Visible,
)
from merganser.forge.times import Times

T = TypeVar("T")


class Settings:
    """The settings of one repository, `OWNER/NAME`."""

    def __init__(self, transport: Transport, repository: str) -> None:
        self._transport = transport
        self._repo = f"/repos/{names.repository(repository)}"

    def repository(self) -> Visible:
        return self._get("", Visible)

    def branch_rules(self, branch: str) -> tuple[Rule, ...]:
        """The rules of all active rulesets that hold for a branch, whether there is one of that name or not."""
        return self._list(f"/rules/branches/{names.quoted(names.branch(branch))}", Rule)

    def protecting_checks(self, branch: str) -> tuple[Check, ...]:
        """The checks that a branch's own protection requires, the older way."""
        path = f"/branches/{names.quoted(names.branch(branch))}"
        return self._get(path, ProtectedBranch).protection.required_status_checks.checks

    def rulesets(self) -> tuple[Ruleset, ...]:
        """All of them, each with its rules."""
        listed = self._list("/rulesets", Ruleset)
        return tuple(self._get(f"/rulesets/{names.number(one.id)}", Ruleset) for one in listed)

    def environment(self, name: str) -> Environment:
        return self._get(_environment(name), Environment)

    def environment_branches(self, name: str) -> tuple[str, ...]:
        """The names of the branches that may use it, where it goes by names."""
        found = self._list(f"{_environment(name)}/deployment-branch-policies", Named, "branch_policies")
        return tuple(one.name for one in found)

    def environment_secrets(self, name: str) -> frozenset[str]:
        return frozenset(one.name for one in self._list(f"{_environment(name)}/secrets", Named, "secrets"))

    def secrets(self) -> frozenset[str]:
        return frozenset(one.name for one in self._list("/actions/secrets", Named, "secrets"))

    def variables(self) -> dict[str, str]:
        return {one.name: one.value for one in self._list("/actions/variables", Named, "variables")}

    def immutable_releases(self) -> bool:
        """`NotFound` where they are off, and where the token may not ask."""
        return self._get("/immutable-releases", Enabled).enabled

    def of(self, repository: str) -> "Settings":
        """Those of another repository, by the same token."""
        return Settings(self._transport, repository)

    def tags(self) -> dict[str, str]:
        """Each with its commit."""
        return {one.name: one.commit.sha for one in self._list("/tags", Tag)}

    def installation(self) -> Installation:
        """The App's own, for which the App itself has to ask (see `as_app`)."""
        return self._get("/installation", Installation)

    def _get(self, path: str, kind: type[T]) -> T:
        return self._transport.read(Request(verb="GET", url=f"{self._repo}{path}"), kind)

    def _list(self, path: str, kind: type[T], key: str = "") -> tuple[T, ...]:
        return self._transport.items(Request(verb="GET", url=f"{self._repo}{path}", query={"per_page": 100}), kind, key)


def _environment(name: str) -> str:
    return f"/environments/{names.quoted(names.file_name(name))}"


def as_holder(runtime: Runtime, times: Times | None = None) -> Settings:
    """By the token of the environment; where there is none, by the App's."""
    known = times or Times()
    tokens: Tokens = Given(runtime.token)
    if runtime.app is not None and not runtime.token.reveal():
        tokens = AppTokens(runtime, runtime.app, known)
    return Settings(Transport(runtime.api_url, tokens, known), runtime.repository)


def as_app(runtime: Runtime, app: App, times: Times | None = None) -> Settings:
    """As the App itself, which may ask for its installation alone."""
    known = times or Times()
    return Settings(Transport(runtime.api_url, Signed(app, known.clock), known), runtime.repository)

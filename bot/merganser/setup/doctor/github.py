"""Reads a repository's settings for the doctor. What GitHub won't show becomes `Unseen`, and no error."""

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, TypeVar

from merganser.config import LEDGER_BRANCH
from merganser.errors import ConfigError, ForgeError
from merganser.forge.ci.runtime import Runtime
from merganser.forge.protocol import NotFound
from merganser.setup.doctor.facts import Environment, Installed, Remote, Unseen, Wrong
from merganser.setup.doctor.protection import ENVIRONMENT

if TYPE_CHECKING:
    from merganser.forge.github.settings import Settings

T = TypeVar("T")


def observe(runtime: Runtime, suites: Collection[str]) -> Remote:
    """The runtime's repository on its GitHub, and the tags of `suites`; `ForgeError` where it can't be seen at all."""
    from merganser.forge.github.settings import as_holder

    settings = as_holder(runtime)
    repository = settings.repository()
    branch = repository.default_branch
    variables = _seen(settings.variables)
    named = "" if isinstance(variables, Unseen) else variables.get(ENVIRONMENT, "")
    return Remote(
        repository=repository.full_name,
        default_branch=branch,
        rules=_seen(lambda: settings.branch_rules(branch)),
        classic=_seen(lambda: settings.protecting_checks(branch)),
        ledger=_seen(lambda: settings.branch_rules(LEDGER_BRANCH)),
        rulesets=_seen(settings.rulesets),
        variables=variables,
        secrets=_seen(settings.secrets),
        environment=_environment(settings, named) if named else None,
        immutable=_immutable(settings, admin=repository.permissions.admin),
        tags={suite: _seen(settings.of(suite).tags) for suite in suites},
        installed=_installed(runtime),
    )


def _seen(read: Callable[[], T]) -> T | Unseen:
    try:
        return read()
    except (ForgeError, ConfigError) as refused:
        return Unseen(refused.message)


def _environment(settings: "Settings", name: str) -> Environment | Unseen | None:
    try:
        found = settings.environment(name)
    except NotFound:
        return None
    except (ForgeError, ConfigError) as refused:
        return Unseen(refused.message)
    policy = found.deployment_branch_policy
    branches: tuple[str, ...] | Unseen | None = None
    if policy is not None and policy.custom_branch_policies:
        branches = _seen(lambda: settings.environment_branches(name))
    if isinstance(branches, Unseen):
        return branches
    secrets = _seen(lambda: settings.environment_secrets(name))
    return Environment(branches=branches, protected=bool(policy and policy.protected_branches), secrets=secrets)


def _immutable(settings: "Settings", *, admin: bool) -> bool | Unseen:
    """GitHub says "not found" of what is off, and of what it hides from those who are no administrators."""
    try:
        return settings.immutable_releases()
    except NotFound as absent:
        return False if admin else Unseen(absent.message)
    except ForgeError as refused:
        return Unseen(refused.message)


def _installed(runtime: Runtime) -> Installed | Wrong | None:
    """What the App of the environment is installed with, where there is one."""
    if runtime.app is None:
        return None
    from merganser.forge.github.settings import as_app

    try:
        found = as_app(runtime, runtime.app).installation()
    except (ForgeError, ConfigError) as wrong:
        return Wrong(wrong.message, wrong.hint)
    if found.suspended_at:
        return Wrong(f"the installation of {found.app_slug} is suspended", "End that where the App is installed.")
    return Installed(app_id=found.app_id, permissions=found.permissions)

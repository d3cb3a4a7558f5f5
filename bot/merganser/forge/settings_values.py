"""A repository's settings in the shape of GitHub's own JSON, as frozen values. No requests here."""

from typing import Any

import msgspec


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    type: str
    ruleset_id: int = 0
    parameters: dict[str, Any] = {}


class Bypass(msgspec.Struct, frozen=True, kw_only=True):
    actor_type: str
    actor_id: int | None = None


class Ruleset(msgspec.Struct, frozen=True, kw_only=True):
    """`bypass_actors` is None where the token may not see them."""

    id: int
    name: str
    enforcement: str
    target: str = "branch"
    conditions: dict[str, Any] | None = None
    rules: tuple[Rule, ...] = ()
    bypass_actors: tuple[Bypass, ...] | None = None


class Check(msgspec.Struct, frozen=True):
    """A required check, and the App that it has to come from (None: anyone)."""

    context: str
    app_id: int | None = None


class Policy(msgspec.Struct, frozen=True):
    protected_branches: bool
    custom_branch_policies: bool


class Environment(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    deployment_branch_policy: Policy | None = None


class Named(msgspec.Struct, frozen=True):
    name: str
    value: str = ""


class Installation(msgspec.Struct, frozen=True, kw_only=True):
    app_id: int
    app_slug: str
    permissions: dict[str, str]
    suspended_at: str | None = None


class Required(msgspec.Struct, frozen=True):
    checks: tuple[Check, ...] = ()


class Protected(msgspec.Struct, frozen=True):
    required_status_checks: Required = Required()


class ProtectedBranch(msgspec.Struct, frozen=True):
    protection: Protected = Protected()


class Commit(msgspec.Struct, frozen=True):
    sha: str


class Tag(msgspec.Struct, frozen=True):
    name: str
    commit: Commit


class Enabled(msgspec.Struct, frozen=True):
    enabled: bool


class Rights(msgspec.Struct, frozen=True):
    """What the token's owner may do; an App's token has none of these."""

    admin: bool = False
    push: bool = False


class Visible(msgspec.Struct, frozen=True, kw_only=True):
    """A repository, and what the token may do there."""

    full_name: str
    default_branch: str
    permissions: Rights = Rights()

"""What the doctor sees, as values. `Unseen` stands where GitHub didn't let us look."""

import msgspec

from merganser.config import Config
from merganser.forge.settings_values import Check, Rule, Ruleset
from merganser.inputs import Entry


class Wrong(msgspec.Struct, frozen=True):
    """An error's words: what is wrong, and what to do."""

    what: str
    cure: str


class Local(msgspec.Struct, frozen=True, kw_only=True):
    """The clone. `config` is None where there is none at all; `declared` has of each model the path of its file.

    `columns` are those of the predictions files that lie there, by their paths from the top; `made` what pipelines and
    scripts say that they write.
    """

    config: Config | Wrong | None
    entries: tuple[Entry, ...] = ()
    there: frozenset[str] = frozenset()
    made: frozenset[str] = frozenset()
    declared: dict[str, str | Wrong] = {}
    columns: dict[str, tuple[str, ...] | Wrong] = {}
    workflows: dict[str, str] = {}
    templates: dict[str, str] = {}
    codeowners: str = ""
    committed: bool = True
    repository: str = ""
    branch: str = "main"


class Unseen(msgspec.Struct, frozen=True):
    why: str


class Environment(msgspec.Struct, frozen=True, kw_only=True):
    """`branches` are the names that may use it; None: all may. `protected` means all protected branches."""

    branches: tuple[str, ...] | None
    protected: bool
    secrets: frozenset[str] | Unseen


class Installed(msgspec.Struct, frozen=True, kw_only=True):
    """Where the App is installed, with which permissions."""

    app_id: int
    permissions: dict[str, str]


class Remote(msgspec.Struct, frozen=True, kw_only=True):
    """The repository on GitHub. `environment` is the one that the variable names; None where there is none.

    `tags` are those of each copy of Merganser that the workflow files use, with their commits.
    """

    repository: str
    default_branch: str
    rules: tuple[Rule, ...] | Unseen
    classic: tuple[Check, ...] | Unseen
    ledger: tuple[Rule, ...] | Unseen
    rulesets: tuple[Ruleset, ...] | Unseen
    variables: dict[str, str] | Unseen
    secrets: frozenset[str] | Unseen
    environment: Environment | Unseen | None
    immutable: bool | Unseen
    tags: dict[str, dict[str, str] | Unseen] = {}
    installed: Installed | Wrong | None = None

"""The commands: their words, arguments, options, who may give them by default, and what they do.

`/help`, `docs/commands.md` and the parser's usage lines all come of this one table.
"""

from enum import StrEnum
from types import MappingProxyType
from typing import Final

import msgspec

from merganser.config.commands import Permission


class Kind(StrEnum):
    """What an argument or option stands for: its value is the word for it in a usage line."""

    model = "MODEL"
    version = "VERSION"
    model_version = "MODEL[@VERSION]"
    environment = "ENV"
    check = "[MODEL/]CHECK"
    sha = "SHA"
    revision = "COMMIT|VERSION"
    bump = "major|minor|patch|VERSION"
    setting = "KEY=VALUE"
    reason = '"WHY"'
    until = "DATE|DURATION"


class Argument(msgspec.Struct, frozen=True, kw_only=True):
    """A word after the command: needed or not, one or as many as you like."""

    kind: Kind
    optional: bool = False
    many: bool = False

    @property
    def usage(self) -> str:
        """As a usage line shows it."""
        word = self.kind.value + ("…" if self.many else "")
        return f"[{word}]" if self.optional else word


class Option(msgspec.Struct, frozen=True, kw_only=True):
    """`--name VALUE`, needed or not."""

    name: str
    kind: Kind
    required: bool = False

    @property
    def usage(self) -> str:
        """As a usage line shows it."""
        written = f"--{self.name} {self.kind.value}"
        return written if self.required else f"[{written}]"


class Where(StrEnum):
    """What a comment stands under."""

    open = "an open pull request"
    merged = "a merged pull request"
    closed = "a closed pull request"
    issue = "an issue"


class Spec(msgspec.Struct, frozen=True, kw_only=True):
    """A command: who may give it by default, and under what it makes sense.

    `deploys`: it writes to the environments repo, where its author needs the permission too. `later`: known, but not
    there yet.
    """

    name: str
    does: str
    permission: Permission
    arguments: tuple[Argument, ...] = ()
    options: tuple[Option, ...] = ()
    where: frozenset[Where] = frozenset({Where.open})
    deploys: bool = False
    later: bool = False

    @property
    def usage(self) -> str:
        """The line that shows how it is written."""
        arguments, options = (part.usage for part in self.arguments), (part.usage for part in self.options)
        return " ".join((f"/{self.name}", *arguments, *options))

    @property
    def takes_settings(self) -> bool:
        """Whether `KEY=VALUE` words may stand among its arguments."""
        return any(argument.kind is Kind.setting for argument in self.arguments)

    def option(self, name: str) -> Option | None:
        """The option of that name, if it has one."""
        return next((option for option in self.options if option.name == name), None)


_ANYWHERE = frozenset(Where)
_MODEL = Argument(kind=Kind.model)
_ANY_MODEL = Argument(kind=Kind.model, optional=True)
_ENVIRONMENT = Argument(kind=Kind.environment)
_CHECK = Argument(kind=Kind.check)
_SHA = Option(name="sha", kind=Kind.sha)
_REASON = Option(name="reason", kind=Kind.reason)
_UNTIL = Option(name="until", kind=Kind.until)
_OF_MODEL = Option(name="model", kind=Kind.model)

_TABLE: Final = (
    Spec(name="help", permission=Permission.read, where=_ANYWHERE, does="lists what you may do here"),
    Spec(
        name="status",
        permission=Permission.read,
        where=_ANYWHERE,
        arguments=(_ANY_MODEL,),
        does="shows the models touched, the check, versions, and what runs where",
    ),
    Spec(
        name="diff",
        permission=Permission.read,
        where=_ANYWHERE,
        arguments=(_MODEL, Argument(kind=Kind.revision), Argument(kind=Kind.revision)),
        does="shows how a model's metrics, parameters and data differ between two commits or versions",
    ),
    Spec(
        name="train",
        permission=Permission.write,
        arguments=(
            Argument(kind=Kind.model, optional=True, many=True),
            Argument(kind=Kind.setting, optional=True, many=True),
        ),
        options=(_SHA,),
        does="trains again, one MODEL alone if GitHub can; with KEY=VALUE commits that to the model's parameters first",
    ),
    Spec(
        name="gate",
        permission=Permission.write,
        arguments=(_ANY_MODEL,),
        options=(_SHA,),
        does="judges again, with what was trained: every model touched, also where one is named",
    ),
    Spec(
        name="ok-to-test",
        permission=Permission.write,
        arguments=(Argument(kind=Kind.sha),),
        does="lets the training of a fork's commit run",
    ),
    Spec(
        name="override",
        permission=Permission.maintain,
        arguments=(_CHECK,),
        options=(msgspec.structs.replace(_REASON, required=True), _UNTIL, _SHA),
        does="lets one failed or inconclusive check pass: for good, until a day ends in UTC, or for a time such as 7d",
    ),
    Spec(
        name="unoverride",
        permission=Permission.write,
        arguments=(_CHECK,),
        options=(_SHA,),
        does="takes an override back",
    ),
    Spec(
        name="register",
        permission=Permission.maintain,
        where=frozenset({Where.merged, Where.issue}),
        arguments=(_MODEL, Argument(kind=Kind.bump, optional=True)),
        does="makes the model's next version, after the merge",
    ),
    Spec(
        name="promote",
        permission=Permission.write,
        where=_ANYWHERE,
        deploys=True,
        arguments=(Argument(kind=Kind.model_version), _ENVIRONMENT),
        does="opens the pull request that deploys a version",
    ),
    Spec(
        name="rollback",
        permission=Permission.write,
        where=_ANYWHERE,
        deploys=True,
        arguments=(_MODEL, _ENVIRONMENT, Argument(kind=Kind.version, optional=True)),
        options=(_REASON,),
        later=True,
        does="opens the pull request that restores the last healthy version",
    ),
    Spec(
        name="hold",
        permission=Permission.write,
        where=_ANYWHERE,
        deploys=True,
        arguments=(_ENVIRONMENT,),
        options=(_OF_MODEL, _UNTIL, _REASON),
        later=True,
        does="stops promotions to an environment, for good or for a time as /override does",
    ),
    Spec(
        name="unhold",
        permission=Permission.write,
        where=_ANYWHERE,
        deploys=True,
        arguments=(_ENVIRONMENT,),
        options=(_OF_MODEL,),
        later=True,
        does="lets promotions to an environment go on",
    ),
)

COMMANDS: Final = MappingProxyType({spec.name: spec for spec in _TABLE})
LONG_FORM: Final = "merganser"

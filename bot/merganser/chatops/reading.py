"""A comment → the commands in it, all of them right, or what is wrong with it. Nothing is looked up here."""

import re
from collections.abc import Mapping
from typing import Final

import msgspec

from merganser.chatops import visible, words
from merganser.chatops.table import COMMANDS, Argument, Kind, Spec
from merganser.config import ENVIRONMENT_NAME, MODEL_NAME
from merganser.config.dates import end_of
from merganser.foreign_text import did_you_mean, readable
from merganser.registry.semver import SEMVER

LONGEST_COMMENT: Final = 65_536
MOST_COMMANDS: Final = 10
# A reason gets a few words more in the ledger, which takes 2,000 characters.
LONGEST_TEXT: Final = 1_900

_DURATION = re.compile(r"[1-9][0-9]{0,3}[smhd]")
# A duration that isn't written as ours are: 3days, 2w, 90min; not 3months, of which no number of days can be told.
_NEARLY_DURATION = re.compile(
    r"(?P<count>[1-9][0-9]{0,2}) ?(?:(?P<unit>s|m|h|d|w)|(?P<word>sec(?:ond)?|min(?:ute)?|hr|hour|day|week)s?)",
    re.ASCII | re.IGNORECASE,
)
_SETTING = re.compile(r"(?P<key>[A-Za-z_][A-Za-z0-9_.-]{0,199})=(?P<value>.*)", re.DOTALL)
_SHA = r"[0-9A-Fa-f]{7,40}"
_PATTERNS: Final[Mapping[Kind, str]] = {
    Kind.model: MODEL_NAME,
    Kind.environment: ENVIRONMENT_NAME,
    Kind.version: f"v?{SEMVER}",
    Kind.model_version: f"{MODEL_NAME}(?:@v?{SEMVER})?",
    Kind.sha: _SHA,
    Kind.revision: f"{_SHA}|(?:{MODEL_NAME}@)?v?{SEMVER}",
    Kind.bump: f"major|minor|patch|v?{SEMVER}",
}
_EXPECTED: Final[Mapping[Kind, str]] = {
    Kind.model: "a model's name",
    Kind.environment: "an environment's name",
    Kind.version: "a version such as v1.4.0",
    Kind.model_version: "a model's name, or a version such as churn@v1.4.0",
    Kind.sha: "a commit: 40 hexadecimal digits, or at least the first seven",
    Kind.revision: "a commit or a version such as v1.4.0",
    Kind.bump: "major, minor, patch or a version such as v1.4.0",
    Kind.check: "a check as the report names it",
    Kind.reason: "a reason",
    Kind.until: (
        "a date such as 2026-12-31 (to its end in UTC), a time such as 2026-12-31T18:00+02:00, "
        "or a duration such as 7d, 12h or 30m"
    ),
    Kind.setting: "KEY=VALUE",
}


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """A command as it was written: its name, the words after it in order, its options, its line in the comment."""

    name: str
    args: tuple[str, ...]
    options: dict[str, str]
    line: int

    @property
    def spec(self) -> Spec:
        """What the table says of it."""
        return COMMANDS[self.name]

    @property
    def written(self) -> str:
        """As a line that means the same."""
        options = (
            # After a space such a value would be taken for the next option.
            f"--{name}{'=' if value.startswith('--') else ' '}{words.quoted(value)}"
            for name, value in self.options.items()
        )
        return " ".join((f"/{self.name}", *map(words.quoted, self.args), *options))

    @property
    def named(self) -> tuple[str, ...]:
        """The arguments that are no `KEY=VALUE`."""
        return tuple(word for word in self.args if not (self.spec.takes_settings and _SETTING.fullmatch(word)))

    @property
    def models(self) -> tuple[str, ...]:
        """The models that its arguments name, without their versions."""
        first = self.spec.arguments[0] if self.spec.arguments else None
        if first is None or first.kind not in (Kind.model, Kind.model_version):
            return ()
        return tuple(word.partition("@")[0] for word in (self.named if first.many else self.args[:1]))

    @property
    def settings(self) -> dict[str, str]:
        """The arguments that are `KEY=VALUE`."""
        found = (_SETTING.fullmatch(word) for word in self.args[len(self.named) :])
        return {match["key"]: match["value"] for match in found if match}


class Fault(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is wrong with a line (0: with the comment), and how its command is written ("" where that isn't known)."""

    error: str
    line: int
    usage: str = ""


class Wrong(Exception):
    """What is wrong with the words of a command."""


def read(comment: str) -> tuple[Command, ...] | tuple[Fault, ...]:
    """The commands of a comment's Markdown source; faults alone where there are any, as nothing runs then."""
    if len(comment) > LONGEST_COMMENT:
        return (Fault(error=f"the comment has {len(comment):,} characters, over {LONGEST_COMMENT:,}", line=0),)
    found = [one for line in visible.lines(comment) if (one := _line(line)) is not None]
    faults = [one for one in found if isinstance(one, Fault)]
    commands = tuple(one for one in found if isinstance(one, Command))
    setting = [one for one in commands if one.settings]
    if len(setting) > 1:
        # The second would be about a commit that its author has not seen: the one that the first makes.
        error = "one comment sets parameters once; say this in another, about the commit that the first makes"
        faults.append(Fault(error=error, line=setting[1].line, usage=setting[1].spec.usage))
    if len(found) > MOST_COMMANDS:
        error = f"this is command {MOST_COMMANDS + 1}; one comment may hold {MOST_COMMANDS}"
        faults.append(Fault(error=error, line=found[MOST_COMMANDS].line))
    return tuple(faults) or commands


def _line(line: visible.Line) -> Command | Fault | None:
    meant = words.recognise(line.text)
    if meant is None:
        return None
    if isinstance(meant, words.Unclear):
        return Fault(error=meant.error, line=line.number)
    spec = COMMANDS[meant.name]
    try:
        given, options = _sort(spec, words.split(meant.rest))
        args = _arguments(spec, given)
    except (Wrong, ValueError) as wrong:
        return Fault(error=str(wrong), line=line.number, usage=spec.usage)
    command = Command(name=spec.name, args=args, options=options, line=line.number)
    if command.settings and len(command.named) != 1:
        return Fault(error="KEY=VALUE needs exactly one model before it", line=line.number, usage=spec.usage)
    return command


def _sort(spec: Spec, given: list[str]) -> tuple[list[str], dict[str, str]]:
    """Arguments, and options with their values checked."""
    args: list[str] = []
    options: dict[str, str] = {}
    waiting = list(given)
    while waiting:
        word = waiting.pop(0)
        if not word.startswith("-"):
            # A check whose metric is called so can be named behind its MODEL/.
            if mistyped := words.mistyped(word):
                raise Wrong(f"{readable(word)}: {mistyped}")
            args.append(word)
            continue
        name, separator, value = word.partition("=")
        option = spec.option(name[2:]) if name.startswith("--") else None
        if option is None:
            raise Wrong(_unknown(spec, name))
        if option.name in options:
            raise Wrong(f"--{option.name} stands twice")
        if not separator and (not waiting or waiting[0].startswith("--")):
            raise Wrong(f"--{option.name} lacks its value: {_EXPECTED[option.kind]}")
        options[option.name] = _checked(option.kind, value if separator else waiting.pop(0))
    missing = next((option for option in spec.options if option.required and option.name not in options), None)
    if missing:
        raise Wrong(f"{missing.usage} is missing: {_EXPECTED[missing.kind]}")
    return args, options


def _unknown(spec: Spec, name: str) -> str:
    if name == "--":
        return "a bare -- means nothing here"
    known = [f"--{option.name}" for option in spec.options]
    code = words.unreadable(name)
    return f"/{spec.name} has no option {readable(name)}{code and f' (it holds {code})'}{did_you_mean(name, known)}"


def _arguments(spec: Spec, given: list[str]) -> tuple[str, ...]:
    """The arguments, each checked by its kind, `KEY=VALUE` last."""
    settings = [word for word in given if spec.takes_settings and _SETTING.fullmatch(word)]
    waiting = [word for word in given if word not in settings]
    found: list[str] = []
    for argument in spec.arguments:
        found += _take(argument, settings if argument.kind is Kind.setting else waiting)
    if waiting:
        # What stood in curly quotes or backticks is split at its spaces, so that its last word has the second one.
        mistyped = next(filter(None, (words.mistyped(word[-1:]) for word in waiting)), "")
        raise Wrong(f"{readable(waiting[0])} is one argument too many{mistyped and f': {mistyped}'}")
    return tuple(found)


def _take(argument: Argument, waiting: list[str]) -> list[str]:
    """The words that are this argument's, checked, taken from the front of `waiting`."""
    if not waiting and not argument.optional:
        raise Wrong(f"{argument.kind.value} is missing: {_EXPECTED[argument.kind]}")
    count = len(waiting) if argument.many else min(1, len(waiting))
    taken = [_checked(argument.kind, word) for word in waiting[:count]]
    del waiting[:count]
    names = [word.partition("=")[0] for word in taken]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise Wrong(f"{readable(twice)} stands twice")
    return taken


def _checked(kind: Kind, word: str) -> str:
    """A word, if it is what its kind says; SHAs in lower case."""
    if kind in _PATTERNS:
        if re.fullmatch(_PATTERNS[kind], word):
            return word.lower() if kind is Kind.sha else word
        code = words.unreadable(word)
        why = words.mistyped(word) or (f"it holds {code}" if code else "")
        raise Wrong(f"'{readable(word)}' is not {_EXPECTED[kind]}{why and f': {why}'}")
    if code := words.unprintable(word):
        raise Wrong(f"{_EXPECTED[kind]} may not hold the character {code}")
    if not words.shows(word) or len(word) > LONGEST_TEXT:
        raise Wrong(f"{_EXPECTED[kind]} has between 1 and {LONGEST_TEXT:,} characters")
    # A line of the report that is pasted as it stands gives its place for a reason, and no reason.
    if kind is Kind.reason and not word.strip(" .…"):
        raise Wrong(f"{readable(word)} is no reason: write why, people read it as long as the version lives")
    if kind is Kind.until and not _DURATION.fullmatch(word):
        try:
            end_of(word)
        except ValueError as wrong:
            raise Wrong(f"'{readable(word)}' is not {_EXPECTED[kind]}{_meant_duration(word)}") from wrong
    return word


def _meant_duration(word: str) -> str:
    """`; did you mean 3d?` for 3days."""
    found = _NEARLY_DURATION.fullmatch(word)
    if found is None:
        return ""
    count, unit = int(found["count"]), (found["unit"] or found["word"])[0].lower()
    return f"; did you mean {7 * count}d?" if unit == "w" else f"; did you mean {count}{unit}?"

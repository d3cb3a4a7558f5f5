"""One value of a configuration file: a number, duration, path, name, and the error that shows what stood there."""

import difflib
import math
import re
import unicodedata
from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import Final, NoReturn, TypeVar

import msgspec

from merganser.config import ENVIRONMENT_NAME, MODEL_NAME, Change, Unit
from merganser.config.commands import COMMAND_NAMES
from merganser.config.dates import end_of
from merganser.errors import ConfigError
from merganser.yaml_text import Listing, Mapping, Node, Scalar

MAX_TEXT: Final = 2_000
MAX_NAME: Final = 200
MAX_SECONDS: Final = 30 * 86_400

_NUMBER = re.compile(r"[-+]?(0|[1-9][0-9]*)?(\.[0-9]*)?([eE][-+]?[0-9]+)?")
_WHOLE = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})")
_LEADING_ZERO = re.compile(r"[-+]?0[0-9]+")
_NOT_TEXT = re.compile(
    r"~|null|Null|NULL|true|True|TRUE|false|False|FALSE|[-+]?(\.[0-9]+|[0-9][0-9_]*(\.[0-9_]*)?)([eE][-+]?[0-9]+)?"
    r"|0[xo][0-9a-fA-F]+|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"
)
_DURATION = re.compile(r"([0-9]{1,9})([smhd])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_MODEL = re.compile(MODEL_NAME)
_ENVIRONMENT = re.compile(ENVIRONMENT_NAME)
_REPOSITORY = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,38})/(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}")
_TEAM = re.compile(r"[a-z0-9][a-z0-9_-]{0,98}")
_LOGIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,98}[A-Za-z0-9])?")
_SHA256 = re.compile(r"sha256:[0-9a-f]{64}")
_STORE = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[^/\s?#\\]+)+|file://(/[^/\\]+)+")
_PLACEHOLDER = re.compile(r"\{(model|version)\}")
BIDIRECTIONAL: Final = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

Word = TypeVar("Word", bound=StrEnum)


class Place(msgspec.Struct, frozen=True):
    """Where a node stands: in which file, below which keys (`models.churn.gate`)."""

    where: str
    path: str
    node: Node

    def fail(self, what: str, hint: str, line: int = 0) -> NoReturn:
        raise ConfigError(f"{self.where}:{line or self.node.line}: {self.path or 'the file'}: {what}", hint)

    def below(self, key: str, node: Node) -> "Place":
        return Place(self.where, f"{self.path}.{shown(key)}" if self.path else shown(key), node)

    def reach(self, *keys: str | int) -> "Place":
        """The place below `keys`, or the nearest one above it that is written down."""
        place = self
        for key in keys:
            found = children(place.node).get(key)
            if found is not None:
                below = f"{place.path}[{key}]" if isinstance(key, int) else place.below(key, found).path
                place = Place(place.where, below, found)
        return place

    def expected(self, what: str, hint: str = "") -> NoReturn:
        """Refuses the node for not being `what`."""
        self.fail(f"expected {what}, found {described(self.node)}", hint or f"Write {what}.")


def children(node: Node) -> dict[str | int, Node]:
    """What stands below a node, by key or position."""
    if isinstance(node, Mapping):
        return {key.text: value for key, value in node.items}
    return dict(enumerate(node.items)) if isinstance(node, Listing) else {}


def shown(text: str) -> str:
    """Foreign text that is safe in one line of a message: escaped and cut."""
    return ascii(text[:80])[1:-1] + ("…" if len(text) > 80 else "")


def described(node: Node) -> str:
    """What stands there, in words."""
    if isinstance(node, Mapping):
        return "a mapping"
    if isinstance(node, Listing):
        return "a list"
    if node.plain and not node.text:
        return "nothing"
    return shown(node.text) if node.plain else f'"{shown(node.text)}" in quotes'


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`; did you mean …?` for a near miss, otherwise nothing."""
    near = difflib.get_close_matches(word[:80], list(known), n=1, cutoff=0.6)
    return f"; did you mean {near[0]}?" if near else ""


def _scalar(at: Place, what: str) -> Scalar:
    if not isinstance(at.node, Scalar):
        at.expected(what)
    return at.node


def _plain(at: Place, what: str) -> str:
    node = _scalar(at, what)
    if not node.plain:
        at.expected(what, "Take the quotes away.")
    return node.text


def text(at: Place) -> str:
    """Text, in quotes or not. A bare number, `true` or `null` is refused: programs differ on what it would be."""
    node = _scalar(at, "text")
    if node.plain and (not node.text or _NOT_TEXT.fullmatch(node.text)):
        at.expected("text", f'Write it in quotes: "{shown(node.text)}".' if node.text else "Write a value.")
    return _printable(at, node.text)


def _printable(at: Place, value: str) -> str:
    if not value or len(value) > MAX_TEXT:
        at.fail(f"{len(value)} characters", f"Write between 1 and {MAX_TEXT} characters.")
    hidden = [c for c in value if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") or c in BIDIRECTIONAL]
    if hidden:
        at.fail(f"the character U+{ord(hidden[0]):04X} in {shown(value)}", "Remove characters that can't be seen.")
    return value


def number(at: Place) -> float:
    """A finite decimal number: `1`, `.5`, `1e-3`; no octal, no `1:30`, no `1_000`, no quotes."""
    digits = _plain(at, "a number")
    if _LEADING_ZERO.fullmatch(digits):
        at.expected("a number", "A leading 0 means octal to some programs: write it without.")
    if digits.endswith("%"):
        at.expected(
            "a number",
            "It is absolute here: write 0.01 for one hundredth. Percentages are for max_drop, max_rise and rise.",
        )
    if not _NUMBER.fullmatch(digits) or not any(c.isdigit() for c in re.split("[eE]", digits)[0]):
        at.expected("a number")
    value = float(digits)
    if not math.isfinite(value):
        at.expected("a finite number")
    return value


def whole(at: Place) -> int:
    """A whole number of at most 18 digits."""
    digits = _plain(at, "a whole number")
    if not _WHOLE.fullmatch(digits):
        at.expected("a whole number")
    return int(digits)


def change(at: Place) -> Change:
    """`0.01` absolute or `1%` relative; how far a metric may move, never negative."""
    node = _scalar(at, "a number or a percentage")
    relative = node.text.endswith("%")
    bare = Scalar(node.line, node.text.removesuffix("%"), plain=True) if relative else node
    value = number(Place(at.where, at.path, bare))
    if value < 0:
        at.expected("0 or more", "Say how far it may move; the rule's name says in which direction.")
    return Change(value / 100, Unit.relative) if relative else Change(value)


def duration(at: Place) -> int:
    """Seconds of `90s`, `10m`, `2h`, `7d`."""
    match = _DURATION.fullmatch(_scalar(at, "a duration").text)
    if match is None:
        at.expected("a duration", "Write a number with its unit: 90s, 10m, 2h, 7d.")
    seconds = int(match[1]) * _SECONDS[match[2]]
    if not 0 < seconds <= MAX_SECONDS:
        at.expected("a duration between 1s and 30d")
    return seconds


def day(at: Place) -> str:
    """An ISO 8601 date, or a time with its offset, as written."""
    value = _scalar(at, "a date").text
    try:
        end_of(value)
    except ValueError:
        at.expected("a date", "Write 2026-12-31, or a time with its offset: 2026-12-31T12:00:00+01:00.")
    return value


def word(at: Place, kind: type[Word]) -> Word:
    """One word of a closed set."""
    known = [member.value for member in kind]
    value = _scalar(at, " or ".join(known)).text
    if value not in known:
        at.expected(" or ".join(known), f"Use one of {', '.join(known)}{did_you_mean(value, known)}")
    return kind(value)


def word_but(kind: type[Word], later: str, hint: str) -> Callable[[Place], Word]:
    """Reads one word of a closed set; of what matches `later`, which another version may know, it says what to write
    instead."""
    pattern = re.compile(later)

    def read(at: Place) -> Word:
        if isinstance(at.node, Scalar) and pattern.fullmatch(at.node.text):
            not_yet(at, shown(at.node.text), hint)
        return word(at, kind)

    return read


def not_yet(at: Place, what: str, hint: str, line: int = 0) -> NoReturn:
    """Refuses what another version may know."""
    at.fail(f"{what} is not supported by this version", hint, line)


def name(at: Place) -> str:
    """The name of a metric or column: printable, at most 200 characters."""
    return _short(at, text(at))


def key(at: Place) -> str:
    """A name that stands as a key. It is text as written: in `scores: {0: p0, no: p1}` nobody means truth values."""
    return _short(at, _printable(at, _scalar(at, "a name").text))


def _short(at: Place, value: str) -> str:
    if len(value) > MAX_NAME:
        at.fail(f"a name of {len(value)} characters", f"Use at most {MAX_NAME}.")
    return value


def model_name(at: Place) -> str:
    return _like(at, _MODEL, "a model's name", "Use letters, digits, - and _ inside, at most 63 characters.")


def environment_name(at: Place) -> str:
    hint = "Use lower-case letters, digits and - inside, at most 63 characters."
    return _like(at, _ENVIRONMENT, "an environment's name", hint)


def command_name(at: Place) -> str:
    """A slash command, without its slash."""
    word = text(at)
    if word not in COMMAND_NAMES:
        at.fail(f"there is no command {shown(word)}{did_you_mean(word, COMMAND_NAMES)}", "Write it without the slash.")
    return word


def team(at: Place) -> str:
    """A team of the organisation, by its slug."""
    return _like(at, _TEAM, "a team", "Use the team's name as its address has it, such as ml-leads.")


def login(at: Place) -> str:
    """A person's login."""
    return _like(at, _LOGIN, "a login", "Write it without the @.")


def repository(at: Place) -> str:
    return _like(at, _REPOSITORY, "OWNER/NAME", "Name the repository as in its address: acme/environments.")


def data_address(at: Place) -> str:
    """`dvc://PATH`, `s3://BUCKET/KEY` or `file:///PATH`: where a file or a folder of data lies."""
    value = text(at)
    scheme, separator, rest = value.partition("://")
    if scheme == "dvc" and separator:
        path = Scalar(at.node.line, rest.removeprefix("/"), plain=False)
        return f"dvc://{'/' if rest.startswith('/') else ''}{file_path(Place(at.where, at.path, path))}"
    if not _STORE.fullmatch(value) or not {".", ".."}.isdisjoint(value.split("/")):
        hint = "Write dvc://data/holdout.parquet for what DVC tracks, s3://BUCKET/KEY, or file:///PATH."
        at.expected("the address of data", hint)
    return value


def sha256(at: Place) -> str:
    hint = "`sha256sum FILE` prints the 64 digits: write sha256: before them, without a space."
    return _like(at, _SHA256, "sha256: and 64 hexadecimal digits in lower case", hint)


def _like(at: Place, pattern: re.Pattern[str], what: str, hint: str) -> str:
    value = _scalar(at, what).text
    if not pattern.fullmatch(value):
        at.expected(what, hint)
    return value


def file_path(at: Place) -> str:
    """A path below the folder that it is relative to: no `..`, no `.git`, nothing absolute, nothing invisible."""
    value = text(at)
    parts = value.split("/")
    if "\\" in value:
        at.fail(f"a backslash in {shown(value)}", "Write / between folders.")
    if value.startswith(("/", "~")) or re.match(r"[A-Za-z]:", value) or ".." in parts:
        at.fail(f"{shown(value)} leads out of the folder", "Name a path below it.")
    if "" in parts or "." in parts:
        at.fail(f"the path {shown(value)}", "Write it without //, ./ and a / at its end.")
    if any(part.casefold() == ".git" for part in parts):
        at.fail(f"{shown(value)} is git's own", "Name a file of the repository.")
    return value


def folder(at: Place) -> str:
    """Like `file_path`, and `.` for the repository itself."""
    return "." if isinstance(at.node, Scalar) and at.node.text == "." else file_path(at)


def glob(at: Place) -> str:
    """A path with `*`, `?` and whole `**` folders."""
    value = file_path(at)
    if value.startswith("!") or "[" in value or "{" in value:
        at.fail(f"the pattern {shown(value)}", "Only *, ? and ** are understood.")
    if any("**" in part and part != "**" for part in value.split("/")):
        at.fail(f"the pattern {shown(value)}", "** stands for whole folders: src/**/x, src/**.")
    return value


def template(at: Place) -> str:
    """A URI in which `{model}` and `{version}` stand for themselves."""
    value = text(at)
    if set("{}") & set(_PLACEHOLDER.sub("", value)) or any(c.isspace() for c in value):
        at.fail(f"the address {shown(value)}", "Only {model} and {version} are replaced; spaces aren't allowed.")
    return value

"""One value of a configuration file: text, a number, a duration, a name. Paths and addresses are `paths`'."""

import math
import re
import unicodedata
from collections.abc import Callable
from enum import StrEnum
from typing import Final, TypeVar

from merganser.config import ENVIRONMENT_NAME, MODEL_NAME, Change, Unit
from merganser.config.commands import COMMAND_NAMES
from merganser.config.dates import end_of
from merganser.config.place import Place
from merganser.foreign_text import BIDIRECTIONAL, did_you_mean, shown
from merganser.yaml_text import Scalar

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

Word = TypeVar("Word", bound=StrEnum)


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
            at.fail(f"{shown(at.node.text)} is not supported by this version", hint)
        return word(at, kind)

    return read


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


def sha256(at: Place) -> str:
    hint = "`sha256sum FILE` prints the 64 digits: write sha256: before them, without a space."
    return _like(at, _SHA256, "sha256: and 64 hexadecimal digits in lower case", hint)


def _like(at: Place, pattern: re.Pattern[str], what: str, hint: str) -> str:
    value = _scalar(at, what).text
    if not pattern.fullmatch(value):
        at.expected(what, hint)
    return value

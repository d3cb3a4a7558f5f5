"""One line of a comment as words: the command's own, and the shell-like ones after it. What they mean: `reading`."""

import re
import shlex
import unicodedata
from collections.abc import Iterable
from typing import Final

import msgspec

from merganser.chatops.table import COMMANDS, LONG_FORM
from merganser.foreign_text import BIDIRECTIONAL, readable

_HEAD = re.compile(r"/(?P<word>\S*)[ \t]*(?P<rest>.*)")
_ENOUGH_LETTERS: Final = 5
# Of Hangul and Braille: letters and signs by their category, blanks to the eye.
_BLANK_LETTERS: Final = "\u115f\u1160\u2800\u3164\uffa0"
_KNOWN: Final = (*COMMANDS, LONG_FORM)
# What phones make of -- and of quotes: en dash, em dash, horizontal bar, minus.
_LONG_DASHES: Final = ("\u2013", "\u2014", "\u2015", "\u2212")
_CURLY_QUOTES: Final = ("\u2018", "\u2019", "\u201a", "\u201c", "\u201d", "\u201e", "\u00ab", "\u00bb")


class Ours(msgspec.Struct, frozen=True):
    """A line that gives the command `name`; `rest` is the text after its word."""

    name: str
    rest: str


class Unclear(msgspec.Struct, frozen=True):
    """A line that seems to be meant for us, but isn't a command: what is wrong with it."""

    error: str


def recognise(line: str) -> Ours | Unclear | None:
    """What a line that begins with a slash is; None for anybody else's."""
    word, rest = _head(line)
    name = _name(word)
    if name in COMMANDS:
        return Ours(name, rest)
    if name != LONG_FORM:
        return _near(word, _KNOWN)
    if not rest:
        return Ours("help", "")
    inner, after = _head(f"/{rest}")
    if (name := _name(inner)) in COMMANDS:
        return Ours(name, after)
    if (name := _name(inner.removeprefix("/"))) in COMMANDS:
        return Unclear(f"write /{LONG_FORM} {name}: the second slash is too many")
    return _near(inner.removeprefix("/"), COMMANDS) or Unclear(f"there is no command {readable(inner or rest)}")


def split(rest: str) -> list[str]:
    """The words of a text as a shell would split it, with nothing expanded; `ValueError` says what is wrong with it."""
    try:
        return shlex.split(rest, comments=False, posix=True)
    except ValueError as wrong:
        quote = "quotation" in str(wrong)
        raise ValueError("a quote isn't closed" if quote else "a backslash stands at the end") from wrong


def quoted(word: str) -> str:
    """A word as a person would type it, so that `split` gives it back: in double quotes where it has an apostrophe."""
    return f'"{word}"' if "'" in word and not {'"', "\\"} & set(word) else shlex.quote(word)


def mistyped(word: str) -> str:
    """What is wrong with a long dash, curly quote or backtick that a word begins with; "" where it has none."""
    first = word[:1]
    if first in _LONG_DASHES and (name := word.lstrip("".join(_LONG_DASHES) + "-").partition("=")[0]):
        return f"this is a long dash; write --{readable(name)}"
    if first in _CURLY_QUOTES:
        return 'these are curly quotes; write "'
    return "leave the backticks out" if first == "`" else ""


def unprintable(text: str) -> str:
    """The first control or bidirectional character of a text, as U+0000; "" where there is none."""
    found = (c for c in text if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") or c in BIDIRECTIONAL)
    return next((f"U+{ord(c):04X}" for c in found), "")


def shows(text: str) -> bool:
    """Whether anything of a text can be seen: neither blanks nor what has no width."""
    return any(unicodedata.category(c)[0] not in "CMZ" and c not in _BLANK_LETTERS for c in text)


def unreadable(text: str) -> str:
    """The first character of a text that isn't plain printable ASCII, as U+0000; "" where there is none."""
    return next((f"U+{ord(c):04X}" for c in text if not " " <= c <= "~"), "")


def _head(line: str) -> tuple[str, str]:
    found = _HEAD.fullmatch(line)
    return (found["word"], found["rest"]) if found else ("", "")


def _name(word: str) -> str:
    return word.lower() if word.isascii() else ""


def _near(word: str, known: Iterable[str]) -> Unclear | None:
    """What to say of a word that may be a slip, or made to look like one of ours; None for one that is far."""
    if (code := unreadable(word)) and (like := next((name for name in known if _looks_like(word, name)), None)):
        return Unclear(f"the word looks like /{like}, but holds the character {code}")
    if sum(map(str.isalpha, word)) < _ENOUGH_LETTERS:
        return None
    near = next((name for name in known if _distance_is_one(word.lower(), name)), None)
    if near is None:
        return None
    # Where a sentence goes on, the mark after the word is hard to see.
    mark = f' with "{word[-1]}" at its end' if word[:-1].lower() == near and not word[-1].isalnum() else ""
    return Unclear(f"there is no command /{readable(word)}{mark}; did you mean /{near}?")


def _looks_like(word: str, name: str) -> bool:
    """Whether a word is one of ours but for characters that are no ASCII: those that show count as any letter."""
    seen = [c for c in word.lower() if unicodedata.category(c) not in ("Cc", "Cf", "Mn")]
    if len(seen) != len(name) or not any(c.isascii() and c.isalpha() for c in seen):
        return False
    return all(c == letter or not c.isascii() for c, letter in zip(seen, name, strict=True))


def _distance_is_one(word: str, name: str) -> bool:
    """Whether one character added, lost, changed, or swapped with its neighbour makes one of the other (Damerau)."""
    if word == name or abs(len(word) - len(name)) > 1:
        return False
    same = next((n for n, (a, b) in enumerate(zip(word, name, strict=False)) if a != b), min(len(word), len(name)))
    left, right = word[same:], name[same:]
    swapped = left[:2] == right[1::-1] and left[2:] == right[2:]
    return swapped or left[1:] == right[1:] or left[1:] == right or left == right[1:]

"""Jinja templates, filled; everything is escaped unless the sanitizer made it."""

from __future__ import annotations

import zlib
from datetime import datetime
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from merganser.hub.pages.addressing import View

_HUES = 6
_UNITS = ("bytes", "kB", "MB", "GB")
_SYMBOLS = {"success": "✓", "failure": "✗", "neutral": "–", "skipped": "–", "cancelled": "⊘", "timed_out": "✗"}


def fill(view: View) -> bytes:
    """The page of a view, in UTF-8."""
    return _environment().get_template(view.template).render(view.shown, title=view.title).encode()


@cache
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("merganser.hub.pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "moment": moment, "size": size, "hue": hue, "symbol": symbol, "tone": tone, "headline": headline,
    }  # fmt: skip
    return made


def moment(when: str) -> str:
    """`23 Nov 2026, 16:31 UTC` of an ISO 8601 time."""
    read = datetime.fromisoformat(when)
    return f"{read.day} {read:%b %Y, %H:%M} UTC"


def size(count: int) -> str:
    """A number of bytes, such as `1.2 MB`."""
    value, unit = float(count), 0
    while value >= 1000 and unit < len(_UNITS) - 1:
        value, unit = value / 1000, unit + 1
    return f"{count} {_UNITS[0]}" if unit == 0 else f"{value:.1f} {_UNITS[unit]}"


def hue(name: str) -> int:
    """Which of the style's colours stands for a person."""
    return zlib.crc32(name.encode()) % _HUES


def symbol(conclusion: str | None) -> str:
    """A sign for a check's or run's conclusion; None and `pending`: still going on."""
    return "●" if conclusion in (None, "pending") else _SYMBOLS.get(conclusion, "!")


def tone(conclusion: str | None) -> str:
    """The style's class for a conclusion or a status."""
    if conclusion in (None, "pending"):
        return "waiting"
    if conclusion in ("neutral", "skipped", "cancelled"):
        return "quiet"
    return "good" if conclusion == "success" else "bad"


def headline(message: str) -> str:
    """The first line of a commit's message."""
    return message.partition("\n")[0]

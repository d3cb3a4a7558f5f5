"""Why a version may stand with its number: bump and overrides, in its tag's message, its release, its deployments."""

import re
from collections.abc import Iterable

import msgspec

from merganser import markdown
from merganser.config import CONFIG_FILE, Waiver
from merganser.registry.overrides import Override, Said

_OVERRIDE = "Override: "
_LINK = re.compile(r"https?://[A-Za-z0-9._~:/?#=%&+-]{1,500}")
_LONGEST = 500


class Grounded(msgspec.Struct, frozen=True, kw_only=True):
    """`bump` is why the number is what it is, as one clause ("" for no reason); `overrides` let failed checks pass."""

    bump: str = ""
    overrides: tuple[Said[Override], ...] = ()


def as_trailers(why: Grounded) -> tuple[str, ...]:
    """Lines for a tag's message; none holds a line break, whatever names are in it."""
    bump = (f"Bump: {markdown.plain(why.bump, _LONGEST)}",) if why.bump else ()
    overrides = (f"{_OVERRIDE}{said.path} ({markdown.plain(said.what.check)})" for said in why.overrides)
    return (*bump, *overrides)


def overrides_in(message: str) -> frozenset[str]:
    """The paths in the ledger of the overrides that a tag's message names."""
    lines = (line.removeprefix(_OVERRIDE) for line in message.splitlines() if line.startswith(_OVERRIDE))
    return frozenset(line.partition(" ")[0] for line in lines)


def as_markdown(why: Grounded) -> str:
    """Paragraphs to end a release's text with; "" where there is nothing to say."""
    parts = [f"Why this number: {markdown.code(why.bump, _LONGEST)}."] if why.bump else []
    if why.overrides:
        table = "\n".join(let_pass([said.what for said in why.overrides]))
        parts.append(f"These checks did not pass, and people overrode them:\n\n{table}")
    return "".join(f"\n{part}\n" for part in parts)


def let_pass(several: Iterable[Waiver | Override]) -> list[str]:
    """A Markdown table of checks that were let pass, by an override or by a waiver of the configuration."""
    header = "| check | let pass by | because | while no worse than | until | said |"
    return [header, "| --- | --- | --- | ---: | --- | --- |", *(_row(one) for one in several)]


def floor_of(given: Waiver | Override) -> float | None:
    """The worst value that is let pass, None where there is no such bound or value."""
    return given.observed if isinstance(given, Override) and given.floor is None else given.floor


def _row(given: Waiver | Override) -> str:
    floor = floor_of(given)
    cells = (
        markdown.code_cell(given.check),
        markdown.code_cell(given.by),
        markdown.prose(given.reason),
        "–" if floor is None else f"{floor:.6g}",
        markdown.prose(given.until) if given.until else "no end",
        _said(given),
    )
    return f"| {' | '.join(cells)} |"


def _said(given: Waiver | Override) -> str:
    if isinstance(given, Waiver):
        return f"`{CONFIG_FILE}`"
    return f"[comment]({given.comment})" if _LINK.fullmatch(given.comment) else markdown.code_cell(given.comment)

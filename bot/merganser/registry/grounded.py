"""Why a version may stand with its number, in its tag's message and in its release: bump and overrides."""

import re

import msgspec

from merganser import markdown
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
        rows = "".join(_row(said) for said in why.overrides)
        table = f"| check | overridden by | because | until | said |\n| --- | --- | --- | --- | --- |\n{rows}"
        parts.append(f"It did not pass its gate: these checks were overridden.\n\n{table}".rstrip())
    return "".join(f"\n{part}\n" for part in parts)


def _row(said: Said[Override]) -> str:
    given = said.what
    cells = (given.check, given.by, given.reason, given.until or "no end")
    shown = " | ".join(markdown.code_cell(cell) for cell in cells)
    where = f"[comment]({given.comment})" if _LINK.fullmatch(given.comment) else markdown.code_cell(given.comment)
    return f"| {shown} | {where} |\n"

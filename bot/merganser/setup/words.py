"""A comment as text for a terminal: its Markdown, without what only a browser shows. Pure."""

import html
import re

_UNSEEN = re.compile(r"<!--.*?-->|</?[a-z][^>]*>", re.DOTALL)
_BREAK = re.compile(r"<br ?/?>", re.IGNORECASE)
_SIGNS = ("🚀", "😕")
_BLANK = re.compile(r"\n{3,}")


def text_of(markdown: str) -> str:
    """Without markers, tags and invisible characters; entities as what they stand for."""
    seen = html.unescape(_UNSEEN.sub("", _BREAK.sub(" ", markdown)))
    return _BLANK.sub("\n\n", seen.replace("\u200b", "")).strip()


def came_of(reply: str) -> list[str]:
    """The rows of a reply to slash commands: a sign, and what came of the command."""
    found = []
    for line in text_of(reply).splitlines():
        cells = line.strip("| ").split(" | ")
        if cells[0] in _SIGNS:
            found.append(f"{cells[0]} {cells[-1]}")
    return found

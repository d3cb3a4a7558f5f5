"""A comment as text for a terminal: its Markdown, without what only a browser shows. Pure."""

import html
import re

_UNSEEN = re.compile(r"<!--.*?-->|</?[a-z][^>]*>", re.DOTALL)
_BREAK = re.compile(r"<br ?/?>", re.IGNORECASE)
_BLANK = re.compile(r"\n{3,}")


def text_of(markdown: str) -> str:
    """Without markers, tags and invisible characters; entities as what they stand for."""
    seen = html.unescape(_UNSEEN.sub("", _BREAK.sub(" ", markdown)))
    return _BLANK.sub("\n\n", seen.replace("\u200b", "")).strip()

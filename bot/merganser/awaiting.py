"""The place in a reply that waits for a training run to end: how it is written, and filled in when it has."""

import re

# How a reply begins: nothing else of ours waits, though what people name their checks may look like it.
REPLY = "<!-- merganser:reply:"
_BEGIN, _END = "<!-- merganser:awaits:{sha}-{attempt} -->", "<!-- /merganser:awaits -->"


def awaiting(sha: str, attempt: int, meanwhile: str) -> str:
    """Markdown that says `meanwhile` until the attempt to train a commit has ended."""
    return f"{_BEGIN.format(sha=sha, attempt=attempt)}{meanwhile}{_END}"


def settled(body: str, sha: str, attempt: int, said: str) -> str:
    """A reply with its place for that attempt filled in; the same reply where it has none."""
    place = re.escape(_BEGIN.format(sha=sha, attempt=attempt)) + ".*?" + re.escape(_END)
    return re.sub(place, lambda _: said, body, flags=re.DOTALL)

"""The place in a reply that waits for a training run to end: how it is written, and filled in when it has."""

import re

from merganser.plan import Settle

# How a reply begins: nothing else of ours waits, though what people name their checks may look like it.
REPLY = "<!-- merganser:reply:"
_BEGIN, _END = "<!-- merganser:awaits:{} -->", "The report follows.<!-- /merganser:awaits -->"
# At the end of a table's row alone, and with our own words: a command that is quoted there may hold such signs too.
_PLACE = re.compile(
    _BEGIN.format(r"(?:commit-(?P<sha>[0-9a-f]{40})|run-(?P<run>[0-9]{1,18})-(?P<attempt>[0-9]{1,9}))")
    + re.escape(_END)
    + r"(?= \|\r?$)",
    re.MULTILINE,
)


def awaiting_run(run: int, attempt: int) -> str:
    """Markdown for the end of a row: a report follows, until that attempt of a run, or a later one, has ended."""
    return f"{_BEGIN.format(f'run-{run}-{attempt}')}{_END}"


def awaiting_commit(sha: str) -> str:
    """The same, until the first run of a commit that has none yet has ended."""
    return f"{_BEGIN.format(f'commit-{sha}')}{_END}"


def settled(body: str, ended: Settle) -> str:
    """A reply with its places for what has ended filled in; the same reply where it has none."""

    def filled(place: re.Match[str]) -> str:
        if place["sha"]:
            return ended.said if place["sha"] == ended.sha else place[0]
        meant = int(place["run"]) == ended.run and int(place["attempt"]) <= ended.attempt
        return ended.said if meant else place[0]

    return _PLACE.sub(filled, body)

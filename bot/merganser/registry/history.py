"""The tags that speak of artifacts, in the order in which they were said. What they add up to: `versions`, `stages`."""

from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from merganser.registry.tags import Action, TagEvent, parse

_TAKES_BACK = frozenset({Action.deregister, Action.unassign, Action.deprecate})


class TagFact(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One tag of the repo as git tells it.

    `commit` is what it points to when peeled, empty for a tree or blob; `time` the tagger's, in seconds since 1970,
    0 without a tagger; `annotated` is false for a lightweight tag.
    """

    name: str
    commit: str
    time: int
    annotated: bool
    message: str = ""


class Said(msgspec.Struct, frozen=True, gc=False):
    """A tag within the grammar: what its name says, and where it stands."""

    event: TagEvent
    fact: TagFact


class History(NamedTuple):
    """All that a repo's tags say, in no order, and a sentence for each tag that is left out."""

    said: list[Said]
    left_out: list[str]


def heard(tags: Iterable[TagFact]) -> History:
    """What the tags say; those outside the grammar are no business of ours and pass in silence."""
    history = History([], [])
    for fact in tags:
        event = parse(fact.name)
        if event is None:
            continue
        if fact.annotated and fact.commit:
            history.said.append(Said(event, fact))
        else:
            history.left_out.append(_left_out(fact))
    return history


def in_order(said: list[Said]) -> list[Said]:
    """Oldest first. Where two tags are counted their counters decide, whatever their times; else their times.

    For that to be an order, a counted tag is no older than any of a lower counter. In the same second a tag without a
    counter comes before the counted ones, or after them where it takes something back.
    """
    if len(said) < 2:
        return said
    counted = sorted((one.event.counter, *_by_time(one), one) for one in said if one.event.counter is not None)
    placed = []
    reached = counted[0][1] if counted else 0
    for counter, time, takes_back, name, one in counted:
        reached = max(reached, time)
        placed.append((reached, 1, counter, takes_back, name, one))
    for one in said:
        if one.event.counter is None:
            time, takes_back, name = _by_time(one)
            placed.append((time, 2 if takes_back else 0, 0, takes_back, name, one))
    return [one for *_, one in sorted(placed)]


def _by_time(one: Said) -> tuple[int, bool, str]:
    return one.fact.time, one.event.action in _TAKES_BACK, one.fact.name


def _left_out(fact: TagFact) -> str:
    why = "it is lightweight, so it says neither who nor when" if fact.commit else "it doesn't point to a commit"
    return f"the tag {fact.name} is left out: {why}"

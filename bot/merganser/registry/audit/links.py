"""Links of a chain of evidence: what each one says, and whether it holds. What is looked at: the modules beside."""

from collections.abc import Iterable
from enum import StrEnum

import msgspec


class State(StrEnum):
    """How a link stands: proven, not to be proven here (for a reason that is told), or contradicted."""

    verified = "verified"
    unverifiable = "unverifiable"
    broken = "broken"


class Link(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One statement. `says` is a sentence; a broken link says in `expected` and `found` what differs.

    `beyond` marks what no audit can verify from where it runs, whatever it is given.
    """

    name: str
    state: State
    says: str
    expected: str = ""
    found: str = ""
    beyond: bool = False


class Section(msgspec.Struct, frozen=True):
    """The links about one thing: the tag, the ledger, the release …"""

    name: str
    links: tuple[Link, ...]


class Chain(msgspec.Struct, frozen=True):
    """From a version, or from what an environment runs, to all that it comes from."""

    subject: str
    sections: tuple[Section, ...]

    def links(self) -> tuple[Link, ...]:
        """All links, in order."""
        return tuple(link for section in self.sections for link in section.links)


class Unknown(msgspec.Struct, frozen=True):
    """What could not be looked at, and why."""

    reason: str


class Wrong(msgspec.Struct, frozen=True):
    """What is there, but isn't what it has to be, and why."""

    reason: str


def verified(name: str, says: str) -> Link:
    return Link(name=name, state=State.verified, says=says)


def unverifiable(name: str, why: str) -> Link:
    return Link(name=name, state=State.unverifiable, says=why)


def beyond(name: str, why: str) -> Link:
    """What no audit can verify from here, so that even a strict one lets it pass."""
    return Link(name=name, state=State.unverifiable, says=why, beyond=True)


def broken(name: str, says: str, expected: str = "", found: str = "") -> Link:
    return Link(name=name, state=State.broken, says=says, expected=expected, found=found)


def lacking(name: str, value: Unknown | Wrong) -> Link:
    """The link for what couldn't be looked at, or is not what it has to be."""
    return unverifiable(name, value.reason) if isinstance(value, Unknown) else broken(name, value.reason)


def agreeing(name: str, pair: tuple[str, str], says: str, otherwise: str) -> Link:
    """Verified where both of `pair` (expected, found) are equal, else broken; with the sentence for either case."""
    expected, found = pair
    return verified(name, says) if expected == found else broken(name, otherwise, expected, found or "nothing")


def broken_links(chains: Iterable[Chain]) -> int:
    """How many links of the chains are broken."""
    return sum(link.state is State.broken for chain in chains for link in chain.links())


def open_links(chains: Iterable[Chain]) -> int:
    """How many links are unverifiable and could be verified: with GitHub, the ledger, a key, or better evidence."""
    return sum(link.state is State.unverifiable and not link.beyond for chain in chains for link in chain.links())

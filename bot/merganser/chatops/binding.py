"""Which commit a comment was about: what its author could see by GitHub's times, and whether that is still the head.

A comment's text and a commit's date prove nothing: writers can edit the one, whoever pushes writes the other.
"""

import datetime
from collections.abc import Iterable

import msgspec

_SHORT = 12


class Begun(msgspec.Struct, frozen=True, kw_only=True):
    """A training run of the pull request: its commit, its number, and when GitHub made it."""

    sha: str
    run: int
    created: datetime.datetime


class Meant(msgspec.Struct, frozen=True):
    """The commit that the command is about."""

    sha: str


class Unbound(msgspec.Struct, frozen=True):
    """Why it is about no commit that could be acted on, and what to do."""

    why: str
    cure: str

    @property
    def opening(self) -> str:
        """Why, as the beginning of a sentence."""
        return f"{self.why[:1].upper()}{self.why[1:]}"


def bind(runs: Iterable[Begun], head: str, said: datetime.datetime, given: str = "") -> Meant | Unbound:
    """What a comment made at `said` is about: `given` (`--sha`, or its beginning), else the newest run before it.

    It has to be the pull request's `head`: a push in between is another change, which its author has not seen.
    """
    runs = tuple(runs)
    if given:
        # The beginning of a SHA is forged in minutes: it names only what was there when it was written.
        known = len(given) == len(head) or any(run.sha == head and run.created <= said for run in runs)
        return Meant(head) if head.startswith(given) and known else moved(given, head)
    seen = max((run for run in runs if run.created <= said), key=lambda run: (run.created, run.run), default=None)
    if seen is None:
        why = "no training of this pull request had begun when you wrote this"
        return Unbound(why, f"Say which commit you mean: --sha {head}")
    return Meant(head) if seen.sha == head else moved(seen.sha, head)


def moved(meant: str, head: str) -> Unbound:
    """What to say where the pull request's head is another commit than the one that was meant."""
    why = f"you meant {meant[:_SHORT]}, but the head is {head[:_SHORT]} by now"
    return Unbound(why, "Look at the new commit and its report, and say it again.")


def waiting_run(runs: Iterable[Begun], given: str, said: datetime.datetime) -> Begun | Unbound:
    """The one run that waits for a maintainer and that a SHA, or its beginning, names.

    One that GitHub made after the comment doesn't count: the beginning of a SHA is forged in minutes.
    """
    before = [run for run in runs if run.sha.startswith(given) and run.created <= said]
    if len({run.sha for run in before}) == 1:
        return max(before, key=lambda run: run.run)
    if not before:
        return Unbound(f"no run of {given[:_SHORT]} waited when you wrote this", "Name the commit that you have read.")
    return Unbound(f"{given[:_SHORT]} names several commits", "Write the whole SHA, 40 digits.")

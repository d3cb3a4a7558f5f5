"""What became of an effect. How effects happen is in `apply` and the modules that it calls."""

from enum import StrEnum

import msgspec

from merganser.plan import Effect


class Done(StrEnum):
    """What an effect found to do."""

    created = "created"
    updated = "updated"
    unchanged = "unchanged"


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one effect: the page to look at, the number of a pull request, the commit of a write (or "").

    `onto` is what that commit was made on, where it is one more of an append-only branch.
    """

    effect: Effect
    done: Done
    url: str = ""
    number: int = 0
    sha: str = ""
    onto: str = ""

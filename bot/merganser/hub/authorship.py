"""In whose name the hub commits: a user's, or the platform's own."""

from __future__ import annotations

import time

from merganser.hub.access import User
from merganser.hub.git.objects import Signature
from merganser.hub.store import written


def identity(who: User) -> Signature:
    """A user as author, with the address by which the hub knows him again."""
    return Signature(who.login, f"{who.id}+{who.login}@users.noreply.github.com", written(time.time()))


def platform(date: str | None = None) -> Signature:
    """The platform as committer of what its merge button makes."""
    return Signature("GitHub", "noreply@github.com", date or written(time.time()))

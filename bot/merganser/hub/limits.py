"""GitHub's rate limits: what an account may ask in an hour and in a minute, and the headers that tell of it.

As https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api has them. What GitHub keeps to itself is
taken strictly: every write but a deletion creates content, and points are counted over all endpoints together.
"""

from __future__ import annotations

import math
import threading
from collections import Counter, deque
from collections.abc import Callable
from enum import StrEnum

import msgspec

from merganser.hub.refusals import Refusal

_MINUTE, _HOUR = 60, 3600
_PAGE = "https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api"
_PRIMARY = f"{_PAGE}#about-primary-rate-limits"
_SECONDARY = f"{_PAGE}#about-secondary-rate-limits"
_SLOW_DOWN = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
_NO_CONTENT = (
    "You have exceeded a secondary rate limit and have been temporarily blocked from content creation. "
    "Please retry your request again later."
)


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """The most of each kind; None leaves out those that GitHub calls secondary. A workflow's token has its own hour."""

    hourly: int = 5000
    workflow_hourly: int = 1000
    secondary: Secondary | None = None


class Secondary(msgspec.Struct, frozen=True, kw_only=True):
    points: int = 900
    graphql_points: int = 2000
    content_a_minute: int = 80
    content_an_hour: int = 500
    at_once: int = 100


GENEROUS = Limits(hourly=15000, workflow_hourly=15000)
GITHUB = Limits(secondary=Secondary())


class Kind(StrEnum):
    """What refused a request."""

    hourly = "requests an hour"
    points = "points a minute"
    graphql_points = "GraphQL points a minute"
    content_a_minute = "contents a minute"
    content_an_hour = "contents an hour"
    at_once = "requests at once"


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """Whose requests are counted together, as GitHub's messages name it; a workflow's token counts by repository."""

    name: str
    workflow_of: str = ""


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """One request. A `free` one costs nothing of the hour."""

    account: Account
    method: str
    graphql: bool = False
    free: bool = False

    @property
    def resource(self) -> str:
        return "graphql" if self.graphql else "core"

    @property
    def points(self) -> int:
        """The hub's only GraphQL is a mutation."""
        return 1 if self.method == "GET" else 5

    @property
    def creates(self) -> bool:
        return self.method not in ("GET", "DELETE") and not self.free


class Budget(msgspec.Struct, frozen=True, kw_only=True):
    """What is left to an account of one resource: requests, and the second since 1970 at which the hour ends."""

    limit: int
    used: int
    reset: int
    resource: str = "core"

    @property
    def remaining(self) -> int:
        return max(0, self.limit - self.used)

    def document(self) -> dict[str, int]:
        return {"limit": self.limit, "used": self.used, "remaining": self.remaining, "reset": self.reset}

    def headers(self) -> dict[str, str]:
        named = {f"X-RateLimit-{key.title()}": str(value) for key, value in self.document().items()}
        return named | {"X-RateLimit-Resource": self.resource}


class Admission(msgspec.Struct, frozen=True):
    """The budget after a request, and the refusal where it was one too many."""

    budget: Budget
    refusal: Refusal | None = None


class _Window:
    """The weights of the last `seconds`."""

    def __init__(self, most: int, seconds: int) -> None:
        self.most, self._seconds = most, seconds
        self._taken: deque[tuple[float, int]] = deque()
        self._sum = 0

    def wait(self, weight: int, now: float) -> float:
        """How long until `weight` more fits: 0 where it does."""
        while self._taken and self._taken[0][0] <= now - self._seconds:
            self._sum -= self._taken.popleft()[1]
        excess = self._sum + weight - self.most
        for moment, one in self._taken:
            if excess <= 0:
                break
            excess -= one
            if excess <= 0:
                return moment + self._seconds - now
        return 0.0

    def take(self, weight: int, now: float) -> None:
        self._taken.append((now, weight))
        self._sum += weight


class Meter:
    """Counts the requests of each account, by the hub's clock. `refused` says how many were, and by which limit."""

    def __init__(self, limits: Limits, clock: Callable[[], float]) -> None:
        self.refused: Counter[Kind] = Counter()
        self._limits, self._clock = limits, clock
        self._lock = threading.Lock()
        self._hours: dict[tuple[Account, str], tuple[int, int]] = {}
        self._windows: dict[tuple[Account, Kind], _Window] = {}
        self._present: Counter[Account] = Counter()

    def admit(self, asked: Ask) -> Admission:
        """Counts a request, which is over with `leave`; one that is refused counts for nothing."""
        with self._lock:
            now = self._clock()
            self._present[asked.account] += 1
            budget = self._budget(asked, now)
            kind, wait = self._hindrance(asked, budget, now)
            if kind is not None:
                self.refused[kind] += 1
                return Admission(budget, _refusal(asked.account, kind, wait))
            if not asked.free:
                budget = msgspec.structs.replace(budget, used=budget.used + 1)
                self._hours[asked.account, asked.resource] = (budget.reset, budget.used)
            for window, weight in self._weights(asked):
                window.take(weight, now)
            return Admission(budget)

    def leave(self, account: Account) -> None:
        with self._lock:
            self._present[account] -= 1

    def budget(self, account: Account, resource: str = "core") -> Budget:
        with self._lock:
            return self._budget(Ask(account=account, method="GET", graphql=resource == "graphql"), self._clock())

    def _budget(self, asked: Ask, now: float) -> Budget:
        reset, used = self._hours.get((asked.account, asked.resource), (0, 0))
        if reset <= now:
            reset, used = int(now) + _HOUR, 0
            self._hours[asked.account, asked.resource] = (reset, used)
        limit = self._limits.workflow_hourly if asked.account.workflow_of else self._limits.hourly
        return Budget(limit=limit, used=used, reset=reset, resource=asked.resource)

    def _hindrance(self, asked: Ask, budget: Budget, now: float) -> tuple[Kind | None, float]:
        if not asked.free and not budget.remaining:
            return Kind.hourly, 0.0
        if self._limits.secondary and self._present[asked.account] > self._limits.secondary.at_once:
            return Kind.at_once, float(_MINUTE)
        waits = [(window.wait(weight, now), kind) for kind, window, weight in self._named(asked)]
        wait, kind = max(waits, default=(0.0, Kind.points))
        return (kind, wait) if wait else (None, 0.0)

    def _weights(self, asked: Ask) -> list[tuple[_Window, int]]:
        return [(window, weight) for _, window, weight in self._named(asked)]

    def _named(self, asked: Ask) -> list[tuple[Kind, _Window, int]]:
        """The windows that a request must fit into."""
        most = self._limits.secondary
        if most is None:
            return []
        kind, points = (Kind.graphql_points, most.graphql_points) if asked.graphql else (Kind.points, most.points)
        wanted = [(kind, points, _MINUTE, asked.points)]
        if asked.creates:
            wanted.append((Kind.content_a_minute, most.content_a_minute, _MINUTE, 1))
            wanted.append((Kind.content_an_hour, most.content_an_hour, _HOUR, 1))
        return [
            (kind, self._windows.setdefault((asked.account, kind), _Window(limit, seconds)), weight)
            for kind, limit, seconds, weight in wanted
        ]


def _refusal(account: Account, kind: Kind, wait: float) -> Refusal:
    """In GitHub's words. That the hour is over says the header of the budget, of the others `Retry-After`."""
    if kind is Kind.hourly:
        return Refusal(403, f"API rate limit exceeded for {account.name}.", page=_PRIMARY)
    content = kind in (Kind.content_a_minute, Kind.content_an_hour)
    headers = {"Retry-After": str(max(1, math.ceil(wait)))}
    return Refusal(403, _NO_CONTENT if content else _SLOW_DOWN, headers=headers, page=_SECONDARY)

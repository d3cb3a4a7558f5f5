"""The hourly budget of requests and the headers that tell of it."""

from __future__ import annotations

import threading
import time

import msgspec

_HOUR = 3600


class Budget(msgspec.Struct, frozen=True):
    """What is left to an account: requests, and the second since the epoch at which the hour ends."""

    limit: int
    used: int
    reset: int

    @property
    def remaining(self) -> int:
        return max(0, self.limit - self.used)

    @property
    def exhausted(self) -> bool:
        return self.used > self.limit

    def document(self) -> dict[str, int]:
        used = min(self.used, self.limit)
        return {"limit": self.limit, "used": used, "remaining": self.remaining, "reset": self.reset}

    def headers(self) -> dict[str, str]:
        named = {f"X-RateLimit-{key.title()}": str(value) for key, value in self.document().items()}
        return named | {"X-RateLimit-Resource": "core"}


class Meter:
    """Counts requests of each account in windows of an hour."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._windows: dict[str, tuple[int, int]] = {}

    def spend(self, account: str, cost: int = 1) -> Budget:
        """Take one request (or, with 0, none) from the account's budget."""
        with self._lock:
            present = int(time.time())
            reset, used = self._windows.get(account, (0, 0))
            if reset <= present:
                reset, used = present + _HOUR, 0
            self._windows[account] = (reset, used + cost)
            return Budget(self._limit, used + cost, reset)

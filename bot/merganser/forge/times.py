"""How to wait, and what time it is: arguments, so that nobody waits an hour in a test."""

import time
from collections.abc import Callable

import msgspec


class Times(msgspec.Struct, frozen=True):
    """`sleep` waits for seconds; `clock` gives the seconds since 1970."""

    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.time

"""How far long work has come, on standard error."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from merganser.streams import progress

EVERY = 10.0  # seconds between two lines


@contextmanager
def telling(label: str, total: int) -> Iterator[Callable[[int], None]]:
    """Something to tell what was done since: a bar on a terminal, elsewhere a line now and then."""
    if sys.stderr.isatty():
        import click

        with click.progressbar(length=total, label=label, file=sys.stderr) as bar:
            yield bar.update
        return
    done, last = 0, time.monotonic()

    def line(more: int) -> None:
        nonlocal done, last
        done += more
        if time.monotonic() - last >= EVERY:
            last = time.monotonic()
            progress(f"{label}: {done:,} of {total:,}")

    yield line

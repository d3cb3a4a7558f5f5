"""Where a story's repositories lie, and staying there until a person has seen enough."""

import tempfile
import time
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import click

from merganser.errors import ConfigError
from merganser.hub import Hub


@contextmanager
def folder(keep: Path | None, what: str) -> Iterator[Path]:
    """A folder that goes away, or the new or empty one that is to be kept."""
    if keep is None:
        with tempfile.TemporaryDirectory(prefix=f"merganser-{what}-") as name:
            yield Path(name).resolve()
        return
    if keep.exists() and (not keep.is_dir() or any(keep.iterdir())):
        raise ConfigError(f"{keep} is not empty", "Name a new folder after --keep.")
    keep.mkdir(parents=True, exist_ok=True)
    yield keep.resolve()


def stay(hub: Hub, page: str) -> None:
    """Until a person presses Ctrl-C, which is how this is meant to end."""
    click.echo(f"The embedded GitHub stays at {hub.url} until you press Ctrl-C. Look at {page} first.", err=True)
    webbrowser.open(page)
    with suppress(KeyboardInterrupt):
        while True:
            time.sleep(3600)

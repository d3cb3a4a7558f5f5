"""Data that DVC tracks, restored by its pins in another checkout; the clone's own cache is read and never written."""

import os
import shlex
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import msgspec

from merganser.errors import DataError
from merganser.extras import lacking
from merganser.training import pipeline

_OURS: Final = "merganser-clone"
_LOCAL: Final = ".dvc/config.local"


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """The model's folder in the `clone` and in the checkout of the version, whose top is `top`.

    `cache` becomes the checkout's own DVC cache, so that nothing is written to the clone's and no result comes from it.
    """

    clone: Path
    folder: Path
    top: Path
    cache: Path
    timeout: float


def isolate(place: Place) -> None:
    """Gives the checkout a DVC cache of its own; nothing where DVC isn't used."""
    if (root := _root(place)) is not None:
        _configure(root, place, [])


def restore(place: Place, files: Sequence[str]) -> None:
    """Brings the data of these `.dvc` files (by their paths in the model's folder) from the clone's cache or a remote.

    `ConfigError` without DVC, `DataError` where some of it is in neither.
    """
    root = _root(place)
    if not files or root is None:
        return
    try:
        _bring(place, root, files)
    finally:  # A checkout that is kept keeps no credentials.
        isolate(place)


def _bring(place: Place, root: Path, files: Sequence[str]) -> None:
    cached = _answer(place, place.clone, "cache", "dir").strip()
    _configure(root, place, [f"remote.{_OURS}.url={cached}"] if cached else [])
    if cached and _dvc(place, place.folder, "pull", "--remote", _OURS, "--", *files).returncode == 0:
        pipeline.say(f"data of {len(files)} .dvc files: from the clone's cache")
        return
    # As they stand in the clone: relative addresses lead elsewhere from the checkout, credentials aren't in git.
    settings = _answer(place, place.clone, "config", "--list").splitlines()
    _configure(root, place, [line for line in settings if line.startswith(("remote.", "core.remote="))])
    _pull(place, files)


def _pull(place: Place, files: Sequence[str]) -> None:
    command = shlex.join(("dvc", "pull", "--", *files))
    try:
        pipeline.run(pipeline.Command(run=command, folder=place.folder, timeout=place.timeout, what="restoring data"))
    except DataError as wrong:
        shown = f"{files[0]}{' and others' if len(files) > 1 else ''}"
        what = f"the data that {shown} pins is neither in the clone's DVC cache nor in a remote that can be read"
        raise DataError(
            what, f"Bring it into this clone by dvc fetch, or give access to its remote. {wrong.hint}"
        ) from wrong


def _root(place: Place) -> Path | None:
    """The DVC project around the model's folder."""
    inside = [place.folder, *(folder for folder in place.folder.parents if folder.is_relative_to(place.top))]
    return next((folder for folder in inside if (folder / ".dvc").is_dir()), None)


def local_config(cache: Path, settings: Iterable[str]) -> str:
    """A local DVC configuration: the cache's folder, and `settings` as `dvc config --list` writes them."""
    sections: dict[str, list[str]] = {"cache": [f"dir = {_quoted(str(cache))}", f"type = {_quoted('reflink,copy')}"]}
    for line in settings:
        key, _, value = line.partition("=")
        section, _, option = key.rpartition(".")
        kind, _, name = section.partition(".")
        heading = f"'{kind} \"{name}\"'" if name else kind
        sections.setdefault(heading, []).append(f"{option} = {_quoted(value)}")
    return "".join(f"[{heading}]\n" + "".join(f"    {line}\n" for line in lines) for heading, lines in sections.items())


def _configure(root: Path, place: Place, settings: Iterable[str]) -> None:
    """Writes the checkout's local configuration, which may hold the credentials of a remote until the data is there."""
    file = root / _LOCAL
    file.unlink(missing_ok=True)
    file.touch(mode=0o600)
    file.write_text(local_config(place.cache, settings))


def _quoted(value: str) -> str:
    """A value in DVC's configuration, which knows no escapes."""
    quote = next((quote for quote in ('"', "'") if quote not in value), None)
    if quote is None:
        raise DataError("a value in DVC's configuration has both kinds of quotes", "Fetch the data first: dvc fetch.")
    return f"{quote}{value}{quote}"


def _answer(place: Place, folder: Path, *words: str) -> str:
    """What DVC says in a folder; nothing where it can't, as in a clone whose newer commits have no DVC any more."""
    done = _dvc(place, folder, *words)
    return "" if done.returncode else done.stdout


def _dvc(place: Place, folder: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    with tempfile.TemporaryDirectory(prefix="merganser-dvc-") as site:
        try:
            return subprocess.run(
                ["dvc", *words], cwd=folder, env=pipeline.environment(os.environ, Path(site)), text=True,
                stdin=subprocess.DEVNULL, capture_output=True, timeout=place.timeout, check=False,
            )  # fmt: skip
        except FileNotFoundError as missing:
            if folder.is_dir() and (error := lacking("dvc")):
                raise error from missing
            return subprocess.CompletedProcess(words, 1, "", "")
        except subprocess.TimeoutExpired as late:
            hint = "Raise train.timeout, or bring the data near first: dvc fetch."
            raise DataError(f"dvc {words[0]} took longer than {place.timeout:g} s", hint) from late

"""The two folders that a run leaves, written whole or not at all: the bundle (plain data), the model's own files."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from merganser.errors import ConfigError, DataError
from merganser.run import Artifact, BundleFile


class Staged(msgspec.Struct, frozen=True):
    """Both folders while they are being filled."""

    bundle: Path
    files: Path


def files_folder(out: Path) -> Path:
    """Where the model's own files of bundle `out` lie: beside it, as `DIR-files`."""
    return out.with_name(f"{out.name}-files")


@contextmanager
def staged(out: Path) -> Iterator[Staged]:
    """Empty folders to fill; on success they take the place of `out` and its files, otherwise nothing changes.

    `run.json` names each file's digest, and the bundle is moved last, so one that is there is complete.
    """
    check_replaceable(out)
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{out.name}-", dir=out.parent) as folder:
        work = Staged(Path(folder, "bundle"), Path(folder, "files"))
        work.bundle.mkdir()
        work.files.mkdir()
        yield work
        for number, old in enumerate((out, files_folder(out))):
            if old.exists():
                old.rename(Path(folder, f"old-{number}"))
        work.files.rename(files_folder(out))
        work.bundle.rename(out)


def check_replaceable(out: Path) -> None:
    """`ConfigError` where `out` is something else than a bundle of ours, so that no one's folder is ever replaced."""
    for folder in (out, files_folder(out)):
        if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
            raise ConfigError(f"--out: {folder} is there and is no folder", "Choose another place.")
    if out.exists() and any(out.iterdir()) and not (out / "run.json").is_file():
        raise ConfigError(f"--out: {out} holds something else than a bundle", "Choose an empty or a new folder.")


def copy_model(folder: Path, path: str, into: Path) -> tuple[Artifact, ...]:
    """Copies the model's file, or every file of its folder, to the same relative path; returns them by path.

    Links are followed to files (DVC may link to its cache), never to folders. `DataError` where nothing is there.
    """
    source = folder / path
    names = _below(source, path) if source.is_dir() else [path]
    if not names or not all((folder / name).is_file() for name in names):
        hint = "The pipeline ended well: does it write this path? See artifact.path in merganser.yaml."
        raise DataError(f"the model {path} is missing, empty or no regular file", hint)
    return tuple(_copied(folder / name, into / name, name) for name in sorted(names))


def copy_data(source: Path, into: Path) -> BundleFile:
    """Copies one data file of the bundle to `into`; `DataError` where it isn't there."""
    if not source.is_file():
        raise DataError(f"{source} is missing", "The pipeline ended well: does it write this file?")
    copied = _copied(source, into, into.name)
    return BundleFile(path=into.name, sha256=copied.sha256)


def write_data(data: bytes, into: Path) -> BundleFile:
    """Writes one data file of the bundle."""
    into.write_bytes(data)
    return BundleFile(path=into.name, sha256=hashlib.sha256(data).hexdigest())


def _below(source: Path, path: str) -> list[str]:
    found = []
    for folder, folders, files in os.walk(source):
        relative = Path(folder).relative_to(source)
        if linked := next((name for name in folders if Path(folder, name).is_symlink()), None):
            raise DataError(f"the model's folder holds a link to a folder: {linked!a}", "Write the files themselves.")
        found += [(Path(path) / relative / name).as_posix() for name in files]
    return found


def _copied(source: Path, into: Path, name: str) -> Artifact:
    if not name.isprintable() or "\\" in name:
        raise DataError(f"the file name {name!a}", "Name the model's files with printable characters.")
    into.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, into)
    with into.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Artifact(path=name, sha256=digest, size=into.stat().st_size)

"""A data set's files: one file, or a folder of them, in folders of their own where a column's values part them."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import msgspec

from merganser.errors import DataError

MAX_FILES = 10_000
_IGNORED = (".", "_")
_NULL = "__HIVE_DEFAULT_PARTITION__"


class DataFile(msgspec.Struct, frozen=True):
    """One file, what messages call it, and the columns that its folders' names give it (`country=de`, as in Hive)."""

    path: Path
    name: str
    values: dict[str, str | None] = {}


def data_files(path: Path) -> list[DataFile]:
    """The file itself, or a folder's files in natural order (`part-2` before `part-10`).

    Hidden files and those that begin with `_` are left out. `DataError`: an empty folder, one within it that names no
    value, links that lead out.
    """
    if not path.is_dir():
        return [DataFile(path, path.name)]
    files: list[DataFile] = []
    for file in _below(path, DataFile(path, path.name)):
        files.append(file)
        if len(files) > MAX_FILES:
            raise DataError(f"{path.name}: over {MAX_FILES:,} files", "Write fewer, larger files.")
    if not files:
        raise DataError(f"{path.name}: a folder without data files", "Name a file, or a folder of such files.")
    for file in files:
        if file.values.keys() != files[0].values.keys():
            raise DataError(
                f"{file.name} lies in other folders than {files[0].name}",
                "Give each file of a data set folders of the same columns.",
            )
    return files


def _below(root: Path, at: DataFile) -> Iterator[DataFile]:
    for entry in sorted(at.path.iterdir(), key=lambda entry: _natural(entry.name)):
        if entry.name.startswith(_IGNORED):
            continue
        name = f"{at.name}/{entry.name}"
        if entry.is_symlink() and not entry.resolve().is_relative_to(root.resolve()):
            raise DataError(f"{name} is a link that leads out of its folder", "Put the file itself there.")
        if not entry.is_dir():
            yield DataFile(entry, name, at.values)
            continue
        column, equals, value = map(unquote, entry.name.partition("="))
        if not equals or not column or column in at.values:
            raise DataError(
                f"{name}: a folder within a data set",
                "Put the files side by side, or in folders named by a column and its value (country=de).",
            )
        yield from _below(root, DataFile(entry, name, at.values | {column: None if value == _NULL else value}))


def _natural(name: str) -> list[str | int]:
    parts = re.split("([0-9]+)", name)
    return [int(part) if position % 2 else part for position, part in enumerate(parts)]

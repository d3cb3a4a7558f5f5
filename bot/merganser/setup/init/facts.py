"""What `init` sees of a repository, as values."""

from enum import StrEnum
from typing import Any

import msgspec


class GitState(StrEnum):
    """Whether the folder is in a git repository, and whether that has a commit."""

    none = "none"
    empty = "empty"
    commits = "commits"


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """A column of a table: how many different values and missing ones it has, and its first values as text."""

    name: str
    distinct: int
    missing: int
    sample: tuple[str, ...]


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """A file of rows."""

    rows: int
    columns: tuple[Column, ...]


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """A repository as `init` finds it.

    Paths are relative to the model's folder, which lies at `path` below the repository's top; those in `existing` start
    at the top. `made` are the files that a training run just wrote, None where none ran. `unread` says of a table why
    it could not be read.
    """

    name: str
    path: str = "."
    repository: str = ""
    branch: str = "main"
    git: GitState = GitState.none
    files: tuple[str, ...] = ()
    tracked: frozenset[str] = frozenset()
    scripts: dict[str, str] = {}
    pipeline: dict[str, Any] = {}
    numbers: dict[str, dict[str, float]] = {}
    tables: dict[str, Table] = {}
    unread: dict[str, str] = {}
    made: tuple[str, ...] | None = None
    existing: dict[str, str] = {}

"""Reads what `init` has to know of a repository: files, git, scripts, tables. Nothing of it is run or written."""

import os
import posixpath
import re
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import msgspec

from merganser.config import CONFIG_FILE
from merganser.errors import DataError
from merganser.git import GitError, Repository
from merganser.setup.init.additions import CODEOWNERS_PLACES
from merganser.setup.init.facts import Column, Facts, GitState, Table
from merganser.setup.init.outputs import NUMBERS, TABLES
from merganser.setup.init.rulesets import BRANCH, LEDGER, TAGS
from merganser.setup.init.rulesets import FOLDER as RULESETS
from merganser.setup.init.workflows import FOLDER as WORKFLOWS
from merganser.training.declared import PIPELINE
from merganser.training.results import metrics, read_values

_MOST_FILES: Final = 20_000
_MOST_BYTES: Final = 64 << 20
_LARGEST_SCRIPT: Final = 1 << 20
_SAMPLE: Final = 20_000
_SKIPPED: Final = frozenset({"node_modules", "__pycache__", "venv", "env", "site-packages", "build", "dist"})
_ORIGIN = re.compile(r"(?:https?://(?:[^@/]*@)?[^/]+/|ssh://[^/]+/|[^@/]+@[^:/]+:)([^/]+/[^/]+?)(?:\.git)?/?")


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where a repository lies, and the model's folder in it."""

    top: Path
    folder: Path
    git: GitState

    @property
    def path(self) -> str:
        return self.folder.relative_to(self.top).as_posix()


def place(folder: Path) -> Place:
    """The repository around `folder`; the folder itself where there is none."""
    folder = folder.resolve()
    try:
        top = Path(Repository(folder).text("rev-parse", "--show-toplevel")).resolve()
    except GitError:
        return Place(top=folder, folder=folder, git=GitState.none)
    state = GitState.commits if Repository(top).resolve("HEAD") else GitState.empty
    return Place(top=top, folder=folder, git=state)


def observe(where: Place, made: tuple[str, ...] | None = None) -> Facts:
    """What is there; `made` are the files that a training run just wrote."""
    files = tuple(listed(where.folder))
    repository, branch = origin(where)
    return Facts(
        name=repository.partition("/")[2] if repository and where.path == "." else where.folder.name,
        path=where.path,
        repository=repository,
        branch=branch,
        git=where.git,
        files=files,
        tracked=_tracked(where),
        scripts=scripts(where.folder, files),
        pipeline=pipeline(where.folder),
        numbers=_numbers(where.folder, files),
        **_tables(where.folder, files),
        made=made,
        existing=_existing(where),
    )


def listed(folder: Path) -> Iterator[str]:
    """The files below a folder by their paths, hidden folders and environments left out; the first 20,000."""
    found = 0
    for at, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in _SKIPPED and not name.startswith("."))
        for name in sorted(names):
            if (found := found + 1) > _MOST_FILES:
                return
            yield (Path(at) / name).relative_to(folder).as_posix()


def origin(where: Place) -> tuple[str, str]:
    """`OWNER/NAME` of origin, and the default branch: origin's, else the one that is checked out."""
    if where.git is GitState.none:
        return "", "main"
    repository = Repository(where.top)
    match = _ORIGIN.fullmatch(_said(repository, "remote", "get-url", "origin"))
    head = _said(repository, "symbolic-ref", "--short", "refs/remotes/origin/HEAD").removeprefix("origin/")
    known = [name for name in ("main", "master") if repository.resolve(f"refs/heads/{name}")]
    branch = head or (known[0] if known else _said(repository, "symbolic-ref", "--short", "HEAD")) or "main"
    return match[1] if match else "", branch


def _said(repository: Repository, *args: str) -> str:
    """What git answers, "" where it has no answer."""
    try:
        return repository.text(*args)
    except GitError:
        return ""


def _tracked(where: Place) -> frozenset[str]:
    if where.git is GitState.none:
        return frozenset()
    out = Repository(where.folder).run("ls-files", "-z")
    return frozenset(out.decode(errors="surrogateescape").split("\0")[:-1])


def scripts(folder: Path, files: tuple[str, ...]) -> dict[str, str]:
    """The texts of a folder's Python files."""
    paths = [path for path in files if path.endswith(".py") and (folder / path).stat().st_size <= _LARGEST_SCRIPT]
    return {path: (folder / path).read_text(encoding="utf-8", errors="replace") for path in paths}


def pipeline(folder: Path) -> dict[str, Any]:
    """A folder's `dvc.yaml`, {} where there is none."""
    if not (folder / PIPELINE).is_file():
        return {}
    values = read_values(folder / PIPELINE)
    return values if isinstance(values, dict) else {}


def _numbers(folder: Path, files: tuple[str, ...]) -> dict[str, dict[str, float]]:
    """Files that hold metrics as a run's may: every number by its name. What can't be read holds none."""
    found = {}
    for path in files:
        if path.endswith(NUMBERS) and (folder / path).stat().st_size <= _LARGEST_SCRIPT:
            try:
                found[path] = metrics(folder, [path])
            except DataError:
                found[path] = {}
    return found


def _tables(folder: Path, files: tuple[str, ...]) -> dict[str, Any]:
    tables: dict[str, Table] = {}
    unread: dict[str, str] = {}
    for path in files:
        if path.endswith(TABLES) and (folder / path).stat().st_size <= _MOST_BYTES:
            if find_spec("polars") is None:
                unread[path] = "that needs pip install 'merganser[evaluate]'"
                continue
            try:
                tables[path] = _table(folder / path)
            except DataError as wrong:
                unread[path] = wrong.message
    return {"tables": tables, "unread": unread}


def _table(file: Path) -> Table:
    from merganser.evaluation.keys import as_text
    from merganser.evaluation.readers import open_table, read_rows

    with tempfile.TemporaryDirectory(prefix="merganser-") as scratch:
        table = open_table(file, (), Path(scratch))
        columns = []
        for name in table.schema:
            values = as_text(read_rows(table, 0, table.rows, (name,))[name])
            empty = values.is_null() | (values == "")
            sample = tuple(value or "" for value in values.head(_SAMPLE).to_list())
            missing = int(empty.sum())
            distinct = int(values.filter(~empty).n_unique())
            columns.append(Column(name=name, distinct=distinct, missing=missing, sample=sample))
    return Table(rows=table.rows, columns=tuple(columns))


def _existing(where: Place) -> dict[str, str]:
    """The texts of the files that `init` may want to write, by their paths from the top."""
    folder = "" if where.path == "." else where.path
    names = [CONFIG_FILE, *CODEOWNERS_PLACES]
    names += [posixpath.join(folder, name) for name in (".gitignore", "requirements.txt", "model_card.md.j2")]
    names += [f"{RULESETS}/{name}" for name in (BRANCH, LEDGER, TAGS)]
    names += [f"{WORKFLOWS}/{path.name}" for path in sorted((where.top / WORKFLOWS).glob("*.y*ml"))]
    found = {name: where.top / name for name in names if (where.top / name).is_file()}
    return {name: file.read_text(encoding="utf-8", errors="replace") for name, file in found.items()}

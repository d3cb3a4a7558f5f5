"""Pure modules only compute: no I/O, no clock, no environment, no chance, and nothing that brings them in."""

import sys
from pathlib import Path

import pytest

from tests.architecture.imports import calls, imports
from tests.architecture.layers import PACKAGE, is_pure, modules

FORBIDDEN_IMPORTS = frozenset(
    {
        "asyncio", "click", "concurrent", "dulwich", "dvc", "ftplib", "getpass", "git", "github", "glob", "http",
        "logging", "multiprocessing", "os", "pygit2", "random", "requests", "secrets", "select", "shutil", "signal",
        "socket", "sqlite3", "ssl", "subprocess", "tempfile", "threading", "time", "urllib3",
    }
)  # fmt: skip
FORBIDDEN_MODULES = frozenset({"urllib.request"})
FORBIDDEN_CALLS = frozenset(
    {
        "open", "print", "input", "exec", "eval", "date.today", "datetime.now", "datetime.today", "datetime.utcnow",
        ".read_text", ".read_bytes", ".write_text", ".write_bytes", ".unlink", ".mkdir", ".iterdir", ".exists",
        ".is_file", ".is_dir", ".stat", "Path.cwd", "Path.home", "sys.exit",
    }
)  # fmt: skip


def impurities(package: Path) -> list[str]:
    found = modules(package)
    wrong = []
    for name, path in found.items():
        if not is_pure(name):
            continue
        for one in imports(path, set(found)):
            if one.module.split(".")[0] in FORBIDDEN_IMPORTS or one.module in FORBIDDEN_MODULES:
                wrong.append(f"{name}, line {one.line}, imports {one.module}")
        wrong += [f"{name}, line {line}, calls {call}" for call, line in calls(path) if call in FORBIDDEN_CALLS]
    return wrong


def test_pure_modules_only_compute() -> None:
    assert impurities(PACKAGE) == []


def test_the_pure_stages_are_there() -> None:
    pure = {name.split(".")[0] for name in modules() if is_pure(name)}
    assert {"config", "documents", "evaluation", "inputs", "plan", "registry", "run"} <= pure


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import os", "registry.tags, line 1, imports os"),
        ("def f():\n    from subprocess import run", "registry.tags, line 2, imports subprocess"),
        ("import urllib.request", "registry.tags, line 1, imports urllib.request"),
        ("import datetime\ndatetime.date.today()", "registry.tags, line 2, calls date.today"),
        ("from pathlib import Path\nPath('x').read_text()", "registry.tags, line 2, calls .read_text"),
        ("open('x')", "registry.tags, line 1, calls open"),
    ],
)
def test_an_impurity_is_found(tmp_path: Path, code: str, said: str) -> None:
    (tmp_path / "registry").mkdir()
    (tmp_path / "registry" / "tags.py").write_text(code)
    assert impurities(tmp_path) == [said]


def test_the_standard_library_modules_named_here_exist() -> None:
    third_party = {"click", "dulwich", "dvc", "git", "github", "pygit2", "requests", "urllib3"}
    assert set(sys.stdlib_module_names) >= FORBIDDEN_IMPORTS - third_party

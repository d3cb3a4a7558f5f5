"""Reads a module's imports, calls and names from its syntax tree, without running it."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import msgspec


class Import(msgspec.Struct, frozen=True):
    """One import: the module's full name, and the line where it stands."""

    module: str
    line: int


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def imports(path: Path, known: set[str], package: str = "merganser") -> tuple[Import, ...]:
    """Every import of a module. `from merganser import x` names `merganser.x` where `x` is a module (`known`)."""
    nodes = ast.walk(tree_of(path))
    found = [Import(name, getattr(node, "lineno", 0)) for node in nodes for name in _names(node, known, package)]
    return tuple(sorted(found, key=lambda one: (one.line, one.module)))


def _names(node: ast.AST, known: set[str], package: str) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.level:
        raise ValueError(f"line {node.lineno}: a relative import; imports here are absolute")
    elif isinstance(node, ast.ImportFrom) and node.module is not None:
        for alias in node.names:
            full = f"{node.module}.{alias.name}"
            inside = full.removeprefix(package + ".")
            yield full if inside != full and inside in known else node.module


def calls(path: Path) -> Iterator[tuple[str, int]]:
    """What a module calls, as `open`, `.read_text` (any object's method) or `date.today`, with its line."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node.func.id, node.lineno
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield f".{node.func.attr}", node.lineno
            if isinstance(node.func.value, ast.Name | ast.Attribute):
                owner = node.func.value.id if isinstance(node.func.value, ast.Name) else node.func.value.attr
                yield f"{owner}.{node.func.attr}", node.lineno

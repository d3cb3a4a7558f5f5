"""Strict JSON: text to structs and back, with every way to be fooled refused."""

import json
import math
import re
from typing import Any, NoReturn, TypeVar

import msgspec

from merganser.errors import DataError

T = TypeVar("T")

MAX_DEPTH = 100
MAX_DIGITS = 400
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))


def dump_json(value: Any) -> bytes:
    """Canonical JSON of a struct or builtin: sorted keys, two spaces, a last newline; NaN and infinities refused."""
    try:
        text = json.dumps(msgspec.to_builtins(value), sort_keys=True, indent=2, allow_nan=False, ensure_ascii=False)
        return (text + "\n").encode()
    except ValueError as wrong:
        raise DataError(f"a value can't be written as JSON: {wrong}", "Metrics must be finite numbers.") from wrong


def load_json(data: bytes, where: str, kind: type[T]) -> T:
    """A `kind` from JSON; `DataError` for bad UTF-8, duplicate keys, NaN, infinities, depth or a wrong shape."""
    value = parse_json(data, where)
    try:
        return msgspec.convert(value, kind, strict=True)
    except msgspec.ValidationError as wrong:
        raise DataError(
            f"{where}: {wrong}", "It was not written by this version of Merganser, or was edited."
        ) from wrong


def parse_json(data: bytes, where: str) -> Any:
    """Plain values from strict JSON; see `load_json` for what is refused."""

    def fail(what: str) -> NoReturn:
        raise DataError(f"{where}: {what}", "Write it as plain, finite, unambiguous JSON.")

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(items)
        if len(found) != len(items):
            names = [name for name, _ in items]
            repeated = next(name for name in names if names.count(name) > 1)
            fail(f"the key {repeated[:80]!r} stands twice{_lines_of(data, repeated)}")
        return found

    def integer(digits: str) -> int:
        if len(digits) > MAX_DIGITS:
            fail(f"a number of {len(digits)} digits")
        return int(digits)

    def number(literal: str) -> float:
        value = float(literal)
        if not math.isfinite(value):
            fail(f"the number {literal[:40]} is not finite")
        return value

    if _depth(data) > MAX_DEPTH:
        fail(f"nested deeper than {MAX_DEPTH} levels")
    try:
        value = json.loads(
            data.decode(), object_pairs_hook=pairs, parse_int=integer, parse_float=number,
            parse_constant=lambda name: fail(f"{name} is no number"),
        )  # fmt: skip
        if rb"\ud" in data.lower():
            json.dumps(value, ensure_ascii=False).encode()  # half a surrogate pair could never be written again
    except UnicodeError:
        fail("not UTF-8 text")
    except json.JSONDecodeError as wrong:
        fail(f"line {wrong.lineno}, column {wrong.colno}: {wrong.msg}")
    return value


def _lines_of(data: bytes, key: str) -> str:
    quoted = json.dumps(key, ensure_ascii=False).encode()
    lines = [str(n) for n, line in enumerate(data.split(b"\n"), 1) if quoted in line]
    return f" (lines {', '.join(lines[:4])})" if len(lines) > 1 else f" (line {lines[0]})" if lines else ""


def _depth(data: bytes) -> int:
    """The nesting of what stands outside of strings: cheap, and safe before a recursive parser."""
    deepest = depth = 0
    for bracket in _STRING.sub(b"", data).translate(None, _NO_BRACKETS):
        depth += 1 if bracket in b"[{" else -1
        deepest = max(deepest, depth)
    return deepest

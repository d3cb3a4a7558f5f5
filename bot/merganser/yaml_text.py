"""YAML text to nodes that know their line, with every way to be fooled or flooded refused. What keys mean is not here.

Scalars keep their text as written, so that no reader turns `no`, `012` or `1:30` into something else on the way.
"""

import re
from collections.abc import Iterator
from typing import Any, Final, NoReturn

import msgspec
import yaml

from merganser.errors import ConfigError

CONFIG_LIMIT: Final = 200_000
MAX_DEPTH: Final = 50
_ALIAS_ROOM: Final = 10_000
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_NULL = re.compile(r"~|null|Null|NULL|")
_BOOL = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INT = re.compile(r"[-+]?[0-9]{1,100}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_OTHER_INT = {"0x": 16, "0o": 8}
_SPECIAL = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")


class Scalar(msgspec.Struct, frozen=True):
    """One value as written; `plain` where it stands without quotes."""

    line: int
    text: str
    plain: bool
    height: int = 1
    weight: int = 1


class Listing(msgspec.Struct, frozen=True):
    """A sequence; `weight` counts its nodes with every alias expanded."""

    line: int
    items: tuple["Node", ...]
    height: int
    weight: int


class Mapping(msgspec.Struct, frozen=True):
    """A mapping, in the order written; its keys differ."""

    line: int
    items: tuple[tuple[Scalar, "Node"], ...]
    height: int
    weight: int


Node = Scalar | Listing | Mapping


class _Open(msgspec.Struct):
    """A collection whose end has not come yet."""

    line: int
    anchor: str | None
    mapping: bool
    items: list[Node]


def parse_yaml(data: bytes, where: str, limit: int = CONFIG_LIMIT) -> Node:
    """The one document in `data` (at most `limit` bytes); `ConfigError` names `where` and the line of a fault."""
    if len(data) > limit:
        raise ConfigError(f"{where}: {len(data)} bytes, over the limit of {limit}", "Is it the right file?")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        line = data[: wrong.start].count(b"\n") + 1
        raise ConfigError(f"{where}:{line}: not UTF-8 text", "Save the file in UTF-8.") from wrong
    try:
        return _Composer(where, len(data) + _ALIAS_ROOM).document(yaml.parse(text, Loader=_LOADER))
    except yaml.MarkedYAMLError as wrong:
        line = wrong.problem_mark.line + 1 if wrong.problem_mark else 1
        raise ConfigError(f"{where}:{line}: not YAML: {wrong.problem}", "Check indentation, colons, quotes.") from wrong
    except yaml.YAMLError as wrong:
        raise ConfigError(f"{where}: not YAML: {str(wrong).splitlines()[0]}", "Remove the character.") from wrong


class _Composer:
    """Events to nodes without recursion, so depth is a number that is checked and not a stack that overflows."""

    def __init__(self, where: str, most_nodes: int) -> None:
        self.where = where
        self.most_nodes = most_nodes
        self.anchors: dict[str, Node] = {}
        self.stack: list[_Open] = []
        self.root: Node | None = None

    def document(self, events: Iterator[yaml.Event]) -> Node:
        for event in events:
            self._take(event)
        if self.root is None:
            raise ConfigError(f"{self.where}: the file is empty", "Write the configuration, or delete the file.")
        return self.root

    def _take(self, event: yaml.Event) -> None:
        line = event.start_mark.line + 1 if event.start_mark else 1
        tag = getattr(event, "tag", None)
        if isinstance(event, yaml.DocumentStartEvent) and self.root is not None:
            self._fail(line, "a second document begins", "Keep one document in the file.")
        if tag is not None:
            self._fail(line, f"the tag {ascii(tag)[:60]}", "Write the plain value, without a tag.")
        if isinstance(event, yaml.AliasEvent):
            self._alias(line, event.anchor or "")
        elif isinstance(event, yaml.ScalarEvent):
            self._place(Scalar(line, event.value, not event.style), event.anchor)
        elif isinstance(event, yaml.CollectionStartEvent):
            self._begin(_Open(line, event.anchor, isinstance(event, yaml.MappingStartEvent), []))
        elif isinstance(event, yaml.CollectionEndEvent):
            opened = self.stack.pop()
            self._place(self._closed(opened), opened.anchor)

    def _begin(self, opened: _Open) -> None:
        self.stack.append(opened)
        if len(self.stack) > MAX_DEPTH:
            self._fail(opened.line, f"nested deeper than {MAX_DEPTH} levels", "Flatten the structure.")

    def _alias(self, line: int, name: str) -> None:
        if name not in self.anchors:
            self._fail(line, f"the alias *{name[:60]} names nothing finished before it", "Write the value out.")
        self._place(self.anchors[name], None)

    def _place(self, node: Node, anchor: str | None) -> None:
        if node.weight > self.most_nodes or node.height > MAX_DEPTH:
            self._fail(node.line, "aliases that unfold to a huge document", "Write the values out.")
        if anchor is not None:
            self.anchors[anchor] = node
        if self.stack:
            self.stack[-1].items.append(node)
        else:
            self.root = node

    def _closed(self, opened: _Open) -> Node:
        height = 1 + max((item.height for item in opened.items), default=0)
        weight = 1 + sum(item.weight for item in opened.items)
        if not opened.mapping:
            return Listing(opened.line, tuple(opened.items), height, weight)
        seen: dict[str, int] = {}
        pairs: list[tuple[Scalar, Node]] = []
        for key, value in zip(opened.items[::2], opened.items[1::2], strict=True):
            if not isinstance(key, Scalar):
                self._fail(key.line, "a key that is no plain text", "Use a word as the key.")
            if key.text in seen:
                what = f"the key {ascii(key.text)[:80]} stands twice (also in line {seen[key.text]})"
                self._fail(key.line, what, "Keep one of them.")
            seen[key.text] = key.line
            pairs.append((key, value))
        return Mapping(opened.line, tuple(pairs), height, weight)

    def _fail(self, line: int, what: str, hint: str) -> NoReturn:
        raise ConfigError(f"{self.where}:{line}: {what}", hint)


def plain_values(node: Node, where: str) -> Any:
    """Builtin values by YAML 1.2's core schema (as DVC reads its files); NaN, infinities and `<<` are refused."""
    if isinstance(node, Listing):
        return [plain_values(item, where) for item in node.items]
    if isinstance(node, Mapping):
        for key, _ in node.items:
            if key.text == "<<" and key.plain:
                raise ConfigError(f"{where}:{key.line}: the merge key <<", "Write the merged keys out.")
        return {key.text: plain_values(value, where) for key, value in node.items}
    return _scalar_value(node, where) if node.plain else node.text


def _scalar_value(node: Scalar, where: str) -> Any:
    text = node.text
    if _NULL.fullmatch(text):
        return None
    if text in _BOOL:
        return _BOOL[text]
    if _INT.fullmatch(text):
        return int(text)
    if re.fullmatch(r"0x[0-9a-fA-F]{1,80}|0o[0-7]{1,80}", text):
        return int(text[2:], _OTHER_INT[text[:2]])
    if _FLOAT.fullmatch(text):
        value = float(text)
        if value in (float("inf"), float("-inf")):
            raise ConfigError(f"{where}:{node.line}: the number {text[:40]} is not finite", "Write a finite number.")
        return value
    if _SPECIAL.fullmatch(text):
        raise ConfigError(f"{where}:{node.line}: {text} is no finite number", "Write a finite number.")
    return text

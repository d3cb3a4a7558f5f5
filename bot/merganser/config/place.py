"""Where something stands in a configuration file, and the error that shows it: file, line, keys, and what is there."""

from typing import NoReturn

import msgspec

from merganser.errors import ConfigError
from merganser.foreign_text import shown
from merganser.yaml_text import Listing, Mapping, Node


class Place(msgspec.Struct, frozen=True):
    """Where a node stands: in which file, below which keys (`models.churn.gate`)."""

    where: str
    path: str
    node: Node

    def fail(self, what: str, hint: str, line: int = 0) -> NoReturn:
        raise ConfigError(f"{self.where}:{line or self.node.line}: {self.path or 'the file'}: {what}", hint)

    def below(self, key: str, node: Node) -> "Place":
        return Place(self.where, f"{self.path}.{shown(key)}" if self.path else shown(key), node)

    def reach(self, *keys: str | int) -> "Place":
        """The place below `keys`, or the nearest one above it that is written down."""
        place = self
        for key in keys:
            found = children(place.node).get(key)
            if found is not None:
                below = f"{place.path}[{key}]" if isinstance(key, int) else place.below(key, found).path
                place = Place(place.where, below, found)
        return place

    def expected(self, what: str, hint: str = "") -> NoReturn:
        """Refuses the node for not being `what`."""
        self.fail(f"expected {what}, found {described(self.node)}", hint or f"Write {what}.")


def children(node: Node) -> dict[str | int, Node]:
    """What stands below a node, by key or position."""
    if isinstance(node, Mapping):
        return {key.text: value for key, value in node.items}
    return dict(enumerate(node.items)) if isinstance(node, Listing) else {}


def described(node: Node) -> str:
    """What stands there, in words."""
    if isinstance(node, Mapping):
        return "a mapping"
    if isinstance(node, Listing):
        return "a list"
    if node.plain and not node.text:
        return "nothing"
    return shown(node.text) if node.plain else f'"{shown(node.text)}" in quotes'

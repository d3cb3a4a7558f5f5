"""A model's parameters file in YAML: what there is to set, what a text means as a value, and the text with values set.

Texts come from people's comments and from pull requests, so what they mean is one plain value, and the file is looked
at by our own strict reader before anything that knows more of YAML sees it.
"""

import functools
import io
from collections.abc import Mapping
from typing import Any

from merganser.errors import ConfigError
from merganser.foreign_text import did_you_mean, shown
from merganser.yaml_text import parse_yaml

MAX_VALUE = 100
Scalar = str | int | float | bool | None
_NULL = "tag:yaml.org,2002:null"


def read(data: bytes, where: str) -> dict[str, Scalar]:
    """The parameters by their dotted names."""
    from ruamel.yaml import YAML

    parse_yaml(data, where)
    found: dict[str, Scalar] = {}
    waiting = [("", YAML(typ="safe", pure=True).load(data))]
    while waiting:
        name, node = waiting.pop(0)
        if isinstance(node, Mapping):
            waiting += [(f"{name}.{key}" if name else str(key), below) for key, below in node.items()]
        else:
            found[name] = node
    return found


def value(key: str, text: str) -> Scalar:
    """What a text means as YAML 1.2, which is how DVC reads the file; `ConfigError` where it is no single value."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        found: Any = YAML(typ="safe", pure=True).load(text[: MAX_VALUE + 1])
    except (YAMLError, ValueError, TypeError):
        found = ()
    if len(text) > MAX_VALUE or not (found is None or isinstance(found, str | int | float)):
        raise ConfigError(f"{key}={shown(text)}: not a single YAML value", "Write a number, a word or null.")
    return found


def known(key: str, there: Mapping[str, Scalar]) -> None:
    """`ConfigError` for a parameter that the file hasn't got."""
    if key not in there:
        hint = f"There are {', '.join(map(shown, there))}."
        raise ConfigError(f"{shown(key)}: there is no such parameter{did_you_mean(key, there)}", hint)


def changed(data: bytes, changes: Mapping[str, str], where: str) -> bytes:
    """The file with parameters set that it has, comments and order kept; `ConfigError` where one can't be."""
    from ruamel.yaml import YAML

    there = read(data, where)
    editor = YAML()
    editor.preserve_quotes = True
    editor.width = 2**16
    # Left alone, it writes a null as nothing at all, and the diff would show a line that nobody changed.
    editor.representer.add_representer(type(None), lambda writer, _: writer.represent_scalar(_NULL, "null"))
    document = editor.load(data)
    for name, text in changes.items():
        known(name, there)
        *sections, key = name.split(".")
        try:
            section = functools.reduce(lambda node, part: node[part], sections, document)
            section[key] = value(name, text)
        except (KeyError, TypeError) as nested:
            raise ConfigError(f"{shown(name)} can't be set: a name in it has a dot", "Edit the file.") from nested
    written = io.BytesIO()
    editor.dump(document, written)
    return written.getvalue()

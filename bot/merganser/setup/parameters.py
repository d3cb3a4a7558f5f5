"""The parameters of an example: what there are, what a person may set from the command line, and setting them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from merganser.config_values import did_you_mean, shown
from merganser.errors import ConfigError

MAX_VALUE = 100
Scalar = str | int | float | bool | None
_NULL = "tag:yaml.org,2002:null"


def read(file: Path) -> dict[str, Scalar]:
    """The parameters of a YAML file by their dotted names."""
    from ruamel.yaml import YAML

    found: dict[str, Scalar] = {}
    waiting = [("", YAML(typ="safe", pure=True).load(file))]
    while waiting:
        name, node = waiting.pop(0)
        if isinstance(node, Mapping):
            waiting += [(f"{name}.{key}" if name else str(key), below) for key, below in node.items()]
        else:
            found[name] = node
    return found


def parse(changes: Sequence[str], known: Mapping[str, Scalar]) -> dict[str, str]:
    """`KEY=VALUE` texts as a mapping; `ConfigError` for another text, an unknown or repeated key, or no YAML value."""
    made: dict[str, str] = {}
    for change in changes:
        name, separator, text = change.partition("=")
        key = name.strip()
        if not key or not separator:
            raise ConfigError(f"--set {shown(change)} is not KEY=VALUE", "Write it like train.C=10.")
        if key not in known:
            hint = f"There are {', '.join(known)}."
            raise ConfigError(f"--set {shown(key)}: there is no such parameter{did_you_mean(key, known)}", hint)
        if key in made:
            raise ConfigError(f"--set {key} stands there twice", "Give each parameter one value.")
        value(key, text)
        made[key] = text
    return made


def value(key: str, text: str) -> Scalar:
    """What a text means as YAML 1.2, which is how DVC reads the file; `ConfigError` where it is no single value."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        found: Any = YAML(typ="safe", pure=True).load(text[: MAX_VALUE + 1])
    except (YAMLError, ValueError, TypeError):
        found = ()
    if len(text) > MAX_VALUE or not (found is None or isinstance(found, str | int | float)):
        raise ConfigError(f"--set {key}={shown(text)}: not a single YAML value", "Write a number, a word or null.")
    return found


def changes_nothing(known: Mapping[str, Scalar], changes: Mapping[str, str]) -> bool:
    """Whether all of the changes leave what is there."""
    return all(value(key, text) == known[key] for key, text in changes.items())


def write(file: Path, changes: Mapping[str, str]) -> None:
    """Set parameters that the file has, in place, comments kept."""
    from ruamel.yaml import YAML

    editor = YAML()
    editor.preserve_quotes = True
    # Left alone, it writes a null as nothing at all, and the diff would show a line that nobody changed.
    editor.representer.add_representer(type(None), lambda writer, _: writer.represent_scalar(_NULL, "null"))
    document = editor.load(file)
    for name, text in changes.items():
        *sections, key = name.split(".")
        section = document
        for part in sections:
            section = section[part]
        section[key] = value(name, text)
    editor.dump(document, file)

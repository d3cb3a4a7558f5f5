"""What a person may set of an example from the command line: `--set KEY=VALUE`."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from merganser import parameters
from merganser.errors import ConfigError
from merganser.foreign_text import shown
from merganser.parameters import Scalar, value


def read(file: Path) -> dict[str, Scalar]:
    """The parameters of a YAML file by their dotted names."""
    return parameters.read(file.read_bytes(), file.name)


def parse(changes: Sequence[str], known: Mapping[str, Scalar]) -> dict[str, str]:
    """`KEY=VALUE` texts as a mapping; `ConfigError` for another text, an unknown or repeated key, or no YAML value."""
    made: dict[str, str] = {}
    for change in changes:
        name, separator, text = change.partition("=")
        key = name.strip()
        if not key or not separator:
            raise ConfigError(f"--set {shown(change)} is not KEY=VALUE", "Write it like train.C=10.")
        if key in made:
            raise ConfigError(f"--set {key} stands there twice", "Give each parameter one value.")
        try:
            parameters.known(key, known)
            value(key, text)
        except ConfigError as wrong:
            raise ConfigError(f"--set {wrong.message}", wrong.hint) from wrong
        made[key] = text
    return made


def changes_nothing(known: Mapping[str, Scalar], changes: Mapping[str, str]) -> bool:
    """Whether all of the changes leave what is there."""
    return all(value(key, text) == known[key] for key, text in changes.items())


def write(file: Path, changes: Mapping[str, str]) -> None:
    """Set parameters that the file has, in place, comments kept."""
    file.write_bytes(parameters.changed(file.read_bytes(), changes, file.name))

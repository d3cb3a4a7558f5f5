"""A run's parameters and self-reported metrics, read from the files that the pipeline uses and leaves."""

import math
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from merganser.config import Model
from merganser.documents import parse_json
from merganser.errors import ConfigError, DataError
from merganser.yaml_text import parse_yaml, plain_values

MAX_FILE: Final = 20_000_000
_DEFAULT_PARAMS: Final = next(field.default for field in msgspec.structs.fields(Model) if field.name == "params")


def parameters(folder: Path, model: Model) -> dict[str, Any]:
    """Parameters by dotted name (`train.C`), lists as they are; {} where the default file doesn't exist."""
    file = folder / model.params
    if not file.exists() and model.params == _DEFAULT_PARAMS:
        return {}
    return dict(_flat(read_values(file)))


def metrics(folder: Path, files: Sequence[str]) -> dict[str, float]:
    """Every number in the files by dotted name. Text, truth values and lists are no metrics; NaN is an error."""
    found: dict[str, float] = {}
    for name in files:
        for key, value in _flat(read_values(folder / name)):
            if isinstance(value, bool) or not isinstance(value, int | float):
                continue
            if key in found:
                raise DataError(f"{name}: the metric {key!a} stands in another file too", "Give each its own name.")
            found[key] = _finite(f"{name}: {key!a}", value)
    return found


def read_values(file: Path) -> Any:
    """Builtin values of a JSON, YAML or TOML file; `DataError` where it is missing or isn't one."""
    try:
        data = file.read_bytes()
    except OSError as missing:
        raise DataError(f"{file} can't be read: {missing.strerror}", "Does the pipeline write it?") from missing
    if file.suffix == ".json":
        return parse_json(data, file.name)
    if file.suffix == ".toml":
        return _toml(data, file.name)
    if file.suffix not in (".yaml", ".yml", ".lock", ".dvc"):
        raise DataError(f"{file.name}: the format {file.suffix or 'without suffix'}", "Use .json, .yaml or .toml.")
    try:
        return plain_values(parse_yaml(data, file.name, MAX_FILE), file.name)
    except ConfigError as wrong:
        raise DataError(wrong.message, wrong.hint) from wrong


def _toml(data: bytes, where: str) -> Any:
    try:
        return tomllib.loads(data.decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as wrong:
        raise DataError(f"{where}: {wrong}", "Write it as TOML.") from wrong


def _flat(value: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    if not isinstance(value, dict):
        if prefix:
            yield prefix, value
        return
    for key, below in value.items():
        yield from _flat(below, f"{prefix}.{key}" if prefix else str(key))


def _finite(what: str, value: float) -> float:
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise DataError(f"{what} is not a finite number", "A metric must be a number that can be compared.")
    return number

"""`merganser.yaml` and `environments.yaml`: bytes to structs, strictly. The rules between keys are `rules`'."""

from collections.abc import Callable
from enum import StrEnum
from types import NoneType, UnionType
from typing import Any, Final, Literal, TypeVar, get_args, get_origin

import msgspec

from merganser.config import (
    Artifact,
    Baseline,
    Change,
    Column,
    Config,
    Contract,
    Environment,
    Environments,
    EnvironmentsRef,
    FairnessRules,
    Features,
    Gate,
    Labels,
    Latency,
    Model,
    Predictions,
    Promotion,
    Serving,
    SliceRules,
    Train,
    Waiver,
    paths,
    values,
)
from merganser.config.column_rules import check_labels, check_predictions
from merganser.config.commands import CommandRule, Permission
from merganser.config.gate_rules import check_gate
from merganser.config.place import Place, children
from merganser.config.rules import check_commands, check_model, check_serving, ordered, unique_models
from merganser.foreign_text import did_you_mean, shown
from merganser.yaml_text import Listing, Mapping, Scalar, parse_yaml

Kind = TypeVar("Kind", bound=msgspec.Struct)


def load_config(data: bytes, where: str) -> Config:
    """`merganser.yaml`; `ConfigError` with file, line and path of the key for anything that isn't understood."""
    at = Place(where, "", parse_yaml(data, where))
    config = _struct(at, Config)
    unique_models(at.reach("models"), config)
    check_commands(at.reach("commands"), config)
    for name, model in config.models.items():
        below = at.reach("models", name)
        check_model(below, model)
        check_predictions(below, model)
        check_labels(below, model)
        check_gate(below, model)
    return config


def load_environments(data: bytes, where: str) -> Environments:
    """`environments.yaml`; each environment's `after` is the effective one, taken from `path` where it names none."""
    at = Place(where, "", parse_yaml(data, where))
    stages = _struct(at, Environments)
    for name, serving in stages.models.items():
        check_serving(at.reach("models", name), serving)
    written = {name: at.reach("environments", name).node for name in stages.environments}
    silent = frozenset(name for name, node in written.items() if "after" not in children(node))
    return ordered(at, stages, silent)


def _struct(at: Place, kind: type[Kind]) -> Kind:
    if not isinstance(at.node, Mapping):
        at.expected("a mapping", f"Write keys below it: {', '.join(kind.__struct_encode_fields__)}.")
    fields = {field.encode_name: field for field in msgspec.structs.fields(kind)}
    found: dict[str, Any] = {}
    for key, node in at.node.items:
        below = at.below(key.text, node)
        if key.text not in fields:
            below.fail(f"unknown key{did_you_mean(key.text, fields)}", f"Known here: {', '.join(fields)}.", key.line)
        reader = _OF_FIELD.get((kind, key.text))
        field = fields[key.text]
        found[field.name] = reader(below) if reader else _read(below, field.type)
    for name, field in fields.items():
        if field.required and field.name not in found:
            at.fail(f"the key {name} is missing", f"Add {name}.")
    return kind(**found)


def _read(at: Place, kind: Any) -> Any:
    origin, args = get_origin(kind), get_args(kind)
    if origin is UnionType:
        return _read(at, next(arg for arg in args if arg is not NoneType))
    if origin is Literal:
        return _version(at, args[0])
    if origin is dict:
        return _dict(at, values.key, lambda item: _read(item, args[1]))
    if origin is tuple:
        return _list(at, lambda item: _read(item, args[0]))
    if kind in _OF_TYPE:
        return _OF_TYPE[kind](at)
    if issubclass(kind, StrEnum):
        return values.word(at, kind)
    return _struct(at, kind)


def _version(at: Place, known: int) -> int:
    if values.whole(at) != known:
        at.expected(f"version {known}", "This release of Merganser reads no other.")
    return known


def _dict(at: Place, key_reader: Callable[[Place], str], reader: Callable[[Place], Any]) -> dict[str, Any]:
    if not isinstance(at.node, Mapping):
        at.expected("a mapping")
    found = {}
    for key, node in at.node.items:
        found[key_reader(at.below(key.text, key))] = reader(at.below(key.text, node))
    return found


def _list(at: Place, reader: Callable[[Place], Any]) -> tuple[Any, ...]:
    if not isinstance(at.node, Listing):
        at.expected("a list", "Write it in brackets: [one, two].")
    read = tuple(reader(Place(at.where, f"{at.path}[{i}]", node)) for i, node in enumerate(at.node.items))
    seen: set[str] = set()
    for node, item in zip(at.node.items, read, strict=True):
        if isinstance(item, str) and item in seen:
            at.fail(f"{shown(item)} stands twice", "Name it once.", line=node.line)
        seen |= {item} if isinstance(item, str) else set()
    return read


def _named(reader: Callable[[Place], str], kind: Any) -> Callable[[Place], dict[str, Any]]:
    return lambda at: _dict(at, reader, lambda item: _read(item, kind))


def _listed(reader: Callable[[Place], str]) -> Callable[[Place], tuple[str, ...]]:
    return lambda at: _list(at, reader)


def _command_rule(at: Place) -> CommandRule:
    """A permission alone, or a mapping."""
    if isinstance(at.node, Scalar):
        return CommandRule(permission=values.word(at, Permission))
    return _struct(at, CommandRule)


def _one_or_more(at: Place) -> tuple[str, ...]:
    one = not isinstance(at.node, Listing)
    return (values.environment_name(at),) if one else _list(at, values.environment_name)


def _inferred_or_columns(at: Place) -> tuple[Column, ...] | None:
    if isinstance(at.node, Scalar) and at.node.plain and at.node.text == "inferred":
        return None
    if not isinstance(at.node, Listing) or not at.node.items:
        at.expected("inferred, or a list of columns", "Write inferred, or [{name: age, type: integer}].")
    columns = _list(at, lambda item: _struct(item, Column))
    names = [column.name for column in columns]
    if twice := next((n for n in names if names.count(n) > 1), None):
        at.fail(f"the column {shown(twice)} stands twice", "Name it once.")
    return columns


def _name_or_names(at: Place) -> tuple[str, ...]:
    return _list(at, values.name) if isinstance(at.node, Listing) else (values.name(at),)


_OF_TYPE: Final[dict[Any, Callable[[Place], Any]]] = {
    str: values.text,
    float: values.number,
    int: values.whole,
    Change: values.change,
}

_COLUMNS: Final[dict[Any, tuple[str, ...]]] = {
    Predictions: ("key", "score", "prediction", "query", "label", "cluster", "weight"),
    Labels: ("key", "label", "query", "cluster", "weight"),
    Latency: ("column",),
    Column: ("name",),
    FairnessRules: ("by",),
}

_OF_FIELD: Final[dict[tuple[Any, str], Callable[[Place], Any]]] = {
    (Config, "models"): _named(values.model_name, Model),
    (Config, "commands"): lambda at: _dict(at, values.command_name, _command_rule),
    (CommandRule, "teams"): _listed(values.team),
    (CommandRule, "users"): _listed(values.login),
    (EnvironmentsRef, "repo"): values.repository,
    (Model, "path"): paths.folder,
    (Model, "inputs"): _listed(paths.glob),
    (Model, "params"): paths.file_path,
    (Model, "metrics"): _listed(paths.file_path),
    (Train, "timeout"): values.duration,
    (Artifact, "path"): paths.file_path,
    (Artifact, "publish"): paths.template,
    (Predictions, "file"): paths.file_path,
    (Predictions, "scores"): lambda at: _dict(at, values.key, values.name),
    (Predictions, "slices"): _listed(values.name),
    (Labels, "uri"): paths.data_address,
    (Labels, "digest"): values.sha256,
    (Labels, "slices"): _listed(values.name),
    (Features, "file"): paths.file_path,
    (Features, "columns"): _listed(values.name),
    (Latency, "file"): paths.file_path,
    (Contract, "inputs"): _inferred_or_columns,
    (Contract, "outputs"): _inferred_or_columns,
    (Column, "classes"): _listed(values.key),
    (SliceRules, "metrics"): _listed(values.name),
    (SliceRules, "by"): _name_or_names,
    (FairnessRules, "metric"): values.name,
    (Gate, "baseline"): values.word_but(
        Baseline,
        r"deployed:.+|.+@.+",
        "Write base or latest; `merganser gate --baseline` names any other side.",
    ),
    (Waiver, "until"): values.day,
    (Environment, "promote"): values.word_but(
        Promotion, "auto", "Write manual, or nothing: a person merges each deployment."
    ),
    (Environment, "after"): _one_or_more,
    (Environments, "path"): _listed(values.environment_name),
    (Environments, "environments"): _named(values.environment_name, Environment),
    (Environments, "models"): _named(values.model_name, Serving),
} | {(kind, column): values.name for kind, columns in _COLUMNS.items() for column in columns}

"""What callers of a model rely on, as far as its tables tell it: types of columns, meaning of outputs. No files."""

from collections.abc import Iterable, Mapping
from typing import Final

import polars as pl

from merganser.config import Column, ColumnType, Model, Predictions, Task

_TYPES: Final = (
    (pl.Boolean, ColumnType.boolean),
    (pl.Date, ColumnType.date),
    (pl.Time, ColumnType.time),
    (pl.Datetime, ColumnType.datetime),
    (pl.Duration, ColumnType.duration),
    (pl.Null, ColumnType.empty),
)
# What a text of a file without types can be read as, the narrowest first. Digits after a zero are a code, no number.
_WRITTEN: Final = (
    (r"^[-+]?(0|[1-9][0-9]*)$", ColumnType.integer),
    (r"^[-+]?((0|[1-9][0-9]*)(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?$|^[-+]?(?i:inf|infinity|nan)$", ColumnType.float),
    (r"^(?i:true|false)$", ColumnType.boolean),
    (r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", ColumnType.date),
    (r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}", ColumnType.datetime),
)


def type_of(kind: pl.DataType) -> ColumnType:
    """The type that a file says a column has."""
    if kind.is_integer():
        return ColumnType.integer
    if kind.is_float() or kind.is_decimal():
        return ColumnType.float
    return next((ours for theirs, ours in _TYPES if kind == theirs), ColumnType.text)


def written_type(texts: pl.Series) -> ColumnType:
    """The narrowest type that all texts of a file without types can be read as; nulls don't count."""
    present = texts.drop_nulls()
    if present.is_empty():
        return ColumnType.empty
    return next((kind for pattern, kind in _WRITTEN if present.str.contains(pattern).all()), ColumnType.text)


def common_type(types: Iterable[ColumnType]) -> ColumnType:
    """The type of a column whose ranges of rows have these."""
    seen = {kind for kind in types if kind is not ColumnType.empty}
    if len(seen) < 2:
        return next(iter(seen), ColumnType.empty)
    return ColumnType.float if seen == {ColumnType.integer, ColumnType.float} else ColumnType.text


def answers(model: Model, predictions: Predictions) -> Mapping[str, tuple[str, ...]]:
    """The columns of the predictions that hold what the model said, each with the classes that are known of it.

    A score of one class names that class; a prediction names all, as far as the scores or the positive label tell them.
    """
    found: dict[str, tuple[str, ...]] = {}
    if predictions.score:
        found[predictions.score] = (model.positive,) if model.positive else ()
    for label, column in predictions.scores.items():
        found[column] = (label,)
    if predictions.prediction:
        classes = model.task in (Task.binary, Task.multiclass)
        found[predictions.prediction] = tuple(predictions.scores) if classes else ()
    return found


def columns(names: Iterable[str], types: Mapping[str, ColumnType]) -> tuple[Column, ...]:
    """Inputs as a contract tells them, in the order of `names`."""
    return tuple(Column(name=name, type=types[name]) for name in names)


def outputs(said: Mapping[str, tuple[str, ...]], types: Mapping[str, ColumnType]) -> tuple[Column, ...]:
    """Outputs as a contract tells them."""
    return tuple(Column(name=name, type=types[name], classes=classes) for name, classes in said.items())

"""Rules for a bare predictions file, from the usual names of its columns."""

import json
import tempfile
from pathlib import Path

import msgspec
import numpy as np
import polars as pl

from merganser.config import Artifact, Gate, MetricRules, Model, NonInferior, Predictions, Task
from merganser.errors import DataError
from merganser.evaluation import usual_names
from merganser.evaluation.keys import as_text
from merganser.evaluation.readers.tables import Table, open_table, read_rows
from merganser.foreign_text import no_column, shown

DEFAULT_MARGIN = 0.01
_KEYS = ("row_id", "id", "key", "index")
_LABELS = ("label", "y_true", "target", "y")
_SCORES = ("score", "y_score", "p", "probability", "proba")
_PREDICTIONS = ("prediction", "predicted", "y_pred", "pred")
_QUERIES = ("query", "query_id", "qid")
_USUAL = (*_KEYS, *_LABELS, *_SCORES, *_PREDICTIONS, *_QUERIES)
_POSITIVES = ("1", "true", "yes")
_KEY, _LABEL, _ANSWER = _KEYS[0], _LABELS[0], f"{_PREDICTIONS[0]} (or {_SCORES[0]})"
_OTHER_SEPARATORS = ";\t|"
_MEANT = {
    _KEY: usual_names.KEYS,
    _LABEL: usual_names.LABELS,
    _ANSWER: f"{usual_names.PREDICTIONS} {usual_names.SCORES}",
}
_MANY_CLASSES = 20
_BATCH = 1_000_000
_BINARY = """version: 1
models: {{model: {{task: binary, positive: {positive}, artifact: {{path: {file}}},
  predictions: {{file: {file}, key: {key}, label: {label}, score: {score}}},
  gate: {{metrics: {{auc: {{non_inferior: {{margin: 0.01}}}}}}}}}}}}"""
_REGRESSION = """version: 1
models: {{model: {{task: regression, artifact: {{path: {file}}},
  predictions: {{file: {file}, key: {key}, label: {label}, prediction: {prediction}}},
  gate: {{metrics: {{rmse: {{non_inferior: {{margin: 0.5}}}}, mae: {{non_inferior: {{margin: 0.5}}}}}}}}}}}}"""


class _Named(msgspec.Struct, frozen=True, kw_only=True):
    """The columns that have a usual name; empty where none has."""

    key: str
    label: str
    score: str
    prediction: str
    query: str


def default_model(path: Path, labels: Path | None = None) -> Model:
    """Rules for a bare predictions file, from its usual column names: nothing may be worse by more than 0.01.

    The label is looked for in the file of labels, where there is one. `DataError` where key, label, or both score and
    prediction have no usual name, and for regression, where no margin is good for all units.
    """
    with tempfile.TemporaryDirectory(prefix="merganser-") as folder:
        scratch = Path(folder)
        table = open_table(path, _USUAL, scratch)
        labelled = open_table(labels, _USUAL, scratch) if labels else table
        named = _named(table, labelled)
        if missing := _missing(named):
            raise _unnamed(labels if labels and missing == [_LABEL] else path, missing, scratch)
        if named.query and named.score:
            return _rules(path, named, Task.ranking, "ndcg(10)")
        classes = _classes(labelled, named.label)
        positive = next((name for name in _POSITIVES if name in classes), "")
        if named.score and len(classes) <= 2 and positive:
            return _rules(path, named, Task.binary, "accuracy", "roc_auc", positive=positive)
        if not named.prediction:
            raise _needs_class(path, named, sorted(classes))
        if len(classes) > _MANY_CLASSES and _is_regression(table, labelled, named):
            raise _needs_margin(path, named)
        return _rules(path, msgspec.structs.replace(named, score=""), Task.multiclass, "accuracy")


def _named(table: Table, labelled: Table) -> _Named:
    def of(table: Table, names: tuple[str, ...]) -> str:
        return next((name for name in names if name in table.schema), "")

    return _Named(
        key=of(table, _KEYS),
        label=of(labelled, _LABELS),
        score=of(table, _SCORES),
        prediction=of(table, _PREDICTIONS),
        query=of(table, _QUERIES),
    )


def _rules(path: Path, named: _Named, task: Task, *metrics: str, positive: str = "") -> Model:
    rules = MetricRules(non_inferior=NonInferior(margin=DEFAULT_MARGIN))
    return Model(
        artifact=Artifact(path=path.name),
        task=task,
        positive=positive,
        predictions=Predictions(
            file=path.name,
            key=named.key,
            label=named.label,
            score=named.score,
            prediction=named.prediction,
            query=named.query if task is Task.ranking else "",
        ),
        gate=Gate(metrics=dict.fromkeys(metrics, rules)),
    )


def _classes(table: Table, label: str) -> set[str]:
    """The classes that the labels name; of very many some, but still too many."""
    found: set[str] = set()
    for start in range(0, table.rows, _BATCH):
        texts = as_text(read_rows(table, start, _BATCH, (label,))[label])
        found.update(texts.drop_nulls().unique().head(_MANY_CLASSES + 1).to_list())
        if len(found) > _MANY_CLASSES:
            break
    return found


def _is_regression(table: Table, labelled: Table, named: _Named) -> bool:
    """Labels and predictions are numbers, and most of the predictions are no label: as far as the first rows show."""
    said = _numbers(read_rows(table, 0, _BATCH, (named.prediction,))[named.prediction])
    true = _numbers(read_rows(labelled, 0, _BATCH, (named.label,))[named.label])
    if said is None or true is None:
        return False
    return bool(np.isin(said.to_numpy(), true.unique().to_numpy()).sum() * 2 < len(said))


def _numbers(values: pl.Series) -> pl.Series | None:
    """The values that there are as numbers; None unless all of them are finite ones."""
    values = values.drop_nulls()
    if not values.dtype.is_numeric() and values.dtype != pl.String:
        return None
    numbers = values.cast(pl.Float64, strict=False)
    return numbers if bool(numbers.is_finite().fill_null(False).all()) else None


def _missing(named: _Named) -> list[str]:
    """What no column has a usual name for."""
    there = {_KEY: named.key, _LABEL: named.label, _ANSWER: named.prediction or named.score}
    return [role for role, column in there.items() if not column]


def _unnamed(path: Path, missing: list[str], scratch: Path) -> DataError:
    """Which columns are looked for, which there are, and which of these are probably meant."""
    there = list(open_table(path, (), scratch).schema)
    unused = [name for name in there if name not in _USUAL]
    found = usual_names.meant(unused, {role: _MEANT[role] for role in missing})
    renamed = ", ".join(f"{shown(found[role])} to {role.partition(' ')[0]}" for role in missing if role in found)
    if len(there) == 1 and set(there[0]) & set(_OTHER_SEPARATORS):
        return DataError(f"{path.name} has one column, {shown(there[0])}", "Separate the columns by commas.")
    first = f"Rename {renamed}" if renamed else "Add or rename columns (docs/gate.md has the usual names)"
    labels = ", pass the labels by --labels FILE," if missing == [_LABEL] and not renamed else ""
    return DataError(
        f"{path.name} has {no_column(missing, there)}",
        f"{first};{labels} or say in a file for --config what the columns are.",
    )


def _needs_class(path: Path, named: _Named, classes: list[str]) -> DataError:
    """One score says how likely one class is: of two it has to be known which, of more one score isn't enough."""
    parted = " or " if len(classes) == 2 else ", "
    some = parted.join(shown(name) for name in classes[:5]) + (", …" if len(classes) > 5 else "")
    if len(classes) == 1:
        return DataError(f"{path.name}: every {named.label} is {some}", "Judge rows of both classes.")
    if len(classes) > 2:
        return DataError(
            f"{path.name}: {named.label} has the classes {some}, and one {named.score} can't tell which is predicted",
            f"Write the predicted class to a column {_PREDICTIONS[0]}.",
        )
    said = {**_quoted(path, named), "score": json.dumps(named.score), "positive": json.dumps(classes[-1])}
    lines = _BINARY.format(**said)
    return DataError(
        f"{path.name}: {named.label} is {some}, and for which of them a high {named.score} speaks is not known",
        f"Write this into a file, with the right class as positive, and pass it by --config:\n{lines}",
    )


def _quoted(path: Path, named: _Named) -> dict[str, str]:
    """What a configuration for the file says of it, as JSON, which is YAML too."""
    return {name: json.dumps(text) for name, text in (("file", path.name), ("key", named.key), ("label", named.label))}


def _needs_margin(path: Path, named: _Named) -> DataError:
    lines = _REGRESSION.format(**_quoted(path, named), prediction=json.dumps(named.prediction))
    return DataError(
        f"{path.name}: {named.label} and {named.prediction} are numbers, and how much worse they may get is not said",
        f"Write this into a file, with margins in the unit of {named.label}, and pass it by --config:\n{lines}",
    )

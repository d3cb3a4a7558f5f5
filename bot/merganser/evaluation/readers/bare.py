"""Rules for a bare predictions file, from the usual names of its columns."""

import json
import tempfile
from pathlib import Path

import msgspec
import numpy as np
import polars as pl

from merganser.config import Artifact, Gate, MetricRules, Model, NonInferior, Predictions, Task
from merganser.errors import DataError
from merganser.evaluation.keys import as_text
from merganser.evaluation.readers.tables import Table, open_table, read_rows

DEFAULT_MARGIN = 0.01
_KEYS = ("row_id", "id", "key", "index")
_LABELS = ("label", "y_true", "target", "y")
_SCORES = ("score", "y_score", "p", "probability", "proba")
_PREDICTIONS = ("prediction", "predicted", "y_pred", "pred")
_QUERIES = ("query", "query_id", "qid")
_USUAL = (*_KEYS, *_LABELS, *_SCORES, *_PREDICTIONS, *_QUERIES)
_POSITIVES = ("1", "true", "yes")
_MANY_CLASSES = 20
_BATCH = 1_000_000
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
        if not named.key or not named.label or not (named.score or named.prediction):
            raise _says_nothing(path, scratch)
        if named.query and named.score:
            return _rules(path, named, Task.ranking, "ndcg(10)")
        classes = _classes(labelled, named.label)
        positive = next((name for name in _POSITIVES if name in classes), "")
        if named.score and len(classes) <= 2 and positive:
            return _rules(path, named, Task.binary, "accuracy", "roc_auc", positive=positive)
        if not named.prediction:
            raise DataError(
                f"{path.name}: a score for one class, but which of {', '.join(sorted(classes)[:5])} it is for is not "
                "said",
                "Say so by `positive:` in a configuration file (--config).",
            )
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


def _says_nothing(path: Path, scratch: Path) -> DataError:
    columns = ", ".join(list(open_table(path, (), scratch).schema)[:20])
    return DataError(
        f"{path.name}: its columns ({columns}) don't say what they are",
        f"Name them {_KEYS[0]}, {_LABELS[0]} and {_SCORES[0]} or {_PREDICTIONS[0]}, or describe them in a "
        "configuration file (--config).",
    )


def _needs_margin(path: Path, named: _Named) -> DataError:
    texts = {"file": path.name, "key": named.key, "label": named.label, "prediction": named.prediction}
    lines = _REGRESSION.format(**{name: json.dumps(text) for name, text in texts.items()})
    return DataError(
        f"{path.name}: {named.label} and {named.prediction} are numbers, and how much worse they may get is not said",
        f"Write this into a file, with margins in the unit of {named.label}, and pass it by --config:\n{lines}",
    )

"""Rules for a bare predictions file, from the usual names of columns."""

from pathlib import Path

import polars as pl

from merganser.config import Artifact, Gate, MetricRules, Model, NonInferior, Predictions, Task
from merganser.errors import DataError
from merganser.evaluation.keys import as_text
from merganser.evaluation.readers.tables import read_table

_KEYS = ("row_id", "id", "key", "index")
_LABELS = ("label", "y_true", "target", "y")
_SCORES = ("score", "y_score", "p", "probability", "proba")
_PREDICTIONS = ("prediction", "predicted", "y_pred", "pred")
_POSITIVES = ("1", "true", "yes")
DEFAULT_MARGIN = 0.01


def default_model(path: Path, labels: Path | None = None) -> Model:
    """Rules for a bare predictions file, from its usual column names: nothing may be worse by more than 0.01.

    The label is looked for in the file of labels, where there is one. `DataError` where key, label, or both score and
    prediction have no usual name.
    """
    frame = read_table(path)
    labelled = read_table(labels) if labels else frame
    key, label = _named(frame, _KEYS), _named(labelled, _LABELS)
    score, prediction = _named(frame, _SCORES), _named(frame, _PREDICTIONS)
    if not key or not label or not (score or prediction):
        raise DataError(
            f"{path.name}: its columns ({', '.join(frame.columns[:20])}) don't say what they are",
            f"Name them {_KEYS[0]}, {_LABELS[0]} and {_SCORES[0]} or {_PREDICTIONS[0]}, or describe them in a "
            "configuration file (--config).",
        )
    classes = as_text(labelled[label]).unique().drop_nulls().to_list()
    positive = next((name for name in _POSITIVES if name in classes), "")
    ranked = bool(score) and len(classes) <= 2 and bool(positive)
    if not ranked and not prediction:
        raise DataError(
            f"{path.name}: a score for one class, but which of {', '.join(sorted(classes)[:5])} it is for is not said",
            "Say so by `positive:` in a configuration file (--config).",
        )
    rules = MetricRules(non_inferior=NonInferior(margin=DEFAULT_MARGIN))
    return Model(
        artifact=Artifact(path=path.name),
        task=Task.binary if ranked else Task.multiclass,
        positive=positive if ranked else "",
        predictions=Predictions(
            file=path.name, key=key, label=label, score=score if ranked else "", prediction=prediction
        ),
        gate=Gate(metrics={"accuracy": rules} | ({"roc_auc": rules} if ranked else {})),
    )


def _named(frame: pl.DataFrame, names: tuple[str, ...]) -> str:
    return next((name for name in names if name in frame.columns), "")

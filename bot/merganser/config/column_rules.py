"""Which columns of predictions and labels a model's task has: no fewer, and none without an effect. No reading."""

import re
from typing import Final

from merganser.config import Gate, Model, Predictions, Task
from merganser.config.place import Place

_NO_QUERY: Final = ("only a ranking has queries", "Leave query out, or set task to ranking.")
_ONE_NUMBER: Final = ("a regression predicts one number", "Name its column as prediction.")
_ONE_SCORE: Final = ("a ranking is by one score", "Name its column as score.")
# Of each task, the keys of predictions that it has no use for.
_NO_USE: Final[dict[Task, dict[str, tuple[str, str]]]] = {
    Task.binary: {"query": _NO_QUERY},
    Task.multiclass: {
        "score": ("one score can't tell more than two classes apart", "Name prediction, or scores."),
        "query": _NO_QUERY,
    },
    Task.regression: {
        "score": _ONE_NUMBER,
        "scores": _ONE_NUMBER,
        "threshold": ("a regression cuts no score", "Leave threshold out."),
        "query": _NO_QUERY,
    },
    Task.ranking: {
        "scores": _ONE_SCORE,
        "prediction": _ONE_SCORE,
        "threshold": ("a ranking cuts no score", "Leave threshold out."),
    },
}
_NEEDED: Final[dict[Task, dict[str, str]]] = {
    Task.binary: {},
    Task.multiclass: {},
    Task.regression: {"prediction": "Name the column of the number that the model said."},
    Task.ranking: {
        "score": "Name the column that the rows of a query are ranked by.",
        "query": "Name the column that says which query a row belongs to.",
    },
}
_SEALED: Final = ("label", "slices", "cluster", "weight", "query")
_OF_COLUMN: Final = re.compile(r"(mean|rate)\(.+\)")


def check_predictions(at: Place, model: Model) -> None:
    """The predictions of the model at `at` have the columns that its task needs, and no other."""
    predictions, place = model.predictions, at.reach("predictions")
    if predictions is None:
        return
    if predictions.score and predictions.scores:
        place.fail("both score and scores", "Keep score for one column, or scores for one per class.")
    for key, (what, hint) in _NO_USE[model.task].items():
        _absent(place, key, what, hint)
    if not _only_columns(model.gate):
        _check_answer(place, predictions, model)
    if predictions.prediction or not predictions.score:
        what = "no score is cut there: prediction or scores name the class"
        _absent(place, "threshold", what, "Leave threshold out.")


def check_labels(at: Place, model: Model) -> None:
    """Sealed labels have predictions to be joined to, and what is sealed stands nowhere else."""
    if model.labels is None:
        return
    if model.predictions is None:
        at.reach("labels").fail("labels need predictions", "Describe the predictions of the model.")
    if model.task is not Task.ranking:
        _absent(at.reach("labels"), "query", *_NO_QUERY)
    if model.labels.uri and not (model.labels.uri.startswith("dvc://") or model.labels.digest):
        hint = "Write the `sha256:` digest of the file, or let DVC track it: dvc://PATH."
        at.reach("labels", "uri").fail("what lies there may change, and no digest says what is meant", hint)
    for key in _SEALED:
        what = "the labels are sealed, so it stands in the labels alone"
        _absent(at.reach("predictions"), key, what, f"Take it out here; name the column below labels, as {key}.")


def _absent(at: Place, key: str, what: str, hint: str) -> None:
    place = at.reach(key)
    if place is not at:
        place.fail(what, hint)


def _only_columns(gate: Gate) -> bool:
    """Whether all that is asked are means and rates of columns, for which neither score nor prediction is read."""
    asked = [*gate.metrics, *(metric for rules in gate.slices for metric in rules.metrics)]
    other = gate.fairness or gate.calibration.ece
    return bool(asked) and not other and all(_OF_COLUMN.fullmatch(metric) for metric in asked)


def _check_answer(at: Place, predictions: Predictions, model: Model) -> None:
    for key, hint in _NEEDED[model.task].items():
        source = model.labels if key == "query" and model.labels else predictions
        if not getattr(source, key):
            at.fail(f"a {model.task.value} needs {key}", hint)
    if not (predictions.score or predictions.scores or predictions.prediction):
        at.fail("neither score, scores nor prediction", "Name the column that holds what the model said.")

"""Numbers of single rows: what a metric that is a mean over rows averages. Arrays in, arrays out."""

import numpy as np
from numpy.typing import NDArray

from merganser.evaluation.batch import Array, Batch, Side
from merganser.evaluation.metrics import Family, Metric

Floats = NDArray[np.float64]


def per_row(metric: Metric, side: Side, batch: Batch) -> Floats:
    """The number of each row; NaN where the metric has no meaning for it (see `meaningless`)."""
    if metric.parameter:
        values = np.asarray(side.columns[metric.parameter], dtype=np.float64)
        odd = (values != 0) & (values != 1)
        return np.where(odd, np.nan, values) if metric.family is Family.rate else values
    if metric.family is Family.rate:
        right = np.asarray(side.classes) == np.asarray(batch.labels)
        return np.asarray(right if metric.name == "accuracy" else ~right, dtype=np.float64)
    if metric.name in ("mae", "mse"):
        error = _numbers(side.number) - _numbers(batch.target)
        return np.abs(error) if metric.name == "mae" else error * error
    if side.scores is not None and batch.positive is None:
        return _of_classes(metric.name, side.scores, batch)
    return _of_score(metric.name, np.asarray(side.score), np.asarray(batch.positive))


def meaningless(metric: Metric) -> str:
    """What is wrong with a row for which `per_row` has no number, for many rows: `hold …`."""
    if metric.parameter:
        return f"hold something else than 0 and 1 in {metric.parameter}"
    if metric.name in ("log_loss", "brier"):
        return "have a score outside of 0 to 1, or a label that no score is for"
    return "hold numbers too large to compute with"


def clipped(largest: float) -> bool:
    """Whether this log-loss is that of a probability of 0, for which the machine epsilon is taken."""
    return any(largest == -np.log(np.float64(np.finfo(kind).eps)) for kind in (np.float32, np.float64))


def _of_score(name: str, score: Array, positive: NDArray[np.bool_]) -> Floats:
    inside = (score >= 0) & (score <= 1)
    truth = np.where(positive, score, 1 - score)
    found = _log_loss(truth) if name == "log_loss" else np.square(1 - truth, dtype=np.float64)
    return found if inside.all() else np.where(inside, found, np.nan)


def _of_classes(name: str, scores: Array, batch: Batch) -> Floats:
    inside = ((scores >= 0) & (scores <= 1)).all(axis=1)
    truth = _of_label(scores, batch)
    if name == "log_loss":
        found = _log_loss(truth)
    else:  # the sum over the classes of (score − whether it is the label)²
        found = np.square(scores, dtype=np.float64).sum(axis=1) - 2 * truth.astype(np.float64) + 1
    return np.where(inside, found, np.nan)


def _of_label(scores: Array, batch: Batch) -> Array:
    """The score of each row's own label, NaN where no score is for it."""
    columns = np.asarray(batch.score_columns)[np.asarray(batch.labels)]
    truth = scores[np.arange(len(scores)), columns]
    return np.where(columns >= 0, truth, np.nan)


def _log_loss(truth: Array) -> Floats:
    """Clipped at the machine epsilon of the scores' own type, from either end, as scikit-learn does."""
    least = _epsilon(truth)
    return -np.log(np.clip(truth, least, 1 - least).astype(np.float64))


def _epsilon(values: Array) -> float:
    return float(np.finfo(values.dtype).eps)


def _numbers(values: Array | None) -> Floats:
    return np.asarray(values, dtype=np.float64)

"""Metrics that only their function knows: what is handed to it, and whether it may be run at all."""

from collections.abc import Callable

import numpy as np

from merganser.config import Task
from merganser.evaluation.accumulators.kept import Rows
from merganser.evaluation.batch import Array
from merganser.evaluation.evidence import Found, Unavailable
from merganser.evaluation.layout import Layout, positives
from merganser.evaluation.metrics import Family, Metric
from merganser.evaluation.question import Setting
from merganser.evaluation.statistics.resampling import Wants
from merganser.extras import lacking


def resampler(setting: Setting, layout: Layout) -> Callable[[Metric, Layout, Rows], Found]:
    """What evaluates a metric's function on the rows of one group and on resamples of them.

    `ConfigError`, before any row is read, where a function can't be found, or what it needs is not installed.
    """
    folder = str(setting.functions or "")
    named = [metric.name for metric in layout.metrics.values() if metric.family is Family.function]
    try:
        if named:
            from merganser.evaluation.execution.functions import find_metric

            for name in named:
                find_metric(name, folder)
    except ModuleNotFoundError as missing:
        if error := lacking(missing.name):
            raise error from missing
        raise
    return lambda metric, of, rows: _evaluated(metric, of, rows, folder)


def _evaluated(metric: Metric, layout: Layout, rows: Rows, folder: str) -> Found:
    from merganser.evaluation.execution.bootstrap import Answers, run_bootstrap
    from merganser.evaluation.execution.functions import find_metric

    function = find_metric(metric.name, folder)
    labels = _labels(layout, rows, function.wants)
    sides = [_said(layout, rows, side, function.wants) for side in ("baseline", "candidate")]
    if labels is None or sides[0] is None or sides[1] is None:
        what = "scores" if function.wants is Wants.scores else "predictions"
        return Unavailable(why=f"{metric.name} is a function of {what}, and the predictions have none for each label")
    return run_bootstrap(function, Answers(labels, sides[0], sides[1]), rows.draws())


def _labels(layout: Layout, rows: Rows, wants: Wants) -> Array | None:
    """Numbers; of two classes 1 for the positive one; of several their names, or beside scores the scores' columns."""
    if layout.task in (Task.regression, Task.ranking):
        return rows.get("target")
    if layout.task is Task.binary:
        return rows.arrays["positive"].astype(np.int64)
    codes = rows.arrays["labels"]
    if wants is Wants.predictions:
        return np.array(rows.names)[codes]
    columns = np.array([layout.score_column(name) for name in rows.names])[codes]
    return None if (columns < 0).any() else columns


def _said(layout: Layout, rows: Rows, side: str, wants: Wants) -> Array | None:
    """What a side says, as the labels are told; None where it doesn't say that."""
    if layout.task is Task.regression:
        return rows.get(f"{side}.number")
    if wants is Wants.scores or layout.task is Task.ranking:
        return rows.get(f"{side}.{'scores' if layout.task is Task.multiclass else 'score'}")
    codes = rows.arrays[f"{side}.classes"]
    if layout.task is Task.binary and not layout.predictions.prediction and not layout.predictions.scores:
        return codes.astype(np.int64)
    names = np.array(rows.names)[codes]
    return np.isin(names, positives(layout.positive)).astype(np.int64) if layout.task is Task.binary else names

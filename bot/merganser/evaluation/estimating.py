"""What sums, cells or rows of one group come to for one metric: its estimate, or why there is none. Pure."""

import math

import numpy as np

from merganser.config import Task
from merganser.evaluation.accumulators.cells import CellTable
from merganser.evaluation.accumulators.kept import Rows
from merganser.evaluation.accumulators.sums import SumTable
from merganser.evaluation.estimate import Discordant, Estimate
from merganser.evaluation.evidence import Found, Unavailable
from merganser.evaluation.layout import Layout
from merganser.evaluation.metrics import Family, Metric
from merganser.evaluation.rows import POSITIVES
from merganser.evaluation.statistics.confusion import Average, Score, confusion_estimate
from merganser.evaluation.statistics.ranking import delong, macro_auc
from merganser.evaluation.statistics.means import mean_estimate
from merganser.evaluation.statistics.totals import Undefined, r2_estimate, rmse_estimate

_SCORES = {
    "precision": Score.precision,
    "recall": Score.recall,
    "f1": Score.f1,
    "specificity": Score.specificity,
    "balanced_accuracy": Score.balanced_accuracy,
}
ONE_CLASS = Unavailable(why="all rows are of one class, and ROC AUC needs both")


def of_sums(metric: Metric, table: SumTable | CellTable, layout: Layout) -> Found:
    """From sums over rows or clusters, or from counts of cells."""
    try:
        if isinstance(table, SumTable):
            return _of_totals(metric, table)
        return _rate(metric, table) if metric.family is Family.rate else _confusion(metric, table, layout)
    except Undefined as undefined:
        return Unavailable(why=str(undefined))


def _of_totals(metric: Metric, table: SumTable) -> Estimate:
    low, high = table.low[:2], table.high[:2]
    if metric.name == "rmse":
        return rmse_estimate(table.moments, table.units, math.sqrt(high.max()))
    if metric.name == "r2":
        return r2_estimate(table.moments, table.units, math.sqrt(high.max()))
    return mean_estimate(table.moments, table.units, float(high.max() - low.min()))


def _rate(metric: Metric, table: CellTable) -> Estimate:
    """Tango's counts: of rows that are right, or wrong, or marked by a column."""
    cells = table.cells
    candidate, baseline = (side == cells.label for side in (cells.candidate, cells.baseline))
    if metric.name == "error_rate":
        candidate, baseline = ~candidate, ~baseline
    n = int(cells.count.sum())
    return Estimate(
        candidate=int(cells.count[candidate].sum()) / n,
        baseline=int(cells.count[baseline].sum()) / n,
        n=n,
        spread=Discordant(
            b=int(cells.count[baseline & ~candidate].sum()), c=int(cells.count[candidate & ~baseline].sum()), n=n
        ),
    )


def _confusion(metric: Metric, table: CellTable, layout: Layout) -> Estimate:
    name, _, average = metric.name.rpartition("_")
    if average not in ("macro", "weighted"):
        name, average = metric.name, "macro" if metric.name == "balanced_accuracy" else "binary"
    wanted = {layout.positive} if layout.positive else set(POSITIVES)
    positive = next((at for at, one in enumerate(table.names) if one in wanted), 0)
    return confusion_estimate(table.cells, _SCORES[name], Average(average), positive)


def ranked(found: Estimate | Rows | None, layout: Layout) -> Found:
    """From ranks that were counted, or from rows where that was not possible."""
    return _auc(found, layout) if isinstance(found, Rows) else found or ONE_CLASS


def of_rows(metric: Metric, rows: Rows, layout: Layout) -> Found:
    """From rows that were kept whole."""
    if metric.family is Family.ranking:
        return _auc(rows, layout)
    if metric.family is Family.gain:
        return _gain(metric, rows)
    return _calibration(metric, rows, layout)


def _auc(rows: Rows, layout: Layout) -> Found:
    weights, clusters = rows.get("weights"), rows.get("clusters")
    if layout.task is Task.binary:
        arrays = (rows.arrays[name] for name in ("positive", "baseline.score", "candidate.score"))
        return delong(*arrays, weights, clusters) or ONE_CLASS
    columns = np.array([layout.score_column(name) for name in rows.names])[rows.arrays["labels"]]
    if (columns < 0).any():
        return Unavailable(why=f"{int((columns < 0).sum()):,} rows have a label that no score is for")
    sides = (rows.arrays[f"{side}.scores"] for side in ("baseline", "candidate"))
    lacking = Unavailable(why="a class has no row, and ROC AUC needs rows of each")
    return macro_auc(columns, *sides, weights, clusters) or lacking


def _gain(metric: Metric, rows: Rows) -> Found: ...


def _calibration(metric: Metric, rows: Rows, layout: Layout) -> Found: ...

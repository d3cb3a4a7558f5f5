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
from merganser.evaluation.statistics.ranking import delong, macro_auc
from merganser.evaluation.statistics.means import mean_estimate
from merganser.evaluation.statistics.totals import Undefined, r2_estimate, rmse_estimate

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
    low, high = table.low[1:3], table.high[1:3]
    if metric.name == "rmse":
        return rmse_estimate(table.moments, table.units, math.sqrt(high.max()))
    if metric.name == "r2":
        return r2_estimate(table.moments, table.units, math.sqrt(high.max()))
    return mean_estimate(table.moments, table.units, float(high.max() - low.min()))


def _rate(metric: Metric, table: CellTable) -> Estimate:
    """Tango's counts: of rows that are right, or wrong, or marked by a column."""
    candidate, baseline = (side == table.label for side in (table.candidate, table.baseline))
    if metric.name == "error_rate":
        candidate, baseline = ~candidate, ~baseline
    n = table.rows
    count = table.count
    return Estimate(
        candidate=int(count[candidate].sum()) / n,
        baseline=int(count[baseline].sum()) / n,
        n=n,
        spread=Discordant(b=int(count[baseline & ~candidate].sum()), c=int(count[candidate & ~baseline].sum()), n=n),
    )


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

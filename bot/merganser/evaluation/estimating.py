"""What sums, cells or rows of one group come to for one metric: its estimate, or why there is none. Pure.

`Undefined` where the metric has no value for such rows, which is no fault of theirs.
"""

import math

import msgspec
import numpy as np

from merganser.config import Task
from merganser.evaluation.accumulators.cells import CellTable
from merganser.evaluation.accumulators.kept import Rows
from merganser.evaluation.accumulators.sums import SumTable
from merganser.evaluation.estimate import Discordant, Estimate, Sampled
from merganser.evaluation.evidence import Found, Unavailable
from merganser.evaluation.faults import counted
from merganser.evaluation.layout import Layout, positives
from merganser.evaluation.losses import clipped, meaningless
from merganser.evaluation.metrics import Family, Metric
from merganser.evaluation.statistics.calibration import ece_estimate
from merganser.evaluation.statistics.confusion import Average, Score, confusion_estimate
from merganser.evaluation.statistics.means import mean_estimate
from merganser.evaluation.statistics.moments import moments
from merganser.evaluation.statistics.ndcg import ndcg_by_query, without_relevance
from merganser.evaluation.statistics.ranking import delong, macro_auc
from merganser.evaluation.statistics.totals import Undefined, Units, r2_estimate, rmse_estimate
from merganser.evaluation.wording import number_of_rows

_SCORES = {
    "precision": Score.precision,
    "recall": Score.recall,
    "f1": Score.f1,
    "specificity": Score.specificity,
    "balanced_accuracy": Score.balanced_accuracy,
}
ECE_BINS = 15
CONSTANT = "all rows have the very same number, which shows nothing of how much it varies"
_ONE_CLASS = "all rows are of one class, and ROC AUC needs both"


def of_sums(metric: Metric, table: SumTable | CellTable, layout: Layout) -> Found:
    """From sums over rows or clusters, or from counts of cells."""
    if table.odd:
        return Unavailable(why=counted(table.odd, "rows", meaningless(metric)))
    if isinstance(table, SumTable):
        return _of_totals(metric, table)
    return _rate(metric, table) if metric.family is Family.rate else _confusion(metric, table, layout)


def _of_totals(metric: Metric, table: SumTable) -> Estimate:
    low, high = table.low[:2], table.high[:2]
    if metric.name == "rmse":
        return rmse_estimate(table.moments, table.units, math.sqrt(high.max()))
    if metric.name == "r2":
        return r2_estimate(table.moments, table.units, math.sqrt(high.max()))
    mean = table.moments.mean
    moved = abs(float(mean[3] / mean[0])) if mean[0] else 0.0  # Tango's width where every row moved alike
    found = mean_estimate(table.moments, table.units, float(high.max() - low.min()) + moved)
    if isinstance(found.spread, Sampled) and found.spread.error == found.spread.reach == 0:
        found = msgspec.structs.replace(found, doubt=found.doubt or CONSTANT, doubt_rows=None)
    cut = metric.name == "log_loss" and clipped(float(high.max()))
    return msgspec.structs.replace(found, note="probabilities of 0 clipped") if cut else found


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
    wanted = positives(layout.positive)
    positive = next((at for at, one in enumerate(table.names) if one in wanted), len(table.names))
    cells = msgspec.structs.replace(table.cells, classes=max(len(table.names), positive + 1))
    return confusion_estimate(cells, _SCORES[name], Average(average), positive)


def outcomes(table: CellTable, layout: Layout) -> dict[tuple[bool, bool], int]:
    """The candidate's rows by whether they are positive, and predicted so."""
    positive = [name in positives(layout.positive) for name in table.names]
    found: dict[tuple[bool, bool], int] = {}
    for label, said, rows in zip(table.cells.label, table.cells.candidate, table.cells.count, strict=True):
        cell = (positive[label], positive[said])
        found[cell] = found.get(cell, 0) + int(rows)
    return found


def ranked(found: Estimate | Rows | None, layout: Layout) -> Found:
    """From ranks that were counted, or from rows where that was not possible."""
    return _auc(found, layout) if isinstance(found, Rows) else _defined(found, _ONE_CLASS)


def of_rows(metric: Metric, rows: Rows, layout: Layout) -> Found:
    """From rows that were kept whole."""
    if metric.family is Family.ranking:
        return _auc(rows, layout)
    if metric.family is Family.gain:
        return _gain(metric, rows)
    return _calibration(metric, rows, layout)


def _auc(rows: Rows, layout: Layout) -> Found:
    arrays, weights, clusters = rows.arrays, rows.get("weights"), rows.get("clusters")
    if layout.task is Task.binary:
        sides = arrays["baseline.score"], arrays["candidate.score"]
        return _defined(delong(arrays["positive"], *sides, weights, clusters), _ONE_CLASS)
    columns = np.array([layout.score_column(name) for name in rows.names])[arrays["labels"]]
    if (columns < 0).any():
        return Unavailable(why=counted(int((columns < 0).sum()), "rows", "have a label that no score is for"))
    sides = arrays["baseline.scores"], arrays["candidate.scores"]
    lacking = "a class has no row, and ROC AUC needs rows of each"
    return _defined(macro_auc(columns, *sides, weights, clusters), lacking)


def _gain(metric: Metric, rows: Rows) -> Estimate:
    """NDCG's mean over queries: a query weighs as its rows do in the mean, and belongs to one of its rows' clusters."""
    k = int(metric.parameter) if metric.parameter else None
    names, queries = np.unique(rows.arrays["queries"], return_inverse=True)
    target = rows.arrays["target"]
    candidate, baseline = (
        ndcg_by_query(queries, target, rows.arrays[f"{side}.score"], k) for side in ("candidate", "baseline")
    )
    weights, clusters = rows.get("weights"), rows.get("clusters")
    weight = np.ones(len(names)) if weights is None else np.bincount(queries, weights) / np.bincount(queries)
    columns = np.column_stack([weight, weight * candidate, weight * baseline, weight * (candidate - baseline)])
    if clusters is not None:
        least = np.full(len(names), np.iinfo(clusters.dtype).max)
        np.minimum.at(least, queries, clusters)
        groups = np.unique(least, return_inverse=True)[1]
        columns = np.column_stack([np.bincount(groups, column) for column in columns.T])
    found = mean_estimate(moments(columns), Units(rows=len(names), clustered=clusters is not None), 1.0)
    empty = without_relevance(queries, target)
    note = f"{number_of_rows(empty, 'query')} without a relevant row: 0" if empty else ""
    return msgspec.structs.replace(found, unit="query", note=note)


def _calibration(metric: Metric, rows: Rows, layout: Layout) -> Found:
    """Of the positive class's scores; of several classes, of the largest one against whether it is the label."""
    bins = int(metric.parameter) if metric.parameter else ECE_BINS
    if layout.task is Task.binary:
        positive = rows.arrays["positive"]
        sides = [rows.arrays[f"{side}.score"] for side in ("baseline", "candidate")]
        outcomes = [positive, positive]
    else:
        columns = np.array([layout.score_column(name) for name in rows.names])[rows.arrays["labels"]]
        scores = [rows.arrays[f"{side}.scores"] for side in ("baseline", "candidate")]
        sides = [each.max(axis=1) for each in scores]
        outcomes = [each.argmax(axis=1) == columns for each in scores]
    if any(((side < 0) | (side > 1)).any() for side in sides):
        return Unavailable(why="a calibration error is of probabilities, and some scores are outside of 0 to 1")
    found = ece_estimate((outcomes[0], outcomes[1]), sides[0], sides[1], bins, rows.draws())
    return _defined(found, "the rows have no weight")


def _defined(found: Estimate | None, lacking: str) -> Estimate:
    if found is None:
        raise Undefined(lacking)
    return found

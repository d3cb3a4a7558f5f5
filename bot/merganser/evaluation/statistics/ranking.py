"""ROC AUC of two models on the same rows, and how sure the change between them is. Arrays in, estimates out.

Scores are numbers, never NaN. Without weights and clusters neither the order of rows nor their partition shows.
"""

import math
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from merganser.evaluation.estimate import Estimate, Sampled
from merganser.evaluation.statistics.placements import (
    Bools,
    Floats,
    PlacementSums,
    Scores,
    doubled_placements,
    placement_sums,
)
from merganser.evaluation.statistics.totals import Units, doubt_about

CLASS_ROWS = 50
EXTREME = 0.95
EXTREME_ROWS = 1_000
_ROUNDING = 1e-12  # an error under it is none, but for the rounding of sums

Codes = NDArray[Any]


class Influence(msgspec.Struct, frozen=True, kw_only=True):
    """The value of both sides, and what each row adds to their difference beyond what is expected: `terms`.

    `leverage`: how much it could add at most; `strata`: the code of its class.
    """

    baseline: float
    candidate: float
    terms: Floats
    leverage: Floats
    strata: Codes


class Support(msgspec.Struct, frozen=True, kw_only=True):
    """What an estimate rests on: all rows, and those of the rarest class as far as their weights let them count.

    `units`: rows, or clusters, which then are worth `clusters` of equal size.
    """

    rows: int
    units: int
    rarest: int
    clusters: float | None = None


def delong(
    positive: Bools, baseline: Scores, candidate: Scores, weights: Floats | None = None, clusters: Codes | None = None
) -> Estimate | None:
    """Paired DeLong by midranks (Sun & Xu 2014, IEEE SPL 21:1389), arrays of one length; None where a class has no row.

    `weights` ≥ 0 are those of a sample: a pair weighs the product of its rows', and the variance is the sum of squares
    of what rows add. Rows of one value in `clusters` may depend on each other (Obuchowski 1997, Biometrics 53:567).
    """
    positive, baseline, candidate, weights, clusters = _weighing(positive, baseline, candidate, weights, clusters)
    if positive.all() or not positive.any():
        return None
    if weights is None and clusters is None:
        return from_sums(placement_sums(positive, baseline, candidate))
    influence = _influence(positive, baseline, candidate, np.ones(len(positive)) if weights is None else weights)
    return _from_influence(influence, weights, clusters, bool(np.array_equal(baseline, candidate)))


def macro_auc(
    labels: Codes, baseline: Scores, candidate: Scores, weights: Floats | None = None, clusters: Codes | None = None
) -> Estimate | None:
    """The mean over K classes of the AUC of each against the rest: labels 0 … K − 1 and each side's scores (n × K).

    A row's terms are summed over the classes; all else as in `delong`, which is what two columns that add up to 1 give.
    None where a class has no row.
    """
    labels, baseline, candidate, weights, clusters = _weighing(labels, baseline, candidate, weights, clusters)
    n, classes = baseline.shape
    if classes < 2 or not np.bincount(labels, minlength=classes).all():
        return None
    heavy = np.ones(n) if weights is None else weights
    values, terms, leverage = np.zeros(2), np.zeros(n), np.zeros(n)
    for k in range(classes):
        one = _influence(labels == k, baseline[:, k], candidate[:, k], heavy)
        values += np.array([one.baseline, one.candidate]) / classes
        terms += one.terms / classes
        leverage += one.leverage / classes
    mean = Influence(
        baseline=float(values[0]), candidate=float(values[1]), terms=terms, leverage=leverage, strata=labels
    )
    return _from_influence(mean, weights, clusters, bool(np.array_equal(baseline, candidate)))


def from_sums(sums: PlacementSums) -> Estimate:
    """The estimate for independent rows of equal weight, however their sums were come by."""
    n, rarest = sums.positives + sums.negatives, min(sums.positives, sums.negatives)
    pairs = 2 * sums.positives * sums.negatives
    spread = Sampled(
        difference=(sums.candidate - sums.baseline) / pairs,
        error=float(sums.variance) ** 0.5,
        units=n,
        method="delong",
        reach=0.0 if sums.same_scores else n / rarest,
    )
    values = sums.baseline / pairs, sums.candidate / pairs
    return _estimate(values, spread, Support(rows=n, units=n, rarest=rarest))


def _weighing(
    rows: Codes, baseline: Scores, candidate: Scores, weights: Floats | None, clusters: Codes | None
) -> tuple[Codes, Scores, Scores, Floats | None, Codes | None]:
    """The arrays without the rows that weigh nothing."""
    if weights is None or weights.all():
        return rows, baseline, candidate, weights, clusters
    kept = weights > 0
    return rows[kept], baseline[kept], candidate[kept], weights[kept], None if clusters is None else clusters[kept]


def _influence(positive: Bools, baseline: Scores, candidate: Scores, weights: Floats) -> Influence:
    """The AUCs with weights, and the linear terms of their difference."""
    above, below = weights[positive].sum(), weights[~positive].sum()
    leverage = weights / np.where(positive, above, below)
    placements, values = [], []
    for scores in (baseline, candidate):
        share = doubled_placements(positive, scores, weights) / (2 * np.where(positive, below, -above))
        values.append(float(np.dot(leverage[positive], share[positive])))
        placements.append(share)
    terms = leverage * (placements[1] - placements[0] - (values[1] - values[0]))
    return Influence(baseline=values[0], candidate=values[1], terms=terms, leverage=leverage, strata=positive)


def _from_influence(influence: Influence, weights: Floats | None, clusters: Codes | None, same: bool) -> Estimate:
    n, strata = len(influence.terms), influence.strata.astype(np.int64)
    weight = np.bincount(strata, weights)
    rarest = weight**2 / np.bincount(strata, None if weights is None else weights * weights)  # Kish's effective size
    support = Support(rows=n, units=n, rarest=round(float(rarest.min())))
    heaviest = influence.leverage.max()
    units = None
    if clusters is not None:
        units = np.unique(clusters, return_inverse=True)[1]
        sizes = np.bincount(units)
        effective = float(n**2 / np.square(sizes, dtype=np.float64).sum())
        support = msgspec.structs.replace(support, units=len(sizes), clusters=effective)
        heaviest = np.bincount(units, influence.leverage).max()
    error = _variance(influence.terms, strata, units) ** 0.5
    spread = Sampled(
        difference=influence.candidate - influence.baseline,
        error=error if error > _ROUNDING else 0.0,
        units=support.units,
        method="delong" if units is None else "obuchowski",
        df=None if units is None else max(support.units - 1, 1),
        reach=0.0 if same else support.units * float(heaviest),
    )
    return _estimate((influence.baseline, influence.candidate), spread, support)


def _variance(terms: Floats, strata: NDArray[np.int64], units: NDArray[np.int64] | None) -> float:
    """The variance of the sum of `terms`: squares of what each unit adds in each stratum, and products across strata.

    A stratum of one unit shows no variance: it is taken for the largest that there is.
    """
    if units is None:
        squares, counts, crossed = np.bincount(strata, terms * terms), np.bincount(strata), 0.0
    else:
        shape = int(units.max()) + 1, int(strata.max()) + 1
        cells = units * shape[1] + strata
        sums = np.bincount(cells, terms, shape[0] * shape[1]).reshape(shape)
        squares = np.square(sums).sum(axis=0)
        counts = (np.bincount(cells, minlength=sums.size).reshape(shape) > 0).sum(axis=0)
        crossed = float(np.square(sums.sum(axis=1)).sum() - squares.sum()) * shape[0] / max(shape[0] - 1, 1)
    within = sum(s * n / (n - 1) if n > 1 else 1.0 for s, n in zip(squares.tolist(), counts.tolist(), strict=True))
    return max(within + crossed, 0.0)


def _estimate(values: tuple[float, float], spread: Sampled, support: Support) -> Estimate:
    doubt, rows = _doubt(support, max(values), hidden=spread.error == 0 < spread.reach)
    return Estimate(
        baseline=values[0], candidate=values[1], n=support.rows, spread=spread, doubt=doubt, doubt_rows=rows
    )


def _doubt(support: Support, highest: float, hidden: bool) -> tuple[str, int | None]:
    """Why the bounds aren't to be relied on here, and the rows that would end that."""
    rarest = support.rarest
    if support.clusters is not None:
        few = doubt_about(support.units, support.clusters, Units(rows=support.rows, clustered=True))
        if few[0]:
            return few
    if rarest < CLASS_ROWS:
        return (
            f"ROC AUC needs {CLASS_ROWS} rows of each class, and the rarest one has {rarest:,}",
            math.ceil(support.rows * CLASS_ROWS / rarest),
        )
    if highest > EXTREME and rarest < EXTREME_ROWS:
        return (
            f"an AUC above {EXTREME} needs {EXTREME_ROWS:,} rows of the rarest class, and there are {rarest:,}",
            math.ceil(support.rows * EXTREME_ROWS / rarest),
        )
    if hidden:
        return "the scores differ, but not in a way that shows how much ROC AUC varies", None
    return "", None

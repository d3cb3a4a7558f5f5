"""Random evaluation data whose true change is known exactly, and what the package makes of them.

Each generator takes chance, a number of rows and the true change Δ ≤ 0, oriented: positive is better. Its estimate is
oriented alike; a `Draw` goes on to the lower bound.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

import msgspec
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import ndtri

from merganser.evaluation.estimate import Estimate, Resampled
from merganser.evaluation.statistics.bounds import bounds, flipped
from merganser.evaluation.statistics.confusion import Average, Cells, Score, confusion_estimate
from merganser.evaluation.statistics.means import mean_estimate
from merganser.evaluation.statistics.moments import moments
from merganser.evaluation.statistics.quantiles import quantile, rise
from merganser.evaluation.statistics.ranking import delong
from merganser.evaluation.statistics.totals import Units, r2_estimate, rmse_estimate

Estimating = Callable[[Generator, int, float], Estimate]
Draw = Callable[[Generator, int, float], "Drawn"]
Floats = NDArray[np.float64]
CONFIDENCE, REPLICATES = 0.95, 2_000


class Drawn(msgspec.Struct, frozen=True):
    """The lower bound of Δ, and whether the gate would not rely on it."""

    low: float
    doubted: bool


def bounded(estimating: Estimating) -> Draw:
    def drawn(random: Generator, n: int, change: float) -> Drawn:
        found = estimating(random, n, change)
        return Drawn(bounds(found.spread, CONFIDENCE)[0], bool(found.doubt))

    return drawn


def of_losses(candidate: Floats, baseline: Floats) -> Estimate:
    """A mean of rows that is better the lower it is."""
    ones = np.ones(len(candidate))
    found = moments(np.column_stack([ones, candidate, baseline, candidate - baseline]))
    return flipped(mean_estimate(found, Units(rows=len(candidate)), 0.0))


def plain(estimating: Estimating) -> Estimating:
    """The same by Student's t, without the correction for skewness."""

    def estimated(random: Generator, n: int, change: float) -> Estimate:
        found = estimating(random, n, change)
        return msgspec.structs.replace(found, spread=msgspec.structs.replace(found.spread, skewness=0.0))

    return estimated


def mae(random: Generator, n: int, change: float) -> Estimate:
    """Errors of both sides are normal, correlated .8; the mean of |N(0, s)| is s·√(2/π)."""
    common = random.normal(size=n)
    baseline, candidate = (np.sqrt(0.8) * common + np.sqrt(0.2) * random.normal(size=n) for _ in range(2))
    return of_losses(np.abs(candidate) * (1 - change * np.sqrt(np.pi / 2)), np.abs(baseline))


def brier(random: Generator, n: int, change: float) -> Estimate:
    """Probabilities from .2 to .8, of which both sides are off by a fixed distance, whose square the loss grows by."""
    true = random.uniform(0.2, 0.8, n)
    label = random.random(n) < true
    losses = [(true + off * random.choice([-1, 1], n) - label) ** 2 for off in (np.sqrt(0.0025 - change), 0.05)]
    return of_losses(*losses)


@cache
def overconfidence(logit: float, change: float) -> float:
    """The factor on logits, N(`logit`, 1.5) seen with noise of .5, that costs −`change` more log-loss than 1 does."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(80)
    weights = weights / weights.sum()
    true = logit + 1.5 * nodes[:, None]
    positive = 1 / (1 + np.exp(-true))

    def loss(factor: float) -> float:
        seen = factor * (true + 0.5 * nodes)
        losses = positive * np.logaddexp(0, -seen) + (1 - positive) * np.logaddexp(0, seen)
        return float(weights @ losses @ weights)

    return float(brentq(lambda factor: loss(factor) - loss(1.0) + change, 1.0, 9.0, xtol=1e-13))


def log_loss(logit: float, random: Generator, n: int, change: float) -> Estimate:
    """True logits N(`logit`, 1.5), seen by each side with noise of its own; the candidate is too sure of itself."""
    true = random.normal(logit, 1.5, n)
    sign = np.where(random.random(n) < 1 / (1 + np.exp(-true)), -1.0, 1.0)
    seen, before = (sign * (true + 0.5 * random.normal(size=n)) for _ in range(2))
    return of_losses(np.logaddexp(0, overconfidence(logit, change) * seen), np.logaddexp(0, before))


def heavy(random: Generator, n: int, change: float) -> Estimate:
    """Lognormal losses, logarithms N(0, 1.5) with correlation .9: their mean is e^1.125."""
    common = random.normal(size=n)
    baseline, candidate = (
        np.exp(1.5 * (np.sqrt(0.9) * common + np.sqrt(0.1) * random.normal(size=n))) for _ in range(2)
    )
    return of_losses(candidate * (1 - change / np.exp(1.125)), baseline)


def clustered(sizes: tuple[int, ...], random: Generator, n: int, change: float) -> Estimate:
    """Differences N(Δ, 1) with intraclass correlation .3 in clusters of `sizes`, together n rows."""
    differences = change + np.repeat(np.sqrt(0.3) * random.normal(size=len(sizes)), sizes)
    differences += np.sqrt(0.7) * random.normal(size=n)
    starts = np.cumsum((0, *sizes[:-1]))
    columns = np.column_stack([np.ones(n), differences, np.zeros(n), differences])
    return mean_estimate(moments(np.add.reduceat(columns, starts)), Units(rows=n, clustered=True), 0.0)


def as_rows(random: Generator, n: int, change: float) -> Estimate:
    """Clusters of ten as above, taken for independent rows."""
    differences = change + np.repeat(np.sqrt(0.3) * random.normal(size=n // 10), 10)
    differences += np.sqrt(0.7) * random.normal(size=n)
    return of_losses(-differences, np.zeros(n))


def skewed_clusters(random: Generator, n: int, change: float) -> Estimate:
    """Clusters of ten whose common part of the difference is exponential."""
    common = np.sqrt(0.3) * (1 - random.exponential(size=n // 10))
    differences = change + np.repeat(common, 10) + np.sqrt(0.7) * random.normal(size=n)
    columns = np.column_stack([np.ones(n), differences, np.zeros(n), differences])
    found = moments(columns.reshape(n // 10, 10, 4).sum(axis=1))
    return mean_estimate(found, Units(rows=n, clustered=True), 0.0)


def regression(random: Generator, n: int, excess: float) -> tuple[Floats, Floats, Floats]:
    """Labels of variance .95 and both sides' errors: noise of variance .25, and of each side .05 (plus `excess`)."""
    noise = 0.5 * random.normal(size=n)
    label = np.sqrt(0.7) * random.normal(size=n) + noise
    return label, noise - np.sqrt(0.05 + excess) * random.normal(size=n), noise - np.sqrt(0.05) * random.normal(size=n)


def rmse(random: Generator, n: int, change: float) -> Estimate:
    root = np.sqrt(0.3)
    _, candidate, baseline = regression(random, n, (root - change) ** 2 - 0.3)
    return flipped(rmse_estimate(moments(np.column_stack([np.ones(n), candidate**2, baseline**2])), Units(rows=n), 0.0))


def r2(random: Generator, n: int, change: float) -> Estimate:
    label, candidate, baseline = regression(random, n, -change * 0.95)
    columns = [np.ones(n), candidate**2, baseline**2, label, label**2]
    return r2_estimate(moments(np.column_stack(columns)), Units(rows=n), 0.0)


class Confusion(msgspec.Struct, frozen=True, kw_only=True):
    """Labels by class, how often the baseline is right in each, and how often the sides differ at least.

    Wrong predictions are spread evenly over the other classes, and so is what the candidate says instead.
    """

    labels: tuple[float, ...]
    right: tuple[float, ...]
    differ: float

    def cells(self) -> NDArray[np.int64]:
        """Label, candidate, baseline of each cell (3 × K³)."""
        return np.indices((len(self.labels),) * 3).reshape(3, -1)

    def probabilities(self, spoiled: float) -> Floats:
        """Of the cells, where the candidate also turns a share `spoiled` of the baseline's right answers wrong.

        The other differences cancel: as many wrong answers become right in expectation as right ones wrong.
        """
        label, candidate, baseline = self.cells()
        right, others = np.array(self.right)[label], len(self.labels) - 1
        of_baseline = np.where(baseline == label, right, (1 - right) / others)
        turned = np.where(baseline == label, self.differ / 2 / right + spoiled, self.differ / 2 / (1 - right))
        to_wrong = np.where(baseline == label, turned / others, 0.0)
        moved = np.where(candidate == baseline, 1 - turned, np.where(candidate == label, turned, to_wrong))
        found: Floats = np.array(self.labels)[label] * of_baseline * moved
        return found


def estimate_of_counts(model: Confusion, score: Score, average: Average, counts: NDArray[np.int64]) -> Estimate:
    seen = counts > 0
    label, candidate, baseline = model.cells()[:, seen]
    weight = counts[seen].astype(float)
    cells = Cells(
        classes=len(model.labels),
        label=label,
        candidate=candidate,
        baseline=baseline,
        count=counts[seen],
        weight=weight,
        weight_squares=weight,
    )
    return confusion_estimate(cells, score, average, 0)


@cache
def cell_probabilities(model: Confusion, score: Score, average: Average, change: float) -> Floats:
    """The probabilities with which the score of the whole population changes by exactly `change` ≤ 0."""

    def missed(spoiled: float) -> float:
        return population_change(model, score, average, model.probabilities(spoiled)) - change

    return model.probabilities(float(brentq(missed, -model.differ / 2, 0.5, xtol=1e-14)))


def population_change(model: Confusion, score: Score, average: Average, probabilities: Floats) -> float:
    label, candidate, baseline = model.cells()
    cells = Cells(
        classes=len(model.labels),
        label=label,
        candidate=candidate,
        baseline=baseline,
        count=np.ones(len(label), dtype=np.int64),
        weight=probabilities,
        weight_squares=probabilities,
    )
    found = confusion_estimate(cells, score, average, 0)
    return found.candidate - found.baseline


def confusion(model: Confusion, score: Score, average: Average, random: Generator, n: int, change: float) -> Estimate:
    counts = random.multinomial(n, cell_probabilities(model, score, average, change))
    return estimate_of_counts(model, score, average, counts)


def auc(level: float, positives: int, random: Generator, n: int, change: float) -> Estimate:
    """Normal scores of both classes, correlated .8 between the sides: means μ apart have an AUC of Φ(μ/√2)."""
    positive = np.arange(n) < positives
    common = random.normal(size=n)
    baseline, candidate = (np.sqrt(0.8) * common + np.sqrt(0.2) * random.normal(size=n) for _ in range(2))
    baseline += positive * np.sqrt(2) * ndtri(level)
    candidate += positive * np.sqrt(2) * ndtri(level + change)
    found = delong(positive, baseline, candidate)
    assert found is not None
    return found


def latency(random: Generator, n: int, change: float) -> Drawn:
    """Lognormal latencies, the candidate's longer by a factor of 1 − Δ: has p95 risen by less than a tenth?

    The bound is of .1 less than what p95 may still rise, so that a margin of .1 asks for just that.
    """
    baseline, candidate = np.exp(0.5 * random.normal(size=(2, n)))
    after, before = (quantile(values, 0.95, CONFIDENCE) for values in (candidate * (1 - change), baseline))
    high = rise(after, before, 1.1)[1]
    return Drawn(-np.inf if high is None else -high - 0.1, high is None)


def matthews(model: Confusion, counts: NDArray[Any], side: int) -> Floats:
    """Matthews' coefficient of one side (1: candidate, 2: baseline) from counts by cell (… × 8) of two classes."""
    label, predicted = model.cells()[0], model.cells()[side]
    tp, fp, fn, tn = (
        counts @ ((label == one) & (predicted == other)) for one, other in ((0, 0), (1, 0), (0, 1), (1, 1))
    )
    found: Floats = (tp * tn - fp * fn) / np.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn) * 1.0)
    return found


@cache
def spoiled_for_matthews(model: Confusion, change: float) -> Floats:
    def missed(spoiled: float) -> float:
        found = model.probabilities(spoiled)
        return float(matthews(model, found, 1) - matthews(model, found, 2)) - change

    return model.probabilities(float(brentq(missed, -model.differ / 2, 0.5, xtol=1e-14)))


def resampled(model: Confusion, basic: bool, random: Generator, n: int, change: float) -> Drawn:
    """Matthews' coefficient by the bootstrap: percentiles, or the "basic" bounds mirrored about the difference."""
    counts = random.multinomial(n, spoiled_for_matthews(model, change))
    again = random.multinomial(n, counts / n, size=REPLICATES)
    difference, replicates = (matthews(model, found, 1) - matthews(model, found, 2) for found in (counts, again))
    low, high = bounds(Resampled(difference=float(difference), replicates=tuple(replicates.tolist())), CONFIDENCE)
    return Drawn(2 * float(difference) - high if basic else low, False)

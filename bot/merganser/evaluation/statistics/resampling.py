"""The bootstrap of rows in buckets: what a replicate draws, and a metric's function evaluated on that. Pure.

A replicate is known by a seed and its number alone: it is the same wherever and in whatever order it is computed.
"""

import math
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from merganser.evaluation.estimate import Estimate, Resampled, Sampled
from merganser.evaluation.statistics.totals import Units, doubt_about

Floats = NDArray[np.float64]
Hashes = NDArray[np.uint64]
Codes = NDArray[np.intp]
Array = NDArray[Any]

REPLICATES = 2_000
BUCKETS = 10_000
TRIED = 200


class Wants(StrEnum):
    """What a metric's function compares labels with."""

    predictions = "predictions"
    scores = "scores"


class MetricFunction(msgspec.Struct, frozen=True, kw_only=True):
    """A function of labels and what a model says of them; `weighs`: it takes `sample_weight`.

    `folder`: what it was imported from, empty for an installed package.
    """

    name: str
    call: Callable[..., float]
    wants: Wants
    weighs: bool
    folder: str = ""


class Draws(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """What a bootstrap draws from: for each row the hash of its key or, if `clustered`, of the cluster it belongs to.

    `seed`: the same for both sides and all slices; `weights` ≥ 0 of the rows.
    """

    seed: int
    hashes: Hashes
    clustered: bool = False
    weights: Floats | None = None


class Labelled(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """Labels and what a side says of them, of each row; with `cells`, of each cell, whose number each row has."""

    labels: Array
    said: Array
    cells: Codes | None = None


class Sample(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """What both sides say of the same rows, the rows' buckets and their weights."""

    baseline: Labelled
    candidate: Labelled
    buckets: Codes
    weights: Floats


def seed_of(total: int) -> int:
    """A seed from the sum of the hashes of all keys, which no order of rows and no swap of sides changes."""
    return total % 2**64


def bucket_of(hashes: Hashes, buckets: int = BUCKETS) -> Codes:
    """The number of each hash's bucket, by its upper half."""
    half = np.uint64(32)
    return ((hashes >> half) * np.uint64(buckets) >> half).astype(np.intp)


def bucket_weights(seed: int, numbers: Sequence[int], buckets: int = BUCKETS) -> Floats:
    """How often each replicate draws each bucket (numbers × buckets), in as many draws as there are buckets.

    From the raw output of Philox, which no version of NumPy changes.
    """
    drawn = np.empty((len(numbers), buckets))
    for row, number in zip(drawn, numbers, strict=True):
        raw = np.random.Philox(np.random.SeedSequence((seed, number))).random_raw(buckets)
        row[:] = np.bincount(bucket_of(raw, buckets), minlength=buckets)
    return drawn


def sample_of(labels: Array, baseline: Array, candidate: Array, draws: Draws) -> Sample:
    """The rows as they are: one label each, and of either side one number, one class, or some scores."""
    return Sample(
        baseline=Labelled(labels=labels, said=baseline),
        candidate=Labelled(labels=labels, said=candidate),
        buckets=bucket_of(draws.hashes),
        weights=np.ones(len(labels)) if draws.weights is None else draws.weights,
    )


def collapsed(labels: Array, baseline: Array, candidate: Array, draws: Draws) -> Sample:
    """The same for predicted classes: rows of one bucket that are alike become one that weighs as much, and a function
    that takes weights sees a few cells of a label and a class, not the rows.
    """
    sample = sample_of(labels, baseline, candidate, draws)
    (one, cells), (other, others) = _in_cells(sample.baseline), _in_cells(sample.candidate)
    code = (sample.buckets * len(one.labels) + cells) * len(other.labels) + others
    _, first, row = np.unique(code, return_index=True, return_inverse=True)
    return Sample(
        baseline=msgspec.structs.replace(one, cells=cells[first]),
        candidate=msgspec.structs.replace(other, cells=others[first]),
        buckets=sample.buckets[first],
        weights=np.bincount(row, sample.weights).astype(np.float64),
    )


def values(function: MetricFunction, sample: Sample, weights: Floats | None = None) -> tuple[float, float]:
    """The function's value for the candidate and for the baseline, where rows weigh so much: as the sample says, or
    these `weights`. Where it takes no `sample_weight` they have to be whole, and rows are repeated.
    """
    mass = sample.weights if weights is None else weights
    return _value(function, sample.candidate, mass), _value(function, sample.baseline, mass)


def replicates(function: MetricFunction, sample: Sample, seed: int, numbers: Sequence[int]) -> list[float]:
    """The difference candidate − baseline in the replicates of these numbers; NaN where the function has no value."""
    found = []
    for number in numbers:
        drawn = bucket_weights(seed, [number])[0]
        try:
            candidate, baseline = values(function, sample, drawn[sample.buckets] * sample.weights)
        except (ValueError, ArithmeticError):  # a resample may lack a class
            found.append(math.nan)
        else:
            found.append(candidate - baseline)
    return found


def reach(function: MetricFunction, sample: Sample) -> float:
    """How much a row that differs could change the difference of sides that say the same of all rows, times the rows.

    Of each of the `TRIED` lightest cells a row is moved to another class. Numbers or scores that agree in all rows come
    from one model: 0.
    """
    side = sample.candidate
    if side.cells is None:
        return 0.0
    mass = np.bincount(side.cells, sample.weights, len(side.labels))
    names, before = np.unique(np.append(side.labels, side.said)), values(function, sample)[0]
    largest = 0.0
    for cell in [cell for cell in np.argsort(mass, kind="stable") if mass[cell] > 0][:TRIED]:
        label, said = side.labels[cell], side.said[cell]
        other = names[np.searchsorted(names, said) - 1] if said == label else label
        step = min(1.0, float(mass[cell]))
        weights = np.append(mass, step)
        weights[cell] -= step
        moved = Labelled(labels=np.append(side.labels, label), said=np.append(side.said, other))
        largest = max(largest, abs(_value(function, moved, weights) - before) / step)
    return largest * float(mass.sum())


def resampled(
    both: tuple[float, float], replicates: Sequence[float], draws: Draws, reach: float | None = None
) -> Estimate | None:
    """The estimate from the candidate's and the baseline's value and the replicates of their difference.

    `reach` where the sides say the same of all rows, for then no replicate differs from another. None where not even
    half of the replicates have a value.
    """
    candidate, baseline = both
    finite = tuple(value for value in replicates if math.isfinite(value))
    if 2 * len(finite) < len(replicates):
        return None
    units, doubt, rows = _units(draws)
    spread: Sampled | Resampled = Resampled(difference=candidate - baseline, replicates=finite)
    if reach is not None:
        spread = Sampled(difference=0.0, error=0.0, units=units, method="bootstrap", reach=reach)
    elif len(finite) < len(replicates):
        doubt, rows = f"{len(replicates) - len(finite):,} of {len(replicates):,} resamples have no value", None
    elif len({*finite}) == 1:
        doubt, rows = "the sides differ, but no resample shows how much the metric varies", None
    return Estimate(
        candidate=candidate, baseline=baseline, n=len(draws.hashes), spread=spread, doubt=doubt, doubt_rows=rows
    )


def _in_cells(said: Labelled) -> tuple[Labelled, Codes]:
    """The distinct pairs of label and class, and the number of each row's."""
    labels, label = np.unique(said.labels, return_inverse=True)
    classes, one = np.unique(said.said, return_inverse=True)
    used, cells = np.unique(label * len(classes) + one, return_inverse=True)
    return Labelled(labels=labels[used // len(classes)], said=classes[used % len(classes)]), cells


def _value(function: MetricFunction, side: Labelled, weights: Floats) -> float:
    mass = weights if side.cells is None else np.bincount(side.cells, weights, len(side.labels))
    if function.weighs:
        kept = mass > 0
        return float(function.call(side.labels[kept], side.said[kept], sample_weight=mass[kept]))
    times = mass.astype(np.intp)
    return float(function.call(side.labels.repeat(times), side.said.repeat(times, axis=0)))


def _units(draws: Draws) -> tuple[int, str, int | None]:
    """How many rows or clusters there are, and the doubt about few clusters or few rows that weigh much."""
    rows = len(draws.hashes)
    sizes = np.ones(rows) if draws.weights is None else draws.weights
    if draws.clustered:
        sizes = np.bincount(np.unique(draws.hashes, return_inverse=True)[1]).astype(np.float64)
    effective = float(sizes.sum() ** 2 / (sizes @ sizes))
    return len(sizes), *doubt_about(len(sizes), effective, Units(rows=rows, clustered=draws.clustered))

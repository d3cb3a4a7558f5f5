"""Which accumulators a gate's metrics need, and what they come to: an estimate for each metric and group. Pure."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

import msgspec
import numpy as np

from merganser.config import Task
from merganser.evaluation import estimating
from merganser.evaluation.accumulators.accumulator import Accumulator
from merganser.evaluation.accumulators.cells import CellCounts
from merganser.evaluation.accumulators.kept import Kept, Rows
from merganser.evaluation.accumulators.score_curves import ScoreCurves
from merganser.evaluation.accumulators.score_ranks import ScoreRanks
from merganser.evaluation.accumulators.sums import Sums
from merganser.evaluation.batch import Batch
from merganser.evaluation.evidence import Found, Group, Unavailable
from merganser.evaluation.fairness import GroupRate, Rate, group_rates
from merganser.evaluation.layout import ALL, Grouping, Layout
from merganser.evaluation.losses import per_row
from merganser.evaluation.metrics import Family, Metric
from merganser.evaluation.rollup import Skip
from merganser.evaluation.statistics.moments import Floats
from merganser.evaluation.statistics.totals import Undefined

HISTOGRAM_ROWS = 1_000_000  # from so many rows on, scores of single precision are ranked in constant memory
CELLS, RANKS, KEPT, CURVES = "cells", "ranks", "kept", "curves"

Resample = Callable[[Metric, Layout, Rows], Found]
Estimates = dict[Grouping, dict[Group, dict[str, Found]]]


class Shape(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of all rows before they are read: how many, whether scores are of single precision, and a number
    near the labels' mean, from which they are counted so that large ones lose no digits."""

    rows: int
    singles: bool
    origin: float = 0.0


class _Columns(msgspec.Struct, frozen=True):
    """The columns that a metric's sums are made of (k × rows), without their weights."""

    metric: Metric
    origin: float

    def __call__(self, batch: Batch) -> Floats:
        if self.metric.family is not Family.totals:
            candidate, baseline = (per_row(self.metric, side, batch) for side in (batch.candidate, batch.baseline))
            columns = [candidate, baseline, candidate - baseline]
        else:
            target = np.asarray(batch.target) - self.origin
            errors = [np.asarray(side.number) - self.origin - target for side in (batch.candidate, batch.baseline)]
            columns = [error * error for error in errors]
            if self.metric.name == "r2":
                columns += [target, target * target]
        return np.stack(columns)


def curves_for(layout: Layout) -> dict[str, Accumulator]:
    """What pictures want beside; nothing where there are no scores of one class, or rows weigh differently."""
    scored = bool(layout.predictions.score or layout.predictions.scores) and bool(layout.labelled.label)
    plain = layout.task is Task.binary and not layout.labelled.weight
    return {CURVES: ScoreCurves()} if scored and plain else {}


def accumulators_for(layout: Layout, shape: Shape) -> dict[str, Accumulator]:
    """What has to be fed with all rows."""
    found: dict[str, Accumulator] = {}
    by_family: dict[Family, list[str]] = {}
    for name, metric in layout.metrics.items():
        plain = metric.family is Family.rate and not _uneven(layout)
        counted = metric.family is Family.confusion or (plain and not metric.parameter)
        by_family.setdefault(Family.confusion if counted else metric.family, []).append(name)
        if plain and metric.parameter:
            found[name] = CellCounts(layout.groupings_of(name), metric.parameter)
        elif metric.family in (Family.rate, Family.mean, Family.totals) and not counted:
            found[name] = Sums(layout.groupings_of(name), _Columns(metric, shape.origin))
    classes = by_family.get(Family.confusion, [])
    if classes or layout.fairness:
        found[CELLS] = CellCounts(_unique([*layout.groupings_of(*classes), *layout.fairness]))
    ranked = by_family.get(Family.ranking, [])
    if ranked and _by_histogram(layout, shape):
        found[RANKS] = ScoreRanks()
        ranked = [name for name in ranked if len(layout.groupings_of(name)) > 1]
    whole = [*ranked, *(name for family in _WHOLE for name in by_family.get(family, []))]
    if whole:
        fields = _unique(field for name in whole for field in _fields(layout, layout.metrics[name]))
        found[KEPT] = Kept(fields, layout.groupings_of(*whole)[1:])
    return found


_WHOLE = (Family.gain, Family.calibration, Family.function)
_ALWAYS = ("weights", "clusters")


def _uneven(layout: Layout) -> bool:
    """Whether rows are no independent evidence of one weight, which the counts of pairs would take them for."""
    return bool(layout.labelled.cluster or layout.labelled.weight)


def _by_histogram(layout: Layout, shape: Shape) -> bool:
    return layout.task is Task.binary and not _uneven(layout) and shape.singles and shape.rows > HISTOGRAM_ROWS


def _fields(layout: Layout, metric: Metric) -> tuple[str, ...]:
    """Which fields of rows and sides a metric needs whole."""
    if metric.family is Family.gain:
        return (*_ALWAYS, "queries", "target", "score")
    scores = ("score", "positive") if layout.task is Task.binary else ("scores", "labels")
    if metric.family is Family.ranking:
        return (*_ALWAYS, *scores)
    if metric.family is Family.calibration:
        return (*_ALWAYS, *scores, "hashes")
    return (*_ALWAYS, "hashes", "labels", "target", "positive", "classes", "score", "scores", "number")


def estimates(layout: Layout, done: dict[str, Any], resample: Resample) -> Estimates:
    """For each group of each grouping (all rows are the group `()` of `ALL`) each metric that was counted there.

    `done`: what each accumulator finished with.
    """
    found: Estimates = {grouping: {} for grouping in (ALL, *layout.sliced)}
    for name, metric in layout.metrics.items():
        if metric.family is Family.reported:
            continue
        for grouping in layout.groupings_of(name):
            for group, one in _of_groups(name, grouping, (layout, done), resample):
                found[grouping].setdefault(group, {})[name] = one
    return found


def _of_groups(
    name: str, grouping: Grouping, context: tuple[Layout, dict[str, Any]], resample: Resample
) -> Iterator[tuple[Group, Found]]:
    """One metric in each group of a grouping."""
    layout, done = context
    metric = layout.metrics[name]
    if metric.family is Family.ranking and grouping == ALL and RANKS in done:
        yield (), _found(grouping, partial(estimating.ranked, done[RANKS], layout))
    elif metric.family in (Family.ranking, *_WHOLE):
        rows: Rows = done[KEPT]
        for group, part in [((), rows)] if grouping == ALL else rows.within(grouping):
            if metric.family is Family.function:
                yield group, resample(metric, layout, part)
            else:
                yield group, _found(grouping, partial(estimating.of_rows, metric, part, layout))
    else:
        source = name if name in done else CELLS
        for group, table in done[source][grouping].items():
            yield group, _found(grouping, partial(estimating.of_sums, metric, table, layout))


def _found(grouping: Grouping, compute: Callable[[], Found]) -> Found:
    """A metric without a value is an error over all rows; a group's own rows may well be all of one class."""
    try:
        return compute()
    except Undefined as undefined:
        return Unavailable(why=str(undefined), skip=None if grouping == ALL else Skip.no_method)


def fairness_groups(layout: Layout, done: dict[str, Any]) -> dict[tuple[str, str], dict[str, GroupRate]]:
    """The candidate's rates by column and rate: of each group, known by its value."""
    found: dict[tuple[str, str], dict[str, GroupRate]] = {}
    for grouping, rates in layout.fairness.items():
        cells = {group[0]: estimating.outcomes(table, layout) for group, table in done[CELLS][grouping].items()}
        found |= {(grouping.by[0], rate): group_rates(Rate(rate), cells) for rate in rates}
    return found


def _unique(items: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(dict.fromkeys(items))

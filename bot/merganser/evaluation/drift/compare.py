"""Do two tables of features differ? Each side is a table or its profile. What follows from that is `checks`'."""

from collections.abc import Sequence

import msgspec
import numpy as np
import polars as pl

from merganser.evaluation.drift import categories, numbers
from merganser.evaluation.drift.columns import Categories, Column, Empty, Floats, Numbers, Text, column_of
from merganser.evaluation.drift.findings import ColumnDrift, DriftFindings, Share
from merganser.evaluation.drift.kolmogorov import two_sample_p
from merganser.evaluation.drift.profile import (
    MAX_CATEGORIES,
    CategoryColumn,
    EmptyColumn,
    NumberColumn,
    Profile,
    TextColumn,
)
from merganser.evaluation.drift.stability import psi
from merganser.evaluation.evidence import Unavailable
from merganser.evaluation.statistics.multiplicity import benjamini_hochberg

Features = pl.DataFrame | Profile
Side = Column | NumberColumn

_HOLDS = {Numbers: "numbers", NumberColumn: "numbers", Categories: "categories", Text: "texts"}


class _Test(msgspec.Struct, frozen=True, kw_only=True):
    """How two columns differ in their values: `statistic` None where a side has none; `bins`: rows of both by bin."""

    method: str
    statistic: float | None
    p: float
    bins: tuple[Floats, Floats]
    new: tuple[Share, ...] = ()
    vanished: tuple[Share, ...] = ()


def compare_features(reference: Features, current: Features, columns: Sequence[str] = ()) -> DriftFindings:
    """How far `current` lies from `reference`, column by column; without `columns`, all that a side has.

    A column that a side lacks, or that holds numbers on one and categories on the other, is an error. So are more than
    10,000 different texts. The p-values of all others are adjusted together (Benjamini & Hochberg 1995).
    """
    names = tuple(columns) or tuple(dict.fromkeys([*_names(reference), *_names(current)]))
    found = {name: _column(_side(reference, name), _side(current, name)) for name in names}
    drifts = {name: one for name, one in found.items() if isinstance(one, ColumnDrift)}
    adjusted = benjamini_hochberg([one.p for one in drifts.values()])
    for (name, one), p in zip(drifts.items(), adjusted, strict=True):
        found[name] = msgspec.structs.replace(one, p_adjusted=p)
    return DriftFindings(columns=found)


def _names(features: Features) -> Sequence[str]:
    return features.columns if isinstance(features, pl.DataFrame) else tuple(features.columns)


def _side(features: Features, name: str) -> Side | None:
    if isinstance(features, pl.DataFrame):
        return column_of(features[name]) if name in features.columns else None
    column = features.columns.get(name)
    if isinstance(column, CategoryColumn):
        return categories.counted(column)
    if isinstance(column, TextColumn):
        return Text(rows=column.n, missing=column.missing)
    if isinstance(column, EmptyColumn) or (isinstance(column, NumberColumn) and column.n == column.missing):
        return Empty(rows=column.n, missing=column.n)
    return column


def _column(reference: Side | None, current: Side | None) -> ColumnDrift | Unavailable:
    if reference is None or current is None:
        return Unavailable(why=f"{'the reference' if reference is None else 'the candidate'} has no such column")
    if not _rows(reference) or not _rows(current):
        return Unavailable(why=f"{'the candidate' if _rows(reference) else 'the reference'} has no rows")
    tested = _tested(reference, current)
    return tested if isinstance(tested, Unavailable) else _drift(reference, current, tested)


def _tested(reference: Side, current: Side) -> _Test | Unavailable:
    if isinstance(reference, Empty) or isinstance(current, Empty):
        bins = _missing_table(reference, current)
        return _Test(method="missing rate", statistic=None, p=1.0, bins=(bins[0], bins[1]))
    if isinstance(reference, Numbers | NumberColumn) and isinstance(current, Numbers | NumberColumn):
        return _numbers(reference, current)
    if isinstance(reference, Categories) and isinstance(current, Categories):
        return _categories(reference, current)
    if isinstance(reference, Numbers | NumberColumn) or isinstance(current, Numbers | NumberColumn):
        here, there = _HOLDS[type(reference)], _HOLDS[type(current)]
        return Unavailable(why=f"it holds {here} in the reference and {there} in the candidate")
    whose = "the reference" if isinstance(reference, Text) else "the candidate"
    return Unavailable(
        why=f"it has more than {MAX_CATEGORIES:,} different values in {whose}, as names or free text do: leave it out "
        "of features.columns"
    )


def _numbers(reference: numbers.Side, current: numbers.Side) -> _Test:
    distance = numbers.distance(reference, current)
    whole = isinstance(reference, Numbers) and isinstance(current, Numbers)
    return _Test(
        method="ks" if whole else "ks bound",
        statistic=distance,
        p=two_sample_p(distance, numbers.size(reference), numbers.size(current)),
        bins=numbers.binned(reference, current),
    )


def _categories(reference: Categories, current: Categories) -> _Test:
    table = categories.pooled(categories.table_of(reference, current))
    found = categories.chi_square(table)
    bins = np.column_stack([table, [reference.missing, current.missing]])
    return _Test(
        method="chi2",
        statistic=found.statistic,
        p=found.p,
        bins=(bins[0], bins[1]),
        new=categories.only_in(current, reference),
        vanished=categories.only_in(reference, current),
    )


def _drift(reference: Side, current: Side, tested: _Test) -> ColumnDrift:
    return ColumnDrift(
        psi=psi(*tested.bins),
        method=tested.method,
        statistic=tested.statistic,
        p=_with_missing(tested, _missing_table(reference, current)),
        p_adjusted=1.0,
        rows=(_rows(reference), _rows(current)),
        missing=(reference.missing / _rows(reference), current.missing / _rows(current)),
        new=tested.new,
        vanished=tested.vanished,
    )


def _with_missing(tested: _Test, missing: Floats) -> float:
    """p of the values and of the missing rate together (two proportions): of two tests the smaller counts twice."""
    if not missing[:, 0].any():
        return tested.p
    rates = categories.chi_square(categories.pooled(missing)).p
    return rates if tested.statistic is None else min(1.0, 2 * min(tested.p, rates))


def _missing_table(reference: Side, current: Side) -> Floats:
    """Rows that are missing and rows that aren't, of both sides."""
    return np.array([[side.missing, _rows(side) - side.missing] for side in (reference, current)], dtype=np.float64)


def _rows(side: Side) -> int:
    return side.n if isinstance(side, NumberColumn) else side.rows

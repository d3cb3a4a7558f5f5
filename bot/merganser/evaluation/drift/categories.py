"""Two columns of categories: their common table, chi-square, and what is new or gone. Counts in, numbers out."""

from typing import Final

import msgspec
import numpy as np

from merganser.evaluation.drift.columns import Categories, Floats
from merganser.evaluation.drift.findings import Share
from merganser.evaluation.drift.profile import FEWEST, CategoryColumn

LEAST_EXPECTED: Final = 5.0


class ChiSquare(msgspec.Struct, frozen=True):
    """Pearson's statistic of a table of two rows, and its p: 0 and 1 where too few rows are there to tell."""

    statistic: float
    p: float


def counted(column: CategoryColumn) -> Categories:
    """The rows behind a profile's shares."""
    present = column.n - column.missing
    counts = {name: round(share * present) for name, share in column.shares.items()}
    return Categories(rows=column.n, counts=counts, other=max(0, present - sum(counts.values())))


def table_of(reference: Categories, current: Categories) -> Floats:
    """Rows by category (columns, by name) of reference and current, as many as are known on both sides.

    A side that tells rare categories together may hold every one that it doesn't name, so those count as `other` on
    both sides: the last column.
    """
    names = sorted(name for name in {**reference.counts, **current.counts} if _known(name, reference, current))
    table = [[side.counts.get(name, 0) for name in names] for side in (reference, current)]
    others = [side.present - sum(row) for side, row in zip((reference, current), table, strict=True)]
    return np.column_stack([np.array(table, dtype=np.float64).reshape(2, -1), others])


def pooled(table: Floats) -> Floats:
    """The table with its rarest categories told together, so that at least five rows are expected in each cell.

    Chi-square needs that (Cochran 1954, Biometrics 10:417). A category stays by its rows on both sides together, so
    that pooling favours neither.
    """
    found = table[:, table.sum(axis=0) > 0]
    table = found[:, np.argsort(-found.sum(axis=0), kind="stable")]
    totals = table.sum(axis=0)
    least = LEAST_EXPECTED * table.sum() / max(table.sum(axis=1).min(), 1.0)
    keep = int(np.count_nonzero(totals >= least))
    while 0 < keep < len(totals) and totals[keep:].sum() < least:
        keep -= 1
    rest = table[:, keep:].sum(axis=1, keepdims=True)
    return np.hstack([table[:, :keep], rest]) if rest.any() else table[:, :keep]


def chi_square(table: Floats) -> ChiSquare:
    """Two-sample chi-square of a pooled table: both rows are samples, neither is taken for the truth. No correction."""
    from scipy.special import chdtrc  # type: ignore[import-untyped]

    if table.shape[1] < 2:
        return ChiSquare(0.0, 1.0)
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0) / table.sum()
    statistic = float(((table - expected) ** 2 / expected).sum())
    return ChiSquare(statistic, float(chdtrc(table.shape[1] - 1, statistic)))


def only_in(here: Categories, there: Categories) -> tuple[Share, ...]:
    """Categories of at least ten rows that only one side has, the most frequent first, with their shares.

    A side that tells rare categories together lacks one for certain only where it is more than all of those.
    """
    hidden = there.other / max(there.present, 1)
    found = [
        Share(name=name, share=count / here.present)
        for name, count in here.counts.items()
        if name not in there.counts and count >= FEWEST and count / here.present > hidden
    ]
    return tuple(sorted(found, key=lambda one: (-one.share, one.name)))


def _known(name: str, *sides: Categories) -> bool:
    return all(name in side.counts or not side.other for side in sides)

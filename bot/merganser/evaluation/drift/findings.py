"""What a comparison of features found, as values."""

import msgspec

from merganser.evaluation.evidence import Unavailable


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """A category, and which share of the rows that aren't missing has it."""

    name: str
    share: float


class ColumnDrift(msgspec.Struct, frozen=True, kw_only=True):
    """How far a column lies from its reference.

    `psi`: the population stability index. `statistic` and `method`: Kolmogorov–Smirnov's distance (`ks`, or `ks bound`
    where a profile shows only the least that it can be) or `chi2`; None and `missing rate` where a side has no values.
    `p` is of that test, and of the change of the missing rate where there is any; `p_adjusted` for the number of
    columns. Rows and missing rates are the reference's and the current's.
    """

    psi: float
    method: str
    statistic: float | None
    p: float
    p_adjusted: float
    rows: tuple[int, int]
    missing: tuple[float, float]
    new: tuple[Share, ...] = ()
    vanished: tuple[Share, ...] = ()


class DriftFindings(msgspec.Struct, frozen=True, kw_only=True):
    """Each compared column by name, or why it can't be compared."""

    columns: dict[str, ColumnDrift | Unavailable]

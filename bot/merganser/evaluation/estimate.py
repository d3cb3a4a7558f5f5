"""A metric on both sides and how sure the change between them is, as values. Its bounds are `statistics.bounds`'."""

import msgspec


class Discordant(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The change of a per-row 0/1 metric over `n` rows: `b` that only the baseline, `c` that only the candidate has.

    The difference is (c − b) / n, and its bounds are Tango's.
    """

    b: int
    c: int
    n: int


class Sampled(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A difference (candidate − baseline) with its standard error, from `units` independent rows or clusters.

    `df`: degrees of freedom of Student's t; None for the normal distribution. `skewness`: of the per-row terms, for
    Hall's correction; 0 for none. `reach`: how much one row that differs could change the difference times `units`;
    it bounds what no observed row shows where `error` is 0. `method` as in the verdict: `t`, `hall`, `delong` …
    """

    difference: float
    error: float
    units: int
    method: str
    df: int | None = None
    skewness: float = 0.0
    reach: float = 0.0


class Resampled(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A difference (candidate − baseline) with its bootstrap replicates, in any order."""

    difference: float
    replicates: tuple[float, ...]
    method: str = "bootstrap"


Spread = Discordant | Sampled | Resampled


class Estimate(msgspec.Struct, frozen=True, kw_only=True):
    """A metric of both sides over `n` rows (or queries, as `unit` says), not yet oriented: differences are
    candidate − baseline.

    `doubt` says in a clause why the bounds can't be relied on, `doubt_rows` how many rows would end that.
    """

    candidate: float
    baseline: float
    n: int
    spread: Spread
    unit: str = "row"
    doubt: str = ""
    doubt_rows: int | None = None
    note: str = ""

"""One metric on both sides, from the evidence: its values, the change between them and how sure that is. Pure."""

import math

import msgspec

from merganser.config import Direction
from merganser.evaluation.estimate import Discordant, Estimate, Spread
from merganser.evaluation.evidence import Evidence, Found, Unavailable
from merganser.evaluation.rollup import Skip
from merganser.evaluation.statistics.bounds import bounds, flipped, p_not_worse, rows_needed
from merganser.evaluation.statistics.rates import mcnemar_exact_p


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """The metric against the baseline's. `delta`, `low`, `high`, `spread` are oriented: positive is better.

    No bounds where there is no method. `doubt` says why they can't be relied on, `doubt_rows` how many rows would end
    that. `p`: two-sided, of no change at all.
    """

    baseline: float
    delta: float
    low: float | None = None
    high: float | None = None
    spread: Spread | None = None
    p: float | None = None
    doubt: str = ""
    doubt_rows: int | None = None

    @property
    def method(self) -> str:
        if self.spread is None:
            return ""
        return "tango" if isinstance(self.spread, Discordant) else self.spread.method


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """A metric of the candidate, over `n` rows (or what `unit` says) or as the run reported it (None), and against
    the baseline.

    `note`: what has to be known of the numbers.
    """

    candidate: float
    n: int | None
    compared: Compared | Unavailable
    unit: str = "row"
    note: str = ""


def measure(metric: str, direction: Direction, confidence: float, evidence: Evidence) -> Measured | Unavailable:
    """The numbers of `metric`: from the predictions where it can be computed from them, else as the run reported it."""
    found = evidence.overall.get(metric)
    if found is None:
        return _reported(metric, direction, evidence)
    return measured(found, direction, confidence, evidence.no_baseline)


def measured(
    found: Found, direction: Direction, confidence: float, lacking: Unavailable | None
) -> Measured | Unavailable:
    """An estimate with its bounds at `confidence`, oriented; without a baseline (`lacking`) the candidate's alone."""
    if isinstance(found, Unavailable):
        return found
    if lacking:
        return Measured(candidate=found.candidate, n=found.n, compared=lacking, unit=found.unit, note=found.note)
    oriented = flipped(found) if direction is Direction.down else found
    return Measured(
        candidate=found.candidate,
        n=found.n,
        compared=_compared(oriented, confidence),
        unit=found.unit,
        note=found.note,
    )


def needed(compared: Compared, rows: int, margin: float, confidence: float) -> int | None:
    """Rows by which two equal models would be proven to be within `margin` four times out of five, if any would."""
    found = rows_needed(compared.spread, rows, margin, confidence) if compared.spread else None
    if compared.doubt:
        return compared.doubt_rows and max(compared.doubt_rows, found or 0)
    return found


def _compared(estimate: Estimate, confidence: float) -> Compared:
    spread = estimate.spread
    low, high = bounds(spread, confidence)
    return Compared(
        baseline=estimate.baseline,
        delta=difference(spread),
        low=low,
        high=high,
        spread=spread,
        p=_p(spread),
        doubt=estimate.doubt,
        doubt_rows=estimate.doubt_rows,
    )


def difference(spread: Spread) -> float:
    """The difference that a spread is about."""
    return (spread.c - spread.b) / spread.n if isinstance(spread, Discordant) else spread.difference


def _p(spread: Spread) -> float:
    if isinstance(spread, Discordant):
        return mcnemar_exact_p(spread.b, spread.c)
    below = p_not_worse(spread, 0.0)
    return 2 * min(below, 1 - below)


def _reported(metric: str, direction: Direction, evidence: Evidence) -> Measured | Unavailable:
    """The run's own numbers; they have no interval."""
    candidate = evidence.candidate_metrics.get(metric)
    if candidate is None:
        return Unavailable(why="the candidate reports no such metric")
    if not math.isfinite(candidate):
        return Unavailable(why=f"the candidate reports {candidate}, which is no number to judge")
    baseline = _reported_baseline(metric, evidence)
    if isinstance(baseline, Unavailable):
        return Measured(candidate=candidate, n=None, compared=baseline)
    delta = candidate - baseline if direction is Direction.up else baseline - candidate
    if not math.isfinite(delta):
        far = Unavailable(why=f"from {baseline:.4g} to {candidate:.4g} is too far apart for a number")
        return Measured(candidate=candidate, n=None, compared=far)
    return Measured(candidate=candidate, n=None, compared=Compared(baseline=baseline, delta=delta))


def _reported_baseline(metric: str, evidence: Evidence) -> float | Unavailable:
    lost, baseline = evidence.no_baseline, evidence.baseline_metrics.get(metric)
    if lost and (lost.skip is Skip.data_changed or baseline is None):
        return lost
    if baseline is None:
        return Unavailable(why="the baseline reports no such metric")
    if not math.isfinite(baseline):
        return Unavailable(why=f"the baseline reports {baseline}, which is no number to compare with")
    return baseline

"""One metric on both sides, from the evidence: its values, the change between them and how sure that is. Pure."""

import math
from statistics import NormalDist

import msgspec

from merganser.config import Direction
from merganser.evaluation.evidence import Evidence, Paired, RankedPair, Unavailable
from merganser.evaluation.metrics import Method, method_of
from merganser.evaluation.statistics.rates import LEAST_MARGIN, POWER, mcnemar_exact_p, required_rows, tango_interval
from merganser.evaluation.rollup import Skip

AUC_CLASS_ROWS = 50
AUC_EXTREME = 0.95
AUC_EXTREME_ROWS = 1_000


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """The metric against the baseline's. `delta`, `low`, `high` are oriented: positive is better.

    No bounds where there is no method. `doubt` says why they can't be relied on, `doubt_rows` how many rows would end
    that; `spread` is the variance that one row adds to the change.
    """

    baseline: float
    delta: float
    low: float | None = None
    high: float | None = None
    method: str = ""
    b: int | None = None
    c: int | None = None
    p: float | None = None
    spread: float = 0.0
    doubt: str = ""
    doubt_rows: int | None = None


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """A metric of the candidate, over `n` rows or as the run reported it (None), and against the baseline."""

    candidate: float
    n: int | None
    compared: Compared | Unavailable


def measure(metric: str, direction: Direction, confidence: float, evidence: Evidence) -> Measured | Unavailable:
    """The numbers of `metric`: from the predictions where it can be computed from them, else as the run reported it."""
    method = method_of(metric)
    if not evidence.predictions or method is Method.reported:
        return _reported(metric, direction, evidence)
    found = evidence.ranking if method is Method.ranking else evidence.rates
    if isinstance(found, Unavailable):
        return found
    if isinstance(found, RankedPair):
        return _ranking(found, confidence, evidence.no_baseline)
    return rate(found, direction, confidence, evidence.no_baseline)


def rate(counts: Paired, direction: Direction, confidence: float, lacking: Unavailable | None) -> Measured:
    """Accuracy (up) or error rate (down) from counts."""
    n, b, c = counts.n, counts.b, counts.c
    flip = direction is Direction.down
    candidate = (n - counts.candidate_right if flip else counts.candidate_right) / n
    if lacking:
        return Measured(candidate=candidate, n=n, compared=lacking)
    low, high = tango_interval(b, c, n, confidence)
    compared = Compared(
        baseline=(n - counts.baseline_right if flip else counts.baseline_right) / n,
        delta=(c - b) / n,
        low=low,
        high=high,
        method="tango",
        b=b,
        c=c,
        p=mcnemar_exact_p(b, c),
        spread=(b + c) / n,
    )
    return Measured(candidate=candidate, n=n, compared=compared)


def rows_needed(compared: Compared, margin: float, confidence: float) -> int | None:
    """Rows by which two equal models would be proven to be within `margin` four times out of five, if any would."""
    if compared.method == "tango":
        return required_rows(compared.spread, margin, confidence)
    if margin < LEAST_MARGIN:
        return None
    if compared.spread <= 0:
        return compared.doubt_rows
    normal = NormalDist()
    z = normal.inv_cdf(confidence) + normal.inv_cdf(POWER)
    return max(compared.doubt_rows or 0, math.ceil(z * z * compared.spread / (margin * margin)))


def _ranking(pair: RankedPair, confidence: float, lacking: Unavailable | None) -> Measured:
    n = pair.positives + pair.negatives
    if lacking:
        return Measured(candidate=pair.candidate, n=n, compared=lacking)
    doubt, rows = _auc_doubt(pair)
    half = None if pair.error is None else NormalDist().inv_cdf(confidence) * pair.error
    compared = Compared(
        baseline=pair.baseline,
        delta=pair.difference,
        low=None if half is None else pair.difference - half,
        high=None if half is None else pair.difference + half,
        method="delong",
        spread=n * (pair.error or 0.0) ** 2,
        doubt=doubt,
        doubt_rows=rows,
    )
    return Measured(candidate=pair.candidate, n=n, compared=compared)


def _auc_doubt(pair: RankedPair) -> tuple[str, int | None]:
    """Why DeLong's interval isn't to be relied on here, and the rows that would end that."""
    n, rarer = pair.positives + pair.negatives, min(pair.positives, pair.negatives)
    if rarer < AUC_CLASS_ROWS:
        return (
            f"ROC AUC needs {AUC_CLASS_ROWS} rows of each class, and the rarer one has {rarer:,}",
            math.ceil(n * AUC_CLASS_ROWS / rarer),
        )
    if max(pair.baseline, pair.candidate) > AUC_EXTREME and rarer < AUC_EXTREME_ROWS:
        return (
            f"an AUC above {AUC_EXTREME} needs {AUC_EXTREME_ROWS:,} rows of the rarer class, and there are {rarer:,}",
            math.ceil(n * AUC_EXTREME_ROWS / rarer),
        )
    if not pair.error and not pair.same_scores:
        return "the scores differ, but not in a way that shows how much ROC AUC varies", None
    return "", None


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

"""The change of a mean of per-row numbers (a loss, 0/1) between two sides of the same rows. Pure."""

import math

import msgspec

from merganser.evaluation.estimate import Estimate
from merganser.evaluation.statistics.moments import Moments
from merganser.evaluation.statistics.totals import (
    Units,
    effective_units,
    equally_weighted,
    estimate_of,
    linear_spread,
    total_weight,
)

# Simulated: from here on the correction passed wrongly no more often than plain t, whatever the differences' shape.
# Uniform ones had 4.6 % at 50 rows, 3.9 % at 20, but 3.2 % at 10, where it only costs power.
LEAST_FOR_SKEWNESS = 20


def mean_estimate(found: Moments, units: Units, reach: float) -> Estimate:
    """The weighted mean from columns (w, w·candidate, w·baseline, w·difference).

    Rows of equal weight: paired t, corrected for the differences' skewness from `LEAST_FOR_SKEWNESS` rows on (method
    `hall`, else `t`). Other weights and clusters: linearised ratio of sums with a unit's term
    (its Σw·difference − the mean difference · its Σw)/Σw, no skewness (`delta`, `cluster`). `reach`: the most that a
    row's difference could be; it decides where all rows have the same one. `Undefined` where no row has weight.
    """
    weight = total_weight(found)
    candidate, baseline, difference = (float(mean / found.mean[0]) for mean in found.mean[1:])
    values = (candidate, baseline, difference)
    spread = linear_spread(found, units, (-difference / weight, 0.0, 0.0, 1 / weight), values, reach)
    if not units.clustered and equally_weighted(found.n, effective_units(found)):
        skewness = _skewness(found) if spread.error and found.n >= LEAST_FOR_SKEWNESS else 0.0
        spread = msgspec.structs.replace(spread, method="hall" if skewness else "t", skewness=skewness)
    return estimate_of(found, units, values, spread)


def _skewness(found: Moments) -> float:
    """Of the differences: the mean of cubes over that of squares to the power of 3/2."""
    squares = float(found.second[3, 3])
    return float(found.third[3]) / squares / math.sqrt(squares / found.n)

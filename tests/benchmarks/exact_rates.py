"""Error rates that need no chance: every outcome of a few counts with its probability. Nothing is simulated here."""

import numpy as np
from scipy.stats import binom

from merganser.evaluation.statistics.quantiles import quantile
from merganser.evaluation.statistics.rates import tango_p
from merganser.evaluation.statistics.ratios import ratio

CONFIDENCE = 0.95
NEGLIGIBLE = 1e-13


def likely(n: int, share: float) -> range:
    """The counts of n with a probability worth adding."""
    return range(int(binom.ppf(NEGLIGIBLE, n, share)), int(binom.isf(NEGLIGIBLE, n, share)) + 1)


def tango_passes(n: int, b: float, c: float, margin: float) -> float:
    """How often the lower bound lies above −margin, where rows that only one side has right have shares `b` and `c`.

    Of each count of b rows the c rows that suffice are found by bisection: more of them never hurt.
    """
    share, passes = c / (1 - b), 0.0
    for lost in likely(n, b):
        low, high = 0, n - lost + 1
        while low < high:
            middle = (low + high) // 2
            if tango_p(lost, middle, n, margin) > CONFIDENCE:
                high = middle
            else:
                low = middle + 1
        passes += float(binom.pmf(lost, n, b) * binom.sf(low - 1, n - lost, share))
    return passes


def quantile_passes(n: int, share: float, exceed: float) -> float:
    """How often the upper bound of the `share` quantile lies under a maximum that a share `exceed` of all exceeds."""
    high = quantile(np.arange(1, n + 1, dtype=np.float64), share, CONFIDENCE).high
    return 0.0 if high is None else float(binom.sf(int(high) - 1, n, 1 - exceed))


def ratio_passes(n: int, rate: float, other_n: int, other_rate: float, least: float) -> float:
    """How often the lower bound of rate/other_rate is at least `least`."""
    passes = 0.0
    for hits in likely(n, rate):
        enough = [y for y in likely(other_n, other_rate) if ratio(hits, n, y, other_n, CONFIDENCE).low >= least]
        passes += float(binom.pmf(hits, n, rate) * binom.pmf(enough, other_n, other_rate).sum())
    return passes

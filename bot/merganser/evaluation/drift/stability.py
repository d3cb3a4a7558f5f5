"""The population stability index. Counts in, a number out."""

import numpy as np

from merganser.evaluation.drift.columns import Floats


def psi(reference: Floats, current: Floats) -> float:
    """Σ (c − r)·ln(c / r) over the shares of two histograms of the same bins (Siddiqi 2006, Credit Risk Scorecards).

    An empty bin counts as half a row, so that the index stays finite; one that both leave empty says nothing.
    """
    used = (reference > 0) | (current > 0)
    r, c = (np.where(rows > 0, rows, 0.5)[used] / rows.sum() for rows in (reference, current))
    return float(np.sum((c - r) * np.log(c / r)))

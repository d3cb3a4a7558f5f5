"""Two columns of numbers, each whole or as its profile: how far apart, and in which bins. Arrays in, numbers out."""

import numpy as np
from numpy.typing import NDArray

from merganser.evaluation.drift.columns import Floats, Numbers
from merganser.evaluation.drift.profile import NumberColumn

Side = Numbers | NumberColumn

BINS = 10
_STRIDE = 64


def size(side: Side) -> int:
    """The rows that have a number."""
    return len(side.values) if isinstance(side, Numbers) else side.n - side.missing


def distance(reference: Side, current: Side) -> float:
    """The largest distance of both distribution functions (Kolmogorov–Smirnov); a lower bound of it with a profile."""
    if isinstance(reference, Numbers) and isinstance(current, Numbers):
        return _largest(reference.values, current.values)
    known = [side.edges for side in (reference, current) if isinstance(side, NumberColumn)]
    points = np.unique(np.concatenate([np.asarray(edges, dtype=np.float64) for edges in known]))
    one, two = cumulated(reference, points) / size(reference), cumulated(current, points) / size(current)
    apart = [one[least] - two[least + 1] for least in (0, 2)] + [two[least] - one[least + 1] for least in (0, 2)]
    return float(np.max(apart, initial=0.0))


def binned(reference: Side, current: Side) -> tuple[Floats, Floats]:
    """Rows of both in the reference's own quantile bins, and last those that are missing.

    The first and the last bin are open. A value on which several quantiles fall is a bin of its own. Of a profile as
    `current` what lies between its edges counts half to either side.
    """
    found, falls = np.unique(_quantiles(reference), return_counts=True)
    return _rows(reference, found, falls > 1), _rows(current, found, falls > 1)


def cumulated(side: Side, points: Floats) -> Floats:
    """Rows below each point, at least and at most, and up to it, at least and at most: an array of four rows."""
    if isinstance(side, Numbers):
        below, upto = np.searchsorted(side.values, points, "left"), np.searchsorted(side.values, points, "right")
        return np.stack([below, below, upto, upto]).astype(np.float64)
    edges = np.asarray(side.edges, dtype=np.float64)
    below, upto = _at_edges(side)
    i = np.searchsorted(edges, points, "left")
    on = np.append(edges, np.inf)[i] == points
    least, most = np.insert(upto, 0, 0)[i], np.append(below, size(side))[i]
    after = np.where(on, np.append(upto, 0)[i], least), np.where(on, np.append(upto, 0)[i], most)
    return np.stack([np.where(on, most, least), most, *after]).astype(np.float64)


def _at_edges(column: NumberColumn) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows below, and up to, each edge of a profile."""
    ties = np.asarray(column.ties or (0,) * len(column.edges), dtype=np.int64)
    upto = np.cumsum(np.asarray(column.counts[:-1], dtype=np.int64) + ties)
    return upto - ties, upto


def _quantiles(side: Side) -> Floats:
    """The deciles: of each the smallest value (of a profile: edge) that at least that share of the rows lies up to."""
    tenths = np.arange(1, BINS) * size(side)
    if isinstance(side, Numbers):
        return side.values[-(-tenths // BINS) - 1]
    edges, (_, upto) = np.asarray(side.edges, dtype=np.float64), _at_edges(side)
    reached = np.searchsorted(upto * BINS, tenths, "left")
    return edges[np.minimum(reached, len(edges) - 1)] if len(edges) else edges


def _rows(side: Side, cuts: Floats, own: NDArray[np.bool_]) -> Floats:
    below_least, below_most, upto_least, upto_most = cumulated(side, cuts)
    before_and_after = np.stack([(below_least + below_most) / 2, (upto_least + upto_most) / 2], axis=1)
    upto = before_and_after[np.stack([own, np.ones_like(own)], axis=1)]
    return np.append(np.diff(upto, prepend=0.0, append=size(side)), side.missing)


def _largest(one: Floats, two: Floats) -> float:
    """The largest distance exactly, but of all rows only those looked at between which it can lie.

    Both functions are read at every 64th value of one. Between two such knots they can't come further apart than one's
    upper from the other's lower value, so most stretches are settled by the best that the knots have shown.
    """
    knots = np.unique(one[::_STRIDE])
    ones, twos = np.searchsorted(one, knots, "right"), np.searchsorted(two, knots, "right")
    best = _apart(ones, len(one), twos, len(two)).max()
    starts = np.insert(ones, 0, 0), np.insert(twos, 0, 0)
    ends = np.append(ones, len(one)), np.append(twos, len(two))
    reach = np.maximum(ends[0] / len(one) - starts[1] / len(two), ends[1] / len(two) - starts[0] / len(one))
    unsettled = reach > best
    inside = [
        rows[np.repeat(unsettled, end - start)] for rows, start, end in zip((one, two), starts, ends, strict=True)
    ]
    points = np.concatenate(inside)
    ones, twos = np.searchsorted(one, points, "right"), np.searchsorted(two, points, "right")
    return float(_apart(ones, len(one), twos, len(two)).max(initial=best))


def _apart(ones: NDArray[np.int64], n: int, twos: NDArray[np.int64], m: int) -> Floats:
    return np.abs(ones / n - twos / m)

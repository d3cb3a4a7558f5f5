"""Means and central moments of columns, which merge: arrays in, sums out. What they estimate lives beside it."""

import msgspec
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Moments(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """`n` units with k columns: `mean` (k), and about it the sums (not divided by n) of products, `second` (k × k), and
    of cubes, `third` (k).
    """

    n: int
    mean: Floats
    second: Floats
    third: Floats


def moments(columns: Floats) -> Moments:
    """The moments of `columns` (n × k, finite; n may be 0), in two passes over k × n numbers. What overflows is
    infinite or NaN.
    """
    n, k = columns.shape
    if n == 0:
        return Moments(n=0, mean=np.zeros(k), second=np.zeros((k, k)), third=np.zeros(k))
    # Each column in one piece: numpy then sums it pairwise, and its error does not grow with n.
    centred = np.array(columns.T, dtype=np.float64, order="C")
    with np.errstate(over="ignore", invalid="ignore"):
        mean = centred.sum(axis=1) / n
        centred -= mean[:, None]
        return Moments(n=n, mean=mean, second=centred @ centred.T, third=(centred * centred * centred).sum(axis=1))


def merged(one: Moments, other: Moments) -> Moments:
    """The moments of both together (Chan, Golub & LeVeque 1979; third sums: Pébay 2008, SAND2008-6212, eq. 2.1)."""
    n = one.n + other.n
    if n == 0:
        return one
    with np.errstate(over="ignore", invalid="ignore"):
        change = other.mean - one.mean
        share = one.n * (other.n / n)
        crossed = (one.n * np.diag(other.second) - other.n * np.diag(one.second)) / n
        return Moments(
            n=n,
            mean=one.mean + change * (other.n / n),
            second=one.second + other.second + np.outer(change, change) * share,
            third=one.third + other.third + change**3 * (share * (one.n - other.n) / n) + 3 * change * crossed,
        )

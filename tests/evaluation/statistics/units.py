"""Random rows of two sides, in clusters and with weights, and standard errors of statistics by leaving units out."""

from collections.abc import Callable

import msgspec
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]


class Sides(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """Labels, both sides' predictions, weights and clusters of the same rows."""

    label: Floats
    candidate: Floats
    baseline: Floats
    weight: Floats
    cluster: Whole

    def without(self, cluster: int) -> "Sides":
        """The rows of all clusters but one."""
        keep = self.cluster != cluster
        return Sides(**{name: getattr(self, name)[keep] for name in self.__struct_fields__})


def regression(seed: int, n: int, clusters: int, *, weighted: bool) -> Sides:
    """Two regressions whose errors share a part, which rows of one cluster share as well."""
    random = np.random.default_rng(seed)
    cluster = random.integers(0, clusters, n)
    cluster[:clusters] = np.arange(clusters)
    label = random.normal(40, 3, n)
    common = random.normal(size=clusters)[cluster] + random.normal(size=n)
    return Sides(
        label=label,
        candidate=label + common + random.normal(size=n) * 0.8,
        baseline=label + common + random.normal(size=n) * 0.6 + random.normal(size=clusters)[cluster] * 0.3,
        weight=random.integers(1, 5, n) / 2 if weighted else np.ones(n),
        cluster=cluster,
    )


def jackknife(sides: Sides, statistic: Callable[[Sides], float]) -> float:
    """The standard error by leaving out one cluster after the other (Efron & Tibshirani 1993, 11.5)."""
    names = np.unique(sides.cluster)
    left = np.array([statistic(sides.without(name)) for name in names])
    return float(np.sqrt((len(names) - 1) / len(names) * ((left - left.mean()) ** 2).sum()))


def totals(columns: Floats, cluster: Whole) -> Floats:
    """Sums over the rows of each cluster."""
    return np.array([columns[cluster == name].sum(axis=0) for name in np.unique(cluster)])

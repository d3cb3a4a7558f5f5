"""NDCG of each query's ranked rows, as scikit-learn has it. Arrays in, one number a query out."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Codes = NDArray[Any]
Numbers = NDArray[Any]


def ndcg_by_query(queries: Codes, relevance: Numbers, scores: Numbers, k: int | None = None) -> Floats:
    """The NDCG of each query's first `k` rows (all where None), queries in ascending order: arrays of one length.

    Gain is `relevance` ≥ 0 itself, the row of rank r is discounted by log₂(r + 1). Rows of one score share their ranks'
    mean discount (McSherry & Najork 2008, ECIR). A query without a relevant row has 0: see `without_relevance`.
    """
    gains = _discounted(queries, relevance, scores, k)
    ideal = _discounted(queries, relevance, relevance, k)
    return np.divide(gains, ideal, out=np.zeros(len(gains)), where=ideal > 0)


def without_relevance(queries: Codes, relevance: Numbers) -> int:
    """How many queries have no relevant row, so that no ranking of theirs is better than another."""
    return len(np.unique(queries)) - len(np.unique(queries[relevance > 0]))


def _discounted(queries: Codes, relevance: Numbers, scores: Numbers, k: int | None) -> Floats:
    """The discounted cumulative gain of each query, ties averaged."""
    if not len(queries):
        return np.zeros(0)
    order = np.lexsort((-scores, queries))
    query, score = queries[order], scores[order]
    new = np.append(True, query[1:] != query[:-1])
    starts = np.flatnonzero(new)
    ranks = np.arange(len(query)) - np.repeat(starts, np.diff(starts, append=len(query)))
    discounts = 1 / np.log2(ranks + 2)
    if k is not None:
        discounts[ranks >= k] = 0
    new[1:] |= score[1:] != score[:-1]
    ties = np.flatnonzero(new)
    mean = np.add.reduceat(relevance[order].astype(np.float64), ties) / np.diff(ties, append=len(query))
    shared = mean * np.add.reduceat(discounts, ties)
    return np.add.reduceat(shared, np.searchsorted(ties, starts))

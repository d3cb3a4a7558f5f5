"""NDCG by query against scikit-learn, query by query."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import ndcg_score

from merganser.evaluation.statistics.ndcg import ndcg_by_query, without_relevance

rows = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3), st.integers(-2, 2)), min_size=1, max_size=40)


@given(rows, st.none() | st.integers(1, 6))
@settings(max_examples=150)
def test_as_scikit_learn_has_it(found: list[tuple[int, int, int]], k: int | None) -> None:
    queries = np.array([row[0] for row in found], dtype=np.uint64) << np.uint64(61)
    relevance = np.array([row[1] for row in found])
    scores = np.array([row[2] / 3 for row in found])
    expected = []
    for query in sorted(set(queries)):
        inside = queries == query
        if inside.sum() > 1:
            expected.append(ndcg_score([relevance[inside]], [scores[inside]], k=k))
        else:  # which scikit-learn refuses: a single row can't be ranked wrongly
            expected.append(float(relevance[inside][0] > 0))
    assert ndcg_by_query(queries, relevance, scores, k) == pytest.approx(np.array(expected), abs=1e-12)
    nothing = sum(relevance[queries == query].sum() == 0 for query in set(queries))
    assert without_relevance(queries, relevance) == nothing


@pytest.mark.parametrize(
    ("relevance", "scores", "k", "expected"),
    [
        ([3, 2, 3, 0, 1, 2], [6, 5, 4, 3, 2, 1], None, 0.961),  # Wikipedia's example
        ([10, 0, 0, 1, 5], [0.1, 0.2, 0.3, 4, 70], None, 0.695),  # scikit-learn's, cut to two digits there
        ([10, 0, 0, 1, 5], [0.05, 1.1, 1, 0.5, 0], None, 0.495),
        ([10, 0, 0, 1, 5], [0.05, 1.1, 1, 0.5, 0], 4, 0.355),
        ([10, 0, 0, 1, 5], [1, 0, 0, 0, 1], 1, 0.75),
        ([0, 0], [1, 2], None, 0.0),
        ([1, 0], [1, 1], 1, 0.5),
    ],
)
def test_published_numbers(relevance: list[int], scores: list[float], k: int | None, expected: float) -> None:
    queries = np.zeros(len(scores), dtype=np.int64)
    assert ndcg_by_query(queries, np.array(relevance), np.array(scores), k) == pytest.approx([expected], abs=0.005)


def test_no_rows_have_no_queries() -> None:
    none = np.zeros(0)
    assert len(ndcg_by_query(none, none, none, 5)) == without_relevance(none, none) == 0

"""ROC AUC and DeLong's error, against the definition computed pair by pair and scikit-learn."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from merganser.evaluation.statistics.ranking import delong
from tests.evaluation.oracles import delong_by_pairs

Arrays = tuple[NDArray[np.bool_], NDArray[np.float64], NDArray[np.float64]]


def sample(seed: int, n: int, decimals: int) -> Arrays:
    random = np.random.default_rng(seed)
    positive = random.random(n) < 0.4
    positive[:2], positive[2:4] = True, False
    one = random.normal(positive * 0.8, 1).round(decimals)
    two = (one + random.normal(0, 0.5, n)).round(decimals)
    return positive, one, two


@pytest.mark.parametrize(("seed", "n", "decimals"), [(1, 300, 8), (2, 300, 1), (3, 60, 0), (4, 5, 8), (5, 900, 2)])
def test_as_defined(seed: int, n: int, decimals: int) -> None:
    positive, one, two = sample(seed, n, decimals)
    found = delong(positive, one, two)
    assert [found.baseline, found.candidate, found.error] == pytest.approx(
        [*delong_by_pairs(positive, one, two)], abs=1e-12
    )
    assert found.candidate == pytest.approx(roc_auc_score(positive, two))
    assert found.difference == pytest.approx(found.candidate - found.baseline)
    assert (found.positives, found.negatives) == (positive.sum(), (~positive).sum())


@given(st.integers(0, 10_000), st.integers(4, 80), st.sampled_from([0, 1, 9]))
@settings(max_examples=60)
def test_properties(seed: int, n: int, decimals: int) -> None:
    positive, one, two = sample(seed, n, decimals)
    found = delong(positive, one, two)
    order = np.random.default_rng(seed).permutation(n)
    assert delong(positive[order], one[order], two[order]) == found
    swapped = delong(positive, two, one)
    assert (swapped.difference, swapped.error) == (-found.difference, found.error)
    stretched = delong(positive, np.exp(one), two * 7 + 3)
    assert (stretched.baseline, stretched.candidate) == (found.baseline, found.candidate)


def test_equal_scores_have_no_error() -> None:
    positive, one, _ = sample(7, 50, 3)
    found = delong(positive, one, one)
    assert (found.error, found.difference, found.same_scores) == (0.0, 0.0, True)
    assert not delong(positive, one, one * 2).same_scores


@pytest.mark.parametrize("labels", [[True, False, False], [False, True, True], [True, False]])
def test_one_row_of_a_class_has_no_error_known(labels: list[bool]) -> None:
    scores = np.arange(len(labels), dtype=float)
    assert delong(np.array(labels), scores, scores).error is None


def test_sums_of_large_ranks_are_exact() -> None:
    n = 200_000
    positive = np.arange(n) % 2 == 0
    scores = np.where(positive, 1.0, 0.0) * n + np.arange(n)
    found = delong(positive, -scores, scores)
    assert (found.baseline, found.candidate, found.difference, found.error) == (0.0, 1.0, 1.0, 0.0)

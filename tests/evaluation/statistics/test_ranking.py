"""ROC AUC and its errors against published numbers, pair-by-pair definitions, and derivatives of scikit-learn's AUC."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from merganser.evaluation.estimate import Estimate, Sampled
from merganser.evaluation.statistics.placements import square_sum
from merganser.evaluation.statistics.ranking import delong, macro_auc
from tests.evaluation.oracles import delong_by_pairs

Arrays = tuple[NDArray[np.bool_], NDArray[np.float64], NDArray[np.float64]]

# Albumin, total protein, K-G score and whether surgery helped (DeLong et al. 1988; example of SAS/STAT, LOGISTIC).
OVARIAN = """
3.0 5.8 10 0  3.2 6.3 5 1  3.9 6.8 3 1  2.8 4.8 6 0  3.2 5.8 3 1  0.9 4.0 5 0  2.5 5.7 8 0  1.6 5.6 5 1
3.8 5.7 5 1  3.7 6.7 6 1  3.2 5.4 4 1  3.8 6.6 6 1  4.1 6.6 5 1  3.6 5.7 5 1  4.3 7.0 4 1  3.6 6.7 4 0
2.3 4.4 6 1  4.2 7.6 4 0  4.0 6.6 6 0  3.5 5.8 6 1  3.8 6.8 7 1  3.0 4.7 8 0  4.5 7.4 5 1  3.7 7.4 5 1
3.1 6.6 6 1  4.1 8.2 6 1  4.3 7.0 5 1  4.3 6.5 4 1  3.2 5.1 5 1  2.6 4.7 6 1  3.3 6.8 6 0  1.7 4.0 7 0
3.7 6.1 5 1  3.3 6.3 7 1  4.2 7.7 6 1  3.5 6.2 5 1  2.9 5.7 9 0  2.1 4.8 7 1  2.8 6.2 8 0  4.0 7.0 7 1
3.3 5.7 6 1  3.7 6.9 5 1  3.6 6.6 5 1
"""


def sample(seed: int, n: int, decimals: int, lift: float = 0.8) -> Arrays:
    random = np.random.default_rng(seed)
    positive = random.random(n) < 0.4
    positive[:2], positive[2:4] = True, False
    one = random.normal(positive * lift, 1).round(decimals)
    two = (one + random.normal(0, 0.5, n)).round(decimals)
    return positive, one, two


def found(estimate: Estimate | None) -> tuple[Estimate, Sampled]:
    assert estimate is not None
    assert isinstance(estimate.spread, Sampled)
    return estimate, estimate.spread


def terms_of(difference: Callable[[NDArray[np.float64]], float], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Each row's weight times the derivative of a difference by it, from two differences beside it."""
    terms = []
    for i, weight in enumerate(weights):
        step = np.zeros(len(weights))
        step[i] = 1e-4 * weight
        terms.append((difference(weights + step) - difference(weights - step)) / 2e-4)
    return np.array(terms)


def strata_variance(terms: NDArray[Any], strata: NDArray[Any], clusters: NDArray[Any]) -> float:
    """Obuchowski's variance, with her names: S10 / m, S01 / n and twice S11 / mn, for any number of strata."""
    groups, total = sorted(set(clusters)), 0.0
    kinds = sorted(set(strata))
    sums = {g: {k: sum(terms[(clusters == g) & (strata == k)]) for k in kinds} for g in groups}
    for one in kinds:
        for other in kinds:
            units = len(groups) if one != other else len({*clusters[strata == one]})
            total += units / (units - 1) * sum(sums[g][one] * sums[g][other] for g in groups)
    return total


@pytest.mark.parametrize(
    ("column", "auc", "difference", "error"), [(0, 0.7366, 0.0108, 0.0953), (1, 0.6478, -0.0780, 0.1046)]
)
def test_published_numbers(column: int, auc: float, difference: float, error: float) -> None:
    table = np.array(OVARIAN.split(), dtype=float).reshape(-1, 4)
    estimate, spread = found(delong(table[:, 3] == 1, 10 - table[:, 2], table[:, column]))
    assert (estimate.baseline, estimate.candidate) == pytest.approx((0.7258, auc), abs=5e-5)
    assert (spread.difference, spread.error) == pytest.approx((difference, error), abs=5e-5)


@pytest.mark.parametrize(("seed", "n", "decimals"), [(1, 300, 8), (2, 300, 1), (3, 60, 0), (4, 5, 8), (5, 900, 2)])
def test_as_defined(seed: int, n: int, decimals: int) -> None:
    positive, one, two = sample(seed, n, decimals)
    estimate, spread = found(delong(positive, one, two))
    assert [estimate.baseline, estimate.candidate, spread.error] == pytest.approx(
        [*delong_by_pairs(positive, one, two)], abs=1e-12
    )
    assert estimate.candidate == pytest.approx(roc_auc_score(positive, two))
    assert spread.difference == pytest.approx(estimate.candidate - estimate.baseline)
    assert (estimate.n, spread.units, spread.method, spread.df) == (n, n, "delong", None)
    assert spread.reach == pytest.approx(n / min(positive.sum(), (~positive).sum()))


@given(st.integers(0, 10_000), st.integers(4, 80), st.sampled_from([0, 1, 9]))
@settings(max_examples=60)
def test_properties(seed: int, n: int, decimals: int) -> None:
    positive, one, two = sample(seed, n, decimals)
    estimate, spread = found(delong(positive, one, two))
    order = np.random.default_rng(seed).permutation(n)
    assert delong(positive[order], one[order], two[order]) == estimate
    _, swapped = found(delong(positive, two, one))
    assert (swapped.difference, swapped.error) == (-spread.difference, spread.error)
    stretched, _ = found(delong(positive, np.exp(one), two * 7 + 3))
    assert (stretched.baseline, stretched.candidate) == (estimate.baseline, estimate.candidate)


@given(st.integers(0, 10_000), st.integers(8, 60), st.sampled_from([0, 1, 9]))
@settings(max_examples=30)
def test_weights_of_one_and_clusters_of_one_row_change_nothing(seed: int, n: int, decimals: int) -> None:
    positive, one, two = sample(seed, n, decimals)
    plain, spread = found(delong(positive, one, two))
    for weights, clusters in ((np.full(n, 3.0), None), (None, np.arange(n)), (np.full(n, 0.1), -np.arange(n))):
        estimate, other = found(delong(positive, one, two, weights, clusters))
        assert [estimate.baseline, estimate.candidate, other.error, other.reach] == pytest.approx(
            [plain.baseline, plain.candidate, spread.error, spread.reach], abs=1e-12
        )


@given(st.integers(0, 10_000), st.integers(5, 60), st.sampled_from([0, 1, 9]))
@settings(max_examples=30)
def test_whole_weights_are_rows_repeated(seed: int, n: int, decimals: int) -> None:
    positive, one, two = sample(seed, n, decimals)
    times = np.random.default_rng(seed).integers(1, 4, n)
    times[4:] -= 1  # rows of weight 0 are no rows
    estimate, spread = found(delong(positive, one, two, times.astype(float)))
    repeated, _ = found(delong(positive.repeat(times), one.repeat(times), two.repeat(times)))
    assert (estimate.baseline, estimate.candidate) == pytest.approx((repeated.baseline, repeated.candidate), abs=1e-12)
    assert (estimate.n, spread.units) == ((times > 0).sum(),) * 2


@pytest.mark.parametrize("decimals", [1, 9])
@pytest.mark.parametrize("clustered", [False, True])
def test_the_error_with_weights_is_that_of_derivatives(decimals: int, clustered: bool) -> None:
    positive, one, two = sample(11, 40, decimals)
    random = np.random.default_rng(3)
    weights = random.uniform(0.2, 3, 40)
    clusters = random.integers(0, 9, 40) if clustered else np.arange(40)

    def difference(weights: NDArray[np.float64]) -> float:
        two_auc, one_auc = (roc_auc_score(positive, scores, sample_weight=weights) for scores in (two, one))
        return float(two_auc - one_auc)

    terms = terms_of(difference, weights)
    estimate, spread = found(delong(positive, one, two, weights, clusters.astype(np.uint64) if clustered else None))
    assert estimate.candidate == pytest.approx(roc_auc_score(positive, two, sample_weight=weights))
    assert spread.error == pytest.approx(strata_variance(terms, positive, clusters) ** 0.5, rel=1e-5)
    assert (spread.units, spread.df) == ((9, 8) if clustered else (40, None))


def obuchowski_by_pairs(positive: Any, one: Any, two: Any, clusters: Any) -> float:
    """The standard error of the difference, from pairs and loops (Obuchowski 1997, equations 4 to 8)."""
    groups = sorted(set(clusters))
    m, n, count = positive.sum(), (~positive).sum(), len(groups)
    with_positives, with_negatives = len({*clusters[positive]}), len({*clusters[~positive]})
    parts = []
    for scores in (one, two):
        pairs = scores[positive][:, None] - scores[~positive][None, :]
        kernel = (pairs > 0) + 0.5 * (pairs == 0)
        of_positives = [
            (kernel.mean(axis=1) - kernel.mean())[clusters[positive] == group].sum() for group in groups
        ]  # V10(X_i.) − m_i θ
        of_negatives = [(kernel.mean(axis=0) - kernel.mean())[clusters[~positive] == group].sum() for group in groups]
        parts.append((np.array(of_positives), np.array(of_negatives)))

    def covariance(a: Any, b: Any) -> float:
        s10 = with_positives / ((with_positives - 1) * m) * (a[0] @ b[0])
        s01 = with_negatives / ((with_negatives - 1) * n) * (a[1] @ b[1])
        s11 = count / (count - 1) * (a[0] @ b[1])
        reverse = count / (count - 1) * (b[0] @ a[1])
        return float(s10 / m + s01 / n + (s11 + reverse) / (m * n))

    first, second = parts
    return (covariance(first, first) + covariance(second, second) - 2 * covariance(first, second)) ** 0.5


@pytest.mark.parametrize(("seed", "n", "groups"), [(1, 200, 40), (2, 90, 5), (3, 400, 90)])
def test_clusters_as_defined(seed: int, n: int, groups: int) -> None:
    positive, one, two = sample(seed, n, 1)
    clusters = np.random.default_rng(seed).integers(0, groups, n).astype(np.uint64) << np.uint64(40)
    estimate, spread = found(delong(positive, one, two, clusters=clusters))
    assert spread.error == pytest.approx(obuchowski_by_pairs(positive, one, two, clusters), rel=1e-9)
    assert (estimate.baseline, estimate.candidate) == pytest.approx(delong_by_pairs(positive, one, two)[:2])
    present = len(set(clusters))
    assert (spread.method, spread.units, spread.df) == ("obuchowski", present, present - 1)


@pytest.mark.parametrize("weights", [None, np.linspace(0.5, 2, 60)])
def test_equal_scores_leave_nothing_open(weights: Any) -> None:
    positive, one, _ = sample(7, 60, 1)
    _, spread = found(delong(positive, one, one, weights))
    assert (spread.error, spread.difference, spread.reach) == (0.0, 0.0, 0.0)
    _, spread = found(delong(positive, one, one * 2, weights))
    assert (spread.error, spread.difference) == (0.0, 0.0)
    assert spread.reach > 1


@pytest.mark.parametrize("weights", [None, np.array([1.0, 2.0, 1.5])])
@pytest.mark.parametrize(("labels", "error"), [([True, False, False], 1.0), ([False, True, True], 1.0)])
def test_one_row_of_a_class_is_taken_for_the_worst(labels: list[bool], error: float, weights: Any) -> None:
    scores = np.arange(3.0)
    assert found(delong(np.array(labels), scores, scores, weights))[1].error == error


def test_one_cluster_is_taken_for_the_worst() -> None:
    positive, one, two = sample(1, 30, 3)
    estimate, spread = found(delong(positive, one, two, clusters=np.zeros(30)))
    assert (spread.error, spread.units, spread.df) == (pytest.approx(2**0.5), 1, 1)
    assert estimate.doubt == "30 clusters are needed, and these count as 1"


@pytest.mark.parametrize("positive", [np.ones(9, dtype=bool), np.zeros(9, dtype=bool)])
def test_one_class_has_no_auc(positive: NDArray[np.bool_]) -> None:
    scores = np.arange(9.0)
    assert delong(positive, scores, scores) is None
    assert delong(~positive, scores, scores, np.ones(9)) is None
    mixed = np.arange(9) == 0
    assert delong(mixed, scores, scores, (~mixed).astype(float), np.arange(9)) is None


def test_sums_of_large_ranks_are_exact() -> None:
    n = 200_000
    positive = np.arange(n) % 2 == 0
    scores = np.where(positive, 1.0, 0.0) * n + np.arange(n)
    estimate, spread = found(delong(positive, -scores, scores))
    assert (estimate.baseline, estimate.candidate, spread.difference, spread.error) == (0.0, 1.0, 1.0, 0.0)


@given(st.lists(st.integers(-(2**32), 2**32), max_size=20))
def test_squares_are_exact(values: list[int]) -> None:
    assert square_sum(np.array(values, dtype=np.int64)) == sum(value * value for value in values)


DOUBTS = [
    (60, 49, 0.5, "ROC AUC needs 50 rows of each class, and the rarest one has 49", 112),
    (50, 50, 0.5, "", None),
    (1_500, 999, 4.0, "an AUC above 0.95 needs 1,000 rows of the rarest class, and there are 999", 2_502),
    (1_000, 1_000, 4.0, "", None),
]


@pytest.mark.parametrize(("positives", "negatives", "lift", "doubt", "rows"), DOUBTS)
@pytest.mark.parametrize("flip", [False, True])
def test_doubts(positives: int, negatives: int, lift: float, doubt: str, rows: int | None, flip: bool) -> None:
    positive = np.arange(positives + negatives) < (negatives if flip else positives)
    random = np.random.default_rng(5)
    one = random.normal(0, 1, len(positive))
    two = random.normal(positive * lift, 1)
    for baseline, candidate in ((one, two), (two, one)):
        estimate, _ = found(delong(positive, baseline, candidate))
        assert (estimate.doubt, estimate.doubt_rows) == (doubt, rows)


def test_scores_that_differ_without_showing_it_are_doubted() -> None:
    positive, one, _ = sample(1, 500, 9)
    estimate, _ = found(delong(positive, one, one + 1))
    assert estimate.doubt == "the scores differ, but not in a way that shows how much ROC AUC varies"
    assert estimate.doubt_rows is None
    assert not found(delong(positive, one, one))[0].doubt


def test_few_rows_that_weigh_are_few() -> None:
    positive, one, two = sample(1, 500, 9)
    weights = np.where(positive, 1.0, 1e-6)
    weights[np.flatnonzero(~positive)[:40]] = 1.0
    estimate, _ = found(delong(positive, one, two, weights))
    assert estimate.doubt == "ROC AUC needs 50 rows of each class, and the rarest one has 40"


@pytest.mark.parametrize(("groups", "doubt"), [(29, True), (30, False)])
def test_few_clusters_are_doubted(groups: int, doubt: bool) -> None:
    positive, one, two = sample(1, groups * 20, 9)
    estimate, _ = found(delong(positive, one, two, clusters=np.arange(groups * 20) % groups))
    assert (estimate.doubt, estimate.doubt_rows) == (
        ("30 clusters are needed, and these count as 29", 600) if doubt else ("", None)
    )


def classes_sample(seed: int, n: int, classes: int) -> tuple[NDArray[np.int64], Any, Any]:
    random = np.random.default_rng(seed)
    labels = random.choice(classes, n, p=np.arange(1, classes + 1) / (classes * (classes + 1) / 2))
    labels[:classes] = np.arange(classes)
    sides = [random.normal(np.eye(classes)[labels], 1)]
    sides.append(sides[0] + random.normal(0, 0.4, sides[0].shape))
    return labels, *(np.exp(side) / np.exp(side).sum(axis=1, keepdims=True) for side in sides)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("clustered", [False, True])
def test_macro_auc_is_that_of_scikit_learn_and_its_derivatives(weighted: bool, clustered: bool) -> None:
    labels, one, two = classes_sample(2, 40, 3)
    random = np.random.default_rng(4)
    weights = random.uniform(0.2, 3, 40) if weighted else np.ones(40)
    clusters = random.integers(0, 9, 40) if clustered else np.arange(40)

    def auc(scores: Any, weights: Any) -> float:
        return float(roc_auc_score(labels, scores, multi_class="ovr", average="macro", sample_weight=weights))

    terms = terms_of(lambda weights: auc(two, weights) - auc(one, weights), weights)
    estimate, spread = found(
        macro_auc(labels, one, two, weights if weighted else None, clusters if clustered else None)
    )
    assert (estimate.baseline, estimate.candidate) == pytest.approx((auc(one, weights), auc(two, weights)))
    assert spread.error == pytest.approx(strata_variance(terms, labels, clusters) ** 0.5, rel=1e-5)
    assert spread.method == ("obuchowski" if clustered else "delong")


def test_the_error_of_macro_auc_is_that_of_the_bootstrap() -> None:
    labels, one, two = classes_sample(5, 400, 3)
    _, spread = found(macro_auc(labels, one, two))
    random = np.random.default_rng(0)
    differences = []
    for _ in range(1_500):
        rows = random.integers(0, 400, 400)
        _, resampled = found(macro_auc(labels[rows], one[rows], two[rows]))
        differences.append(resampled.difference)
    assert spread.error == pytest.approx(np.std(differences), rel=0.06)


@pytest.mark.parametrize("clustered", [False, True])
def test_two_columns_are_one(clustered: bool) -> None:
    positive, one, two = sample(6, 300, 2)
    clusters = np.arange(300) % 50 if clustered else None
    expected, spread = found(delong(positive, one, two, clusters=clusters))
    estimate, macro = found(macro_auc(positive.astype(int), np.c_[-one, one], np.c_[-two, two], clusters=clusters))
    assert (estimate.baseline, estimate.candidate, macro.error, macro.reach) == pytest.approx(
        (expected.baseline, expected.candidate, spread.error, spread.reach)
    )
    assert macro.df == spread.df


def test_macro_auc_needs_rows_of_each_class() -> None:
    labels, one, two = classes_sample(5, 600, 3)
    few = np.r_[np.flatnonzero(labels == 0)[:49], np.flatnonzero(labels)]
    assert macro_auc(labels[labels > 0], one[labels > 0], two[labels > 0]) is None
    assert macro_auc(labels, one, two, (labels > 0).astype(float)) is None
    assert macro_auc(labels * 0, one[:, :1], two[:, :1]) is None
    estimate, _ = found(macro_auc(labels[few], one[few], two[few]))
    assert estimate.doubt == "ROC AUC needs 50 rows of each class, and the rarest one has 49"
    equal, spread = found(macro_auc(labels, one, one))
    assert (equal.doubt, spread.error, spread.reach) == ("", 0.0, 0.0)

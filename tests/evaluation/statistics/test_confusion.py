"""Precision, recall, F1, specificity, balanced accuracy and their errors, against scikit-learn, which is also
differentiated numerically by each row's weight, and against leaving out rows and clusters.
"""

import math
import warnings
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import (
    balanced_accuracy_score,
    f1_score,
    multilabel_confusion_matrix,
    precision_score,
    recall_score,
)

from merganser.evaluation.estimate import Estimate, Sampled
from merganser.evaluation.statistics.bounds import bounds
from merganser.evaluation.statistics.confusion import Average, Cells, Score, confusion_estimate
from merganser.evaluation.statistics.totals import Undefined
from tests.evaluation.statistics.units import Floats, Sides, Whole, jackknife

ACCURATE = {Score.precision: precision_score, Score.recall: recall_score, Score.f1: f1_score}
KINDS = [
    *product((Score.precision, Score.recall, Score.f1, Score.specificity), Average),
    (Score.balanced_accuracy, Average.macro),
]


def classified(seed: int, n: int, classes: int, clusters: int, *, weighted: bool) -> Sides:
    """Two classifiers that are right in about three of four rows, more alike within a cluster."""
    random = np.random.default_rng(seed)
    cluster = random.integers(0, clusters, n)
    cluster[:clusters] = np.arange(clusters)
    label = (random.random(n) ** 1.5 * classes).astype(np.int64)
    hard = random.random(n) < 0.15 + 0.3 * random.random(clusters)[cluster]
    wrong = random.integers(0, classes, n)
    candidate = np.where(hard, wrong, label)
    baseline = np.where(random.random(n) < 0.12, random.integers(0, classes, n), candidate)
    weight = random.integers(1, 5, n) / 2 if weighted else np.ones(n)
    return Sides(label=label, candidate=candidate, baseline=baseline, weight=weight, cluster=cluster)  # type: ignore[arg-type]


def cells_of(sides: Sides, classes: int, *, clustered: bool = False) -> Cells:
    """Rows of equal codes counted together."""
    codes = [sides.label, sides.candidate, sides.baseline] + [sides.cluster] * clustered
    keys, index = np.unique(np.array(codes, dtype=np.int64).T, axis=0, return_inverse=True)
    return Cells(
        classes=classes,
        label=keys[:, 0],
        candidate=keys[:, 1],
        baseline=keys[:, 2],
        count=np.bincount(index),
        weight=np.bincount(index, sides.weight).astype(float),
        weight_squares=np.bincount(index, sides.weight**2).astype(float),
        cluster=keys[:, 3] if clustered else None,
    )


def specificity(label: Whole, predicted: Whole, average: Average, weight: Floats) -> float:
    """True negatives among those labelled otherwise, one class against the others."""
    classes = np.unique(np.concatenate([label, predicted]))
    counts = multilabel_confusion_matrix(label, predicted, sample_weight=weight, labels=classes)
    negatives = counts[:, 0].sum(axis=1)
    rates = np.array([tn / n if n > 1e-12 else 0.0 for tn, n in zip(counts[:, 0, 0], negatives, strict=True)])
    if average is Average.binary:
        return float(rates[classes.tolist().index(0)])
    return float(rates.mean() if average is Average.macro else np.average(rates, weights=counts[:, 1].sum(axis=1)))


def by_sklearn(label: Whole, predicted: Whole, score: Score, average: Average, weight: Floats) -> float:
    """Class 0 is the positive one."""
    if score is Score.balanced_accuracy:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it tells of predicted classes without labels
            return float(balanced_accuracy_score(label, predicted, sample_weight=weight))
    if score is Score.specificity:
        return specificity(label, predicted, average, weight)
    if average is Average.binary:
        label, predicted = label == 0, predicted == 0
    return float(ACCURATE[score](label, predicted, average=str(average), sample_weight=weight, zero_division=0))


def difference(sides: Sides, score: Score, average: Average, weight: Floats | None = None) -> float:
    weight = sides.weight if weight is None else weight
    one, two = (
        by_sklearn(sides.label, side, score, average, weight)  # type: ignore[arg-type]
        for side in (sides.candidate, sides.baseline)
    )
    return one - two


def spread_of(found: Estimate) -> Sampled:
    assert isinstance(found.spread, Sampled)
    return found.spread


@given(
    st.sampled_from(KINDS),
    st.integers(0, 10_000),
    st.integers(1, 60),
    st.integers(1, 6),
    st.booleans(),
    st.booleans(),
)
@settings(max_examples=100, deadline=None)
def test_values_are_scikit_learns(
    kind: tuple[Score, Average], seed: int, n: int, classes: int, weighted: bool, clustered: bool
) -> None:
    sides = classified(seed, n, classes, min(n, 5), weighted=weighted)
    if kind == (Score.specificity, Average.binary):
        sides.label[0] = 0
    found = confusion_estimate(cells_of(sides, 7, clustered=clustered), *kind)
    for side, predicted in (("candidate", sides.candidate), ("baseline", sides.baseline)):
        expected = by_sklearn(sides.label, predicted, *kind, sides.weight)  # type: ignore[arg-type]
        assert getattr(found, side) == pytest.approx(expected, abs=1e-12)
    assert spread_of(found).difference == pytest.approx(difference(sides, *kind), abs=1e-12)
    assert found.n == n


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("weighted", [False, True])
def test_errors_are_those_of_a_numerical_derivative(kind: tuple[Score, Average], weighted: bool) -> None:
    sides = classified(21, 30, 4, 17, weighted=weighted)
    terms = np.empty(30)
    for row in range(30):
        step = np.where(np.arange(30) == row, 1e-4, 0.0)
        up, down = (difference(sides, *kind, sides.weight + sign * step) for sign in (1, -1))
        terms[row] = sides.weight[row] * (up - down) / 2e-4
    expected = math.sqrt(30 / 29 * (terms**2).sum())
    plain = spread_of(confusion_estimate(cells_of(sides, 4), *kind))
    assert plain.error == pytest.approx(expected, rel=1e-6)
    assert (plain.units, plain.df, plain.method) == (30, 29, "delta")
    expected = math.sqrt(17 / 16 * (np.bincount(sides.cluster, terms) ** 2).sum())
    clustered = spread_of(confusion_estimate(cells_of(sides, 4, clustered=True), *kind))
    assert clustered.error == pytest.approx(expected, rel=1e-6)
    assert (clustered.units, clustered.df, clustered.method) == (17, 16, "cluster")


@pytest.mark.parametrize("kind", KINDS)
def test_errors_are_those_by_leaving_out_clusters(kind: tuple[Score, Average]) -> None:
    sides = classified(22, 1500, 3, 60, weighted=True)
    found = spread_of(confusion_estimate(cells_of(sides, 3, clustered=True), *kind))
    assert found.error == pytest.approx(jackknife(sides, lambda rest: difference(rest, *kind)), rel=0.05)


def test_errors_are_those_of_a_bootstrap() -> None:
    sides = classified(23, 2000, 3, 5, weighted=False)
    cells, random = cells_of(sides, 3), np.random.default_rng(1)
    for kind in ((Score.f1, Average.macro), (Score.precision, Average.weighted)):
        found = [
            difference(sides, *kind, random.multinomial(2000, np.full(2000, 1 / 2000)).astype(float))
            for _ in range(300)
        ]
        assert spread_of(confusion_estimate(cells, *kind)).error == pytest.approx(np.std(found), rel=0.1)


def test_the_positive_class_is_the_one_that_is_named() -> None:
    sides = classified(24, 200, 3, 5, weighted=False)
    for positive in range(3):
        found = confusion_estimate(cells_of(sides, 3), Score.precision, Average.binary, positive)
        assert found.candidate == pytest.approx(precision_score(sides.label == positive, sides.candidate == positive))


@given(st.sampled_from(KINDS), st.integers(0, 1000), st.booleans())
@settings(max_examples=60, deadline=None)
def test_swapping_sides_mirrors_to_the_bit(kind: tuple[Score, Average], seed: int, clustered: bool) -> None:
    sides = classified(seed, 80, 3, 40, weighted=True)
    cells = cells_of(sides, 3, clustered=clustered)
    fields = {name: getattr(cells, name) for name in cells.__struct_fields__}
    swapped = Cells(**fields | {"candidate": cells.baseline, "baseline": cells.candidate})
    low, high = bounds(confusion_estimate(cells, *kind).spread, 0.95)
    assert bounds(confusion_estimate(swapped, *kind).spread, 0.95) == (-high, -low)


@pytest.mark.parametrize("kind", KINDS)
def test_recall_by_support_is_accuracy(kind: tuple[Score, Average]) -> None:
    """Cells may be given row by row; and a mean of 0/1 has the error of a mean."""
    sides = classified(25, 300, 4, 5, weighted=False)
    rows = Cells(
        classes=4,
        label=sides.label,  # type: ignore[arg-type]
        candidate=sides.candidate,  # type: ignore[arg-type]
        baseline=sides.baseline,  # type: ignore[arg-type]
        count=np.ones(300, dtype=np.int64),
        weight=np.ones(300),
        weight_squares=np.ones(300),
    )
    one, two = spread_of(confusion_estimate(rows, *kind)), spread_of(confusion_estimate(cells_of(sides, 4), *kind))
    assert (one.difference, one.error) == pytest.approx((two.difference, two.error), rel=1e-9)
    if kind == (Score.recall, Average.weighted):
        gain = (sides.candidate == sides.label).astype(float) - (sides.baseline == sides.label)
        assert one.error == pytest.approx(gain.std(ddof=1) / math.sqrt(300))


def binary(counts: dict[tuple[int, int, int], int], weight: float = 1.0) -> Cells:
    """Cells from counts by label, candidate, baseline."""
    label, candidate, baseline = np.array(list(counts), dtype=np.int64).T
    count = np.array(list(counts.values()))
    return Cells(
        classes=2,
        label=label,
        candidate=candidate,
        baseline=baseline,
        count=count,
        weight=count * weight,
        weight_squares=count * weight**2,
    )


# 40 positives (class 0) of 200, 30 found by both sides, with 5 false alarms.
SAME = {(0, 0, 0): 30, (0, 1, 1): 10, (1, 1, 1): 155, (1, 0, 0): 5}


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ((Score.recall, Average.binary), 1 / 40),  # a hit more or less
        ((Score.precision, Average.binary), 30 / 35 / 35),  # a false alarm where the precision is 30/35
        ((Score.specificity, Average.binary), 1 / 160),
        ((Score.f1, Average.binary), (2 - 60 / 75) / 75),  # a hit: 2 to the numerator, 1 to the denominator
        ((Score.balanced_accuracy, Average.macro), 1 / 80),
        ((Score.recall, Average.weighted), 1 / 200),
    ],
)
@pytest.mark.parametrize("weight", [1.0, 0.25])
def test_equal_predictions_are_no_proof(kind: tuple[Score, Average], change: float, weight: float) -> None:
    """The most that one row of another prediction would change, as a share of 200 rows."""
    found = spread_of(confusion_estimate(binary(SAME, weight), *kind))
    assert (found.difference, found.error) == (0.0, 0.0)
    assert found.reach == pytest.approx(200 * change)


def test_predictions_that_differ_where_it_does_not_count_are_no_proof() -> None:
    """The sides differ in negatives, and recall is of positives."""
    found = spread_of(confusion_estimate(binary(SAME | {(1, 0, 1): 4, (1, 1, 0): 3}), Score.recall, Average.binary))
    assert (found.difference, found.error) == (0.0, 0.0)
    assert found.reach == pytest.approx(207 / 40)


def test_a_class_that_nobody_predicts_may_gain_all_by_one_row() -> None:
    found = confusion_estimate(binary({(0, 1, 1): 10, (1, 1, 1): 90}), Score.precision, Average.binary)
    assert (found.candidate, spread_of(found).error) == (0.0, 0.0)
    assert spread_of(found).reach == pytest.approx(100)
    assert found.note == (
        "the candidate's precision counts as 0 for 1 class without predicted rows; "
        "the baseline's precision counts as 0 for 1 class without predicted rows"
    )


# Rows labelled 1 that the candidate takes for 0; and rows that both take for 1.
NO_POSITIVES = {(1, 0, 1): 5, (1, 1, 1): 5}


@pytest.mark.parametrize(
    ("score", "average", "counts", "sides", "lacking"),
    [
        (Score.precision, Average.binary, {(0, 0, 1): 5, (1, 1, 1): 5}, ["baseline"], "predicted rows"),
        (Score.recall, Average.macro, NO_POSITIVES, ["candidate"], "labelled rows"),
        (Score.f1, Average.binary, NO_POSITIVES, ["baseline"], "labelled or predicted rows"),
        (Score.specificity, Average.binary, {(0, 0, 1): 5}, ["candidate", "baseline"], "rows labelled otherwise"),
        (Score.f1, Average.macro, SAME, [], ""),
        (Score.balanced_accuracy, Average.macro, NO_POSITIVES, [], ""),
    ],
)
def test_a_division_by_zero_is_told(
    score: Score, average: Average, counts: dict[tuple[int, int, int], int], sides: list[str], lacking: str
) -> None:
    told = [f"the {side}'s {score} counts as 0 for 1 class without {lacking}" for side in sides]
    assert confusion_estimate(binary(counts), score, average).note == "; ".join(told)


def test_several_classes_without_rows_are_counted() -> None:
    cells = Cells(
        classes=4,
        label=np.arange(4),
        candidate=np.zeros(4, dtype=np.int64),
        baseline=np.arange(4),
        count=np.ones(4, dtype=np.int64),
        weight=np.ones(4),
        weight_squares=np.ones(4),
    )
    found = confusion_estimate(cells, Score.precision, Average.macro)
    assert found.note == "the candidate's precision counts as 0 for 3 classes without predicted rows"


def test_few_clusters_and_lone_rows_are_doubted() -> None:
    sides = classified(26, 200, 2, 12, weighted=False)
    found = confusion_estimate(cells_of(sides, 2, clustered=True), Score.f1, Average.binary)
    assert found.doubt.startswith("30 clusters are needed, and these count as 1")
    assert found.doubt_rows is not None
    lone = confusion_estimate(binary({(0, 0, 1): 1}), Score.f1, Average.binary)
    assert (lone.doubt, lone.doubt_rows) == ("2 rows are needed, and these count as 1", 2)
    assert spread_of(lone).error == 0.0


def test_no_weight_has_no_score() -> None:
    with pytest.raises(Undefined, match="the rows have no weight"):
        confusion_estimate(binary(SAME, 0.0), Score.f1, Average.binary)

"""Curves from coarse scores, against scikit-learn's from the scores themselves."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import auc, roc_auc_score, roc_curve

from merganser.evaluation.curves import MOST_POINTS, CalibrationBin, RocPoint
from merganser.evaluation.statistics.curves import (
    CODES,
    calibration_points,
    curve_counts,
    roc_points,
    scores_of,
)

edges = [0.0, -0.0, 0.5, 1.0, 0.5 + 2**-24, 1 - 2**-24, 1 + 2**-23, 1e-45, -1e-45, 1e300, -1e300, 3.4e38]
finite = st.sampled_from(edges) | st.floats(0, 1) | st.floats(allow_nan=False, allow_infinity=False)


def codes_of(scores: list[float]) -> np.ndarray:
    """The code that each score alone is counted under."""
    return np.array([curve_counts(np.array([True]), np.array([score]))[1].argmax() for score in scores])


@given(st.lists(finite, min_size=2, max_size=3))
def test_codes_rise_with_scores(scores: list[float]) -> None:
    codes = codes_of(sorted(scores))
    assert (np.diff(codes) >= 0).all()
    assert codes.min() >= 0
    assert codes.max() < CODES


@given(finite)
def test_the_score_of_a_code_is_near(score: float) -> None:
    code = codes_of([score])
    found = float(scores_of(code)[0])
    assert abs(score) > 3.41e38 or codes_of([found]) == code
    distance = min(abs(score), abs(1 - score)) if 0 <= score <= 1 else abs(score)
    if 1e-37 < distance < 1e38:
        rounding = 6e-8 if 0 <= score <= 1 else 0.0  # of the score itself, in single precision
        assert abs(found - score) <= distance / 256 * 1.0001 + rounding


def test_the_first_and_the_last_code() -> None:
    largest = float(np.finfo(np.float32).max)
    assert codes_of([-1e300, 1e300]).tolist() == [0, CODES - 1]
    assert scores_of(np.array([0, CODES - 1])).tolist() == [-largest, largest]
    assert scores_of(codes_of([0.0, 0.5, 1.0])).tolist() == [0.0, 0.5, 1.0]


def spread(n: int, decimals: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(1)
    positive = random.random(n) < 0.3
    return positive, random.normal(positive * 1.5, 1).round(decimals)


@pytest.mark.parametrize("decimals", [0, 9])
def test_roc(decimals: int) -> None:
    positive, scores = spread(5_000, decimals)
    points = roc_points(curve_counts(positive, scores))
    x, y = ([getattr(point, side) for point in points] for side in ("false_positive", "true_positive"))
    assert (points[0], points[-1]) == (
        RocPoint(false_positive=0.0, true_positive=0.0),
        RocPoint(false_positive=1.0, true_positive=1.0),
    )
    assert len(points) <= MOST_POINTS
    assert all(a <= b for each in (x, y) for a, b in pairwise(each))
    assert auc(x, y) == pytest.approx(roc_auc_score(positive, scores), abs=5e-4)
    true_x, true_y, _ = roc_curve(positive, scores, drop_intermediate=False)
    if decimals == 0:  # few scores, each with a code of its own
        assert np.column_stack([x, y]) == pytest.approx(np.column_stack([true_x, true_y]))
    else:
        assert len(points) > 150
        assert max(min(np.hypot(true_x - a, true_y - b)) for a, b in zip(x, y, strict=True)) < 0.005


def test_confident_scores_are_told_apart() -> None:
    positive, logits = spread(5_000, 9)
    scores = 1 / (1 + np.exp(-logits - 12))  # all of them above 0.999
    points = roc_points(curve_counts(positive, scores))
    area = auc([p.false_positive for p in points], [p.true_positive for p in points])
    assert area == pytest.approx(roc_auc_score(positive, scores), abs=1e-3)


def test_one_class_has_no_curve() -> None:
    scores = np.linspace(0, 1, 5)
    assert roc_points(curve_counts(np.ones(5, dtype=bool), scores)) == ()
    assert roc_points(curve_counts(np.zeros(5, dtype=bool), scores)) == ()


def test_counts_of_parts_are_added() -> None:
    positive, scores = spread(1_000, 9)
    parts = curve_counts(positive[:300], scores[:300]) + curve_counts(positive[300:], scores[300:])
    assert (parts == curve_counts(positive, scores)).all()
    assert parts.sum(axis=1).tolist() == [(~positive).sum(), positive.sum()]


def test_calibration() -> None:
    random = np.random.default_rng(2)
    scores = random.random(20_000)
    positive = random.random(20_000) < scores**2
    found = calibration_points(curve_counts(positive, scores), 10)
    where = np.searchsorted(np.quantile(scores, np.arange(1, 10) / 10), scores)
    for at, point in enumerate(found):
        assert point.score == pytest.approx(scores[where == at].mean(), abs=0.004)
        assert point.observed == pytest.approx(positive[where == at].mean(), abs=0.02)
        assert point.rows == pytest.approx(2_000, abs=120)
    assert sum(point.rows for point in found) == 20_000
    tied = calibration_points(curve_counts(np.array([True, False, True]), np.array([0.5, 0.5, 1.0])), 10)
    assert tied == (CalibrationBin(score=0.5, observed=0.5, rows=2), CalibrationBin(score=1.0, observed=1.0, rows=1))
    assert calibration_points(np.zeros((2, CODES), dtype=np.int64), 10) == ()

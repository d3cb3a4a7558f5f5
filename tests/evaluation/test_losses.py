"""The numbers of single rows, against scikit-learn's of one row each."""

from typing import Any

import numpy as np
import pytest
from sklearn.metrics import brier_score_loss, log_loss, mean_absolute_error, mean_squared_error

from merganser.config import Task
from merganser.evaluation.losses import Floats, clipped, meaningless, per_row
from merganser.evaluation.metrics import Family, Metric, metric_of
from tests.evaluation.batches import batch_of, layout

NAN = float("nan")
CLASSES = ("cat", "dog", "eel")
KINDS = [np.float32, np.float64]
SCORES = [0.0, 1.0, 1e-12, 1 - 1e-12, 0.3, 0.999999, 1e-7, 0.5, 1e-300]


def found(task: Task, metric: str, frame: dict[str, Any], **columns: Any) -> Floats:
    of = layout(task, (metric,), **columns)
    batch = batch_of(of, frame)
    return per_row(of.metrics[metric], batch.candidate, batch)


def tolerance(kind: Any) -> float:
    return 1e-12 if kind is np.float64 else 2e-7


@pytest.mark.parametrize("kind", KINDS)
def test_log_loss_of_two_classes_is_clipped_where_scikit_learn_clips(kind: Any) -> None:
    score = np.array(SCORES * 2, dtype=kind)
    label = np.repeat([1, 0], len(SCORES))
    rows = found(Task.binary, "log_loss", {"label": label, "p": score}, score="p")
    expected = [log_loss(label[i : i + 1], score[i : i + 1], labels=[0, 1]) for i in range(len(score))]
    assert rows == pytest.approx(expected, rel=tolerance(kind), abs=1e-16)
    assert rows.mean() == pytest.approx(log_loss(label, score), rel=tolerance(kind))
    assert rows.max() == pytest.approx(-np.log(np.finfo(kind).eps))


@pytest.mark.parametrize("kind", KINDS)
def test_brier_of_two_classes(kind: Any) -> None:
    score = np.array(SCORES * 2, dtype=kind)
    label = np.repeat([1, 0], len(SCORES))
    rows = found(Task.binary, "brier", {"label": label, "p": score}, score="p")
    expected = [brier_score_loss(label[i : i + 1], score[i : i + 1], labels=[0, 1]) for i in range(len(score))]
    assert rows == pytest.approx(expected, rel=tolerance(kind), abs=tolerance(kind))


def several(kind: Any, n: int = 60) -> dict[str, Any]:
    random = np.random.default_rng(5)
    scores = random.dirichlet([0.2] * 3, n)
    scores[:3] = np.eye(3)
    frame = {f"p_{name}": scores[:, at].astype(kind) for at, name in enumerate(CLASSES)}
    return {"label": np.array(CLASSES)[random.integers(0, 3, n)], **frame}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("metric", "function"),
    [
        ("log_loss", lambda y, p: log_loss(y, p, labels=list(CLASSES))),
        ("brier", lambda y, p: brier_score_loss(y, p, labels=list(CLASSES), scale_by_half=False)),
    ],
)
def test_losses_of_several_classes(metric: str, function: Any, kind: Any) -> None:
    frame = several(kind)
    rows = found(Task.multiclass, metric, frame, scores={name: f"p_{name}" for name in CLASSES[::-1]})
    scores = np.column_stack([frame[f"p_{name}"] for name in CLASSES])
    expected = [function(frame["label"][i : i + 1], scores[i : i + 1]) for i in range(len(scores))]
    assert rows == pytest.approx(expected, rel=1e-6 if kind is np.float32 else 1e-9, abs=1e-6)


@pytest.mark.parametrize(("metric", "function"), [("mae", mean_absolute_error), ("mse", mean_squared_error)])
def test_errors_of_numbers(metric: str, function: Any) -> None:
    random = np.random.default_rng(6)
    label, said = random.normal(100, 10, 40), random.normal(100, 10, 40)
    rows = found(Task.regression, metric, {"label": label, "y": said}, prediction="y")
    expected = [function(label[i : i + 1], said[i : i + 1]) for i in range(40)]
    assert rows == pytest.approx(expected, rel=1e-12)


def test_an_error_of_single_precision_is_computed_in_double() -> None:
    said = np.array([16777216, 0.1], dtype=np.float32)
    rows = found(Task.regression, "mae", {"label": [16777217, 0], "y": said}, prediction="y")
    assert rows.tolist() == [1.0, float(np.float32(0.1))]


def test_right_and_wrong_rows() -> None:
    frame = {"label": ["cat", "dog", "dog"], "said": ["cat", "cat", "dog"]}
    assert found(Task.multiclass, "accuracy", frame, prediction="said").tolist() == [1, 0, 1]
    assert found(Task.multiclass, "error_rate", frame, prediction="said").tolist() == [0, 1, 0]


def test_a_column_of_the_predictions() -> None:
    frame = {"label": [1] * 5, "p": [0.1] * 5, "column": [0.0, 1.0, 1.0, 0.5, -2.0]}
    assert found(Task.binary, "mean(column)", frame, score="p").tolist() == [0, 1, 1, 0.5, -2]
    rows = found(Task.binary, "rate(column)", frame, score="p")
    assert rows == pytest.approx([0, 1, 1, NAN, NAN], nan_ok=True)
    assert found(Task.binary, "rate(column)", {**frame, "column": [True] * 5}, score="p").tolist() == [1] * 5


@pytest.mark.parametrize("metric", ["log_loss", "brier"])
def test_a_score_that_is_no_probability_has_no_loss(metric: str) -> None:
    """Nor has a row of several classes, if any of its scores is none, or if none is for its label."""
    frame = {"label": [1, 0, 1, 0], "p": [1.0000001, -0.1, 0.5, 1.0]}
    assert np.isnan(found(Task.binary, metric, frame, score="p")).tolist() == [True, True, False, False]
    classes = {
        "label": ["cat", "cat", "owl", "dog"], "p_cat": [0.5, 0.5, 0.5, 0.5], "p_dog": [0.5, 1.5, 0.5, 0.5],
    }  # fmt: skip
    scores = {name: f"p_{name}" for name in ("cat", "dog")}
    assert np.isnan(found(Task.multiclass, metric, classes, scores=scores)).tolist() == [False, True, True, False]


def test_two_scores_of_a_binary_model_are_judged_by_the_positive_one() -> None:
    """What the other column says does not count, whatever both add up to."""
    frame = {"label": ["yes", "no"], "q": [0.9, 0.9], "p": [0.25, 0.25]}
    rows = found(Task.binary, "brier", frame, scores={"no": "q", "yes": "p"}, positive="yes")
    assert rows.tolist() == [0.75**2, 0.25**2]


@pytest.mark.parametrize("kind", KINDS)
def test_the_largest_loss_tells_whether_a_probability_was_clipped(kind: Any) -> None:
    for score, cut in ((0.0, True), (1e-6, False)):
        loss = found(Task.binary, "log_loss", {"label": [1, 0], "p": np.array([score, 0.5], dtype=kind)}, score="p")
        assert clipped(float(loss.max())) is cut


@pytest.mark.parametrize(
    ("name", "task", "says"),
    [
        ("rate(late)", Task.binary, "hold something else than 0 and 1 in late"),
        ("log_loss", Task.binary, "have a score outside of 0 to 1, or a label that no score is for"),
        ("brier", Task.multiclass, "have a score outside of 0 to 1, or a label that no score is for"),
        ("mse", Task.regression, "hold numbers too large to compute with"),
        ("r2", Task.regression, "hold numbers too large to compute with"),
    ],
)
def test_what_is_wrong_with_rows_that_have_no_number(name: str, task: Task, says: str) -> None:
    assert meaningless(metric_of(name, task)) == says


def test_a_mean_of_a_column_has_a_number_for_every_row() -> None:
    metric = Metric(name="mean", family=Family.mean, parameter="column")
    batch = batch_of(layout(metrics=("mean(column)",), label=""), {"column": [1e300, -1e300]})
    assert per_row(metric, batch.candidate, batch).tolist() == [1e300, -1e300]

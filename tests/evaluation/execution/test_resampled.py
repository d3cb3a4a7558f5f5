"""What a metric's own function is handed, and when it is not called at all."""

import builtins
from typing import Any

import numpy as np
import pytest
from sklearn import metrics as sk

from merganser.config import Task
from merganser.errors import ConfigError
from merganser.evaluation.accumulators.kept import Rows
from merganser.evaluation.estimate import Estimate
from merganser.evaluation.evidence import Found, Unavailable
from merganser.evaluation.execution.resampled import resampler
from merganser.evaluation.metrics import metric_of
from merganser.evaluation.question import Setting
from tests.evaluation.batches import layout

N = 240
NAMES = ("dog", "cat", "eel")
SCORES = {"cat": "p_cat", "dog": "p_dog", "eel": "p_eel"}
RANDOM = np.random.default_rng(8)
LABELS = RANDOM.integers(0, 3, N)
CODES = np.where(RANDOM.random(N) < 0.7, LABELS, (LABELS + 1) % 3)
MATRIX = RANDOM.dirichlet((1, 1, 1), N)


def resampled(task: Task, name: str, arrays: dict[str, Any], names: tuple[str, ...] = (), **columns: Any) -> Found:
    """A metric of rows whose sides say the same; what a side says is named with a `_` in front."""
    given: dict[str, Any] = {"hashes": np.arange(N, dtype=np.uint64)}
    for key, array in arrays.items():
        names_of = [f"{side}.{key[1:]}" for side in ("candidate", "baseline")] if key.startswith("_") else [key]
        given |= dict.fromkeys(names_of, array)
    rows = Rows(arrays=given, seed=1, groups={}, names=names)
    of = layout(task, metrics=(name,), **columns)
    return resampler(Setting(), of)(metric_of(name, task), of, rows)


def value(found: Found) -> float:
    assert isinstance(found, Estimate)
    assert found.candidate == found.baseline
    return found.candidate


def test_classes_by_their_names() -> None:
    found = resampled(
        Task.multiclass, "cohen_kappa_score", {"labels": LABELS, "_classes": CODES}, NAMES, prediction="said"
    )
    assert value(found) == pytest.approx(sk.cohen_kappa_score(LABELS, CODES))


def test_two_classes_by_name_are_one_and_zero() -> None:
    codes = LABELS % 2, CODES % 2
    arrays = {"labels": codes[0], "positive": codes[0] == 1, "_classes": codes[1]}
    found = resampled(Task.binary, "jaccard_score", arrays, ("no", "yes"), prediction="said", positive="yes")
    assert value(found) == pytest.approx(sk.jaccard_score(codes[0], codes[1]))


def test_two_classes_by_score() -> None:
    positive = LABELS > 0
    arrays = {"positive": positive, "_classes": CODES > 0, "_score": MATRIX[:, 0]}
    columns: dict[str, Any] = {"score": "p", "positive": "1"}
    scored = resampled(Task.binary, "average_precision_score", arrays, **columns)
    assert value(scored) == pytest.approx(sk.average_precision_score(positive, MATRIX[:, 0]))
    classed = resampled(Task.binary, "matthews_corrcoef", arrays, **columns)
    assert value(classed) == pytest.approx(sk.matthews_corrcoef(positive, CODES > 0))


def test_classes_beside_scores_are_the_scores_columns() -> None:
    arrays = {"labels": LABELS, "_scores": MATRIX}
    found = resampled(Task.multiclass, "d2_log_loss_score", arrays, NAMES, scores=SCORES)
    columns = np.array([1, 0, 2])[LABELS]  # where dog, cat and eel stand among cat, dog and eel
    assert value(found) == pytest.approx(sk.d2_log_loss_score(columns, MATRIX))


def test_numbers() -> None:
    arrays = {"target": MATRIX[:, 0], "_number": MATRIX[:, 1]}
    found = resampled(Task.regression, "max_error", arrays, prediction="said")
    assert value(found) == pytest.approx(sk.max_error(MATRIX[:, 0], MATRIX[:, 1]))


@pytest.mark.parametrize("names", [("dog", "cat", "fox"), NAMES])
def test_scores_that_are_not_there(names: tuple[str, ...]) -> None:
    """A label without a score, or no scores at all."""
    arrays = {"labels": LABELS, "_classes": CODES} | ({"_scores": MATRIX} if names != NAMES else {})
    columns: dict[str, Any] = {"scores": SCORES} if names != NAMES else {"prediction": "said"}
    assert resampled(Task.multiclass, "d2_log_loss_score", arrays, names, **columns) == Unavailable(
        why="d2_log_loss_score is a function of scores, and the predictions have none for each label"
    )


@pytest.mark.parametrize(("module", "error"), [("joblib", ConfigError), ("nonesuch.part", ModuleNotFoundError)])
def test_a_package_that_is_not_installed(monkeypatch: pytest.MonkeyPatch, module: str, error: type[Exception]) -> None:
    """The extra that brings it is named; what no extra brings is a fault of ours."""
    real = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name == "merganser.evaluation.execution.functions":
            raise ModuleNotFoundError(f"No module named {module!r}", name=module)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(error) as wrong:
        resampled(Task.regression, "max_error", {"target": MATRIX[:, 0], "_number": MATRIX[:, 1]}, prediction="said")
    if error is ConfigError:
        assert "the extra `metrics` (joblib)" in str(wrong.value)

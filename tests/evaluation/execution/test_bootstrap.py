"""Any function of labels and predictions, on both sides and on resamples, however many processes share the work."""

import os
import re
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, f1_score, matthews_corrcoef, median_absolute_error

from merganser.errors import ConfigError
from merganser.evaluation.estimate import Estimate, Resampled, Sampled
from merganser.evaluation.evidence import Unavailable
from merganser.evaluation.execution import bootstrap, telling
from merganser.evaluation.execution.bootstrap import Answers, run_bootstrap
from merganser.evaluation.execution.functions import find_metric
from merganser.evaluation.statistics.resampling import Draws, bucket_of, bucket_weights

OWN = """
import warnings

def far(labels, said): return abs(float((said - labels).mean()))
def fails(labels, said): raise KeyError("no\\nsuch price")
def many(labels, said): return {"a": 1}
def infinite(labels, said): return float("inf")
def needs(labels, said):
    if labels.sum() != 1: raise ValueError("which?")
    return 1.0
def warns(labels, said):
    warnings.warn("so\\nand so")
    warnings.warn("soon gone", FutureWarning)
    return float((said - labels).mean())
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("functions")
    (path / "own_bootstrap.py").write_text(OWN)
    return path


@pytest.fixture(autouse=True)
def _path_and_few_replicates(monkeypatch: pytest.MonkeyPatch) -> None:
    """Imports look where they did before, and 60 replicates stand for 2,000."""
    monkeypatch.setattr("sys.path", [*sys.path])
    monkeypatch.setattr(bootstrap, "REPLICATES", 60)


def draws(n: int, **fields: Any) -> Draws:
    return Draws(seed=9, hashes=np.random.default_rng(8).integers(0, 2**64, n, dtype=np.uint64), **fields)


def numbers(n: int) -> Answers:
    random = np.random.default_rng(7)
    labels = random.normal(size=n)
    return Answers(labels, labels + random.normal(0, 0.5, n), labels + random.normal(0, 0.6, n))


def classes(n: int) -> Answers:
    random = np.random.default_rng(7)
    labels = random.integers(0, 2, n)
    return Answers(labels, *(np.where(random.random(n) < 0.8, labels, 1 - labels) for _ in range(2)))


def estimate(found: Any) -> tuple[Estimate, Resampled]:
    assert isinstance(found, Estimate)
    assert isinstance(found.spread, Resampled)
    return found, found.spread


@pytest.mark.parametrize("call", [matthews_corrcoef, f1_score])
def test_predicted_classes(call: Any) -> None:
    answers, where = classes(3_000), draws(3_000)
    found, spread = estimate(run_bootstrap(find_metric(call.__name__), answers, where))
    assert (found.baseline, found.candidate) == pytest.approx((call(*answers[:2]), call(answers[0], answers[2])))
    times = bucket_weights(9, [41])[0][bucket_of(where.hashes)]
    drawn = [call(answers[0], said, sample_weight=times) for said in answers[1:]]
    assert spread.replicates[41] == pytest.approx(drawn[1] - drawn[0])
    assert (len(spread.replicates), found.n, found.doubt, found.note) == (60, 3_000, "", "")


def test_scores_and_weights() -> None:
    random = np.random.default_rng(7)
    labels = random.integers(0, 2, 400)
    answers = Answers(labels, labels + random.normal(0, 1, 400), labels + random.normal(0, 1, 400))
    weights = random.uniform(0.5, 2, 400)
    found, spread = estimate(
        run_bootstrap(find_metric("average_precision_score"), answers, draws(400, weights=weights))
    )
    assert found.candidate == pytest.approx(average_precision_score(labels, answers.candidate, sample_weight=weights))
    assert min(spread.replicates) < spread.difference < max(spread.replicates)


def test_a_function_without_weights_gets_no_weighed_rows() -> None:
    with pytest.raises(ConfigError, match="max_error takes no sample_weight, and the rows have weights"):
        run_bootstrap(find_metric("max_error"), numbers(50), draws(50, weights=np.ones(50)))


@pytest.mark.parametrize("name", ["median_absolute_error", "own_bootstrap.far"])
def test_processes_don_t_show(folder: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(bootstrap, "SMALL", 100)
    answers, function = numbers(500), find_metric(name, str(folder))
    alone, shared = (run_bootstrap(function, answers, draws(500), jobs) for jobs in (1, 2))
    assert alone == shared
    assert len(estimate(alone)[1].replicates) == 60
    monkeypatch.setattr(bootstrap, "SMALL", 1_000)
    assert run_bootstrap(function, answers, draws(500)) == alone
    if name == "median_absolute_error":
        assert estimate(alone)[0].candidate == pytest.approx(median_absolute_error(answers.labels, answers.candidate))


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("fails", "own_bootstrap.fails fails: KeyError: 'no\\nsuch price'"),
        ("many", "own_bootstrap.many fails: TypeError: float() argument must be a string or a real number, not 'dict'"),
        ("infinite", "own_bootstrap.infinite is inf for the candidate, inf for the baseline"),
        ("needs", "own_bootstrap.needs has no value in most resamples of the rows"),
    ],
)
def test_what_has_no_value_says_so(folder: Path, name: str, why: str) -> None:
    answers = classes(60)
    labels = np.r_[1, np.zeros(59, dtype=int)] if name == "needs" else answers.labels
    found = run_bootstrap(
        find_metric(f"own_bootstrap.{name}", str(folder)), Answers(labels * 1.0, *numbers(60)[1:]), draws(60)
    )
    assert found == Unavailable(why=why)


def test_sides_that_agree_are_not_resampled() -> None:
    labels, said, _ = classes(1_000)
    found = run_bootstrap(find_metric("hamming_loss"), Answers(labels, said, said), draws(1_000))
    assert isinstance(found, Estimate)
    assert isinstance(found.spread, Sampled)
    assert (found.spread.error, found.doubt) == (0.0, "")
    assert found.spread.reach == pytest.approx(1.0)
    labels, said, _ = numbers(50)
    found = run_bootstrap(find_metric("max_error"), Answers(labels, said, said), draws(50))
    assert isinstance(found, Estimate)
    assert isinstance(found.spread, Sampled)
    assert found.spread.reach == 0.0


def test_what_the_function_warns_of_is_noted(folder: Path) -> None:
    found = run_bootstrap(find_metric("own_bootstrap.warns", str(folder)), numbers(40), draws(40))
    assert isinstance(found, Estimate)
    assert found.note == "own_bootstrap.warns: so"


def test_progress_is_lines_where_nobody_looks(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    run_bootstrap(find_metric("max_error"), numbers(40), draws(40))
    assert capfd.readouterr() == ("", "")
    monkeypatch.setattr(telling, "EVERY", 0.0)
    run_bootstrap(find_metric("max_error"), numbers(40), draws(40))
    out, err = capfd.readouterr()
    assert out == ""
    assert err.splitlines() == [f"max_error, resamples: {done} of 60" for done in (25, 50, 60)]


def test_progress_is_a_bar_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = os.openpty()
    with os.fdopen(theirs, "w") as terminal:
        monkeypatch.setattr("sys.stderr", terminal)
        run_bootstrap(find_metric("max_error"), numbers(40), draws(40))
    shown = b""
    with suppress(OSError):  # how a terminal says that nobody writes to it any more
        while piece := os.read(ours, 10_000):
            shown += piece
    os.close(ours)
    assert re.search(r"max_error, resamples  \[#+\]  100%", shown.decode())

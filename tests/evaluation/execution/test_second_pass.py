"""ROC AUC of single-precision scores in two passes: the answer that sorting gives, whichever way rows are read."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from merganser.config import Gate
from merganser.evaluation import measuring
from merganser.evaluation.verdict import Check
from tests.evaluation.execution.two_sides import MARGIN, frames, judged, shuffled
from tests.evaluation.samples import model

RULES = model(Gate(metrics={"auc": MARGIN}))
BATCH = 40  # of 300 rows: eight parts, three pieces of work


def auc(folder: Path, sides: tuple[pl.DataFrame, pl.DataFrame], batch: int) -> Check:
    (check,) = judged(folder, *sides, rules=RULES, batch=batch).checks
    return check


def as_they_are(frame: pl.DataFrame) -> pl.DataFrame:
    return frame


def outside(frame: pl.DataFrame) -> pl.DataFrame:
    """A single score in the last part that is no probability."""
    return frame.with_columns(pl.when(pl.col("row_id") == 299).then(1.5).otherwise("p").cast(pl.Float32).alias("p"))


def crowded(frame: pl.DataFrame) -> pl.DataFrame:
    """The same order within few bins: scores a step of single precision apart."""
    steps = frame["p"].rank("ordinal").to_numpy() - 1
    return frame.with_columns(p=(np.float32(0.5) + steps * np.float32(2**-24) * 2).astype(np.float32))


@pytest.mark.parametrize("change", [as_they_are, outside, crowded])
@pytest.mark.parametrize(("order", "batch"), [("aligned", BATCH), ("joined", BATCH), ("joined", 10**6)])
def test_the_same_as_sorted(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    change: Callable[[pl.DataFrame], pl.DataFrame],
    order: str,
    batch: int,
) -> None:
    candidate, baseline = (change(frame) for frame in frames(kind=pl.Float32))
    expected = auc(tmp_path, (candidate, baseline), 10**6)
    monkeypatch.setattr(measuring, "HISTOGRAM_ROWS", 100)
    found = auc(tmp_path, (candidate, baseline if order == "aligned" else shuffled(baseline)), batch)
    assert (found.status, found.method, found.n) == (expected.status, "delong", 300)
    numbers = [(check.candidate, check.baseline, check.low, check.high) for check in (found, expected)]
    assert numbers[0] == pytest.approx(numbers[1], rel=1e-12 if change is not as_they_are else 1e-4)

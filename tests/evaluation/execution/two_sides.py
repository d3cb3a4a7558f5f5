"""Two sides' rows with scores, in files, and the gate's whole answer on them by the way they are read."""

from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import polars as pl
import pytest

from merganser.config import (
    Calibration,
    CalibrationError,
    Change,
    FairnessRules,
    Gate,
    Labels,
    MetricRules,
    Model,
    NonInferior,
)
from merganser.evaluation.judge import Judgement, Setting, Side
from tests.evaluation.samples import ask, by, model

N = 300
MARGIN = MetricRules(non_inferior=NonInferior(margin=0.05))
GATE = Gate(
    metrics={
        "accuracy": MARGIN,
        "auc": MARGIN,
        "log_loss": MetricRules(max=9.0, max_rise=Change(0.1)),
        "f1": MARGIN,
    },
    slices=(by("country", "accuracy", "auc", "brier", min_support=10),),
    fairness=(FairnessRules(by="country", min_ratio=0.5, min_support=10),),
)
RULES = model(GATE)
RESAMPLED = model(Gate(calibration=Calibration(ece=CalibrationError(max=0.2, bins=5))))
SEALED = msgspec.structs.replace(
    model(GATE, label=""), labels=Labels(key="row_id", label="label", slices=("country",))
)  # fmt: skip


def frames(n: int = N, kind: type[pl.DataType] = pl.Float64) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The candidate's and the baseline's rows, of the same keys 0, 1, 2 … in this order."""
    random = np.random.default_rng(11)
    label = (random.random(n) < 0.4).astype(int)
    shared = label + random.normal(0, 0.8, n)
    columns = {"row_id": np.arange(n), "label": label, "country": np.array(["de", "fr", "it"])[np.arange(n) % 3]}
    found = []
    for noise in random.normal(0, 0.3, (2, n)):
        score = 1 / (1 + np.exp(1 - 2 * (shared + noise)))
        found.append(pl.DataFrame(columns | {"p": pl.Series(score, dtype=kind)}))
    return found[0], found[1]


def shuffled(frame: pl.DataFrame, seed: int = 1) -> pl.DataFrame:
    return frame.sample(fraction=1, shuffle=True, seed=seed)


def side(path: Path, frame: pl.DataFrame) -> Side:
    frame.write_parquet(path)
    return Side(name=path.stem, predictions=path)


def judged(
    folder: Path,
    candidate: pl.DataFrame,
    baseline: pl.DataFrame | None,
    labels: pl.DataFrame | None = None,
    rules: Model = RULES,
    **setting: Any,
) -> Judgement:
    """What the gate says of these rows; with `labels` those alone count."""
    sealed = None if labels is None else side(folder / "labels.parquet", labels).predictions
    before = None if baseline is None else side(folder / "baseline.parquet", baseline)
    rules = rules if labels is None else SEALED
    after = side(folder / "candidate.parquet", candidate)
    return ask(rules, after, before, labels=sealed, setting=Setting(**setting))


def said(found: Judgement) -> Any:
    """A judgement as it is written."""
    return msgspec.to_builtins(found)


def assert_near(one: Any, other: Any) -> None:
    """Equal, and of numbers the same to 1e-12."""
    if isinstance(one, dict):
        assert one.keys() == other.keys()
        for name in one:
            assert_near(one[name], other[name])
    elif isinstance(one, list | tuple):
        assert len(one) == len(other)
        for mine, theirs in zip(one, other, strict=True):
            assert_near(mine, theirs)
    elif isinstance(one, float):
        assert one == pytest.approx(other, rel=1e-12, abs=1e-12)
    else:
        assert one == other

"""How far evaluation rows reach, against what textbooks say of two models that are equally good."""

import math
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from merganser.config import Config, Predictions, Task
from merganser.config.file import load_config
from merganser.setup.init.reach import as_good, reaches

ONE_SIDED = 1.6449  # the normal quantile of 95 %


def config(task: str, metric: str, margin: float, answer: str, **other: str) -> Config:
    extra = "".join(f", {name}: {value}" for name, value in other.items())
    return load_config(
        f"version: 1\nmodels: {{m: {{task: {task}, artifact: {{path: a}},\n"
        f"  predictions: {{file: p.csv, key: id, label: label, {answer}: {answer}{extra}}},\n"
        f"  gate: {{metrics: {{{metric}: {{non_inferior: {{margin: {margin}}}}}}}}}}}}}\n".encode(),
        "merganser.yaml",
    )


def classified(rows: int) -> pl.DataFrame:
    """A tenth of the rows is wrong."""
    label = np.arange(rows) % 2
    return pl.DataFrame(
        {"id": range(rows), "label": label, "prediction": np.where(np.arange(rows) % 10, label, 1 - label)}
    )


@pytest.mark.parametrize("rows", [1_000, 16_000])
def test_accuracy_reaches_as_far_as_half_of_the_mistakes_being_others(tmp_path: Path, rows: int) -> None:
    """Of half of the rows a tenth is wrong anew: so models differ on 2 · 0.1 · 0.9 of these, in either direction."""
    classified(rows).write_csv(tmp_path / "p.csv")
    [found] = reaches(config("multiclass", "accuracy", 0.01, "prediction"), tmp_path)
    width = ONE_SIDED * math.sqrt(0.5 * 2 * 0.1 * 0.9 / rows)
    assert found.width == pytest.approx(width, rel=0.15)
    assert (found.rows, found.enough) == (rows, rows > 8_000)
    assert (found.needed is None) is found.enough


def test_numbers_reach_by_their_errors(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    label = rng.normal(0, 1, 2_000)
    table = {"id": range(2_000), "label": label, "prediction": label + rng.normal(0, 0.3, 2_000)}
    pl.DataFrame(table).write_csv(tmp_path / "p.csv")
    [found] = reaches(config("regression", "mse", 0.05, "prediction"), tmp_path)
    # The variance of a squared normal error is twice the fourth power of its deviation; half of the rows have another.
    assert found.width == pytest.approx(ONE_SIDED * math.sqrt(2 * 0.3**4 / 2_000), rel=0.2)
    assert found.enough


def test_another_model_that_is_as_good_has_the_same_answers_for_each_label() -> None:
    rows = classified(400).with_columns(score=pl.col("id") / 400)
    other = as_good(
        rows, Task.binary, Predictions(file="p", key="id", label="label", score="score", prediction="prediction")
    )
    assert_frame_equal(other.select("id", "label"), rows.select("id", "label"))
    for label in (0, 1):
        mine, its = (frame.filter(pl.col("label") == label) for frame in (rows, other))
        assert sorted(its.select("prediction", "score").rows()) == sorted(mine.select("prediction", "score").rows())
    moved = (rows["score"] != other["score"]).sum()
    assert 150 < moved < 250


@pytest.mark.parametrize(
    ("rules", "table"),
    [
        (config("multiclass", "accuracy", 0.01, "prediction"), None),
        (config("multiclass", "accuracy", 0.01, "prediction"), "id,label,other\n1,1,1\n"),
        (config("multiclass", "accuracy", 0.01, "prediction"), "id,label,prediction\n"),
        (config("ranking", "ndcg(10)", 0.01, "score", query="q"), "id,label,score,q\n1,1,1,1\n"),
    ],
    ids=["no file", "no column", "no row", "ranking"],
)
def test_where_nothing_can_be_told_nothing_is(tmp_path: Path, rules: Config, table: str | None) -> None:
    if table is not None:
        (tmp_path / "p.csv").write_text(table)
    assert reaches(rules, tmp_path) == ()

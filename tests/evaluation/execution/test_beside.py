"""What stands beside predictions is read from files: costs with their latencies, and features for drift."""

from pathlib import Path

import msgspec
import numpy as np
import polars as pl
import pytest

from merganser.config import BudgetRules, Budgets, DriftRules, Features, Gate, Latency, MetricRules
from merganser.errors import DataError
from merganser.evaluation.drift.findings import DriftFindings
from merganser.evaluation.evidence import Unavailable
from merganser.evaluation.execution.beside import costs, drift
from merganser.evaluation.question import Question, Side
from merganser.evaluation.rollup import BaselineState, Skip
from merganser.evaluation.verdict import Status
from tests.evaluation.samples import NOW, ask, csv, model

RULES = msgspec.structs.replace(
    model(Gate()),
    budgets=Budgets(latency=Latency(file="latency.csv", column="ms")),
    features=Features(file="features.csv", columns=("age",)),
)


def test_costs_and_latencies(tmp_path: Path) -> None:
    file = csv(tmp_path / "l.csv", "ms,other", ["1.5,x", "2.5,y"])
    side = Side(name="c", costs={"artifact_mb": 3.0}, latencies=file)
    found = costs(side, RULES)
    assert found.values == {"artifact_mb": 3.0}
    assert found.latencies is not None
    assert found.latencies.tolist() == [1.5, 2.5]
    assert costs(msgspec.structs.replace(side, latencies=None), RULES).latencies is None
    assert costs(side, msgspec.structs.replace(RULES, budgets=Budgets())).latencies is None


def test_latencies_without_their_column(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="ms"):
        costs(Side(name="c", latencies=csv(tmp_path / "l.csv", "seconds", ["1"])), RULES)


def asked(candidate: Path | None, baseline: Path | None, first: bool = False) -> Question:
    before = None if first else Side(name="b", features=baseline)
    state = BaselineState.first_run if first else BaselineState.available
    side = Side(name="c", features=candidate)
    return Question(model="m", rules=RULES, candidate=side, baseline=before, baseline_state=state, now=NOW)


def features(path: Path, shift: float = 0.0) -> Path:
    ages = np.random.default_rng(2).normal(40 + shift, 10, 500)
    pl.DataFrame({"age": ages, "name": ["x"] * 500}).write_parquet(path)
    return path


def test_features_of_both_sides(tmp_path: Path) -> None:
    here, there = features(tmp_path / "c.parquet", 20.0), features(tmp_path / "b.parquet")
    found = drift(asked(here, there))
    assert isinstance(found, DriftFindings)
    assert list(found.columns) == ["age"]
    same = drift(asked(there, there))
    assert isinstance(same, DriftFindings)
    moved, still = found.columns["age"], same.columns["age"]
    assert not isinstance(moved, Unavailable)
    assert not isinstance(still, Unavailable)
    assert moved.psi > 0.2 > still.psi


def test_sides_that_lack_features(tmp_path: Path) -> None:
    here = features(tmp_path / "c.parquet")
    assert drift(asked(None, None)) is None
    assert drift(asked(None, None, first=True)) is None
    for question, whose in (
        (asked(None, here), "candidate"),
        (asked(here, None), "baseline"),
        (asked(here, None, first=True), "baseline"),
    ):
        assert drift(question) == Unavailable(why=f"the {whose} has no profile of its features", skip=Skip.no_method)


def test_the_verdict_has_checks_of_both(tmp_path: Path) -> None:
    rows = [f"{n},{n % 2},{0.2 + 0.6 * (n % 2)}" for n in range(60)]
    predictions = csv(tmp_path / "p.csv", "row_id,label,p", rows)
    gate = Gate(
        metrics={"accuracy": MetricRules(min=0.5)}, budgets={"artifact_mb": BudgetRules(max=2)}, drift=DriftRules()
    )
    there = features(tmp_path / "b.parquet")
    candidate = Side(
        name="c", predictions=predictions, costs={"artifact_mb": 3.0}, features=features(tmp_path / "c.parquet", 20.0)
    )
    baseline = Side(name="b", predictions=predictions, costs={"artifact_mb": 1.0}, features=there)
    rules = msgspec.structs.replace(RULES, gate=gate)
    found = {check.id: check.status for check in ask(rules, candidate, baseline).checks}
    failed = {"artifact_mb:max": Status.failed, "psi:drift@column=age": Status.failed}
    assert found == {"accuracy:min": Status.passed} | failed
    plain = msgspec.structs.replace(rules, gate=Gate(metrics=gate.metrics))
    assert [check.id for check in ask(plain, candidate, baseline).checks] == ["accuracy:min"]
    first = {check.id: check.status for check in ask(rules, candidate, None).checks}
    assert first["artifact_mb:max"] is Status.failed

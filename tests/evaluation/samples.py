"""Gates, evidence and questions to judge: the values that the tests of this folder start from."""

import datetime
from pathlib import Path
from typing import Any

from merganser.config import Artifact, Gate, MetricRules, Model, NonInferior, Predictions, Severity, SliceRules
from merganser.evaluation.evidence import Evidence, Paired, RankedPair, Unavailable
from merganser.evaluation.judge import Judgement, Question, Side, judge
from merganser.evaluation.rollup import BaselineState, Skip
from merganser.evaluation.verdict import Check, Status

NOW = datetime.datetime(2026, 5, 17, 12, tzinfo=datetime.UTC)
FIRST = Unavailable(why="the model has no merged run yet", skip=Skip.no_baseline)
CHANGED = Unavailable(why="4 rows are new", skip=Skip.data_changed)
BROKEN = Unavailable(why="2 rows repeat a key")


def paired(b: int, c: int, n: int, both: int | None = None) -> Paired:
    """Counts with `both` rows right on both sides: half of the agreeing rows unless given."""
    agreed = (n - b - c) // 2 if both is None else both
    return Paired(n=n, baseline_right=agreed + b, candidate_right=agreed + c, b=b, c=c)


def ranked(**fields: Any) -> RankedPair:
    values = {
        "positives": 1000, "negatives": 1000, "baseline": 0.8, "candidate": 0.801, "difference": 0.001,
        "error": 0.002, "same_scores": False,
    }  # fmt: skip
    return RankedPair(**(values | fields))


def evidence(**fields: Any) -> Evidence:
    """Predictions on both sides that agree almost everywhere, unless `fields` say otherwise."""
    values = {
        "predictions": True, "rates": paired(150, 130, 10_000), "ranking": ranked(), "slices": {},
        "candidate_metrics": {}, "baseline_metrics": {}, "no_baseline": None, "unchanged": False,
    }  # fmt: skip
    return Evidence(**(values | fields))


def check(status: Status, **fields: Any) -> Check:
    values = {"id": "accuracy:non_inferior", "metric": "accuracy", "rule": "non_inferior", "status": status, "why": "w"}
    return Check(**(values | fields))


def gate(**metrics: MetricRules) -> Gate:
    return Gate(metrics=metrics)


def non_inferior(margin: float = 0.01, severity: Severity = Severity.block) -> MetricRules:
    return MetricRules(non_inferior=NonInferior(margin=margin), severity=severity)


def by(column: str, *metrics: str, margin: float = 0.02, min_support: int | None = None) -> SliceRules:
    return SliceRules(by=column, metrics=metrics or ("accuracy",), margin=margin, min_support=min_support)


def model(rules: Gate, **predictions: Any) -> Model:
    """A binary model with key `row_id`, label `label` and score `p` for the label 1, unless told otherwise."""
    columns = {"file": "p.csv", "key": "row_id", "label": "label", "score": "p"} | predictions
    return Model(artifact=Artifact(path="m"), positive="1", predictions=Predictions(**columns), gate=rules)


def ask(rules: Model, candidate: Side, baseline: Side | None, **fields: Any) -> Judgement:
    state = BaselineState.available if baseline else BaselineState.first_run
    values = {"model": "churn", "rules": rules, "baseline_state": state, "now": NOW} | fields
    return judge(Question(candidate=candidate, baseline=baseline, **values))


def csv(path: Path, header: str, rows: list[str]) -> Path:
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path

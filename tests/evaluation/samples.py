"""Gates, evidence and questions to judge: the values that the tests of this folder start from."""

import datetime
from pathlib import Path
from typing import Any

from merganser.config import Artifact, Gate, MetricRules, Model, NonInferior, Predictions, Severity, SliceRules
from merganser.evaluation.estimate import Discordant, Estimate, Sampled
from merganser.evaluation.evidence import Evidence, Unavailable
from merganser.evaluation.judge import Judgement, Question, Side, judge
from merganser.evaluation.rollup import BaselineState, Skip
from merganser.evaluation.verdict import Check, Status

NOW = datetime.datetime(2026, 5, 17, 12, tzinfo=datetime.UTC)
FIRST = Unavailable(why="the model has no merged run yet", skip=Skip.no_baseline)
CHANGED = Unavailable(why="4 rows are new", skip=Skip.data_changed)
BROKEN = Unavailable(why="2 rows repeat a key")


def paired(b: int, c: int, n: int, both: int | None = None) -> Estimate:
    """Accuracy from counts with `both` rows right on both sides: half of the agreeing rows unless given."""
    agreed = (n - b - c) // 2 if both is None else both
    return Estimate(candidate=(agreed + c) / n, baseline=(agreed + b) / n, n=n, spread=Discordant(b=b, c=c, n=n))


def wrong(b: int, c: int, n: int, both: int | None = None) -> Estimate:
    """Error rate from the same counts as `paired`: what only the baseline has right, only the candidate has wrong."""
    right = paired(b, c, n, both)
    spread = Discordant(b=c, c=b, n=n)
    return Estimate(candidate=1 - right.candidate, baseline=1 - right.baseline, n=n, spread=spread)


def ranked(**fields: Any) -> Estimate:
    """ROC AUC of 2,000 rows, 0.8 on the baseline's side; `difference`, `error`, and what else an estimate has."""
    difference, error = fields.pop("difference", 0.001), fields.pop("error", 0.002)
    spread = Sampled(difference=difference, error=error, units=2000, method="delong")
    return Estimate(**{"candidate": 0.8 + difference, "baseline": 0.8, "n": 2000, "spread": spread} | fields)


def evidence(**fields: Any) -> Evidence:
    """Predictions on both sides that agree almost everywhere, unless `fields` say otherwise."""
    values = {
        "overall": {"accuracy": paired(150, 130, 10_000), "auc": ranked()}, "slices": {},
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
    return SliceRules(by=(column,), metrics=metrics or ("accuracy",), margin=margin, min_support=min_support)


def model(rules: Gate, **predictions: Any) -> Model:
    """A binary model with key `row_id`, label `label` and score `p` for the label 1, unless told otherwise."""
    columns = {"file": "p.csv", "key": "row_id", "label": "label", "score": "p"} | predictions
    return Model(artifact=Artifact(path="m"), positive="1", predictions=Predictions(**columns), gate=rules)


def ask(rules: Model, candidate: Side, baseline: Side | None, **fields: Any) -> Judgement:
    state = BaselineState.available if baseline else BaselineState.first_run
    setting = fields.pop("setting", None)
    values = {"model": "churn", "rules": rules, "baseline_state": state, "now": NOW} | fields
    return judge(Question(candidate=candidate, baseline=baseline, **values), setting)


def csv(path: Path, header: str, rows: list[str]) -> Path:
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path

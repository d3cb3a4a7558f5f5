"""Models that say everything about how they are judged, and what loading a changed one is refused for."""

import pytest

from merganser.config.file import load_config
from merganser.errors import ConfigError

DIGEST = "sha256:" + "0123456789abcdef" * 4
FULL = f"""\
version: 1
models:
  churn:
    artifact: {{path: m.joblib}}
    positive: "yes"
    predictions: {{file: p.parquet, key: id, score: p}}
    labels:
      key: row
      label: churned
      digest: {DIGEST}
      slices: [country, plan]
      cluster: user
      weight: importance
    features: {{file: data/train.parquet, columns: [age, usage]}}
    budgets:
      latency: {{file: latency.csv, column: ms}}
    gate:
      baseline: base
      max_attempts: 50
      metrics:
        auc: {{min: 0.75, non_inferior: {{margin: .01}}}}
      calibration:
        ece: {{max: 5e-2, bins: 15, severity: warn}}
      slices:
        - {{by: [country, plan], metrics: [auc], margin: 0.02}}
        - {{by: age, bins: [18, 65.5, 1e2], metrics: [auc], margin: 0.02, min_support: 500}}
      fairness:
        - {{by: sex, metric: recall, min_ratio: 0.8, min_support: 50, severity: warn}}
        - {{by: country, min_ratio: 1}}
      budgets:
        latency_p95_ms: {{max: 50, rise: 10%, severity: warn}}
        latency_p99.9_ms: {{max: 80}}
        artifact_mb: {{rise: 0.5}}
      drift: {{psi: 0.1, severity: warn}}
"""
UNSEALED = """\
version: 1
models:
  ranked:
    artifact: {path: m}
    task: ranking
    predictions: {file: p.csv, key: id, score: s, query: q, label: grade, slices: [a], cluster: user, weight: w}
    gate: {metrics: {ndcg: {min: 0.5}}}
  priced:
    artifact: {path: m}
    task: regression
    predictions: {file: p.csv, key: id, prediction: price, cluster: user, weight: w}
    gate: {drift: {}}
    features: {file: f.csv}
"""
MODEL = "version: 1\nmodels:\n  m:\n    artifact: {path: x}\n    task: %s\n    %s\n    gate: {%s}\n"
PREDICTED = {
    "binary": "predictions: {file: f.csv, key: k, score: s}",
    "multiclass": "predictions: {file: f.csv, key: k, scores: {a: s}}",
    "regression": "predictions: {file: f.csv, key: k, prediction: y}",
    "ranking": "predictions: {file: f.csv, key: k, score: s, query: q}",
}


def refused(text: str) -> ConfigError:
    with pytest.raises(ConfigError) as wrong:
        load_config(text.encode(), "merganser.yaml")
    return wrong.value


def changed(full: str, old: str, new: str) -> str:
    assert old in full
    return full.replace(old, new, 1)

"""Sealed labels and every rule of the gate, as `merganser.yaml` says them, and what each fault of theirs says."""

import pytest

from merganser import config as c
from merganser.config.file import load_config
from tests.config.samples import DIGEST, FULL, MODEL, PREDICTED, UNSEALED, changed, refused


def test_everything_that_can_be_said() -> None:
    churn = load_config(FULL.encode(), "merganser.yaml").models["churn"]
    assert churn.labels == c.Labels(
        key="row", label="churned", digest=DIGEST, slices=("country", "plan"), cluster="user", weight="importance"
    )
    assert churn.features == c.Features(file="data/train.parquet", columns=("age", "usage"))
    assert churn.budgets == c.Budgets(latency=c.Latency(file="latency.csv", column="ms"))
    assert churn.gate == c.Gate(
        baseline=c.Baseline.base,
        max_attempts=50,
        metrics={"auc": c.MetricRules(min=0.75, non_inferior=c.NonInferior(margin=0.01))},
        calibration=c.Calibration(ece=c.CalibrationError(max=0.05, bins=15, severity=c.Severity.warn)),
        slices=(
            c.SliceRules(by=("country", "plan"), metrics=("auc",), margin=0.02),
            c.SliceRules(by=("age",), bins=(18.0, 65.5, 100.0), metrics=("auc",), margin=0.02, min_support=500),
        ),
        fairness=(
            c.FairnessRules(by="sex", metric="recall", min_ratio=0.8, min_support=50, severity=c.Severity.warn),
            c.FairnessRules(by="country", metric="selection_rate", min_ratio=1.0),
        ),
        budgets={
            "latency_p95_ms": c.BudgetRules(max=50.0, rise=c.Change(0.1, c.Unit.relative), severity=c.Severity.warn),
            "latency_p99.9_ms": c.BudgetRules(max=80.0),
            "artifact_mb": c.BudgetRules(rise=c.Change(0.5)),
        },
        drift=c.DriftRules(psi=0.1, severity=c.Severity.warn),
    )


def test_labels_that_are_not_sealed_and_the_other_tasks() -> None:
    models = load_config(UNSEALED.encode(), "merganser.yaml").models
    assert models["ranked"].predictions == c.Predictions(
        file="p.csv", key="id", score="s", query="q", label="grade", slices=("a",), cluster="user", weight="w"
    )
    assert models["priced"].predictions == c.Predictions(
        file="p.csv", key="id", prediction="price", cluster="user", weight="w"
    )
    assert models["priced"].gate.drift == c.DriftRules(psi=0.2, severity=c.Severity.block)
    assert models["priced"].features == c.Features(file="f.csv")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("baseline: base", "baseline: deployed:x", "18: gate.baseline: deployed:x is not supported by this version"),
        ("baseline: base", "baseline: deployed:production", "18: gate.baseline: deployed:production is not supported"),
        ("baseline: base", "baseline: churn@v1.2.0", "18: gate.baseline: churn@v1.2.0 is not supported"),
        ("baseline: base", "baseline: [base]", "18: gate.baseline: expected base or latest, found a list"),
        ("baseline: base", "baseline: main", "18: gate.baseline: expected base or latest, found main"),
        ("max_attempts: 50", "max_attempts: 0", "19: gate.max_attempts: expected 1 attempt or more, found 0"),
        ("max_attempts: 50", "max_attempts: -3", "19: gate.max_attempts: expected 1 attempt or more, found -3"),
        ("{margin: .01}", "{margin: 1%}", "21: gate.metrics.auc.non_inferior.margin: expected a number, found 1%"),
        ("{margin: .01}", "{margin: -.01}", "21: gate.metrics.auc.non_inferior.margin: expected a margin of 0 or more"),
        ("ece: {max: 5e-2, bins: 15, severity: warn}", "{}", "23: gate.calibration: no rule"),
        ("ece: {max: 5e-2, bins: 15, severity: warn}", "ece: 0.05", "23: gate.calibration.ece: expected a mapping"),
        ("ece: {max: 5e-2, ", "ece: {", "23: gate.calibration.ece: the key max is missing"),
        ("max: 5e-2", "max: -0.1", "23: gate.calibration.ece.max: expected an error between 0 and 1, found -0.1"),
        ("max: 5e-2", "max: 1.1", "23: gate.calibration.ece.max: expected an error between 0 and 1, found 1.1"),
        ("max: 5e-2", "max: 5%", "23: gate.calibration.ece.max: expected a number, found 5%"),
        ("bins: 15", "bins: 1", "23: gate.calibration.ece.bins: expected 2 to 1000 bins, found 1"),
        ("bins: 15", "bins: 1001", "23: gate.calibration.ece.bins: expected 2 to 1000 bins, found 1001"),
        ("bins: 15", "bins: 15.5", "23: gate.calibration.ece.bins: expected a whole number, found 15.5"),
        ("ece: {", "mce: {", "23: gate.calibration.mce: unknown key; did you mean ece?"),
        ("by: [country, plan]", "by: []", "25: gate.slices[0].by: no column"),
        ("by: [country, plan]", "by: [plan, plan]", "25: gate.slices[0].by: plan stands twice"),
        ("by: [country, plan]", "by: {}", "25: gate.slices[0].by: expected text, found a mapping"),
        ("by: [country, plan]", "by: [a, b], bins: [1]", "25: gate.slices[0].bins: bins part one column"),
        ("margin: 0.02}", "margin: 2%}", "25: gate.slices[0].margin: expected a number, found 2%"),
        ("margin: 0.02}", "margin: -2e-2}", "25: gate.slices[0].margin: expected a margin of 0 or more, found -2e-2"),
        ("[18, 65.5, 1e2]", "[18, 18]", "26: gate.slices[1].bins[1]: expected more than 18, found 18"),
        ("[18, 65.5, 1e2]", "[18, 65, 2e1]", "26: gate.slices[1].bins[2]: expected more than 65, found 2e1"),
        ("[18, 65.5, 1e2]", "[18, .inf]", "26: gate.slices[1].bins[1]: expected a number, found .inf"),
        ("[18, 65.5, 1e2]", "[1e999]", "26: gate.slices[1].bins[0]: expected a finite number, found 1e999"),
        ("[18, 65.5, 1e2]", "18", "26: gate.slices[1].bins: expected a list, found 18"),
        ("min_support: 500", "min_support: 0", "26: gate.slices[1].min_support: expected 1 row or more, found 0"),
        ("by: sex", "by: [sex]", "28: gate.fairness[0].by: expected text, found a list"),
        ("min_ratio: 0.8", "min_ratio: 0", "28: gate.fairness[0].min_ratio: expected a ratio above 0, at most 1"),
        ("min_ratio: 0.8", "min_ratio: 1.25", "28: gate.fairness[0].min_ratio: expected a ratio above 0, at most 1"),
        ("min_ratio: 0.8", "min_ratio: 80%", "28: gate.fairness[0].min_ratio: expected a number, found 80%"),
        ("min_support: 50,", "min_support: 0,", "28: gate.fairness[0].min_support: expected 1 row or more, found 0"),
        (", min_ratio: 1}", "}", "29: gate.fairness[1]: the key min_ratio is missing"),
        ("{max: 50, rise: 10%, severity: warn}", "{severity: warn}", "31: gate.budgets.latency_p95_ms: no rule"),
        ("{max: 50, rise: 10%, severity: warn}", "50", "31: gate.budgets.latency_p95_ms: expected a mapping, found 50"),
        ("max: 50,", "max: -1,", "31: gate.budgets.latency_p95_ms.max: expected 0 or more, found -1"),
        ("max: 50,", "max: 50%,", "31: gate.budgets.latency_p95_ms.max: expected a number, found 50%"),
        ("rise: 10%", "rise: -10%", "31: gate.budgets.latency_p95_ms.rise: expected 0 or more, found -10%"),
        ("latency_p95_ms", "latency_p0_ms", "31: gate.budgets.latency_p0_ms: no quantile of a latency"),
        ("latency_p95_ms", "latency_p0.0_ms", "31: gate.budgets.latency_p0.0_ms: no quantile of a latency"),
        ("latency_p95_ms", "latency_p100_ms", "31: gate.budgets.latency_p100_ms: no quantile of a latency"),
        ("latency_p95_ms", "latency_p-5_ms", "31: gate.budgets.latency_p-5_ms: no quantile of a latency"),
        ("latency_p95_ms", "latency_p05_ms", "31: gate.budgets.latency_p05_ms: no quantile of a latency"),
        ("latency_p95_ms", "latency_p1e1_ms", "31: gate.budgets.latency_p1e1_ms: no quantile of a latency"),
        ("latency_p95_ms", "latency_p.5_ms", "31: gate.budgets.latency_p.5_ms: no quantile of a latency"),
        ("latency_p95_ms", "latency_p95_s", "31: gate.budgets.latency_p95_s: no quantile of a latency"),
        ("latency_p95_ms", "latency_p95", "31: gate.budgets.latency_p95: no quantile of a latency"),
        ("artifact_mb", '"a\\u202Eb"', "33: gate.budgets.a\\u202eb: the character U+202E in a\\u202eb"),
        ("artifact_mb", '"a\\nb"', "33: gate.budgets.a\\nb: the character U+000A in a\\nb"),
        ("artifact_mb", "b" * 201, f"33: gate.budgets.{'b' * 80}…: a name of 201 characters"),
        ("psi: 0.1", "psi: 0", "34: gate.drift.psi: expected an index above 0, found 0"),
        ("psi: 0.1", "psi: -1", "34: gate.drift.psi: expected an index above 0, found -1"),
        ("psi: 0.1", "psi: 10%", "34: gate.drift.psi: expected a number, found 10%"),
        ("{psi: 0.1, severity: warn}", "0.1", "34: gate.drift: expected a mapping, found 0.1"),
        ("    features: {file: data/train.parquet, columns: [age, usage]}\n", "", "33: gate.drift: drift needs"),
        ("latency: {file: latency.csv, column: ms}", "{}", "31: gate.budgets.latency_p95_ms: no latencies are"),
        ("file: latency.csv", "file: ../latency.csv", "16: budgets.latency.file: ../latency.csv leads out"),
        ("file: latency.csv, ", "", "16: budgets.latency: the key file is missing"),
        ("latency: {file", "size: {file", "16: budgets.size: unknown key"),
        ("file: data/train.parquet", "file: /train", "14: features.file: /train leads out of the folder"),
        ("[age, usage]", "[age, age]", "14: features.columns: age stands twice"),
        ("[age, usage]", "age", "14: features.columns: expected a list, found age"),
        ("key: row", "uri: s3://labels", "8: labels.uri: expected the address of data, found s3://labels"),
        ("key: row", "uri: dvc://../x", "8: labels.uri: ../x leads out of the folder"),
        ("key: row", "uri: dvc://", '8: labels.uri: 0 characters'),
        ("key: row", "uri: file://x/../y", "8: labels.uri: expected the address of data, found file://x/../y"),
        ("key: row", "uri: https://x/y", "8: labels.uri: expected the address of data, found https://x/y"),
        ("key: row", "url: s3://labels", "8: labels.url: unknown key"),
        ("      key: row\n", "", "8: labels: the key key is missing"),
        (DIGEST, "md5:0", "10: labels.digest: expected sha256: and 64 hexadecimal digits in lower case, found md5:0"),
        (DIGEST, DIGEST[:-1], "10: labels.digest: expected sha256: and 64 hexadecimal digits"),
        (DIGEST, DIGEST + "0", "10: labels.digest: expected sha256: and 64 hexadecimal digits"),
        (DIGEST, DIGEST.replace("a", "A"), "10: labels.digest: expected sha256: and 64 hexadecimal digits"),
        (DIGEST, DIGEST[7:], "10: labels.digest: expected sha256: and 64 hexadecimal digits"),
        (DIGEST, f"sha256: {DIGEST[7:]}", "10: not YAML"),
        ("[country, plan]\n", "[plan, plan]\n", "11: labels.slices: plan stands twice"),
        ("score: p}", "score: p, label: y}", "6: predictions.label: the labels are sealed, so it stands in the labels"),
        ("score: p}", "score: p, slices: [a]}", "6: predictions.slices: the labels are sealed"),
        ("score: p}", "score: p, cluster: u}", "6: predictions.cluster: the labels are sealed"),
        ("score: p}", "score: p, weight: w}", "6: predictions.weight: the labels are sealed"),
        ("score: p}", "prediction: q}", "23: gate.calibration: calibration needs scores"),
        ("score: p}", "score: p, query: q}", "6: predictions.query: only a ranking has queries"),
        ("score: p}", f"score: {'p' * 201}}}", "6: predictions.score: a name of 201 characters"),
        ("score: p}", f"scores: {{a: {'p' * 201}}}}}", "6: predictions.scores.a: a name of 201 characters"),
        ("    predictions: {file: p.parquet, key: id, score: p}\n", "", "7: labels: labels need predictions"),
    ],
)  # fmt: skip
def test_each_fault_says_line_and_key_and_a_cure(old: str, new: str, said: str) -> None:
    wrong = refused(changed(FULL, old, new))
    line, _, rest = said.partition(" ")
    whole = f"merganser.yaml:{line} " + ("" if rest.startswith("not YAML") else "models.churn.") + rest
    assert wrong.message.startswith(whole)
    assert wrong.hint


@pytest.mark.parametrize(
    ("old", "new", "cure"),
    [
        ("baseline: base", "baseline: deployed:production", "`merganser gate --baseline`"),
        ("key: row", "uri: s3://labels", "Write dvc://data/holdout.parquet for what DVC tracks"),
        ("{margin: .01}", "{margin: 1%}", "It is absolute here: write 0.01"),
        ("score: p}", "score: p, label: y}", "name the column below labels, as label."),
        ("{psi: 0.1, severity: warn}", "0.1", "psi, severity"),
        (DIGEST, "md5:0", "sha256sum"),
        ("latency_p95_ms", "latency_p95_s", "latency_p95_ms"),
    ],
)
def test_the_cure_is_named(old: str, new: str, cure: str) -> None:
    assert cure in refused(changed(FULL, old, new)).hint


@pytest.mark.parametrize(
    ("gate", "said"),
    [
        ("calibration: {ece: {max: 0.1}}", "calibration: calibration needs predictions"),
        ("slices: [{by: a, metrics: [b], margin: 1}]", "slices[0]: slices need predictions"),
        ("fairness: [{by: a, min_ratio: 0.8}]", "fairness[0]: fairness needs predictions"),
    ],
)
def test_what_needs_predictions(gate: str, said: str) -> None:
    assert refused(MODEL % ("binary", "path: x", gate)).message == f"merganser.yaml:7: models.m.gate.{said}"
    load_config((MODEL % ("binary", PREDICTED["binary"], gate)).encode(), "x")


@pytest.mark.parametrize(
    ("task", "gate", "said"),
    [
        ("multiclass", "calibration: {ece: {max: 0.1}}", None),
        ("regression", "calibration: {ece: {max: 0.1}}", "calibration: a regression has no scores of classes"),
        ("ranking", "calibration: {ece: {max: 0.1}}", "calibration: a ranking has no scores of classes"),
        ("multiclass", "fairness: [{by: a, min_ratio: 1}]", "fairness[0]: fairness is judged of two classes"),
        ("regression", "fairness: [{by: a, min_ratio: 1}]", "fairness[0]: fairness is judged of two classes"),
        ("ranking", "fairness: [{by: a, min_ratio: 1}]", "fairness[0]: fairness is judged of two classes"),
    ],
)
def test_what_is_for_classes_alone(task: str, gate: str, said: str | None) -> None:
    text = MODEL % (task, PREDICTED[task], gate)
    if said is None:
        load_config(text.encode(), "x")
    else:
        assert refused(text).message.startswith(f"merganser.yaml:7: models.m.gate.{said}")


@pytest.mark.parametrize(
    "gate",
    [
        "budgets: {artifact_mb: {max: 0}}", "budgets: {latency_parse_ms: {max: 1}}", "budgets: {012: {rise: 1%}}",
        "drift: {}", "metrics: {zing: {min: 1}}",
    ],
)  # fmt: skip
def test_a_gate_that_checks_anything_is_one(gate: str) -> None:
    load_config((MODEL % ("binary", "features: {file: f.csv}", gate)).encode(), "x")


@pytest.mark.parametrize("gate", ["", "calibration: {}", "budgets: {}, slices: [], fairness: []", "max_attempts: 3"])
def test_a_gate_that_checks_nothing_is_refused(gate: str) -> None:
    wrong = refused(MODEL % ("binary", PREDICTED["binary"], gate))
    assert wrong.message == "merganser.yaml:7: models.m.gate: the gate checks nothing"

"""Which columns of predictions each task has: what is lacking and what has no use is refused."""

import pytest

from merganser import config as c
from merganser.config.file import load_config
from tests.config.samples import MODEL, refused

METRIC = "metrics: {zing: {min: 1}}"


@pytest.mark.parametrize(
    ("task", "columns", "said"),
    [
        ("regression", "score: p", "score: a regression predicts one number"),
        ("regression", "scores: {a: p}", "scores: a regression predicts one number"),
        ("regression", "prediction: p, query: q", "query: only a ranking has queries"),
        ("regression", "prediction: p, threshold: .5", "threshold: a regression cuts no score"),
        ("ranking", "scores: {a: p}, query: q", "scores: a ranking is by one score"),
        ("ranking", "score: p, query: q, prediction: r", "prediction: a ranking is by one score"),
        ("ranking", "score: p, query: q, threshold: .5", "threshold: a ranking cuts no score"),
        ("multiclass", "score: p", "score: one score can't tell more than two classes apart"),
        ("multiclass", "prediction: p, query: q", "query: only a ranking has queries"),
        ("multiclass", "scores: {a: p}, threshold: .5", "threshold: no score is cut there"),
        ("binary", "score: p, query: q", "query: only a ranking has queries"),
        ("binary", "prediction: p, threshold: .5", "threshold: no score is cut there"),
    ],
)
def test_a_column_that_the_task_has_no_use_for(task: str, columns: str, said: str) -> None:
    wrong = refused(MODEL % (task, f"predictions: {{file: f.csv, key: k, {columns}}}", METRIC))
    assert wrong.message.startswith(f"merganser.yaml:6: models.m.predictions.{said}")
    assert wrong.hint


@pytest.mark.parametrize(
    ("task", "columns", "said"),
    [
        ("binary", "", "neither score, scores nor prediction"),
        ("multiclass", "", "neither score, scores nor prediction"),
        ("regression", "", "a regression needs prediction"),
        ("ranking", "", "a ranking needs score"),
        ("ranking", ", score: p", "a ranking needs query"),
        ("ranking", ", query: q", "a ranking needs score"),
        ("binary", ", score: p, scores: {a: p}", "both score and scores"),
    ],
)
def test_what_the_task_needs(task: str, columns: str, said: str) -> None:
    wrong = refused(MODEL % (task, f"predictions: {{file: f.csv, key: k{columns}}}", METRIC))
    assert wrong.message.startswith(f"merganser.yaml:6: models.m.predictions: {said}")
    assert wrong.hint


@pytest.mark.parametrize("task", [*c.Task])
@pytest.mark.parametrize(
    "gate",
    [
        "metrics: {mean(cost): {max: 1}}",
        "slices: [{by: a, metrics: [rate(solved)], margin: 0}]",
        "metrics: {mean(a (b)): {max: 1}, rate(c): {min: 0}}, drift: {}",
    ],
)
def test_means_of_columns_alone_need_no_answer(task: c.Task, gate: str) -> None:
    columns = "predictions: {file: f.csv, key: k}\n    features: {file: f.csv}"
    predictions = load_config((MODEL % (task, columns, gate)).encode(), "x").models["m"].predictions
    assert predictions == c.Predictions(file="f.csv", key="k")


@pytest.mark.parametrize(
    "gate",
    [
        "drift: {}",
        "metrics: {mean(cost): {max: 1}, accuracy: {min: 0}}",
        "metrics: {mean(): {max: 1}}",
        "metrics: {median(cost): {max: 1}}",
        "metrics: {mean(cost): {max: 1}}, slices: [{by: a, metrics: [accuracy], margin: 0}]",
        "metrics: {mean(cost): {max: 1}}, fairness: [{by: a, min_ratio: .8}]",
        "metrics: {mean(cost): {max: 1}}, calibration: {ece: {max: .1}}",
    ],
)
def test_anything_else_needs_one(gate: str) -> None:
    columns = "predictions: {file: f.csv, key: k}\n    features: {file: f.csv}"
    assert "neither score, scores nor prediction" in refused(MODEL % ("binary", columns, gate)).message


SEALED = "predictions: {file: f.csv, key: k, score: s}\n    labels: {key: k, label: r%s}"


def test_a_sealed_ranking_has_its_queries_in_the_labels() -> None:
    model = load_config((MODEL % ("ranking", SEALED % ", query: q", METRIC)).encode(), "merganser.yaml").models["m"]
    assert model.labels is not None
    assert model.labels.query == "q"
    assert "a ranking needs query" in refused(MODEL % ("ranking", SEALED % "", METRIC)).message
    open_too = (SEALED % ", query: q").replace("score: s", "score: s, query: q")
    assert "the labels are sealed" in refused(MODEL % ("ranking", open_too, METRIC)).message
    no_use = refused(MODEL % ("binary", SEALED % ", query: q", METRIC)).message
    assert "labels.query: only a ranking has queries" in no_use


@pytest.mark.parametrize("address", ["s3://bucket/holdout.parquet", "file:///data/holdout.parquet"])
def test_an_address_whose_content_may_change_needs_a_digest(address: str) -> None:
    named = SEALED.replace("{key: k,", f'{{uri: "{address}", key: k,') % ""
    refusal = refused(MODEL % ("binary", named, METRIC))
    assert "labels.uri: what lies there may change" in refusal.message
    assert "sha256:" in refusal.hint
    pinned = named.replace("key: k, label", f'digest: "sha256:{"0" * 64}", key: k, label')
    model = load_config((MODEL % ("binary", pinned, METRIC)).encode(), "merganser.yaml").models["m"]
    assert model.labels is not None
    assert model.labels.uri == address


@pytest.mark.parametrize(
    ("uri", "path", "expected"),
    [
        ("dvc://data/holdout.csv", ".", "data/holdout.csv"),
        ("dvc://data/holdout.csv", "models/churn", "models/churn/data/holdout.csv"),
        ("dvc:///data/holdout.csv", "models/churn", "data/holdout.csv"),
        ("s3://bucket/holdout.csv", ".", ""),
    ],
)
def test_where_tracked_labels_lie(uri: str, path: str, expected: str) -> None:
    artifact = c.Artifact(path="m")
    assert c.labels_path(c.Model(artifact=artifact, path=path, labels=c.Labels(key="k", uri=uri))) == expected
    assert c.labels_path(c.Model(artifact=artifact, path=path)) == ""

"""Every family of metrics through the whole gate, on files: both sides' values are scikit-learn's."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import polars as pl
import pytest
from sklearn import metrics as sk

from merganser.config import (
    Artifact,
    Calibration,
    CalibrationError,
    Direction,
    FairnessRules,
    Gate,
    Labels,
    MetricRules,
    Model,
    NonInferior,
    Predictions,
    Task,
)
from merganser.errors import ConfigError, DataError
from merganser.evaluation.judge import BaselineState, Judgement, Question, Setting, Side, judge
from merganser.evaluation.verdict import Check, Status
from tests.evaluation.samples import NOW, ask, by, model

N = 900
RULES = MetricRules(non_inferior=NonInferior(margin=0.2))
Frames = tuple[pl.DataFrame, pl.DataFrame]
Value = Callable[[pl.DataFrame], float]


def binary() -> Frames:
    rng = np.random.default_rng(3)
    label = rng.random(N) < 0.4
    sides = []
    for _ in range(2):
        score = 1 / (1 + np.exp(-(2 * label - 1 + rng.normal(size=N))))
        columns = {"row_id": np.arange(N), "label": label.astype(int), "p": score, "country": np.arange(N) % 3}
        sides.append(pl.DataFrame(columns | {"user": np.arange(N) // 5, "w": 1 + np.arange(N) % 4}))
    return sides[0], sides[1]


def multiclass() -> Frames:
    rng = np.random.default_rng(5)
    label = rng.integers(0, 3, N)
    sides = []
    for _ in range(2):
        raw = np.exp(rng.normal(size=(N, 3)) + 1.5 * (label[:, None] == np.arange(3)))
        scores = raw / raw.sum(axis=1, keepdims=True)
        names = np.array(["cat", "dog", "eel"])
        columns = {"row_id": np.arange(N), "label": names[label], "said": names[scores.argmax(axis=1)]}
        sides.append(pl.DataFrame(columns | {f"p_{name}": scores[:, i] for i, name in enumerate(names)}))
    return sides[0], sides[1]


def regression() -> Frames:
    rng = np.random.default_rng(7)
    target = 1000 + rng.normal(size=N)
    frames = [
        pl.DataFrame({"row_id": np.arange(N), "label": target, "said": target + rng.normal(size=N, scale=0.5)})
        for _ in range(2)
    ]
    return frames[0], frames[1]


def ranking() -> Frames:
    rng = np.random.default_rng(9)
    relevance = rng.integers(0, 4, N)
    frames = [
        pl.DataFrame(
            {
                "row_id": np.arange(N),
                "label": relevance,
                "s": (relevance + rng.normal(size=N, scale=2)).round(1),
                "q": [f"query {n % 60}" for n in range(N)],
            }
        )
        for _ in range(2)
    ]
    return frames[0], frames[1]


SCORES = {"cat": "p_cat", "dog": "p_dog", "eel": "p_eel"}
COLUMNS: dict[Task, dict[str, Any]] = {
    Task.binary: {"score": "p"},
    Task.multiclass: {"scores": SCORES},
    Task.regression: {"prediction": "said"},
    Task.ranking: {"score": "s", "query": "q"},
}
MAKERS = {
    Task.binary: binary,
    Task.multiclass: multiclass,
    Task.regression: regression,
    Task.ranking: ranking,
}


def judged(folder: Path, task: Task, gate: Gate, setting: Setting | None = None, **columns: Any) -> Judgement:
    candidate, baseline = MAKERS[task]()
    sides = []
    for name, frame in (("candidate", candidate), ("baseline", baseline)):
        frame.write_parquet(folder / f"{name}.parquet")
        sides.append(Side(name=name, predictions=folder / f"{name}.parquet"))
    said = Predictions(file="p", key="row_id", label="label", **(COLUMNS[task] | columns))
    positive = "1" if task is Task.binary else ""
    rules = Model(artifact=Artifact(path="m"), task=task, positive=positive, predictions=said, gate=gate)
    return ask(rules, sides[0], sides[1], setting=setting)


def checked(folder: Path, task: Task, metric: str, rules: MetricRules = RULES, **columns: Any) -> Check:
    (check,) = judged(folder, task, Gate(metrics={metric: rules}), **columns).checks
    return check


def hard(frame: pl.DataFrame) -> Any:
    return (frame["p"] >= 0.5).to_numpy()


def of_classes(function: Callable[..., float], **options: Any) -> Value:
    return lambda f: function(f["label"].to_numpy(), hard(f), **options)


def of_scores(function: Callable[..., float]) -> Value:
    return lambda f: function(f["label"].to_numpy(), f["p"].to_numpy())


def of_names(function: Callable[..., float], **options: Any) -> Value:
    return lambda f: function(f["label"].to_list(), f["said"].to_list(), **options)


def of_matrix(function: Callable[..., float], **options: Any) -> Value:
    return lambda f: function(f["label"].to_list(), f.select(*SCORES.values()).to_numpy(), **options)


def of_numbers(function: Callable[..., float]) -> Value:
    return lambda f: function(f["label"].to_numpy(), f["said"].to_numpy())


def ndcg(k: int | None) -> Value:
    def value(frame: pl.DataFrame) -> float:
        parts = frame.partition_by("q")
        return float(np.mean([sk.ndcg_score([part["label"]], [part["s"]], k=k) for part in parts]))

    return value


def multi_brier(frame: pl.DataFrame) -> float:
    truth = np.array([[label == name for name in SCORES] for label in frame["label"]])
    return float(((frame.select(*SCORES.values()).to_numpy() - truth) ** 2).sum(axis=1).mean())


def function(*case: Any) -> Any:
    """A metric that is called for each resample, which takes a while."""
    return pytest.param(*case, marks=pytest.mark.integration)


@pytest.mark.parametrize(
    ("task", "metric", "value", "method"),
    [
        (Task.binary, "accuracy", of_classes(sk.accuracy_score), "tango"),
        (Task.binary, "error_rate", of_classes(sk.zero_one_loss), "tango"),
        (Task.binary, "auc", of_scores(sk.roc_auc_score), "delong"),
        (Task.binary, "log_loss", of_scores(sk.log_loss), "hall"),
        (Task.binary, "brier", of_scores(sk.brier_score_loss), "hall"),
        (Task.binary, "precision", of_classes(sk.precision_score), "delta"),
        (Task.binary, "recall", of_classes(sk.recall_score), "delta"),
        (Task.binary, "sensitivity", of_classes(sk.recall_score), "delta"),
        (Task.binary, "specificity", of_classes(sk.recall_score, pos_label=0), "delta"),
        (Task.binary, "f1", of_classes(sk.f1_score), "delta"),
        (Task.binary, "balanced_accuracy", of_classes(sk.balanced_accuracy_score), "delta"),
        function(Task.binary, "matthews_corrcoef", of_classes(sk.matthews_corrcoef), "bootstrap"),
        function(Task.binary, "average_precision_score", of_scores(sk.average_precision_score), "bootstrap"),
        (Task.multiclass, "accuracy", of_names(sk.accuracy_score), "tango"),
        (Task.multiclass, "auc", of_matrix(sk.roc_auc_score, multi_class="ovr"), "delong"),
        (Task.multiclass, "log_loss", of_matrix(sk.log_loss), "hall"),
        (Task.multiclass, "brier", multi_brier, "hall"),
        (Task.multiclass, "f1_macro", of_names(sk.f1_score, average="macro"), "delta"),
        (Task.multiclass, "precision_weighted", of_names(sk.precision_score, average="weighted"), "delta"),
        (Task.multiclass, "recall_macro", of_names(sk.recall_score, average="macro"), "delta"),
        (Task.multiclass, "balanced_accuracy", of_names(sk.balanced_accuracy_score), "delta"),
        (Task.regression, "mae", of_numbers(sk.mean_absolute_error), "hall"),
        (Task.regression, "mse", of_numbers(sk.mean_squared_error), "hall"),
        (Task.regression, "rmse", of_numbers(sk.root_mean_squared_error), "delta"),
        (Task.regression, "r2", of_numbers(sk.r2_score), "delta"),
        function(Task.regression, "median_absolute_error", of_numbers(sk.median_absolute_error), "bootstrap"),
        (Task.ranking, "ndcg(10)", ndcg(10), "hall"),
        (Task.ranking, "ndcg", ndcg(None), "hall"),
    ],
)
def test_both_sides_have_the_value_of_scikit_learn(
    tmp_path: Path, task: Task, metric: str, value: Value, method: str
) -> None:
    check = checked(tmp_path, task, metric)
    candidate, baseline = MAKERS[task]()
    assert check.candidate == pytest.approx(value(candidate), rel=1e-9)
    assert check.baseline == pytest.approx(value(baseline), rel=1e-9)
    assert check.method == method
    assert check.delta is not None
    assert check.low is not None
    assert check.high is not None
    assert check.low < check.delta < check.high
    assert abs(check.delta) == pytest.approx(abs(value(candidate) - value(baseline)), rel=1e-7)


WEIGHTED: dict[str, Callable[[pl.DataFrame, Any], float]] = {
    "accuracy": lambda f, w: sk.accuracy_score(f["label"], hard(f), sample_weight=w),
    "log_loss": lambda f, w: sk.log_loss(f["label"], f["p"], sample_weight=w),
    "auc": lambda f, w: sk.roc_auc_score(f["label"], f["p"], sample_weight=w),
    "f1": lambda f, w: sk.f1_score(f["label"], hard(f), sample_weight=w),
}


@pytest.mark.parametrize("metric", WEIGHTED)
def test_weights_weigh(tmp_path: Path, metric: str) -> None:
    check = checked(tmp_path, Task.binary, metric, weight="w")
    for frame, found in zip(binary(), (check.candidate, check.baseline), strict=True):
        assert found == pytest.approx(WEIGHTED[metric](frame, frame["w"].to_numpy()), rel=1e-9)


@pytest.mark.parametrize(
    ("metric", "method"),
    [
        ("accuracy", "cluster"),
        ("log_loss", "cluster"),
        ("f1", "cluster"),
        ("auc", "obuchowski"),
        ("ece", "bootstrap"),
    ],
)
def test_clusters_change_the_interval_and_not_the_value(tmp_path: Path, metric: str, method: str) -> None:
    alone, clustered = checked(tmp_path, Task.binary, metric), checked(tmp_path, Task.binary, metric, cluster="user")
    assert (clustered.candidate, clustered.baseline) == pytest.approx((alone.candidate, alone.baseline), rel=1e-12)
    assert clustered.method == method
    assert (clustered.low, clustered.high) != (alone.low, alone.high)
    few = checked(tmp_path, Task.binary, metric, MetricRules(non_inferior=NonInferior(margin=0.9)), cluster="country")
    assert few.status is Status.inconclusive
    assert "30" in few.why or "resamples have no value" in few.why


def test_calibration_is_judged_on_its_point(tmp_path: Path) -> None:
    for most, status in ((0.001, Status.failed), (0.5, Status.passed)):
        rules = Gate(calibration=Calibration(ece=CalibrationError(max=most, bins=10)))
        (check,) = judged(tmp_path, Task.binary, rules).checks
        assert (check.id, check.status, check.method) == ("ece:max", status, "point")
        assert check.low is not None
    (several,) = judged(tmp_path, Task.multiclass, Gate(metrics={"ece(10)": MetricRules(max=0.9)})).checks
    assert several.status is Status.passed


SLICED: dict[str, Value] = {
    "accuracy": of_classes(sk.accuracy_score),
    "log_loss": of_scores(sk.log_loss),
    "auc": of_scores(sk.roc_auc_score),
    "f1": of_classes(sk.f1_score),
}


def test_slices_have_the_values_of_their_rows(tmp_path: Path) -> None:
    found = judged(tmp_path, Task.binary, Gate(slices=(by("country", *SLICED, margin=0.5, min_support=1),)))
    candidate, _ = binary()
    assert len(found.checks) == 3 * len(SLICED)
    for check in found.checks:
        assert check.status is Status.passed, check.why
        rows = candidate.filter(pl.col("country") == int(check.slice["country"]))
        assert check.candidate == pytest.approx(SLICED[check.metric](rows), rel=1e-9)
        assert check.n == rows.height


def test_means_and_rates_of_columns_need_neither_label_nor_score(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    sides = []
    for name in ("candidate", "baseline"):
        judge, refused = rng.integers(1, 6, 300), (rng.random(300) < 0.1).astype(int)
        frame = pl.DataFrame({"prompt": np.arange(300), "helpfulness": judge, "refused": refused})
        frame.write_ndjson(tmp_path / f"{name}.jsonl")
        sides.append((Side(name=name, predictions=tmp_path / f"{name}.jsonl"), frame))
    rules = Model(
        artifact=Artifact(path="m"),
        predictions=Predictions(file="p", key="prompt"),
        gate=Gate(
            metrics={
                "mean(helpfulness)": MetricRules(direction=Direction.up, non_inferior=NonInferior(margin=0.5)),
                "rate(refused)": MetricRules(direction=Direction.down, non_inferior=NonInferior(margin=0.05)),
            }
        ),
    )
    mean, rate = ask(rules, sides[0][0], sides[1][0]).checks
    assert (mean.method, rate.method) == ("hall", "tango")
    for check, column in ((mean, "helpfulness"), (rate, "refused")):
        assert check.candidate == pytest.approx(sides[0][1][column].mean())
        assert check.baseline == pytest.approx(sides[1][1][column].mean())
    odd = sides[0][1].with_columns(refused=pl.lit(2))
    odd.write_ndjson(tmp_path / "candidate.jsonl")
    _, broken = ask(rules, sides[0][0], sides[1][0]).checks
    assert broken.status is Status.error
    assert "something else than 0 and 1 in refused" in broken.why


def test_groups_are_held_against_the_most_favoured(tmp_path: Path) -> None:
    rules = Gate(fairness=(FairnessRules(by="country", min_ratio=0.3, min_support=1),))
    candidate, _ = binary()
    rates = {n: hard(candidate.filter(pl.col("country") == n)).mean() for n in range(3)}
    best = max(rates, key=lambda n: float(rates[n]))
    found = judged(tmp_path, Task.binary, rules).checks
    assert {check.slice["country"] for check in found} == {str(n) for n in rates if n != best}
    for check in found:
        assert check.candidate == pytest.approx(rates[int(check.slice["country"])] / rates[best])
        assert check.status is Status.passed


def write_own(folder: Path) -> None:
    (folder / "own_metrics.py").write_text(
        "def cost(y_true, y_pred, sample_weight=None):\n"
        "    import numpy\n"
        "    wrong = (y_true != y_pred) * (1 + 4 * y_true)\n"
        "    return numpy.average(wrong, weights=sample_weight)\n"
    )


def test_a_function_of_ones_own_runs_where_that_is_allowed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_own(tmp_path)
    rules = Gate(
        metrics={"own_metrics.cost": MetricRules(direction=Direction.down, non_inferior=NonInferior(margin=0.5))}
    )
    (check,) = judged(tmp_path, Task.binary, rules, Setting(functions=tmp_path)).checks
    candidate, _ = binary()
    label = candidate["label"].to_numpy()
    assert check.candidate == pytest.approx(((label != hard(candidate)) * (1 + 4 * label)).mean())
    assert (check.status, check.method) == (Status.passed, "bootstrap")
    (alone,) = judged(tmp_path, Task.binary, rules).checks  # where nobody's functions run, it is the run's own number
    assert (alone.status, alone.method) == (Status.error, "")
    assert "the candidate reports no such metric" in alone.why
    missing = Gate(metrics={"own_metrics.prize": rules.metrics["own_metrics.cost"]})
    with pytest.raises(ConfigError, match="prize"):
        judged(tmp_path, Task.binary, missing, Setting(functions=tmp_path))


def test_curves_for_pictures_where_they_are_wanted(tmp_path: Path) -> None:
    rules = Gate(metrics={"auc": RULES})
    assert judged(tmp_path, Task.binary, rules).curves is None
    curves = judged(tmp_path, Task.binary, rules, Setting(curves=True, batch=100)).curves
    assert curves is not None
    for frame, side in zip(binary(), (curves.candidate, curves.baseline), strict=True):
        area = sk.auc([p.false_positive for p in side.roc], [p.true_positive for p in side.roc])
        assert area == pytest.approx(sk.roc_auc_score(frame["label"], frame["p"]), abs=1e-3)
        assert sum(one.rows for one in side.calibration) == N
    for task, weight in ((Task.multiclass, ""), (Task.binary, "w")):
        rules = Gate(metrics={"accuracy": RULES})
        assert judged(tmp_path, task, rules, Setting(curves=True), weight=weight).curves is None


@pytest.mark.parametrize(("submission", "status"), [(2, Status.passed), (3, Status.failed)])
def test_too_many_attempts_fail(tmp_path: Path, submission: int, status: Status) -> None:
    binary()[0].write_parquet(tmp_path / "c.parquet")
    side = Side(name="c", predictions=tmp_path / "c.parquet")
    counted: list[str] = []

    def count(digest: str) -> int:
        counted.append(digest)
        return submission

    rules = model(Gate(metrics={"accuracy": MetricRules(min=0.1)}, max_attempts=2))
    question = Question(
        model="m", rules=rules, candidate=side, baseline=None, baseline_state=BaselineState.first_run, now=NOW
    )
    found = judge(question, submission=count)
    check = found.checks[-1]
    assert (check.id, check.status, check.candidate) == ("attempts:max", status, float(submission))
    assert f"This is submission {submission} against these labels, and 2 are allowed" in check.why
    assert counted == [found.labels_digest]
    assert found.submission == submission


def test_sealed_labels_are_the_file_that_is_pinned(tmp_path: Path) -> None:
    frame = binary()[0]
    frame.select("row_id", "label").write_csv(tmp_path / "labels.csv")
    frame.select("row_id", "p").write_csv(tmp_path / "c.csv")
    digest = hashlib.sha256((tmp_path / "labels.csv").read_bytes()).hexdigest()
    side = Side(name="c", predictions=tmp_path / "c.csv")

    def rules(pinned: str) -> Model:
        labels = Labels(key="row_id", label="label", digest=f"sha256:{pinned}")
        found = model(Gate(metrics={"accuracy": MetricRules(min=0.1)}), label="")
        return msgspec.structs.replace(found, labels=labels)

    assert ask(rules(digest), side, None, labels=tmp_path / "labels.csv").checks[0].status is Status.passed
    with pytest.raises(DataError, match=r"labels\.csv is not the file of labels that labels\.digest names"):
        ask(rules("0" * 64), side, None, labels=tmp_path / "labels.csv")
    with pytest.raises(DataError, match="is no file"):
        ask(rules(digest), side, None, labels=tmp_path)
    with pytest.raises(ConfigError, match="the labels are sealed, and none are given"):
        ask(rules(digest), side, None)


def of_one_column(folder: Path, candidate: list[float], baseline: list[float], metric: str) -> Check:
    sides = []
    for name, values in (("c", candidate), ("b", baseline)):
        pl.DataFrame({"id": range(len(values)), "s": values}).write_parquet(folder / f"{name}.parquet")
        sides.append(Side(name=name, predictions=folder / f"{name}.parquet"))
    rules = MetricRules(direction=Direction.up, non_inferior=NonInferior(margin=0.05))
    asked = Model(
        artifact=Artifact(path="m"),
        predictions=Predictions(file="p", key="id"),
        gate=Gate(metrics={metric: rules}),
    )
    (check,) = ask(asked, *sides).checks
    return check


def test_equal_numbers_in_all_rows_prove_nothing(tmp_path: Path) -> None:
    check = of_one_column(tmp_path, [5.0] * 300, [5.0] * 300, "mean(s)")
    assert check.status is Status.inconclusive
    assert "all rows have the very same number" in check.why


@pytest.mark.parametrize("n", [2, 10, 50])
def test_where_all_rows_move_alike_a_mean_is_as_sure_as_a_rate(tmp_path: Path, n: int) -> None:
    mean, rate = (of_one_column(tmp_path, [1.0] * n, [0.0] * n, metric) for metric in ("mean(s)", "rate(s)"))
    assert (mean.delta, mean.low) == pytest.approx((rate.delta, rate.low), abs=1e-9)


def test_many_distinct_classes_in_many_slices_are_counted_right(tmp_path: Path) -> None:
    n = 20_000
    kept = np.random.default_rng(2).random(n) < 0.9
    label = [f"answer {i}" for i in range(n)]
    said = [text if keep else f"other {text}" for text, keep in zip(label, kept, strict=True)]
    frame = pl.DataFrame({"id": range(n), "label": label, "said": said, "group": [i % 400 for i in range(n)]})
    frame.write_parquet(tmp_path / "c.parquet")
    side = Side(name="c", predictions=tmp_path / "c.parquet")
    rules = Model(
        artifact=Artifact(path="m"),
        task=Task.multiclass,
        predictions=Predictions(file="p", key="id", label="label", prediction="said"),
        gate=Gate(slices=(by("group", margin=0.5, min_support=1),)),
    )
    right = frame.group_by("group").agg((pl.col("label") == pl.col("said")).mean().alias("share"))
    expected = {str(group): share for group, share in right.iter_rows()}
    found = {check.slice["group"]: check.candidate for check in ask(rules, side, side).checks}
    assert found == pytest.approx(expected)


def test_queries_of_a_sealed_ranking_stand_in_the_labels(tmp_path: Path) -> None:
    candidate, _ = ranking()
    candidate.select("row_id", "label", "q").write_parquet(tmp_path / "labels.parquet")
    own = candidate.with_columns(q=pl.col("row_id").cast(pl.String)).drop("label")  # a query for each row
    own.write_parquet(tmp_path / "c.parquet")
    rules = Model(
        artifact=Artifact(path="m"),
        task=Task.ranking,
        predictions=Predictions(file="p", key="row_id", score="s"),
        labels=Labels(key="row_id", label="label", query="q"),
        gate=Gate(metrics={"ndcg(10)": MetricRules(min=0.1)}),
    )
    found = ask(rules, Side(name="c", predictions=tmp_path / "c.parquet"), None, labels=tmp_path / "labels.parquet")
    assert found.checks[0].candidate == pytest.approx(ndcg(10)(candidate))

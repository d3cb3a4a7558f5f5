"""What has to hold of the whole gate, on small files that are read in parts, spooled by key and merged."""

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from merganser.config import (
    Artifact,
    FairnessRules,
    Gate,
    Labels,
    MetricRules,
    Model,
    NonInferior,
    Predictions,
    SliceRules,
    Task,
)
from merganser.evaluation.judge import Judgement, Question, Setting, Side, judge
from merganser.evaluation.rollup import BaselineState
from merganser.evaluation.verdict import Check, Status
from tests.evaluation.samples import NOW

N = 160
WHOLE, PARTS = 10_000, 23  # rows at once: all of them; seven parts, in three pieces of work, or as many partitions
NAN = float("nan")
CLASSES = ("cat", "dog", "eel")
RULES = MetricRules(non_inferior=NonInferior(margin=0.05))
whole_tables = pytest.mark.integration  # judged several times for each example

METRICS = {
    Task.binary: (
        "accuracy", "error_rate", "auc", "log_loss", "brier", "precision", "recall", "f1", "specificity",
        "balanced_accuracy", "mean(cost)", "rate(late)",
    ),
    Task.multiclass: ("accuracy", "auc", "log_loss", "brier", "f1_macro", "precision_weighted", "balanced_accuracy"),
    Task.regression: ("mae", "mse", "rmse", "r2"),
    Task.ranking: ("ndcg", "ndcg(3)"),
}  # fmt: skip
COLUMNS: dict[Task, dict[str, Any]] = {
    Task.binary: {"score": "p"},
    Task.multiclass: {"scores": {name: f"p_{name}" for name in CLASSES}},
    Task.regression: {"prediction": "y"},
    Task.ranking: {"score": "s", "query": "q"},
}
DIRECTIONS: dict[str, Any] = {"mean(cost)": "down", "rate(late)": "down"}
TASKS = st.sampled_from(list(METRICS))
SEEDS = st.integers(0, 2**32 - 1)
Frames = tuple[pl.DataFrame, pl.DataFrame]
LABELLING = ("label", "country", "plan", "user", "w", "q")


def sides(task: Task, seed: int) -> Frames:
    """Both sides of the same rows, by rising key; label, slices, clusters, weights, and what the task predicts."""
    random = np.random.default_rng(seed)
    label = random.integers(0, 3, N) if task is Task.multiclass else random.integers(0, 2, N)
    shared = {
        "id": np.arange(N) * 7 - 100,
        "label": _labels(task, label, random),
        "country": random.choice(["de", "fr", "1", "1.0"], N),
        "plan": random.integers(0, 2, N),
        "user": random.integers(0, 60, N),
        "w": random.integers(1, 5, N) / 2,
        "q": random.integers(0, 25, N),
    }
    found = [pl.DataFrame({**shared, **_said(task, label, random)}) for _ in range(2)]
    return found[0], found[1]


def _labels(task: Task, label: Any, random: np.random.Generator) -> Any:
    if task is Task.multiclass:
        return np.array(CLASSES)[label]
    return random.normal(1000, 3, N) if task is Task.regression else label


def _said(task: Task, label: Any, random: np.random.Generator) -> dict[str, Any]:
    if task is Task.binary:
        score = 1 / (1 + np.exp(1 - 2 * (label + random.normal(size=N))))
        return {"p": score.round(2), "cost": random.gamma(1, 3, N), "late": random.integers(0, 2, N)}
    if task is Task.multiclass:
        raw = np.exp(random.normal(size=(N, 3)) + (label[:, None] == np.arange(3)))
        return {f"p_{name}": raw[:, at] / raw.sum(axis=1) for at, name in enumerate(CLASSES)}
    return {"y": 1000 + random.normal(size=N), "s": (label + random.normal(size=N)).round(1)}


def model(task: Task, *metrics: str, cluster: bool = False, weight: bool = False, **fields: Any) -> Model:
    """All the task's metrics over all rows, or those named; some of them in slices."""
    names = metrics or METRICS[task]
    columns = COLUMNS[task] | ({"cluster": "user"} if cluster else {}) | ({"weight": "w"} if weight else {})
    slices = (
        SliceRules(by=("country",), metrics=names[:5], margin=0.01, min_support=20),
        SliceRules(by=("country", "plan"), metrics=names[:1], margin=0.01, min_support=1),
    )
    rules = {name: msgspec.structs.replace(RULES, direction=DIRECTIONS.get(name)) for name in names}
    gate = Gate(metrics=rules, **({"slices": slices} | fields))
    said = Predictions(file="p", key="id", label="label", **columns)
    positive = "1" if task is Task.binary else ""
    return Model(artifact=Artifact(path="m"), task=task, positive=positive, predictions=said, gate=gate)


@contextlib.contextmanager
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as path:
        yield Path(path)


def judged(
    rules: Model,
    candidate: pl.DataFrame,
    baseline: pl.DataFrame,
    labels: pl.DataFrame | None = None,
    batch: int = WHOLE,
) -> Judgement:
    with folder() as at:
        tables = {"c": candidate, "b": baseline} | ({} if labels is None else {"labels": labels})
        for name, frame in tables.items():
            frame.write_parquet(at / f"{name}.parquet")
        return judged_files(
            rules, at / "c.parquet", at / "b.parquet", at / "labels.parquet" if labels is not None else None, batch
        )


def judged_files(rules: Model, candidate: Path, baseline: Path, labels: Path | None, batch: int) -> Judgement:
    question = Question(
        model="m",
        rules=rules,
        candidate=Side(name="c", predictions=candidate),
        baseline=Side(name="b", predictions=baseline),
        baseline_state=BaselineState.available,
        labels=labels,
        now=NOW,
    )
    return judge(question, Setting(batch=batch))


def sealed(rules: Model) -> Model:
    """The same rules, with labels that only a file of their own has."""
    said = rules.predictions
    assert said is not None
    labels = Labels(key="id", label=said.label, query=said.query, cluster=said.cluster, weight=said.weight)
    bare = msgspec.structs.replace(said, label="", query="", cluster="", weight="")
    return msgspec.structs.replace(rules, predictions=bare, labels=labels)


def apart(frames: Frames) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Both sides without what labels them, and the labels."""
    bare = [frame.drop(LABELLING) for frame in frames]
    return bare[0], bare[1], frames[0].select("id", *LABELLING)


def shuffled(frame: pl.DataFrame, seed: int) -> pl.DataFrame:
    return frame.sample(fraction=1, shuffle=True, seed=seed % 2**31)


NUMBERS = ("candidate", "baseline", "delta", "low", "high", "p", "p_adjusted")
PLAIN = ("id", "status", "n", "b", "c", "method", "n_needed", "notes")


def assert_alike(found: Judgement, expected: Judgement) -> None:
    """The same checks, statuses and counts, and floats to 1e-12."""
    for name in PLAIN:
        assert [getattr(check, name) for check in found.checks] == [getattr(check, name) for check in expected.checks]
    for one, other in zip(found.checks, expected.checks, strict=True):
        assert floats(one) == pytest.approx(floats(other), rel=1e-12, abs=1e-12)
    assert (found.conclusion, found.labels_digest) == (expected.conclusion, expected.labels_digest)


def floats(check: Check) -> dict[str, float]:
    """The numbers that the check has, by name."""
    values = {name: getattr(check, name) for name in NUMBERS}
    return {name: value for name, value in values.items() if value is not None}


def by_id(judgement: Judgement) -> dict[str, Check]:
    return {check.id: check for check in judgement.checks}


@whole_tables
@given(TASKS, SEEDS, st.sampled_from(["candidate", "baseline", "both", "labels", "all"]), st.booleans(), st.booleans())
@settings(max_examples=12)
def test_the_order_of_rows_does_not_show(task: Task, seed: int, which: str, weight: bool, cluster: bool) -> None:
    frames = sides(task, seed)
    rules = sealed(model(task, weight=weight, cluster=cluster))
    candidate, baseline, labels = apart(frames)
    expected = judged(rules, candidate, baseline, labels)
    if which in ("candidate", "both", "all"):
        candidate = shuffled(candidate, seed)
    if which in ("baseline", "both", "all"):
        baseline = shuffled(baseline, seed if which == "both" else seed + 1)
    if which in ("labels", "all"):
        labels = shuffled(labels, seed + 2)
    for batch in (WHOLE, PARTS):
        assert_alike(judged(rules, candidate, baseline, labels, batch), expected)
    own = model(task, weight=weight, cluster=cluster)
    mixed = shuffled(frames[0], seed), shuffled(frames[1], seed + 1)
    assert_alike(judged(own, *mixed, batch=PARTS), judged(own, *frames))


@whole_tables
@given(TASKS, SEEDS, st.booleans(), st.booleans(), st.integers(5, N))
@example(Task.regression, 10089315, True, False, 5)  # rows in fr weigh as much as exactly 30, the least that counts
@settings(max_examples=10)
def test_the_partition_does_not_show(task: Task, seed: int, weight: bool, cluster: bool, batch: int) -> None:
    """Nor does the format: parquet whole, in parts, in a folder of parts cut elsewhere, or text."""
    rules, frames = model(task, weight=weight, cluster=cluster), sides(task, seed)
    expected = judged(rules, *frames)
    assert_alike(judged(rules, *frames, batch=batch), expected)
    with folder() as at:
        paths = [at / "c", at / "b"]
        for path, frame, step in zip(paths, frames, (31, 70), strict=True):
            path.mkdir()
            for start in range(0, N, step):
                frame[start : start + step].write_parquet(path / f"part-{start:04}.parquet")
        assert_alike(judged_files(rules, paths[0], paths[1], None, PARTS), expected)
        frames[0].write_csv(at / "c.csv")
        frames[1].write_ndjson(at / "b.jsonl")
        assert_alike(judged_files(rules, at / "c.csv", at / "b.jsonl", None, PARTS), expected)


@whole_tables
@given(SEEDS, st.sampled_from([WHOLE, PARTS]))
@settings(max_examples=4)
def test_resampled_metrics_draw_the_same_whatever_the_order(seed: int, batch: int) -> None:
    rules, frames = model(Task.binary, "ece(5)", slices=()), sides(Task.binary, seed)
    mixed = shuffled(frames[0], seed), shuffled(frames[1], seed + 1)
    assert_alike(judged(rules, *mixed, batch=batch), judged(rules, *frames))


@whole_tables
@given(TASKS, SEEDS, st.permutations(["de", "fr", "1"]))
@settings(max_examples=12)
def test_names_of_slices_change_nothing_but_the_names(task: Task, seed: int, names: list[str]) -> None:
    rules, frames = model(task), sides(task, seed)
    new = dict(zip(["de", "fr", "1", "1.0"], [*names, names[2]], strict=True))
    renamed = [frame.with_columns(pl.col("country").replace_strict(new)) for frame in frames]
    plain, found = by_id(judged(rules, *frames)), by_id(judged(rules, renamed[0], renamed[1], batch=PARTS))
    assert len(found) == len(plain)
    for name, check in plain.items():
        where = {column: new[value] if column == "country" else value for column, value in check.slice.items()}
        at = "".join(f"@{column}={value}" for column, value in where.items())
        other = found[name.partition("@")[0] + at]
        assert (other.status, other.n, other.notes) == (check.status, check.n, check.notes)
        assert floats(other) == pytest.approx(floats(check), rel=1e-12, abs=1e-12)


@whole_tables
@given(TASKS, SEEDS, st.booleans(), st.booleans(), st.sampled_from([WHOLE, PARTS]))
@settings(max_examples=12)
def test_swapped_sides_have_mirrored_changes(task: Task, seed: int, weight: bool, cluster: bool, batch: int) -> None:
    rules, frames = model(task, weight=weight, cluster=cluster), sides(task, seed)
    there, back = judged(rules, *frames, batch=batch), judged(rules, *frames[::-1], batch=batch)
    for one, other in zip(there.checks, back.checks, strict=True):
        assert (one.id, one.n, one.candidate, one.baseline) == (other.id, other.n, other.baseline, other.candidate)
        assert (one.b, one.c) == (other.c, other.b)
        if one.delta is not None and one.low is not None and one.high is not None:
            mirrored = (-one.delta, -one.high, -one.low)
            assert (other.delta, other.low, other.high) == pytest.approx(mirrored, rel=1e-12, abs=1e-12)
        assert {one.status, other.status} != {Status.passed, Status.error}


@whole_tables
@given(SEEDS, st.booleans(), st.booleans(), st.sampled_from([WHOLE, PARTS]))
@settings(max_examples=16)
def test_auc_knows_the_order_of_scores_alone(seed: int, weight: bool, cluster: bool, batch: int) -> None:
    frames = sides(Task.binary, seed)
    rules = model(Task.binary, "auc", weight=weight, cluster=cluster)
    random = np.random.default_rng(seed)
    moved = []
    for frame in frames:
        ranks = frame["p"].rank("dense").to_numpy().astype(int)
        moved.append(frame.with_columns(p=pl.Series(np.cumsum(random.gamma(0.1, 50, N + 1) + 1e-9)[ranks] - 77)))
    assert_alike(judged(rules, moved[0], moved[1], batch=batch), judged(rules, *frames))


TABLES = ("candidate", "baseline", "labels")


@whole_tables
@given(TASKS, SEEDS, st.sampled_from([*TABLES, "both", "all"]), st.booleans(), st.sampled_from([WHOLE, PARTS]))
@settings(max_examples=15)
def test_a_repeated_key_is_always_an_error(task: Task, seed: int, where: str, adjacent: bool, batch: int) -> None:
    """In one table or at the same place in all, next to its twin or far from it, added or in another's place."""
    random = np.random.default_rng(seed)
    twin, at = (int(random.integers(N)), int(random.integers(N)))
    tables = dict(zip(TABLES, apart(sides(task, seed)), strict=True))
    wrong = {"both": TABLES[:2], "all": TABLES}.get(where, (where,))
    if adjacent:
        at = twin + 1
    added = {
        name: pl.concat([frame[:at], frame[twin], frame[at:]]) if name in wrong else frame
        for name, frame in tables.items()
    }
    instead = {
        name: frame.with_columns(id=frame["id"].scatter((twin + 1) % N, frame["id"][twin])) if name in wrong else frame
        for name, frame in tables.items()
    }
    for found in (added, instead):
        judgement = judged(sealed(model(task)), *found.values(), batch=batch)
        assert {check.status for check in judgement.checks} == {Status.error}
        assert "repeat a key" in judgement.checks[0].why
        assert judgement.labels_digest == ""


@pytest.mark.parametrize("step", [1, PARTS])
def test_a_key_that_a_later_part_repeats_is_an_error(step: int) -> None:
    """On both sides alike, with parts whose own keys all rise: the last key stands again, or all of them do."""
    doubled = []
    for frame in sides(Task.binary, 1):
        doubled.append(pl.concat([frame[:PARTS], frame[PARTS - step : 2 * PARTS - step]]))
    checks = judged(model(Task.binary), doubled[0], doubled[1], batch=PARTS).checks
    assert {check.status for check in checks} == {Status.error}
    assert f"{2 * step} of {2 * PARTS} rows of the candidate's predictions repeat a key" in checks[0].why


USED = {
    Task.binary: ("id", "label", "user", "w", "p", "cost", "late"),
    Task.multiclass: ("id", "user", "w", "p_cat", "p_eel"),
    Task.regression: ("id", "label", "user", "w", "y"),
    Task.ranking: ("id", "label", "user", "w", "s", "q"),
}


@pytest.mark.parametrize(("task", "column"), [(task, column) for task, columns in USED.items() for column in columns])
@given(st.integers(0, N - 1), st.sampled_from(["candidate", "baseline", "both"]), st.sampled_from([WHOLE, PARTS]))
@settings(max_examples=4)
def test_nan_in_any_column_that_is_used_is_always_an_error(
    task: Task, column: str, row: int, where: str, batch: int
) -> None:
    """What labels the baseline's rows is another thing than the candidate's then, and nothing compares with it."""
    frames = {"candidate": sides(task, row)[0], "baseline": sides(task, row)[1]}
    for name, frame in frames.items():
        if where in (name, "both"):
            values = frame[column].cast(pl.Float64).to_list()
            values[row] = NAN
            frames[name] = frame.with_columns(pl.Series(column, values, dtype=pl.Float64))
    judgement = judged(model(task, cluster=True, weight=True), *frames.values(), batch=batch)
    statuses = {check.status for check in judgement.checks}
    if where == "baseline" and column in LABELLING:
        assert statuses == {Status.skipped}
        assert "evaluation data changed" in judgement.checks[0].notes
    else:
        assert statuses == {Status.error}
    assert judgement.conclusion.value == "failure"


@given(SEEDS, st.sampled_from([TABLES[0], TABLES[2]]), st.sampled_from([WHOLE, PARTS]))
@settings(max_examples=10)
def test_nan_in_sealed_labels_is_an_error_too(seed: int, table: str, batch: int) -> None:
    tables = dict(zip(TABLES, apart(sides(Task.binary, seed)), strict=True))
    column = "label" if table == "labels" else "p"
    values = tables[table][column].cast(pl.Float64).to_list()
    values[seed % N] = NAN
    tables[table] = tables[table].with_columns(pl.Series(column, values, dtype=pl.Float64))
    judgement = judged(sealed(model(Task.binary)), *tables.values(), batch=batch)
    assert {check.status for check in judgement.checks} == {Status.error}


@given(st.integers(200, 900), st.booleans())
@settings(max_examples=4)
def test_too_many_slices_are_too_many_in_any_partition(batch: int, crowded: bool) -> None:
    """Whether a part alone has too many values, or all of them together; by one column and by two."""
    n = 2500
    number = np.arange(n)
    columns = {"id": number, "label": number % 2, "p": (number % 97) / 97, "cost": number, "plan": number % 40}
    country = np.where(number < (1001 if crowded else 1000), number, 0).astype(str)
    frame = pl.DataFrame({**columns, "country": country})
    rules = model(Task.binary, "accuracy", "auc", slices=(
        SliceRules(by=("country",), metrics=("accuracy", "auc", "mean(cost)"), margin=0.1, min_support=1),
        SliceRules(by=("country", "plan"), metrics=("accuracy",), margin=0.1, min_support=1),
    ), fairness=(FairnessRules(by="country", min_ratio=0.1, min_support=1),))  # fmt: skip
    for rows in (WHOLE, 1200, batch):
        checks = judged(with_direction(rules), frame, frame, batch=rows).checks[3:]
        first = [
            check for check in checks if check.id.startswith("accuracy:not_worse@country") and "plan" not in check.id
        ]
        if crowded:
            assert len(checks) == 5
            assert {check.status for check in checks} == {Status.error}
            assert all("over 1,000 different values" in check.why for check in checks)
        else:
            assert len(first) == 1000
            assert sum(check.n or 0 for check in first) == n


def with_direction(rules: Model) -> Model:
    """A mean of a column has no direction of its own."""
    cost = MetricRules(direction=DIRECTIONS["mean(cost)"], max=1e9)
    gate = msgspec.structs.replace(rules.gate, metrics=rules.gate.metrics | {"mean(cost)": cost})
    return msgspec.structs.replace(rules, gate=gate)

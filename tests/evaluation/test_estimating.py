"""From fed accumulators to estimates: which are asked for, and what groups have that allow no value."""

from typing import Any

import numpy as np
import polars as pl
import pytest
from sklearn.metrics import f1_score, ndcg_score, roc_auc_score

from merganser.config import FairnessRules, SliceRules, Task
from merganser.evaluation.estimate import Discordant, Estimate, Sampled
from merganser.evaluation.evidence import Found, Unavailable
from merganser.evaluation.fairness import GroupRate
from merganser.evaluation.layout import ALL, Grouping, Layout
from merganser.evaluation.measuring import Estimates, Shape, accumulators_for, estimates, fairness_groups
from merganser.evaluation.rollup import Skip
from tests.evaluation.batches import batch_of, layout

N = 120
LAND = Grouping(("land",))
FEW, MANY = Shape(rows=N, singles=False), Shape(rows=2_000_000, singles=True)
RANDOM = np.random.default_rng(4)
LABEL = RANDOM.integers(0, 2, N)
LANDS = np.array(["de", "fr", "it"])[RANDOM.integers(0, 3, N)]


def by_land(*metrics: str) -> tuple[SliceRules, ...]:
    return (SliceRules(by=("land",), metrics=metrics, margin=0.1),)


def finished(of: Layout, shape: Shape, *frames: dict[str, Any]) -> dict[str, Any]:
    """What all accumulators come to, those that ask for it having seen the rows twice."""
    batch = batch_of(of, *frames)
    fed: dict[str, Any] = {**accumulators_for(of, shape)}
    for accumulator in fed.values():
        accumulator.update(batch)
    again = {name: more for name, one in fed.items() if (more := one.second()) is not None}
    for accumulator in again.values():
        accumulator.update(batch)
    return {name: accumulator.finish() for name, accumulator in (fed | again).items()}


def found(of: Layout, *frames: dict[str, Any], shape: Shape = FEW) -> Estimates:
    def nothing(*_: object) -> Found:
        return Unavailable(why="nobody's function runs here", skip=Skip.no_method)

    return estimates(of, finished(of, shape, *frames), nothing)


def sides(kind: Any = np.float64) -> list[dict[str, Any]]:
    scores = [RANDOM.integers(0, 1025, N) / 1024 for _ in range(2)]
    shared = {"label": LABEL, "land": LANDS, "user": np.arange(N) // 2, "w": 1 + np.arange(N) % 3}
    return [{**shared, "p": pl.Series(score.astype(kind)), "late": (score > 0.7).astype(int)} for score in scores]


@pytest.mark.parametrize(
    ("of", "shape", "names"),
    [
        (layout(metrics=("accuracy", "f1", "error_rate"), score="p"), FEW, {"cells"}),
        (layout(metrics=("accuracy",), score="p", weight="w"), FEW, {"accuracy"}),
        (layout(metrics=("accuracy", "f1"), score="p", cluster="u"), FEW, {"accuracy", "cells"}),
        (layout(metrics=("rate(a)", "rate(b)"), score="p"), FEW, {"rate(a)", "rate(b)"}),
        (layout(metrics=("log_loss", "brier"), score="p"), MANY, {"log_loss", "brier"}),
        (layout(metrics=("auc", "ece"), score="p"), FEW, {"kept"}),
        (layout(metrics=("auc",), score="p"), MANY, {"ranks"}),
        (layout(metrics=("auc",), score="p", slices=by_land("auc")), MANY, {"ranks", "kept"}),
        (layout(metrics=("auc", "roc_auc_score"), score="p"), MANY, {"ranks"}),
        (layout(metrics=("auc",), score="p"), Shape(rows=1_000_000, singles=True), {"kept"}),
        (layout(metrics=("auc",), score="p"), Shape(rows=2_000_000, singles=False), {"kept"}),
        (layout(metrics=("auc",), score="p", weight="w"), MANY, {"kept"}),
        (layout(metrics=("auc",), score="p", cluster="u"), MANY, {"kept"}),
        (layout(Task.multiclass, ("auc",), scores={"a": "p"}), MANY, {"kept"}),
        (layout(metrics=("perplexity",), score="p"), FEW, set()),
        (layout(metrics=(), score="p", fairness=(FairnessRules(by="sex", min_ratio=0.8),)), FEW, {"cells"}),
    ],
)
def test_what_has_to_be_fed(of: Layout, shape: Shape, names: set[str]) -> None:
    assert set(accumulators_for(of, shape)) == names


def test_auc_of_many_rows_is_that_of_few_and_slices_keep_their_rows() -> None:
    """On a grid of scores that the bins tell apart the estimates are equal to the bit."""
    of = layout(metrics=("auc",), score="p", slices=by_land("auc"))
    single = sides(np.float32)
    few, many = found(of, *single), found(of, *single, shape=MANY)
    assert many == few
    for land in ("de", "fr", "it"):
        one = many[LAND][land,]["auc"]
        assert isinstance(one, Estimate)
        inside = land == LANDS
        assert one.candidate == pytest.approx(roc_auc_score(LABEL[inside], single[0]["p"].to_numpy()[inside]))


def test_ranks_that_bins_cannot_tell_apart_are_sorted() -> None:
    of = layout(metrics=("auc",), score="p")
    frames = [{**frame, "p": pl.Series(np.asarray(frame["p"]) + 2, dtype=pl.Float32)} for frame in sides(np.float32)]
    assert found(of, *frames, shape=MANY) == found(of, *frames)


def test_rates_count_pairs_where_rows_are_alike_and_weigh_them_where_they_are_not() -> None:
    mine, theirs = sides()
    plain = found(layout(metrics=("rate(late)", "accuracy"), score="p"), mine, theirs)[ALL][()]
    weighted = found(layout(metrics=("rate(late)", "accuracy"), score="p", weight="w"), mine, theirs)[ALL][()]
    for name, right in (("rate(late)", mine["late"]), ("accuracy", (np.asarray(mine["p"]) >= 0.5) == LABEL)):
        one, other = plain[name], weighted[name]
        assert isinstance(one, Estimate)
        assert isinstance(other, Estimate)
        assert isinstance(one.spread, Discordant)
        assert isinstance(other.spread, Sampled)
        assert one.candidate == pytest.approx(np.mean(right))
        assert other.candidate == pytest.approx(np.average(right, weights=mine["w"]))


ONE_CLASS = {"label": [1] * 40 + [0, 1] * 40, "p": np.linspace(0, 1, N), "land": ["fr"] * 40 + ["de"] * 80}


@pytest.mark.parametrize(
    ("task", "metric", "columns", "frame", "says"),
    [
        (Task.binary, "auc", {"score": "p"}, ONE_CLASS, "all rows are of one class, and ROC AUC needs both"),
        (Task.binary, "accuracy", {"score": "p", "weight": "w"}, ONE_CLASS, "the rows have no weight"),
        (Task.binary, "f1", {"score": "p", "weight": "w"}, ONE_CLASS, "the rows have no weight"),
        (Task.binary, "ece(5)", {"score": "p", "weight": "w"}, ONE_CLASS, "the rows have no weight"),
        (
            Task.multiclass, "auc", {"scores": {"0": "q", "1": "p"}}, ONE_CLASS,
            "a class has no row, and ROC AUC needs rows of each",
        ),
        (Task.regression, "r2", {"prediction": "p"}, ONE_CLASS, "all labels are the same"),
    ],
)  # fmt: skip
def test_a_group_that_has_no_value_is_passed_over_and_all_rows_without_one_are_an_error(
    task: Task, metric: str, columns: dict[str, Any], frame: dict[str, Any], says: str
) -> None:
    weights = {"w": [0] * 40 + [1] * 80, "q": 1 - np.linspace(0, 1, N)}
    of = layout(task, (metric,), slices=by_land(metric), **columns)
    everywhere = found(of, {**frame, **weights})
    lacking = everywhere[LAND]["fr",][metric]
    assert isinstance(lacking, Unavailable)
    assert says in lacking.why
    assert lacking.skip is Skip.no_method
    assert isinstance(everywhere[LAND]["de",][metric], Estimate)
    assert isinstance(everywhere[ALL][()][metric], Estimate)
    alone = {name: values[:40] for name, values in {**frame, **weights}.items()}
    error = found(of, alone)[ALL][()][metric]
    assert isinstance(error, Unavailable)
    assert says in error.why
    assert error.skip is None


def test_one_class_in_bins_is_an_error_too() -> None:
    of = layout(metrics=("auc",), score="p")
    frame = {"label": [1] * N, "p": pl.Series(np.linspace(0, 1, N), dtype=pl.Float32)}
    lacking = found(of, frame, shape=MANY)[ALL][()]["auc"]
    assert lacking == Unavailable(why="all rows are of one class, and ROC AUC needs both")


@pytest.mark.parametrize(
    ("task", "metric", "columns", "frame", "says"),
    [
        (Task.binary, "rate(late)", {"score": "p"}, {"late": [2] * 2 + [1] * (N - 2)}, "2 rows hold something else"),
        (Task.binary, "log_loss", {"score": "p"}, {"p": [1.5, *[0.5] * (N - 1)]}, "1 row has a score outside of 0"),
        (Task.binary, "ece", {"score": "p"}, {"p": [-0.5, *[0.5] * (N - 1)]}, "some scores are outside of 0 to 1"),
        (
            Task.multiclass, "auc", {"scores": {"1": "p"}}, {"label": ["x", *["1"] * (N - 1)]},
            "1 row has a label that no score is for",
        ),
    ],
)  # fmt: skip
def test_a_fault_of_single_rows_is_an_error_in_every_group(
    task: Task, metric: str, columns: dict[str, Any], frame: dict[str, Any], says: str
) -> None:
    """Except where it can be seen which group the row belongs to: then that group's."""
    of = layout(task, (metric,), slices=by_land(metric), **columns)
    everywhere = found(of, {**sides()[0], "land": ["fr"] * 60 + ["de"] * 60, **frame})
    for one in (everywhere[ALL][()][metric], everywhere[LAND]["fr",][metric]):
        assert isinstance(one, Unavailable)
        assert says in one.why
        assert one.skip is None


def test_f1_of_a_class_that_no_row_has_is_that_of_no_other_class() -> None:
    frame = {"label": ["no"] * N, "said": ["no"] * N}
    of = layout(metrics=("f1", "recall"), prediction="said", positive="yes")
    values = found(of, frame)[ALL][()]
    assert [one.candidate for one in values.values() if isinstance(one, Estimate)] == [0.0, 0.0]
    mixed = {"label": ["no", "yes", "no"] * 40, "said": ["yes", "yes", "no"] * 40}
    (one,) = found(layout(metrics=("f1",), prediction="said", positive="yes"), mixed)[ALL][()].values()
    assert isinstance(one, Estimate)
    assert one.candidate == pytest.approx(f1_score(mixed["label"], mixed["said"], pos_label="yes"))


def test_log_loss_says_when_a_probability_of_0_was_clipped() -> None:
    of = layout(metrics=("log_loss",), score="p")
    for score, note in ((0.0, "probabilities of 0 clipped"), (1e-9, "")):
        (one,) = found(of, {"label": LABEL, "p": np.where(LABEL == 1, score, 0.4)})[ALL][()].values()
        assert isinstance(one, Estimate)
        assert one.note == note


@pytest.mark.parametrize(("mine", "theirs", "doubtful"), [(5.0, 5.0, True), (5.0, 4.0, False)])
def test_numbers_that_are_the_same_in_all_rows_prove_nothing(mine: float, theirs: float, doubtful: bool) -> None:
    """Where all rows moved alike, the interval has a width: that of what no row showed."""
    of = layout(metrics=("mean(cost)",), label="")
    (one,) = found(of, {"cost": [mine] * N}, {"cost": [theirs] * N})[ALL][()].values()
    assert isinstance(one, Estimate)
    assert isinstance(one.spread, Sampled)
    assert (bool(one.doubt), one.spread.reach == 0) == (doubtful, doubtful)


@pytest.mark.parametrize("parameter", [None, 3])
def test_ndcg_weighs_queries_as_their_rows_and_takes_them_from_clusters(parameter: int | None) -> None:
    """In clusters a query whose rows are of several belongs to one of them, whatever the order of rows."""
    name = f"ndcg({parameter})" if parameter else "ndcg"
    query = np.arange(N) % 40
    frame = {"label": LABEL, "s": RANDOM.normal(size=N), "q": query, "w": 1 + query % 3, "user": np.arange(N) % 33}
    values = np.array([
        ndcg_score([LABEL[query == each]], [frame["s"][query == each]], k=parameter) for each in range(40)
    ])  # fmt: skip
    of = layout(Task.ranking, (name,), score="s", query="q", weight="w", cluster="user")
    (one,) = found(of, frame)[ALL][()].values()
    assert isinstance(one, Estimate)
    assert one.candidate == pytest.approx(np.average(values, weights=1 + np.arange(40) % 3))
    assert (one.unit, one.n) == ("query", 40)
    assert "without a relevant row" in one.note
    order = RANDOM.permutation(N)
    (other,) = found(of, {column: each[order] for column, each in frame.items()})[ALL][()].values()
    assert isinstance(other, Estimate)
    assert isinstance(one.spread, Sampled)
    assert isinstance(other.spread, Sampled)
    assert other.spread.units == one.spread.units <= 33
    relevant = {**frame, "label": np.ones(N)}
    (full,) = found(layout(Task.ranking, (name,), score="s", query="q"), relevant)[ALL][()].values()
    assert isinstance(full, Estimate)
    assert (full.note, full.candidate) == ("", 1.0)


def test_calibration_of_several_classes_is_that_of_the_largest_score() -> None:
    """Where all are equally sure, it is the distance from that to how many are right."""
    label = RANDOM.choice(["a", "b", "c"], N)
    frame = {"label": label, "p_a": [0.7] * N, "p_b": [0.2] * N, "p_c": [0.1] * N}
    of = layout(Task.multiclass, ("ece(4)",), scores={name: f"p_{name}" for name in "cba"})
    (one,) = found(of, frame)[ALL][()].values()
    assert isinstance(one, Estimate)
    assert one.candidate == pytest.approx(abs(np.mean(label == "a") - 0.7))


def test_functions_are_handed_on_and_reported_metrics_left_out() -> None:
    of = layout(metrics=("perplexity", "own.cost"), score="p", slices=by_land("own.cost"))
    everywhere = found(of, sides()[0])
    assert set(everywhere[ALL][()]) == {"own.cost"}
    assert {land for (land,) in everywhere[LAND]} == {"de", "fr", "it"}


def test_rates_of_groups_are_the_candidates() -> None:
    rules = (FairnessRules(by="land", min_ratio=0.8), FairnessRules(by="land", min_ratio=0.8, metric="precision"))
    of = layout(metrics=(), score="p", fairness=rules)
    mine, theirs = sides()
    said = np.asarray(mine["p"]) >= 0.5
    groups = fairness_groups(of, finished(of, FEW, mine, theirs))
    for land in ("de", "fr", "it"):
        inside = land == LANDS
        hits = int((LABEL[inside & said] == 1).sum())
        selected = int(said[inside].sum())
        assert groups["land", "selection_rate"][land] == GroupRate(successes=selected, rows=int(inside.sum()))
        assert groups["land", "precision"][land] == GroupRate(successes=hits, rows=selected)

"""What columns mean: labels, predictions, scores and groups as arrays, and every fault that rows can have."""

from typing import Any

import numpy as np
import polars as pl
import pytest

from merganser.config import FairnessRules, Labels, SliceRules, Task
from merganser.evaluation.batch import BASELINE, CANDIDATE, LABELS, Frames
from merganser.evaluation.faults import Grade
from merganser.evaluation.layout import ALL, Grouping, Layout, positive_fault
from tests.evaluation.batches import batch_of, layout, named, read, with_fingerprint

NAN, INF = float("nan"), float("inf")
SCORED = layout(score="p", positive="yes")
SAID = layout(prediction="said", positive="yes")
MANY = layout(Task.multiclass, scores={"cat": "p_cat", "2": "p_two"})
REGRESSION = layout(Task.regression, ("mae",), prediction="y")
RANKING = layout(Task.ranking, ("ndcg",), score="s", query="q")
FRAME = {"label": ["yes", "no", "yes"], "p": [0.9, 0.5, 0.1]}


def sliced(*by: str, bins: tuple[float, ...] = ()) -> Layout:
    return layout(score="p", slices=(SliceRules(by=by, metrics=("accuracy",), margin=0.1, bins=bins),))


def test_a_binary_model_by_score() -> None:
    batch = batch_of(SCORED, FRAME, {**FRAME, "p": [0.4, 0.4, 0.4]})
    assert batch.names == ("", "yes")
    assert (batch.labels == [1, 0, 1]).all()
    assert (batch.positive == [True, False, True]).all()
    assert (batch.candidate.classes == [1, 1, 0]).all()  # the threshold of 0.5 itself is positive
    assert (batch.baseline.classes == [0, 0, 0]).all()
    assert (batch.candidate.score == FRAME["p"]).all()
    assert (batch.rows, batch.seen, batch.hashes, batch.identities) == (3, {"yes", "no"}, None, None)
    assert list(batch.groups) == [ALL]


def test_without_a_baseline_the_candidate_stands_on_both_sides() -> None:
    batch = batch_of(SCORED, FRAME)
    assert batch.baseline is batch.candidate
    assert batch.baseline.says_as(batch.candidate)


@pytest.mark.parametrize("label", [[1, 0, 1], [1.0, 0.0, 1.0], ["1", "0", "1.0"], [True, False, True]])
def test_a_positive_class_that_is_not_configured(label: list[Any]) -> None:
    of = layout(score="p")
    batch = batch_of(of, {"label": label, "p": [0.9, 0.5, 0.1]})
    assert (batch.positive == [True, False, True]).all()
    assert batch.names == ("", "1")
    assert positive_fault(of, batch.seen) == ""


def test_a_binary_model_by_prediction() -> None:
    batch = batch_of(SAID, {"label": ["yes", "no", "no"], "said": ["yes", "yes", "no"]})
    said = [batch.names[code] for code in np.asarray(batch.candidate.classes)]
    assert (said, [batch.names[code] for code in np.asarray(batch.labels)]) == (
        ["yes", "yes", "no"], ["yes", "no", "no"],
    )  # fmt: skip
    assert (batch.positive == [True, False, False]).all()
    assert batch.candidate.score is None


def test_a_binary_model_by_two_scores() -> None:
    """The positive class's column is its score; where both are equal, the first class is taken."""
    of = layout(scores={"no": "q", "yes": "p"}, positive="yes")
    batch = batch_of(of, {"label": ["yes", "no", "yes"], "q": [0.1, 0.8, 0.5], "p": [0.9, 0.2, 0.5]})
    assert (batch.candidate.score == [0.9, 0.2, 0.5]).all()
    assert [batch.names[code] for code in np.asarray(batch.candidate.classes)] == ["yes", "no", "no"]
    usual = layout(scores={"0": "q", "1.0": "p"})
    assert (batch_of(usual, {"label": [1], "q": [0.1], "p": [0.7]}).candidate.score == [0.7]).all()
    lost = layout(scores={"a": "q", "b": "p"})
    assert batch_of(lost, {"label": ["a"], "q": [0.1], "p": [0.7]}).candidate.score is None


def test_a_prediction_beats_the_scores_where_both_are_named() -> None:
    of = layout(Task.multiclass, scores={"a": "p_a", "b": "p_b"}, prediction="said")
    batch = batch_of(of, {"label": ["a"], "p_a": [0.9], "p_b": [0.1], "said": ["b"]})
    assert batch.names[np.asarray(batch.candidate.classes)[0]] == "b"


def test_several_classes() -> None:
    frame = {"label": ["cat", "2.0", "dog"], "p_cat": [0.2, 0.3, 0.6], "p_two": [0.8, 0.3, 0.4]}
    batch = batch_of(MANY, frame, {**frame, "p_cat": [1.0, 0.0, 0.0]})
    assert [batch.names[code] for code in np.asarray(batch.labels)] == ["cat", "2", "dog"]
    assert [batch.names[code] for code in np.asarray(batch.candidate.classes)] == ["2", "cat", "cat"]
    assert [batch.names[code] for code in np.asarray(batch.baseline.classes)] == ["cat", "2", "2"]
    assert batch.score_columns is not None
    assert dict(zip(batch.names, batch.score_columns.tolist(), strict=True)) == {"cat": 0, "2": 1, "dog": -1}
    assert (batch.candidate.scores == [[0.2, 0.8], [0.3, 0.3], [0.6, 0.4]]).all()
    assert (batch.positive, batch.seen, batch.target) == (None, frozenset(), None)


def test_numbers_and_labels_spelled_in_another_type_are_the_same_class() -> None:
    of = layout(Task.multiclass, prediction="said")
    batch = batch_of(of, {"label": [1, 2, 3], "said": [1.0, 2.0, 2.0]}, {"label": [1, 2, 3], "said": ["1", "2", "3"]})
    assert (np.asarray(batch.labels) == batch.candidate.classes).tolist() == [True, True, False]
    assert (np.asarray(batch.labels) == batch.baseline.classes).all()


def test_a_regression() -> None:
    batch = batch_of(REGRESSION, {"label": [1, 2], "y": [1.5, 2.5]}, {"label": [1, 2], "y": [0.0, 0.0]})
    assert (batch.target, batch.candidate.number, batch.baseline.number) == (
        pytest.approx([1, 2]), pytest.approx([1.5, 2.5]), pytest.approx([0, 0]),
    )  # fmt: skip
    assert (batch.names, batch.labels, batch.positive, batch.candidate.classes) == ((), None, None, None)


def test_a_ranking() -> None:
    batch = batch_of(RANKING, {"label": [3, 0, 1], "s": [0.5, 0.1, 2.5], "q": ["a", "b", "a"]})
    assert batch.queries is not None
    assert (batch.queries[0] == batch.queries[2], batch.queries[0] == batch.queries[1]) == (True, False)
    assert (batch.target == [3, 0, 1]).all()
    assert (batch.candidate.score == [0.5, 0.1, 2.5]).all()
    assert batch.candidate.classes is None


def test_columns_that_metrics_name() -> None:
    of = layout(Task.ranking, ("mean(cost)", "rate(late)"), label="")
    batch = batch_of(of, {"cost": [1.5, 2], "late": [0, 1]}, {"cost": [0.5, 2], "late": [1, 1]})
    assert {name: column.tolist() for name, column in batch.candidate.columns.items()} == {
        "cost": [1.5, 2.0], "late": [0.0, 1.0],
    }  # fmt: skip
    assert batch.baseline.columns["late"].tolist() == [1.0, 1.0]
    assert not batch.candidate.says_as(batch.baseline)


def test_weights_and_clusters() -> None:
    of = layout(score="p", positive="yes", cluster="user", weight="w")
    batch = batch_of(of, {**FRAME, "user": [7, 8, 7], "w": ["1", "0", "2.5"]})
    assert (batch.weights == [1, 0, 2.5]).all()
    assert batch.clusters is not None
    assert (batch.clusters[0] == batch.clusters[2], batch.clusters[0] == batch.clusters[1]) == (True, False)
    texts = batch_of(of, {**FRAME, "user": ["7", "8", "7.0"], "w": [1, 0, 2]})
    assert texts.clusters is not None
    assert (texts.clusters == batch.clusters).all()


def test_scores_stay_in_the_precision_of_the_file() -> None:
    single = batch_of(SCORED, {**FRAME, "p": pl.Series([0.9, 0.5, 0.1], dtype=pl.Float32)})
    text = batch_of(SCORED, {**FRAME, "p": ["0.9", "0.5", "1e-1"]})
    assert (np.asarray(single.candidate.score).dtype, np.asarray(text.candidate.score).dtype) == (
        np.float32, np.float64,
    )  # fmt: skip
    assert (text.candidate.score == [0.9, 0.5, 0.1]).all()


def test_what_a_side_says_is_compared_with_every_column() -> None:
    frame = {"label": ["cat", "cat"], "p_cat": [0.6, 0.7], "p_two": [0.4, 0.3]}
    other = batch_of(MANY, frame, {**frame, "p_two": [0.4, 0.31]})
    assert (np.asarray(other.candidate.classes) == other.baseline.classes).all()
    assert not other.candidate.says_as(other.baseline)
    same = batch_of(MANY, frame, frame)
    assert same.candidate.says_as(same.baseline)


def test_frames_by_whose_they_are() -> None:
    one, two, keys = pl.DataFrame({"a": [1]}), pl.DataFrame({"a": [2]}), pl.Series([1])
    assert Frames(keys=keys, candidate=one).sides() == {CANDIDATE: one}
    assert list(Frames(keys=keys, candidate=one, baseline=two, labels=two).sides()) == [CANDIDATE, BASELINE, LABELS]


# --- faults ---


def told(of: Layout, candidate: dict[str, Any], **more: Any) -> str:
    batch, faults = read(of, candidate, **more)
    assert (batch is None) is faults.any(Grade.unusable)
    return faults.first(Grade.unusable)


MINE, THEIRS = "of the candidate's predictions", "of the baseline's predictions"


@pytest.mark.parametrize(
    ("of", "frame", "says"),
    [
        (SCORED, {**FRAME, "label": ["yes", None, "no"]}, f"1 row {MINE} has no label (e.g. 1)"),
        (SAID, {"label": [1.0, NAN, NAN], "said": ["yes"] * 3}, f"2 rows {MINE} have no label (e.g. 1, 2)"),
        (SCORED, {**FRAME, "p": [0.5, None, NAN]}, f"2 rows {MINE} have no finite number in p (e.g. 1, 2)"),
        (SCORED, {**FRAME, "p": ["0.5", "inf", "high"]}, f"2 rows {MINE} have no finite number in p (e.g. 1, 2)"),
        (SCORED, {**FRAME, "p": pl.Series([0.5, INF, 1], dtype=pl.Float32)}, "no finite number in p (e.g. 1)"),
        (SAID, {"label": ["yes"], "said": [None]}, f"1 row {MINE} has no prediction (e.g. 0)"),
        (SAID, {"label": ["yes", "no"], "said": [NAN, 1.0]}, f"1 row {MINE} has no prediction (e.g. 0)"),
        (MANY, {"label": ["cat"], "p_cat": [0.5], "p_two": [NAN]}, f"1 row {MINE} has no finite number in p_two"),
        (MANY, {"label": ["cat"], "p_cat": [None], "p_two": [None]}, f"1 row {MINE} has no finite number in p_cat"),
        (REGRESSION, {"label": [1.0, NAN], "y": [1.0, 1.0]}, f"1 row {MINE} has no finite number in label (e.g. 1)"),
        (REGRESSION, {"label": ["1", "x"], "y": [1.0, 1.0]}, f"1 row {MINE} has no finite number in label (e.g. 1)"),
        (REGRESSION, {"label": [1.0], "y": [-INF]}, f"1 row {MINE} has no finite number in y (e.g. 0)"),
        (RANKING, {"label": [1], "s": [0.1], "q": [None]}, f"1 row {MINE} has no query (e.g. 0)"),
        (RANKING, {"label": [1], "s": [0.1], "q": [NAN]}, f"1 row {MINE} has no query (e.g. 0)"),
        (RANKING, {"label": [1], "s": [NAN], "q": ["a"]}, f"1 row {MINE} has no finite number in s (e.g. 0)"),
        (
            layout(metrics=("mean(cost)",), label=""), {"cost": [1.0, NAN, None]},
            f"2 rows {MINE} have no finite number in cost (e.g. 1, 2)",
        ),
        (
            layout(score="p", cluster="user"), {"label": [1, 0, 1], "p": [0.1] * 3, "user": ["a", None, "b"]},
            f"1 row {MINE} has no cluster (e.g. 1)",
        ),
        (
            layout(score="p", cluster="user"), {"label": [1, 0, 1], "p": [0.1] * 3, "user": [1.0, NAN, 2.0]},
            f"1 row {MINE} has no cluster (e.g. 1)",
        ),
        (
            layout(score="p", weight="w"), {"label": [1] * 5, "p": [0.1] * 5, "w": [0.0, -1.0, NAN, INF, None]},
            f"4 rows {MINE} have no finite weight of 0 or more in w (e.g. 1, 2, 3)",
        ),
    ],
)  # fmt: skip
def test_rows_that_cannot_be_used(of: Layout, frame: dict[str, Any], says: str) -> None:
    assert says in told(of, frame)


def test_faults_name_the_table_and_the_key() -> None:
    frame = {"id": ["a", "b", "c"], **FRAME}
    broken = {**FRAME, "p": [0.1, NAN, 0.3]}
    assert told(SCORED, frame, baseline=broken) == f"1 row {THEIRS} has no finite number in p (e.g. b)"
    sealed = layout(score="p", positive="yes", labels=Labels(key="id", label="truth"))
    unlabelled = {"truth": ["yes", "no", None]}
    assert told(sealed, frame, labels=unlabelled) == "1 row of the labels has no label (e.g. c)"


def test_the_label_is_told_before_the_prediction_and_that_before_the_score() -> None:
    of = layout(Task.multiclass, prediction="said", scores={"a": "p"})
    frame: dict[str, Any] = {"label": [None, "a", "a"], "said": ["a", None, "a"], "p": [0.1, 0.1, NAN]}
    assert "has no label" in told(of, frame)
    assert "has no prediction" in told(of, {**frame, "label": ["a"] * 3})
    assert "has no finite number" in told(of, {**frame, "label": ["a"] * 3, "said": ["a"] * 3})


def test_the_baselines_own_labels_have_to_be_the_candidates() -> None:
    of = layout(score="p", positive="yes", cluster="user", weight="w")
    mine = {**FRAME, "user": ["a", "b", "b"], "w": [1.0, 1.0, 2.0]}
    others = (("label", ["yes"] * 3, "label"), ("user", ["a", "b", "c"], "cluster"), ("w", [1.0, 3.0, 2.0], "weight"))
    for column, other, what in others:
        batch, faults = read(of, mine, {**mine, column: other})
        assert batch is not None
        assert faults.first(Grade.changed).startswith(f"1 row has another {what} than in the baseline (e.g. ")
    assert not read(of, mine, mine)[1].any(Grade.changed)
    every = {**mine, "label": ["no"] * 3, "user": ["z"] * 3, "w": [0.0] * 3}
    assert "another label" in read(of, mine, every)[1].first(Grade.changed)


def test_the_baseline_has_to_rank_the_same_queries() -> None:
    frame = {"label": [1, 0], "s": [0.1, 0.2], "q": ["a", "b"]}
    _, faults = read(RANKING, frame, {**frame, "q": ["a", "c"]})
    assert faults.first(Grade.changed) == "1 row has another query than in the baseline (e.g. 1)"
    assert not read(RANKING, {**frame, "q": [1, 2]}, {**frame, "q": ["1.0", "2"]})[1].any(Grade.changed)


@pytest.mark.parametrize(
    ("mine", "theirs", "same"),
    [
        ([1, 0], [1.0, 0.0], True),
        ([1, 0], ["1", "0.0"], True),
        (["1.0", "0.0"], ["1", "0"], True),
        ([True, False], ["True", "false"], True),
        ([1, 0], ["1", "2"], False),
        (["1", "0"], ["1", "O"], False),
    ],
)
def test_a_label_is_the_same_however_it_is_spelled(mine: list[Any], theirs: list[Any], same: bool) -> None:
    of = layout(score="p")
    _, faults = read(of, {"label": mine, "p": [0.1, 0.2]}, {"label": theirs, "p": [0.1, 0.2]})
    assert faults.any(Grade.changed) is not same


def test_sealed_labels_alone_count() -> None:
    of = layout(
        score="p", positive="yes", slices=(SliceRules(by=("land",), metrics=("accuracy",), margin=0.1),),
        labels=Labels(key="id", label="truth", cluster="user", weight="w"),
    )  # fmt: skip
    labels = {"truth": ["no", "yes", "no"], "user": [1, 2, 3], "w": [1.0, 2.0, 3.0], "land": ["a", "b", "a"]}
    claimed = {**FRAME, "truth": ["yes"] * 3, "land": ["z"] * 3}
    batch, faults = read(of, claimed, {**FRAME, "land": ["y"] * 3}, labels)
    assert batch is not None
    assert not any(faults.any(grade) for grade in Grade)
    assert (batch.positive == [False, True, False]).all()
    assert (batch.weights == [1, 2, 3]).all()
    assert named(batch, Grouping(("land",))) == [("a",), ("b",), ("a",)]


# --- groups ---


def test_groups_of_one_and_of_several_columns() -> None:
    of = layout(
        score="p",
        slices=(
            SliceRules(by=("land",), metrics=("accuracy",), margin=0.1),
            SliceRules(by=("land", "plan"), metrics=("accuracy",), margin=0.1),
        ),
        fairness=(FairnessRules(by="sex", min_ratio=0.8),),
    )
    frame = {
        "label": [1, 0, 1, 1], "p": [0.1] * 4, "land": ["de", "fr", "de", None], "plan": [1.0, 2.0, 1.0, NAN],
        "sex": [True, False, None, True],
    }  # fmt: skip
    batch = batch_of(of, frame)
    assert named(batch, ALL) == [()] * 4
    assert named(batch, Grouping(("land",))) == [("de",), ("fr",), ("de",), ("(missing)",)]
    assert named(batch, Grouping(("land", "plan"))) == [("de", "1"), ("fr", "2"), ("de", "1"), ("(missing)",) * 2]
    assert named(batch, Grouping(("sex",))) == [("true",), ("false",), ("(missing)",), ("true",)]
    for groups in batch.groups.values():
        assert set(groups.codes.tolist()) == set(range(len(groups.names)))


@pytest.mark.parametrize(
    "values", [[1, 2, 1], [1.0, 2.0, 1.0], ["1", "2", "1.0"], ["1.00", "2", "1"], [2**63 + 1, 2, 2**63 + 1]]
)
def test_one_value_is_one_group_in_every_spelling(values: list[Any]) -> None:
    kind = pl.UInt64 if 2**63 + 1 in values else None
    batch = batch_of(sliced("land"), {"label": [1, 0, 1], "p": [0.1] * 3, "land": pl.Series(values, dtype=kind)})
    first = "9223372036854775809" if kind else "1"
    assert named(batch, Grouping(("land",))) == [(first,), ("2",), (first,)]


def test_bins_hold_their_lower_edge() -> None:
    of = sliced("age", bins=(18.0, 65.0))
    ages = [17.9, 18, 64.9, 65, -INF, INF, NAN, None]
    batch = batch_of(of, {"label": [1] * 8, "p": [0.1] * 8, "age": ages})
    assert [name for (name,) in named(batch, Grouping(("age",), (18.0, 65.0)))] == [
        "< 18", "18 to 65", "18 to 65", "≥ 65", "< 18", "≥ 65", "(missing)", "(missing)",
    ]  # fmt: skip
    texts = batch_of(of, {"label": [1] * 3, "p": [0.1] * 3, "age": ["18.0", "old", "17"]})
    assert [name for (name,) in named(texts, Grouping(("age",), (18.0, 65.0)))] == ["18 to 65", "(missing)", "< 18"]


def test_a_column_that_is_not_there_parts_nothing() -> None:
    batch = batch_of(sliced("land"), {"label": [1], "p": [0.1]})
    assert list(batch.groups) == [ALL]


@pytest.mark.parametrize(("values", "many"), [(1000, False), (1001, True)])
def test_too_many_values_have_no_names(values: int, many: bool) -> None:
    n = np.arange(values)
    frame = {"label": n % 2, "p": n / values, "land": n.astype(str), "plan": n % 2, "half": n // 2}
    one = batch_of(sliced("land"), frame).groups[Grouping(("land",))]
    both = batch_of(sliced("half", "plan"), frame).groups[Grouping(("half", "plan"))]
    assert (one.names == ()) is (both.names == ()) is many
    assert len(one.names) == len(both.names) == (0 if many else 1000)


def test_slices_that_differ_between_the_sides_are_told_by_column() -> None:
    of = sliced("land", "plan")
    mine = {"label": [1, 0], "p": [0.1, 0.2], "land": ["a", "b"], "plan": ["x", "y"]}
    batch, faults = read(of, mine, {**mine, "plan": ["x", "z"]})
    assert batch is not None
    assert faults.first(Grade.slices, "plan") == "1 row has another value there in the baseline (e.g. 1)"
    assert faults.first(Grade.slices, "land") == ""
    without = {name: mine[name] for name in ("label", "p", "land")}
    for candidate, baseline in ((mine, without), (without, mine)):
        assert not read(of, candidate, baseline)[1].any(Grade.slices)


# --- identities, and single columns ---


def test_an_identity_is_that_of_the_key_and_of_every_column_that_labels_a_row() -> None:
    of = with_fingerprint(layout(score="p"), "label", "land")
    frame = {"id": [1, 2], "label": [1, 0], "p": [0.1, 0.2], "land": ["a", "b"]}

    def identities(**columns: Any) -> list[int]:
        return np.asarray(batch_of(of, {**frame, **columns}).identities).tolist()

    plain = identities()
    assert identities(p=[0.5, 0.6], label=["1", "0.0"], id=["1", "2"]) == plain
    assert identities(id=[2, 1], label=[0, 1], land=["b", "a"]) == plain[::-1]
    for column, values in (("id", [3, 2]), ("label", [2, 0]), ("land", ["c", "b"]), ("land", [None, "b"])):
        changed = identities(**{column: values})
        assert (changed[0] != plain[0], changed[1] == plain[1]) == (True, True)


def test_hashes_of_keys_are_there_where_they_are_asked_for() -> None:
    asking = layout(metrics=("ece(10)",), score="p", positive="yes")
    batch = batch_of(asking, FRAME)
    assert batch.hashes is not None
    assert batch.identities is None


def test_of_a_thousand_labels_the_first_are_seen() -> None:
    n = 3000
    batch, _ = read(layout(score="p"), {"label": [f"c{i:04}" for i in range(n)][::-1], "p": [0.1] * n})
    assert batch is not None
    assert batch.seen == {f"c{i:04}" for i in range(1000)}

"""Which columns a gate reads of which table, and how it parts the rows."""

from typing import Any

import msgspec
import pytest

from merganser.config import (
    Calibration,
    CalibrationError,
    FairnessRules,
    Gate,
    Labels,
    MetricRules,
    SliceRules,
    Task,
)
from merganser.evaluation.layout import ALL, Grouping, Layout, layout_of, metric_names, positive_fault, positives
from merganser.evaluation.metrics import Family
from tests.evaluation.batches import asked, layout, with_fingerprint
from tests.evaluation.samples import model

BY_COUNTRY = Grouping(("country",))
BY_AGE = Grouping(("age",), (18.0, 65.0))
SLICES = (
    SliceRules(by=("country",), metrics=("accuracy",), margin=0.1),
    SliceRules(by=("age",), metrics=("auc",), margin=0.1, bins=(18.0, 65.0)),
    SliceRules(by=("country",), metrics=("f1", "accuracy"), margin=0.2),
)
FAIR = (FairnessRules(by="sex", min_ratio=0.8),)
RICH = layout(
    metrics=("accuracy", "mean(cost)", "perplexity"), score="p", prediction="said", cluster="user", weight="w",
    slices=SLICES, fairness=FAIR,
)  # fmt: skip
RANKED = layout(Task.ranking, ("ndcg",), score="s", query="q")
SEALED = layout(
    metrics=("auc",), score="p", slices=SLICES, label="theirs",
    labels=Labels(key="row", label="truth", slices=("plan",), cluster="user", weight="w"),
)  # fmt: skip


def test_every_metric_that_is_named_anywhere_is_computed_in_the_configurations_order() -> None:
    rules = Gate(
        metrics={"f1": MetricRules(min=0.1)}, slices=SLICES, calibration=Calibration(ece=CalibrationError(max=0.1))
    )
    assert metric_names(model(rules)) == ("f1", "ece(15)", "accuracy", "auc")
    assert list(RICH.metrics) == ["accuracy", "mean(cost)", "perplexity", "auc", "f1"]
    assert [metric.family for metric in RICH.metrics.values()] == [
        Family.rate, Family.mean, Family.reported, Family.ranking, Family.confusion,
    ]  # fmt: skip


def test_a_number_that_the_run_reports_is_not_computed() -> None:
    question = asked(metrics=("own.loss",), score="p")
    reporting = msgspec.structs.replace(
        question, candidate=msgspec.structs.replace(question.candidate, metrics={"own.loss": 1.0})
    )
    assert question.rules.predictions
    families = [layout_of(one, question.rules.predictions).metrics["own.loss"].family for one in (question, reporting)]
    assert families == [Family.function, Family.reported]


def test_rows_are_parted_once_for_each_grouping() -> None:
    assert RICH.sliced == {BY_COUNTRY: ("accuracy", "f1"), BY_AGE: ("auc",)}
    assert RICH.fairness == {Grouping(("sex",)): ("selection_rate",)}
    assert RICH.groupings == (BY_COUNTRY, BY_AGE, Grouping(("sex",)))
    assert RICH.groupings_of("f1") == RICH.groupings_of("accuracy", "perplexity") == (ALL, BY_COUNTRY)
    assert RICH.groupings_of("auc", "f1") == (ALL, BY_COUNTRY, BY_AGE)
    assert RICH.groupings_of("perplexity") == (ALL,)


@pytest.mark.parametrize(
    ("of", "side", "labels", "said"),
    [
        (
            RICH,
            ("id", "p", "said", "cost", "label", "country", "age", "sex", "user", "w"),
            ("id", "label", "country", "age", "sex", "user", "w"),
            ("p", "said", "cost"),
        ),
        (SEALED, ("id", "p"), ("row", "truth", "plan", "country", "age", "user", "w"), ("p",)),
        (layout(scores={"a": "x", "b": "y"}, label=""), ("id", "x", "y"), ("id",), ("x", "y")),
        (RANKED, ("id", "s", "label", "q"), ("id", "label", "q"), ("s",)),
    ],
)
def test_which_columns_are_read(
    of: Layout, side: tuple[str, ...], labels: tuple[str, ...], said: tuple[str, ...]
) -> None:
    assert (of.side_columns(), of.label_columns(), of.said_columns()) == (side, labels, said)


def test_sealed_labels_bring_their_own_columns_and_take_the_label_of_the_predictions_where_they_name_none() -> None:
    assert (SEALED.sealed, SEALED.labelled.key, SEALED.labelled.label) == (True, "row", "truth")
    assert (SEALED.labelled.slices, SEALED.labelled.cluster, SEALED.labelled.weight) == (("plan",), "user", "w")
    bare = layout(score="p", label="y", cluster="mine", labels=Labels(key="row"))
    assert (bare.labelled.label, bare.labelled.cluster) == ("y", "")


def test_labels_by_hand_without_a_description_are_read_as_the_predictions_are() -> None:
    question = msgspec.structs.replace(asked(score="p", cluster="user"), labels=asked().labels)
    assert not layout(score="p").sealed
    given = msgspec.structs.replace(question, labels=asked(labels=Labels(key="row")).labels)
    assert given.rules.predictions
    of = layout_of(given, given.rules.predictions)
    assert (of.sealed, of.labelled.key, of.labelled.label, of.labelled.cluster) == (True, "id", "label", "user")


@pytest.mark.parametrize(
    ("of", "asks"),
    [
        (layout(score="p"), True),
        (layout(scores={"0": "q", "1": "p"}), True),
        (layout(prediction="said"), False),
        (layout(metrics=("f1",), prediction="said"), True),
        (layout(prediction="said", fairness=FAIR), True),
        (layout(score="p", label=""), False),
        (layout(Task.multiclass, score="p"), False),
        (layout(Task.regression, ("mae",), prediction="y"), False),
    ],
)
def test_when_the_positive_class_has_to_be_known(of: Layout, asks: bool) -> None:
    assert of.asks_positive is asks


@pytest.mark.parametrize(
    ("of", "hashed"),
    [
        (layout(score="p"), False),
        (with_fingerprint(layout(score="p"), "label"), True),
        (layout(metrics=("ece(10)",), score="p"), True),
        (layout(metrics=("matthews_corrcoef",), score="p"), True),
    ],
)
def test_hashes_are_asked_for_by_a_fingerprint_and_by_resampling(of: Layout, hashed: bool) -> None:
    assert of.hashed is hashed


def test_a_second_pass_reads_scores_and_labels_alone() -> None:
    narrow = with_fingerprint(RICH, "label").narrowed()
    assert list(narrow.metrics) == ["auc"]
    assert (narrow.groupings, narrow.columns, narrow.hashed) == ((), (), False)
    assert narrow.label_columns() == ("id", "label")


def test_only_ranks_look_at_rows_twice() -> None:
    assert (RICH.passes, layout(score="p").passes) == (2, 1)


@pytest.mark.parametrize(
    ("configured", "spellings"), [("", ("1", "true")), ("yes", ("yes",)), ("1.0", ("1",)), ("True", ("true",))]
)
def test_spellings_of_the_positive_label(configured: str, spellings: tuple[str, ...]) -> None:
    assert positives(configured) == spellings
    assert positives(layout(score="p", positive=configured).positive) == spellings


@pytest.mark.parametrize(("name", "at"), [("cat", 0), ("2", 1), ("true", 2), ("2.0", -1), ("", -1)])
def test_the_column_of_a_classs_score(name: str, at: int) -> None:
    scores: dict[str, Any] = {"cat": "a", "2.0": "b", "True": "c"}
    assert layout(Task.multiclass, scores=scores).score_column(name) == at


@pytest.mark.parametrize(
    ("positive", "seen", "says"),
    [
        ("yes", {"yes", "no"}, ""),
        ("yes", {"yes"}, ""),
        ("yes", {"no"}, ""),
        ("yes", {"da", "no"}, "positive is yes, but the labels are da, no"),
        ("", {"1", "0"}, ""),
        ("", {"true", "false"}, ""),
        ("", {"1"}, ""),
        ("", {"0"}, "positive is not configured, but the labels are 0"),
        ("", {"cat", "dog"}, "positive is not configured, but the labels are cat, dog"),
        ("1.0", {"1", "0"}, ""),
        ("yes", set("abcdef"), "the task is binary, but there are 6 labels (a, b, c, d, e …)"),
        ("yes", {"yes", "no", "x" * 50}, f"but there are 3 labels (no, {'x' * 40}, yes …)"),
    ],
)
def test_the_positive_class_of_a_binary_task(positive: str, seen: set[str], says: str) -> None:
    found = positive_fault(layout(score="p", positive=positive), frozenset(seen))
    assert says in found
    assert bool(found) is bool(says)

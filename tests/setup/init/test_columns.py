"""What columns of predictions are taken for, by name and value."""

from collections.abc import Sequence

import pytest

from merganser.config import Predictions, Task
from merganser.setup.init.columns import Meaning, Unclear, meaning, meaning_by_names
from merganser.setup.init.facts import Column, Table


def table(**columns: Sequence[object]) -> Table:
    """Columns as the reader would give them."""
    found = []
    for name, values in columns.items():
        texts = tuple("" if value is None else str(value) for value in values)
        seen = {text for text in texts if text}
        missing = sum(not text for text in texts)
        found.append(Column(name=name, distinct=len(seen), missing=missing, sample=texts))
    return Table(rows=len(next(iter(columns.values()))), columns=tuple(found))


IDS = ["a", "b", "c", "d"]


def columns(**named: object) -> Predictions:
    return Predictions(file="p.csv", **named)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("seen", "task", "positive", "expected"),
    [
        pytest.param(
            table(row_id=IDS, label=[0, 1, 2, 1], prediction=[0, 1, 2, 2]),
            Task.multiclass, "", columns(key="row_id", label="label", prediction="prediction", slices=("label",)),
            id="several classes",
        ),
        pytest.param(
            table(id=IDS, y_true=[0, 1, 0, 1], y_prob=[0.1, 0.9, 0.4, 0.7]),
            Task.binary, "", columns(key="id", label="y_true", score="y_prob", slices=("y_true",)),
            id="a score, and 1 is positive by its name",
        ),
        pytest.param(
            table(id=IDS, target=["no", "yes", "no", "yes"], score=[0.1, 0.9, 0.4, 0.7]),
            Task.binary, "yes", columns(key="id", label="target", score="score", slices=("target",)),
            id="the word that means positive",
        ),
        pytest.param(
            table(id=IDS, label=["stays", "leaves", "stays", "leaves"], score=[0.1, 0.9, 0.4, 0.7]),
            Task.binary, "leaves", columns(key="id", label="label", score="score", slices=("label",)),
            id="the class with the higher scores is positive",
        ),
        pytest.param(
            table(id=IDS, label=["cat", "dog", "cat", "dog"], pred=["cat", "dog", "dog", "dog"]),
            Task.multiclass, "", columns(key="id", label="label", prediction="pred", slices=("label",)),
            id="of two classes without a score none is positive",
        ),
        pytest.param(
            table(id=IDS, label=[0, 1, 0, 1], prediction=[0.2, 0.8, 0.3, 0.9]),
            Task.binary, "", columns(key="id", label="label", score="prediction", slices=("label",)),
            id="a prediction that is a score",
        ),
        pytest.param(
            table(id=IDS, label=["x", "y", "z", "x"], prob_x=[1, 0, 0, 1], prob_y=[0, 1, 0, 0], prob_z=[0, 0, 1, 0]),
            Task.multiclass, "",
            columns(key="id", label="label", scores={"x": "prob_x", "y": "prob_y", "z": "prob_z"}, slices=("label",)),
            id="a score for each class",
        ),
        pytest.param(
            table(customer_id=IDS, actual=[1.5, 2.25, 3, 4], predicted=[1.4, 2.5, 3, 4], country=list("xyxy")),
            Task.regression, "",
            columns(key="customer_id", label="actual", prediction="predicted", slices=("country",)),
            id="quantities, a key that ends in id, a column that parts rows",
        ),
        pytest.param(
            table(row=list(range(40)), y=list(range(40)), y_pred=list(range(40))),
            Task.regression, "", columns(key="row", label="y", prediction="y_pred"),
            id="many whole numbers are quantities",
        ),
        pytest.param(
            table(id=IDS, query_id=[1, 1, 2, 2], label=[3, 0, 1, 0], score=[0.3, 0.1, 0.9, 0.2]),
            Task.ranking, "", columns(key="id", query="query_id", label="label", score="score"),
            id="rows of queries",
        ),
        pytest.param(
            table(id=IDS, label=[0, 1, 2, 1], prediction=[0, 1, 2, 2], weight=[1, 2, 1.5, 1]),
            Task.multiclass, "",
            columns(key="id", label="label", prediction="prediction", slices=("label",), weight="weight"),
            id="weights",
        ),
    ],
)  # fmt: skip
def test_what_columns_mean(seen: Table, task: Task, positive: str, expected: Predictions) -> None:
    found = meaning("p.csv", seen)
    assert isinstance(found, Meaning), found
    assert (found.task, found.positive, found.predictions) == (task, positive, expected)


@pytest.mark.parametrize(
    ("seen", "why"),
    [
        (table(row_id=IDS, prediction=[0, 1, 2, 1]), "p.csv has no column of true labels"),
        (table(label=[0, 1, 2, 1], prediction=[0, 1, 2, 1]), "p.csv has no column that names each row"),
        (table(row_id=list("aabc"), label=[0, 1, 2, 1], prediction=[0, 1, 2, 1]), "p.csv has no column that names"),
        (table(row_id=IDS, label=[0, 1, 2, 1], colour=list("rgbr")), "p.csv has no column of predictions"),
        (table(row_id=IDS, label=[0, None, 2, 1], prediction=[0, 1, 2, 1]), "1 rows of p.csv have no label"),
        (table(row_id=IDS, label=[0, 1, 2, 1], score=[0.1, 0.2, 0.3, 0.4]), "p.csv has one score for 3 classes"),
        (table(a_id=IDS, b_id=IDS, label=[0, 1, 2, 1], prediction=[0, 1, 2, 1]), "p.csv has no column that names"),
    ],
)
def test_what_is_unclear_is_said(seen: Table, why: str) -> None:
    found = meaning("p.csv", seen)
    assert isinstance(found, Unclear), found
    assert found.why.startswith(why)
    assert found.cure


def test_names_alone_are_enough_where_the_kind_of_model_is_known() -> None:
    found = meaning_by_names("p.csv", ("row_id", "label", "prediction"), Task.multiclass)
    assert isinstance(found, Meaning)
    assert found.predictions == columns(key="row_id", label="label", prediction="prediction", slices=("label",))
    found = meaning_by_names("p.csv", ("id", "target", "y_pred"), Task.regression)
    assert isinstance(found, Meaning)
    assert found.predictions == columns(key="id", label="target", prediction="y_pred")
    assert found.guessed
    found = meaning_by_names("p.csv", ("row_id", "label", "score"), Task.multiclass)
    assert isinstance(found, Meaning)
    assert found.task is Task.binary
    assert found.predictions == columns(key="row_id", label="label", score="score", slices=("label",))


@pytest.mark.parametrize(
    ("names", "task", "missing"),
    [
        (("label", "prediction"), Task.multiclass, "key"),
        (("id", "prediction"), Task.multiclass, "label"),
        (("id", "label", "colour"), Task.multiclass, "prediction"),
        (("id", "label", "score"), Task.regression, "prediction"),
    ],
)
def test_names_that_are_not_enough(names: tuple[str, ...], task: Task, missing: str) -> None:
    found = meaning_by_names("p.csv", names, task)
    assert isinstance(found, Unclear)
    assert found.why == f"Which column of p.csv is the {missing} is not known: the script names {', '.join(names)}"
    assert "--force --run" in found.cure

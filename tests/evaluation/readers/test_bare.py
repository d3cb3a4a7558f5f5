"""The rules for a bare file: what its columns' names and values say, and what they leave open."""

from pathlib import Path

import polars as pl
import pytest

from merganser.config import NonInferior, Predictions, Task
from merganser.config.file import load_config
from merganser.errors import DataError
from merganser.evaluation.judge import Side
from merganser.evaluation.readers import bare, default_model
from merganser.evaluation.verdict import Status
from tests.evaluation.samples import ask, csv


@pytest.mark.parametrize(
    ("header", "line", "task", "positive", "columns"),
    [
        ("row_id,label,score", "{n},{bit},0.{n}", Task.binary, "1", {"score": "score"}),
        ("id,y_true,y_pred,p", "{n},{bit},{bit},0.{n}", Task.binary, "1", {"score": "p", "prediction": "y_pred"}),
        ("key,target,pred", "{n},c{bit},c{bit}", Task.multiclass, "", {"prediction": "pred"}),
        ("key,target,pred,score", "{n},c{bit},c{bit},0.{n}", Task.multiclass, "", {"prediction": "pred"}),
    ],
)
def test_default_rules(
    tmp_path: Path, header: str, line: str, task: Task, positive: str, columns: dict[str, str]
) -> None:
    path = csv(tmp_path / "p.csv", header, [line.format(n=n, bit=n % 2) for n in range(400)])
    model = default_model(path)
    key, label = header.split(",")[:2]
    assert (model.task, model.positive) == (task, positive)
    assert model.predictions == Predictions(file="p.csv", key=key, label=label, **columns)
    assert list(model.gate.metrics) == (["accuracy", "roc_auc"] if task is Task.binary else ["accuracy"])
    found = ask(model, Side(name="c", predictions=path), Side(name="b", predictions=path))
    assert {check.status for check in found.checks} == {Status.passed}


def test_a_score_with_the_label_in_another_file(tmp_path: Path) -> None:
    predictions = csv(tmp_path / "p.csv", "id,p", [f"{n},0.{n}" for n in range(10)])
    labels = csv(tmp_path / "l.csv", "id,target", [f"{n},{'yes' if n % 2 else 'no'}" for n in range(10)])
    model = default_model(predictions, labels)
    assert (model.task, model.positive) == (Task.binary, "yes")
    assert model.predictions == Predictions(file="p.csv", key="id", label="target", score="p")


@pytest.mark.parametrize("name", ["query", "query_id", "qid"])
def test_ranked_lists(tmp_path: Path, name: str) -> None:
    model = default_model(csv(tmp_path / "p.csv", f"id,{name},label,score", ["1,a,2,0.5", "2,a,0,0.25"]))
    assert model.task is Task.ranking
    assert model.predictions == Predictions(file="p.csv", key="id", label="label", score="score", query=name)
    assert {name: rules.non_inferior for name, rules in model.gate.metrics.items()} == {
        "ndcg(10)": NonInferior(margin=0.01)
    }


def test_a_query_without_a_score_is_no_ranked_list(tmp_path: Path) -> None:
    model = default_model(csv(tmp_path / "p.csv", "id,query,label,prediction", ["1,a,x,x", "2,a,y,x"]))
    assert (model.task, model.predictions) == (
        Task.multiclass,
        Predictions(file="p.csv", key="id", label="label", prediction="prediction"),
    )


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_regression_needs_a_margin_and_says_what_to_write(tmp_path: Path, suffix: str) -> None:
    frame = pl.DataFrame(
        {"id": range(300), "y": [n * 0.5 for n in range(300)], "pred": [n * 0.5 + 0.1 for n in range(300)]}
    )
    path = tmp_path / f"p, #1 'it'.{suffix}"
    frame.write_csv(path) if suffix == "csv" else frame.write_parquet(path)
    with pytest.raises(DataError, match="y and pred are numbers, and how much worse they may get is not said") as wrong:
        default_model(path)
    lines = wrong.value.hint.splitlines()[1:]
    model = load_config("\n".join(lines).encode(), "c.yaml").models["model"]
    assert len(lines) == 4
    assert (model.task, list(model.gate.metrics)) == (Task.regression, ["rmse", "mae"])
    assert model.predictions == Predictions(file=path.name, key="id", label="y", prediction="pred")
    found = ask(model, Side(name="c", predictions=path), Side(name="b", predictions=path))
    assert {check.status for check in found.checks} == {Status.passed}


@pytest.mark.parametrize(
    ("labels", "predictions"),
    [
        ([n % 30 for n in range(90)], [(n + n % 2) % 30 for n in range(90)]),  # thirty classes that are numbers
        ([n % 5 for n in range(90)], [n / 7 for n in range(90)]),  # few labels: numbers or not, they are classes
        ([f"c{n}" for n in range(90)], [n / 7 for n in range(90)]),
        ([float(n) for n in range(90)], [*["nan"] * 45, *["0.5"] * 45]),
        ([float(n) for n in range(90)], [n % 2 == 0 for n in range(90)]),
    ],
)
def test_what_is_no_regression(tmp_path: Path, labels: list[object], predictions: list[object]) -> None:
    pl.DataFrame({"id": range(90), "label": labels, "pred": predictions}).write_parquet(tmp_path / "p.parquet")
    model = default_model(tmp_path / "p.parquet")
    assert (model.task, list(model.gate.metrics)) == (Task.multiclass, ["accuracy"])


def test_classes_are_looked_for_in_all_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bare, "_BATCH", 2)
    path = csv(tmp_path / "p.csv", "id,label,score,pred", ["1,0,.1,0", "2,0,.1,0", "3,1,.1,0"])
    assert default_model(path).positive == "1"
    path = csv(tmp_path / "p.csv", "id,label,score,pred", ["1,0,.1,0", "2,1,.1,0", "3,2,.1,0"])
    assert default_model(path).task is Task.multiclass


@pytest.mark.parametrize(
    ("header", "line", "says", "cure"),
    [
        (
            "a,b,c",
            "1,2,3",
            "no columns row_id, label, prediction (or score); there are a, b, c",
            "Add or rename columns",
        ),
        ("id,label", "1,2", "has no column prediction (or score); there are id, label", "Add or rename columns"),
        ("id,pred", "1,2", "has no column label; there are id, pred", "pass the labels by --labels FILE"),
        (
            "rowid,Truth,predicted_label",
            "1,2,3",
            "there are rowid, Truth, predicted_label",
            "Rename rowid to row_id, Truth to label, predicted_label to prediction;",
        ),
        ("row_id,lable,pred", "1,2,3", "has no column label (did you mean lable?)", "Rename lable to label;"),
        ("row_id,label,Pred,y_prob", "1,2,3,.4", "no column prediction (or score)", "Rename Pred to prediction;"),
        ("id;label;pred", "1;2;3", "has one column, id;label;pred", "Separate the columns by commas."),
        (
            "id,label,score",
            "{n},c{n},0.5",
            "the classes c0, c1, c2, and one score can't tell",
            "to a column prediction",
        ),
        ("id,label,p", "{n},a,0.5", "every label is a", "both classes"),
    ],
)
def test_columns_that_say_nothing(tmp_path: Path, header: str, line: str, says: str, cure: str) -> None:
    path = csv(tmp_path / "p.csv", header, [line.format(n=n) for n in range(3)])
    with pytest.raises(DataError) as wrong:
        default_model(path)
    assert wrong.value.message.startswith("p.csv")
    assert says in wrong.value.message
    assert cure in wrong.value.hint


def test_that_the_file_of_labels_lacks_them_is_said_of_it(tmp_path: Path) -> None:
    path = csv(tmp_path / "p.csv", "row_id,prediction", ["1,2"])
    with pytest.raises(DataError) as wrong:
        default_model(path, csv(tmp_path / "labels.csv", "row_id,truth", ["1,2"]))
    assert wrong.value.message == "labels.csv has no column label; there are row_id, truth"


def test_for_which_class_a_score_speaks_is_asked_for_with_lines_that_work(tmp_path: Path) -> None:
    path = csv(tmp_path / "p.csv", "id,label,score", [f"{n},{'cat' if n % 2 else 'dog'},0.{n}" for n in range(9)])
    with pytest.raises(DataError, match="label is cat or dog, and for which of them a high score speaks") as wrong:
        default_model(path)
    model = load_config(wrong.value.hint.partition("\n")[2].encode(), "m.yaml").models["model"]
    assert (model.task, model.positive, list(model.gate.metrics)) == (Task.binary, "dog", ["auc"])
    assert model.predictions == Predictions(file="p.csv", key="id", label="label", score="score")

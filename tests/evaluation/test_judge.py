"""Whole judgements from files: what both sides' rows and labels have to be, and what it comes to."""

import random
from pathlib import Path
from typing import Any

import msgspec
import polars as pl
import pytest

from merganser.config import Change, Gate, MetricRules, Model, NonInferior, Task, Waiver
from merganser.errors import ConfigError, DataError
from merganser.evaluation.judge import Judgement, Side, judge, policy_digest
from merganser.evaluation.question import Question
from merganser.evaluation.rollup import BaselineState
from merganser.evaluation.verdict import Check, Status, Trust
from merganser.plan import Conclusion
from tests.evaluation.samples import NOW, ask, by, csv, gate, model, non_inferior

HEADER = "row_id,label,p,country"
RULES = model(Gate(metrics={"accuracy": non_inferior(), "auc": non_inferior()}, slices=(by("country"),)))
N = 600


def rows(wrong: int = 60, country: str = "de") -> list[str]:
    """`N` rows, of which the first `wrong` are on the wrong side of 0.5; scores differ everywhere."""
    lines = []
    for n in range(N):
        label = n % 2
        score = 0.6 + 0.0001 * n if (label == 1) != (n < wrong) else 0.4 - 0.0001 * n
        lines.append(f"{n},{label},{score:.4f},{country if n < N // 2 else 'fr'}")
    return lines


@pytest.fixture
def sides(tmp_path: Path) -> tuple[Side, Side]:
    candidate = csv(tmp_path / "candidate.csv", HEADER, rows(wrong=59))
    return Side(name="c", predictions=candidate), Side(name="b", predictions=csv(tmp_path / "b.csv", HEADER, rows()))


def statuses(judgement: Judgement) -> set[Status]:
    return {check.status for check in judgement.checks}


def first(judgement: Judgement) -> Check:
    return judgement.checks[0]


def test_a_harmless_change_passes(sides: tuple[Side, Side]) -> None:
    found = ask(RULES, *sides)
    assert [check.id for check in found.checks] == [
        "accuracy:non_inferior",
        "auc:non_inferior",
        "accuracy:not_worse@country=de",
        "accuracy:not_worse@country=fr",
    ]
    assert (first(found).b, first(found).c, first(found).n) == (0, 1, N)
    assert (first(found).baseline, first(found).candidate) == (0.9, pytest.approx(541 / 600))
    assert found.conclusion is Conclusion.success
    assert found.trust is Trust.self_reported
    assert found.labels_digest.startswith("sha256:")
    assert found.policy_digest == policy_digest(RULES)


def test_the_order_of_rows_and_the_format_do_not_show(sides: tuple[Side, Side], tmp_path: Path) -> None:
    expected = ask(RULES, *sides)
    shuffled = rows(wrong=59)
    random.Random(4).shuffle(shuffled)
    side = Side(name="c", predictions=csv(tmp_path / "shuffled.csv", HEADER, shuffled))
    assert ask(RULES, side, sides[1]) == expected
    frame = pl.read_csv(tmp_path / "shuffled.csv").sample(fraction=1, shuffle=True, seed=1)
    frame.write_parquet(tmp_path / "c.parquet")
    frame.write_ndjson(tmp_path / "c.jsonl")
    for name in ("c.parquet", "c.jsonl"):
        assert ask(RULES, Side(name="c", predictions=tmp_path / name), sides[1]) == expected


def test_swapping_sides_mirrors(sides: tuple[Side, Side]) -> None:
    there, back = ask(RULES, *sides), ask(RULES, *reversed(sides))
    for one, other in zip(there.checks, back.checks, strict=True):
        assert one.delta is not None
        assert other.delta == -one.delta
        assert (other.low, other.high) == (-one.high, -one.low)  # type: ignore[operator]


def test_a_ruined_slice_fails(tmp_path: Path, sides: tuple[Side, Side]) -> None:
    lines = [line if n >= 60 else line.replace(",0.", ",9.") for n, line in enumerate(rows(wrong=0))]
    ruined = [*rows(wrong=120)[:300], *lines[300:]]
    found = ask(RULES, Side(name="c", predictions=csv(tmp_path / "r.csv", HEADER, ruined)), sides[1])
    assert {check.id: check.status for check in found.checks}["accuracy:not_worse@country=de"] is Status.failed
    assert found.conclusion is Conclusion.failure


def replaced(n: int, line: str) -> list[str]:
    return [line if i == n else one for i, one in enumerate(rows())]


@pytest.mark.parametrize(
    ("header", "lines", "says"),
    [
        (
            "id,label,p,country",
            rows(),
            "the candidate's predictions have no column row_id; there are id, label, p, country.",
        ),
        ("row_id,y,p,country", rows(), "the candidate's predictions have no column label"),
        ("row_id,label,q,country", rows(), "the candidate's predictions have no column p"),
        (HEADER, [], "the candidate's predictions have no rows"),
        (HEADER, replaced(3, "7,1,0.6,de"), "2 of 600 rows of the candidate's predictions repeat a key (e.g. 7)"),
        (HEADER, replaced(3, ",1,0.6,de"), "1 row of the candidate's predictions has no key in row_id"),
        (HEADER, replaced(3, "3,,0.6,de"), "1 row of the candidate's predictions has no label (e.g. 3)"),
        (HEADER, replaced(3, "3,1,,de"), "1 row of the candidate's predictions has no finite number in p (e.g. 3)"),
        (HEADER, replaced(3, "3,1,nan,de"), "no finite number in p (e.g. 3)"),
        (HEADER, replaced(3, "3,1,1e999,de"), "no finite number in p (e.g. 3)"),
        (HEADER, replaced(3, "3,1,high,de"), "no finite number in p (e.g. 3)"),
        (HEADER, replaced(3, "3,maybe,0.6,de"), "the task is binary, but there are 3 labels (0, 1, maybe"),
    ],
)
def test_unusable_predictions_are_errors(
    sides: tuple[Side, Side], tmp_path: Path, header: str, lines: list[str], says: str
) -> None:
    bad = Side(name="c", predictions=csv(tmp_path / "bad.csv", header, lines))
    found = ask(RULES, bad, sides[1])
    assert statuses(found) == {Status.error}
    assert says in first(found).why
    assert found.conclusion is Conclusion.failure
    assert found.labels_digest == ""
    if "label" not in says:
        other = ask(RULES, sides[0], bad)
        assert statuses(other) == {Status.error}
        assert says.replace("the candidate's", "the baseline's") in first(other).why


@pytest.mark.parametrize(
    ("key", "says"),
    [
        (
            pl.Series([0.5 + n for n in range(N)]),
            "600 rows of the candidate's predictions have a fraction as their key in row_id (e.g. 0.5",
        ),
        (pl.Series([n % 2 == 0 for n in range(N)]), "is of type Boolean, not a whole number or text"),
    ],
)
def test_keys_of_another_type(sides: tuple[Side, Side], tmp_path: Path, key: pl.Series, says: str) -> None:
    assert sides[0].predictions
    pl.read_csv(sides[0].predictions).with_columns(key.alias("row_id")).write_parquet(tmp_path / "k.parquet")
    found = ask(RULES, Side(name="c", predictions=tmp_path / "k.parquet"), sides[1])
    assert says in first(found).why


def test_keys_and_labels_may_be_kept_as_other_types(sides: tuple[Side, Side], tmp_path: Path) -> None:
    assert sides[0].predictions
    frame = pl.read_csv(sides[0].predictions)
    casts = [frame.with_columns(pl.col("row_id", "label").cast(kind)) for kind in (pl.Float64, pl.String, pl.Int16)]
    for number, cast in enumerate([*casts, frame.with_columns(pl.col("label").cast(pl.Boolean))]):
        cast.write_parquet(tmp_path / f"{number}.parquet")
    for number in range(3):
        assert ask(RULES, Side(name="c", predictions=tmp_path / f"{number}.parquet"), sides[1]) == ask(RULES, *sides)
    flags = Side(name="c", predictions=tmp_path / "3.parquet")
    assert statuses(ask(msgspec.structs.replace(RULES, positive="True"), flags, flags)) >= {Status.passed}
    assert statuses(ask(msgspec.structs.replace(RULES, positive=""), flags, flags)) >= {Status.passed}


@pytest.mark.parametrize(
    ("positive", "says"),
    [
        ("yes", "positive is yes, but the labels are cat, dog"),
        ("", "positive is not configured, but the labels are cat, dog"),
    ],
)
def test_an_unknown_positive_label(tmp_path: Path, positive: str, says: str) -> None:
    lines = [f"{n},{'cat' if n % 2 else 'dog'},0.5,de" for n in range(10)]
    side = Side(name="c", predictions=csv(tmp_path / "x.csv", HEADER, lines))
    found = ask(msgspec.structs.replace(RULES, positive=positive), side, side)
    assert says in first(found).why


def test_one_class_alone_is_no_error_for_accuracy(tmp_path: Path) -> None:
    side = Side(name="c", predictions=csv(tmp_path / "x.csv", HEADER, [f"{n},0,0.{n + 100},de" for n in range(300)]))
    found = ask(RULES, side, side)
    assert [check.status for check in found.checks] == [Status.passed, Status.error, Status.passed]
    assert "all rows are of one class" in found.checks[1].why


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        (rows()[5:], "5 rows of the baseline's predictions are not in the candidate's predictions (e.g. 0, 1, 2)"),
        (
            [*rows(), "x,1,0.6,de"],
            "1 row of the candidate's predictions is not in the baseline's predictions (e.g. x)",
        ),
        (
            [*rows()[1:], "x,1,0.6,de"],
            "1 row of the candidate's predictions is not in the baseline's predictions (e.g. x); "
            "1 row of the baseline's predictions is not in the candidate's predictions (e.g. 0).",
        ),
        (replaced(3, "3,0,0.6,de"), "1 row has another label than in the baseline (e.g. 3)"),
    ],
)
def test_other_rows_or_labels_block(sides: tuple[Side, Side], tmp_path: Path, lines: list[str], says: str) -> None:
    rules = msgspec.structs.replace(RULES, gate=gate(accuracy=MetricRules(min=0.1, non_inferior=NonInferior(margin=1))))
    side = Side(name="c", predictions=csv(tmp_path / "other.csv", HEADER, lines), artifact_digest="sha256:1")
    baseline = msgspec.structs.replace(sides[1], artifact_digest="sha256:1")
    found = ask(rules, side, baseline)
    assert [check.status for check in found.checks] == [Status.passed, Status.skipped]
    assert found.checks[1].notes == ("evaluation data changed",)
    assert says in found.checks[1].why
    assert found.conclusion is Conclusion.failure


@pytest.mark.parametrize(
    ("mine", "theirs", "says"),
    [
        ("land", "country", "there is no such column beside the labels"),
        ("country", "land", "there is no such column on the baseline's side"),
    ],
)
def test_a_slice_column_only_on_one_side(tmp_path: Path, mine: str, theirs: str, says: str) -> None:
    files = [csv(tmp_path / f"{n}.csv", f"row_id,label,p,{name}", rows()) for n, name in enumerate((mine, theirs))]
    found = ask(RULES, *(Side(name="s", predictions=path) for path in files))
    assert found.checks[-1].id == "accuracy:not_worse@country"
    assert found.checks[-1].status is Status.error
    assert says in found.checks[-1].why
    assert found.conclusion is Conclusion.failure


@pytest.mark.parametrize("sealed", [False, True])
def test_a_declared_slice_column_that_is_not_there_is_an_error(
    sides: tuple[Side, Side], tmp_path: Path, sealed: bool
) -> None:
    rules = model(gate(accuracy=non_inferior()), slices=("country", "plan"))
    labels = csv(tmp_path / "l.csv", "row_id,label,country", LABELS) if sealed else None
    found = ask(rules, *sides, labels=labels)
    assert statuses(found) == {Status.error}
    says = (
        "the labels have no column plan." if sealed else "the candidate's predictions have no column plan; there are "
    )
    assert says in first(found).why
    assert found.conclusion is Conclusion.failure
    there = model(gate(accuracy=non_inferior()), slices=("country",))
    assert statuses(ask(there, *sides, labels=labels)) == {Status.passed}
    before = csv(tmp_path / "b.csv", "row_id,label,p", [row.rpartition(",")[0] for row in rows()])
    assert statuses(ask(there, sides[0], Side(name="b", predictions=before), labels=labels)) == {Status.passed}


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("3,1,0.6,xx", "1 row has another value there in the baseline (e.g. 3)"),
        (f"3,1,0.6,{'x' * 201}", "1 of the values are no printable text"),
        ("3,1,0.6,a\x07b", "1 of the values are no printable text"),
    ],
)
def test_a_slice_column_with_odd_values(sides: tuple[Side, Side], tmp_path: Path, line: str, says: str) -> None:
    side = Side(name="c", predictions=csv(tmp_path / "odd.csv", HEADER, replaced(3, line)))
    found = ask(RULES, side, sides[1])
    assert [check.status for check in found.checks[2:]] == [Status.error]
    assert says in found.checks[2].why


def test_too_many_slices_and_missing_values(tmp_path: Path) -> None:
    many = csv(tmp_path / "m.csv", HEADER, [f"{n},{n % 2},0.{n + 1000},{n}" for n in range(1001)])
    found = ask(RULES, Side(name="c", predictions=many), Side(name="b", predictions=many))
    assert "there are over 1,000 different values" in found.checks[-1].why
    gaps = csv(tmp_path / "g.csv", HEADER, [f"{n},{n % 2},0.{n + 1000}," for n in range(300)])
    found = ask(RULES, Side(name="c", predictions=gaps), Side(name="b", predictions=gaps))
    assert found.checks[-1].id == "accuracy:not_worse@country=(missing)"


def sealed(tmp_path: Path, labels: list[str]) -> tuple[Path, Side, Side]:
    """Labels apart from predictions that claim other labels and slices than the sealed ones."""
    path = csv(tmp_path / "labels.csv", "row_id,label,country", labels)
    claimed = [line.replace(",0,", ",1,").replace(",de", ",zz") for line in rows()]
    side = Side(name="c", predictions=csv(tmp_path / "c.csv", HEADER, claimed))
    return path, side, Side(name="b", predictions=csv(tmp_path / "b.csv", "row_id,p", [no_label(r) for r in rows()]))


def no_label(row: str) -> str:
    key, _, score, _ = row.split(",")
    return f"{key},{score}"


LABELS = [f"{n},{n % 2},{'de' if n < N // 2 else 'fr'}" for n in range(N)]


def test_sealed_labels_alone_count(tmp_path: Path) -> None:
    path, candidate, baseline = sealed(tmp_path, LABELS[::-1])
    found = ask(RULES, candidate, baseline, labels=path)
    assert found.trust is Trust.sealed
    assert first(found).candidate == 0.9
    assert [check.id.partition("=")[2] for check in found.checks[2:]] == ["de", "fr"]
    assert found.conclusion is Conclusion.success
    own = Side(name="b", predictions=csv(tmp_path / "own.csv", HEADER, rows()))
    assert ask(RULES, own, own).labels_digest == found.labels_digest


@pytest.mark.parametrize(
    ("labels", "says"),
    [
        (LABELS[2:], "2 rows of the candidate's predictions are not in the labels (e.g. 0, 1)"),
        ([*LABELS, "x,1,de"], "1 row of the labels is not in the candidate's predictions (e.g. x)"),
        ([*LABELS, "7,1,de"], "2 of 601 rows of the labels repeat a key (e.g. 7)"),
        ([*LABELS[1:], "0,,de"], "1 row of the labels has no label (e.g. 0)"),
    ],
)
def test_sealed_labels_of_other_rows_are_errors(tmp_path: Path, labels: list[str], says: str) -> None:
    path, candidate, baseline = sealed(tmp_path, labels)
    found = ask(RULES, candidate, baseline, labels=path)
    assert statuses(found) == {Status.error}
    assert says in first(found).why


def test_sealed_labels_that_the_baseline_never_predicted(tmp_path: Path) -> None:
    path, candidate, baseline = sealed(tmp_path, LABELS)
    old = csv(tmp_path / "old.csv", "row_id,p", [no_label(row) for row in rows()[:-1]])
    found = ask(RULES, candidate, msgspec.structs.replace(baseline, predictions=old), labels=path)
    assert {note for check in found.checks for note in check.notes} == {"evaluation data changed"}


def test_the_labels_digest_knows_every_value(tmp_path: Path, sides: tuple[Side, Side]) -> None:
    def digest(lines: list[str]) -> str:
        side = Side(name="c", predictions=csv(tmp_path / "d.csv", HEADER, lines))
        return ask(RULES, side, side).labels_digest

    plain = digest(rows())
    assert digest(rows()[::-1]) == plain == ask(RULES, *sides).labels_digest
    others = {digest(replaced(3, line)) for line in ("3,0,0.6,de", "3,1,0.6,fr", "x,1,0.6,de")}
    assert len(others | {plain}) == 4


FIRST, MISSING = BaselineState.first_run, BaselineState.missing


@pytest.mark.parametrize(
    ("state", "reason", "says", "conclusion"),
    [
        (FIRST, "", "Not judged, no baseline: the model has no merged run yet.", Conclusion.success),
        (MISSING, "its artifact is gone", "Not judged, no baseline: its artifact is gone.", Conclusion.failure),
        (MISSING, "", "Not judged, no baseline: the baseline's run is missing.", Conclusion.failure),
    ],
)
def test_without_a_baseline(
    sides: tuple[Side, Side], state: BaselineState, reason: str, says: str, conclusion: Conclusion
) -> None:
    found = ask(RULES, sides[0], None, baseline_state=state, missing_reason=reason)
    assert {(check.status, check.why, check.baseline) for check in found.checks} == {(Status.skipped, says, None)}
    assert first(found).candidate == pytest.approx(541 / 600)
    assert found.conclusion is conclusion


def test_a_waiver_lifts_a_baseline_that_is_lost(sides: tuple[Side, Side]) -> None:
    waiver = Waiver(check="accuracy:non_inferior", reason="came back", by="ana", until=NOW.date().isoformat())
    rules = model(Gate(metrics={"accuracy": non_inferior()}, waivers=(waiver,)))
    found = ask(rules, sides[0], None, baseline_state=MISSING)
    assert (first(found).status, found.conclusion) == (Status.waived, Conclusion.success)
    stricter = msgspec.structs.replace(waiver, floor=0.99)
    held = msgspec.structs.replace(rules, gate=msgspec.structs.replace(rules.gate, waivers=(stricter,)))
    assert ask(held, sides[0], None, baseline_state=MISSING).conclusion is Conclusion.failure


def test_a_baseline_whose_predictions_are_gone(sides: tuple[Side, Side]) -> None:
    rules = model(Gate(metrics={"accuracy": non_inferior(), "perplexity": MetricRules(max_rise=Change(0.1))}))
    metrics = {"perplexity": 0.5}
    candidate = msgspec.structs.replace(sides[0], metrics=metrics, artifact_digest="sha256:1")
    found = ask(rules, candidate, Side(name="b", metrics=metrics))
    assert [check.status for check in found.checks] == [Status.skipped, Status.passed]
    assert "the baseline's predictions are missing" in first(found).why
    assert found.conclusion is Conclusion.failure
    claimed = ask(rules, candidate, Side(name="b", metrics=metrics, artifact_digest="sha256:1"))
    assert [check.notes for check in claimed.checks] == [check.notes for check in found.checks]
    assert claimed.conclusion is Conclusion.failure


def test_an_unchanged_model_passes_on_few_rows_but_only_if_it_says_the_same(tmp_path: Path) -> None:
    few = Side(name="c", predictions=csv(tmp_path / "f.csv", HEADER, rows()[:20]), artifact_digest="sha256:1")
    assert {check.notes for check in ask(RULES, few, few).checks} == {("identical",)}
    unknown = msgspec.structs.replace(few, artifact_digest="")
    assert Status.inconclusive in statuses(ask(RULES, unknown, unknown))
    liar = csv(tmp_path / "l.csv", HEADER, rows(wrong=10)[:20])
    found = ask(RULES, msgspec.structs.replace(few, predictions=liar), few)
    assert not any("identical" in check.notes for check in found.checks)


def identical(found: Judgement) -> bool:
    return any("identical" in check.notes for check in found.checks)


def test_another_score_or_class_is_another_model_though_every_row_is_as_right(tmp_path: Path) -> None:
    def side(name: str, line: str) -> Side:
        lines = ["0,cat,cat,0.8,0.1,0.1", line, *(f"{n},cat,cat,0.8,0.1,0.1" for n in range(2, 50))]
        header = "row_id,label,said,p_cat,p_dog,p_eel"
        return Side(name=name, predictions=csv(tmp_path / name, header, lines), artifact_digest="sha256:1")

    base = side("b.csv", "1,cat,dog,0.1,0.5,0.4")
    other_class, other_score = side("c.csv", "1,cat,eel,0.1,0.5,0.4"), side("s.csv", "1,cat,dog,0.1,0.6,0.3")
    rules = gate(accuracy=non_inferior())
    said = multiclass(rules, prediction="said")
    scored = multiclass(rules, scores={name: f"p_{name}" for name in ("cat", "dog", "eel")})
    assert [identical(ask(said, side, base)) for side in (base, other_class, other_score)] == [True, False, True]
    assert [identical(ask(scored, side, base)) for side in (base, other_class, other_score)] == [True, True, False]
    shuffled = pl.read_csv(tmp_path / "b.csv").sample(fraction=1, shuffle=True, seed=1)
    shuffled.write_parquet(tmp_path / "b.parquet")
    assert identical(ask(scored, base, msgspec.structs.replace(base, predictions=tmp_path / "b.parquet")))
    assert statuses(ask(said, other_class, base)) == {Status.inconclusive}


@pytest.mark.parametrize(
    ("digest", "metrics", "notes"),
    [
        ("sha256:1", {"r2": 0.5, "mae": 2.0}, ("identical", "self-reported")),
        ("sha256:1", {"r2": 0.5, "mae": 2.1}, ("no valid method", "self-reported")),
        ("sha256:2", {"r2": 0.5, "mae": 2.0}, ("no valid method", "self-reported")),
        ("", {"r2": 0.5, "mae": 2.0}, ("no valid method", "self-reported")),
    ],
)
def test_without_predictions_all_metrics_have_to_agree(
    digest: str, metrics: dict[str, float], notes: tuple[str, ...]
) -> None:
    rules = msgspec.structs.replace(model(gate(r2=non_inferior())), predictions=None)
    base = Side(name="b", metrics={"r2": 0.5, "mae": 2.0}, artifact_digest="sha256:1" if digest else "")
    found = ask(rules, Side(name="c", metrics=metrics, artifact_digest=digest), base)
    assert first(found).notes == notes


def test_self_reported_metrics_alone() -> None:
    rules = msgspec.structs.replace(model(gate(accuracy=MetricRules(min=0.8, max_drop=Change(0.01)))), predictions=None)
    found = ask(rules, Side(name="c", metrics={"accuracy": 0.94}), Side(name="b", metrics={"accuracy": 0.95}))
    assert [(check.status, check.notes) for check in found.checks] == [(Status.passed, ("self-reported",))] * 2
    assert (found.trust, found.labels_digest) == (Trust.self_reported, "")
    new = ask(rules, Side(name="c", metrics={"accuracy": 0.94}), None)
    assert [check.status for check in new.checks] == [Status.passed, Status.skipped]


def test_predictions_that_were_promised_but_not_made(sides: tuple[Side, Side]) -> None:
    found = ask(RULES, Side(name="c", metrics={"accuracy": 1.0}), sides[1])
    assert statuses(found) == {Status.error}
    assert "the candidate's predictions are missing" in first(found).why


MULTI = {"task": Task.multiclass, "positive": ""}


def multiclass(rules: Gate, **columns: Any) -> Model:
    return msgspec.structs.replace(model(rules, **{"score": "", **columns}), **MULTI)


def test_multiclass_by_prediction_and_by_scores(tmp_path: Path) -> None:
    names = ["cat", "dog", "eel"]
    lines = []
    for n in range(400):
        label, said = names[n % 3], names[(n + (n < 40)) % 3]
        scores = [0.8 if name == said else 0.1 for name in names]
        lines.append(f"{n},{label},{said},{','.join(map(str, scores))}")
    side = Side(name="c", predictions=csv(tmp_path / "m.csv", "row_id,label,said,p_cat,p_dog,p_eel", lines))
    said = ask(multiclass(gate(accuracy=MetricRules(min=0.9)), prediction="said"), side, None)
    rules = gate(accuracy=MetricRules(min=0.9), auc=MetricRules(min=0.5))
    scored = ask(multiclass(rules, scores={name: f"p_{name}" for name in names}), side, None)
    assert first(said).candidate == first(scored).candidate == 0.9
    assert scored.checks[1].candidate == pytest.approx(0.925, abs=1e-3)
    with pytest.raises(ConfigError, match="auc needs a score for each class"):
        ask(multiclass(rules, prediction="said"), side, None)


def test_equal_scores_take_the_first_class(tmp_path: Path) -> None:
    side = Side(name="c", predictions=csv(tmp_path / "t.csv", "row_id,label,a,b", ["1,x,0.5,0.5", "2,y,0.5,0.5"]))
    found = ask(multiclass(gate(accuracy=MetricRules(min=0.1)), scores={"x": "a", "y": "b"}), side, None)
    assert first(found).candidate == 0.5


def test_binary_by_prediction_and_by_two_scores(tmp_path: Path, sides: tuple[Side, Side]) -> None:
    rules = Gate(metrics={"accuracy": MetricRules(min=0.5), "auc": MetricRules(min=0.5)})
    said = ask(model(gate(accuracy=MetricRules(min=0.5)), score="", prediction="label"), sides[0], None)
    assert first(said).candidate == 1.0
    with pytest.raises(ConfigError, match="auc needs score"):
        ask(model(rules, score="", prediction="label"), sides[0], None)
    lines = [",".join([*line.split(",")[:3], f"{1 - float(line.split(',')[2]):.4f}"]) for line in rows(wrong=59)]
    two = Side(name="c", predictions=csv(tmp_path / "two.csv", "row_id,label,p,q", lines))
    scored = ask(model(rules, score="", scores={"0": "q", "1": "p"}), two, None)
    plain = ask(model(rules), sides[0], None)
    assert [check.candidate for check in scored.checks] == [check.candidate for check in plain.checks]


def test_a_prediction_that_is_missing(tmp_path: Path) -> None:
    side = Side(name="c", predictions=csv(tmp_path / "x.csv", "row_id,label,said", ["1,a,a", "2,b,"]))
    found = ask(multiclass(gate(accuracy=MetricRules(min=0.5)), prediction="said"), side, None)
    assert "1 row of the candidate's predictions has no prediction (e.g. 2)" in first(found).why


def test_the_threshold_belongs_to_the_positive_side(tmp_path: Path) -> None:
    side = Side(name="c", predictions=csv(tmp_path / "x.csv", HEADER, ["1,1,0.7,de", "2,0,0.69,de", "3,1,0.7,de"]))
    found = ask(model(gate(accuracy=MetricRules(min=0.5)), threshold=0.7), side, None)
    assert first(found).candidate == 1.0


@pytest.mark.parametrize(
    ("rules", "labels", "says"),
    [
        (model(gate(accuracy=non_inferior()), label=""), None, "models.churn.predictions.label"),
        (
            msgspec.structs.replace(model(gate(accuracy=non_inferior())), predictions=None),
            Path("l.csv"),
            "no predictions",
        ),
        (model(Gate()), None, "no check is configured"),
    ],
)
def test_a_policy_that_cannot_judge(rules: Model, labels: Path | None, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        ask(rules, Side(name="c"), None, labels=labels)


def test_a_file_that_is_not_there(sides: tuple[Side, Side], tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such file"):
        ask(RULES, Side(name="c", predictions=tmp_path / "none.csv"), sides[1])


def test_policy_digest_knows_what_changes_a_verdict_alone() -> None:
    base = policy_digest(RULES)
    assert policy_digest(msgspec.structs.replace(RULES, path="elsewhere")) == base
    assert policy_digest(msgspec.structs.replace(RULES, gate=gate(accuracy=non_inferior()))) != base
    assert policy_digest(model(RULES.gate, threshold=0.6)) != base
    assert policy_digest(msgspec.structs.replace(RULES, positive="0")) != base
    assert policy_digest(msgspec.structs.replace(RULES, task=Task.multiclass)) != base


def test_a_waiver_reaches_the_conclusion(sides: tuple[Side, Side]) -> None:
    waiver = Waiver(check="accuracy:min", reason="known", by="ana", until=NOW.date().isoformat())
    rules = model(Gate(metrics={"accuracy": MetricRules(min=0.99)}, waivers=(waiver,)))
    question = Question(model="m", rules=rules, candidate=sides[0], baseline=None, baseline_state=FIRST, now=NOW)
    found = judge(question)
    assert (first(found).status, found.conclusion) == (Status.waived, Conclusion.success)

"""From the tables of both sides to evidence: aligns and counts. What follows from it is decided elsewhere."""

from collections.abc import Iterable

import msgspec
import polars as pl

from merganser.config import Model, Predictions, Task
from merganser.evaluation.accumulators import Accumulator, PairedCounts, PairedScores
from merganser.evaluation.evidence import Evidence, Observation, RankedPair, Unavailable
from merganser.evaluation.question import Question
from merganser.evaluation.rollup import BaselineState, Skip
from merganser.evaluation.rows import (
    Changed,
    Unusable,
    count_of,
    judged_rows,
    label_rows,
    labels_digest,
    need,
    positive_label,
    same_rows,
    score_rows,
    slice_fault,
)

BATCH = 1_000_000
CANDIDATE, BASELINE, LABELS = "the candidate's predictions", "the baseline's predictions", "the labels"


class Tables(msgspec.Struct, frozen=True, kw_only=True):
    """The raw tables as they were read: sealed labels, and each side's predictions; None where there is no file."""

    candidate: pl.DataFrame | None = None
    baseline: pl.DataFrame | None = None
    labels: pl.DataFrame | None = None


class _Sides(msgspec.Struct, frozen=True):
    """Rows of the candidate; with a baseline also `baseline_…` columns, else why not; faults of slice columns.

    `unchanged`: the same model, that predicted the very same for every row.
    """

    rows: pl.DataFrame
    digest: str
    no_baseline: Unavailable | None
    slice_faults: dict[str, str]
    unchanged: bool = False


def observe(question: Question, tables: Tables) -> Observation:
    """Everything that the checks need to know."""
    predictions = question.rules.predictions
    if predictions is None:
        nothing = Unavailable(why="no predictions are configured", skip=Skip.no_method)
        return Observation(_unjudged(question, nothing, _same_reports(question)))
    try:
        sides = _sides(question, predictions, tables)
    except Unusable as fault:
        return Observation(_unjudged(question, Unavailable(why=str(fault))))
    return Observation(_evidence(question, sides), sides.digest)


def slice_columns(model: Model) -> tuple[str, ...]:
    """The columns that rows are told apart by: those of the gate's slices, and further ones that are declared."""
    declared = model.predictions.slices if model.predictions else ()
    return tuple(dict.fromkeys([*(rules.by for rules in model.gate.slices), *declared]))


def _unjudged(question: Question, why: Unavailable, unchanged: bool = False) -> Evidence:
    return Evidence(
        predictions=question.rules.predictions is not None,
        rates=why,
        ranking=why,
        slices=dict.fromkeys(slice_columns(question.rules), why),
        candidate_metrics=question.candidate.metrics,
        baseline_metrics=question.baseline.metrics if question.baseline else {},
        no_baseline=None if question.baseline else _absent(question),
        unchanged=unchanged,
    )


def _evidence(question: Question, sides: _Sides) -> Evidence:
    alone = sides.no_baseline is not None
    rows = sides.rows
    if alone:  # the candidate stands on both sides, and only its own numbers are used
        rows = rows.with_columns(pl.col("^(right|score)$").name.prefix("baseline_"))
    faults = {name: Unavailable(why=fault) for name, fault in sides.slice_faults.items()}
    overall = PairedCounts()
    groups = {name: PairedCounts(f"slice:{name}") for name in slice_columns(question.rules) if name not in faults}
    scores = PairedScores() if question.rules.task is Task.binary and "score" in rows.columns else None
    accumulators: list[Accumulator] = [overall, *groups.values(), *([scores] if scores else [])]
    for batch in rows.iter_slices(BATCH):
        for accumulator in accumulators:
            accumulator.update(batch)
    return Evidence(
        predictions=True,
        rates=overall.finish()[""],
        ranking=_ranking(question.rules, scores),
        slices={**{name: part.finish() for name, part in groups.items()}, **faults},
        candidate_metrics=question.candidate.metrics,
        baseline_metrics=question.baseline.metrics if question.baseline else {},
        no_baseline=sides.no_baseline,
        unchanged=sides.unchanged,
    )


def _agree(candidate: pl.DataFrame, baseline: pl.DataFrame) -> bool:
    """Whether both sides predicted the same for every row: digests that claim so are not taken at their word."""
    renamed = baseline.select("key", pl.exclude("key").name.prefix("baseline_"))
    rows = same_rows(candidate, renamed, (CANDIDATE, BASELINE))
    return all(rows[name].equals(rows[f"baseline_{name}"]) for name in candidate.columns if name != "key")


def _ranking(model: Model, scores: PairedScores | None) -> RankedPair | Unavailable:
    if model.task is not Task.binary:
        return Unavailable(why="ROC AUC is for two classes", skip=Skip.no_method)
    if scores is None:
        return Unavailable(why="ROC AUC needs a score column", skip=Skip.no_method)
    return scores.finish() or Unavailable(why="all rows are of one class, and ROC AUC needs both")


def _same_digest(question: Question) -> bool:
    digest = question.candidate.artifact_digest
    return bool(digest) and question.baseline is not None and question.baseline.artifact_digest == digest


def _same_reports(question: Question) -> bool:
    """Without predictions: the same digest, and the same number for every metric."""
    base = question.baseline
    return base is not None and _same_digest(question) and base.metrics == question.candidate.metrics


def _absent(question: Question) -> Unavailable:
    first = question.baseline_state is BaselineState.first_run
    why = "the model has no merged run yet" if first else question.missing_reason or "the baseline's run is missing"
    return Unavailable(why=why, skip=Skip.no_baseline)


def _sides(question: Question, predictions: Predictions, tables: Tables) -> _Sides:
    if tables.candidate is None:
        raise Unusable("the candidate's predictions are missing")
    model = question.rules
    source, whose = (tables.candidate, CANDIDATE) if tables.labels is None else (tables.labels, LABELS)
    # What the file is said to hold must be there; a gate's own slices are checks, which say so themselves.
    need(source, predictions.slices, whose)
    labels = label_rows(source, predictions, slice_columns(model), whose)
    positive = positive_label(model, labels) if _asks_positive(model, predictions) else ""
    said = score_rows(tables.candidate, predictions, positive, CANDIDATE)
    try:
        candidate = judged_rows(labels, said, positive, predictions.threshold)
    except Changed as other:
        raise Unusable(str(other)) from other
    digest, faults = labels_digest(labels), _slice_faults(model, labels)
    if tables.baseline is None:
        lost = Unavailable(why="the baseline's predictions are missing", skip=Skip.no_baseline)
        return _Sides(candidate, digest, lost if question.baseline else _absent(question), faults)
    if tables.labels is None:
        labels = label_rows(tables.baseline, predictions, slice_columns(model), BASELINE)
    before = score_rows(tables.baseline, predictions, positive, BASELINE)
    try:
        paired = _paired(candidate, judged_rows(labels, before, positive, predictions.threshold))
    except Changed as other:
        return _Sides(candidate, digest, Unavailable(why=str(other), skip=Skip.data_changed), faults)
    unchanged = _same_digest(question) and _agree(said, before)
    return _Sides(paired, digest, None, _uneven(paired, slice_columns(model)) | faults, unchanged)


def _asks_positive(model: Model, predictions: Predictions) -> bool:
    return model.task is Task.binary and bool(predictions.score or predictions.scores)


def _paired(candidate: pl.DataFrame, baseline: pl.DataFrame) -> pl.DataFrame:
    """Candidate rows with the baseline's as `baseline_…`; `Changed` where keys or labels aren't the same."""
    renamed = baseline.select("key", pl.exclude("key").name.prefix("baseline_"))
    rows = same_rows(candidate, renamed, (CANDIDATE, BASELINE))
    other = rows["key"].filter(rows["label"] != rows["baseline_label"])
    if len(other):
        raise Changed(count_of(other, f"of {rows.height:,} rows", "have another label than in the baseline"))
    return rows


def _slice_faults(model: Model, labels: pl.DataFrame) -> dict[str, str]:
    faults = {}
    for name in slice_columns(model):
        column = f"slice:{name}"
        fault = slice_fault(labels[column]) if column in labels.columns else "there is no such column beside the labels"
        if fault:
            faults[name] = fault
    return faults


def _uneven(rows: pl.DataFrame, names: Iterable[str]) -> dict[str, str]:
    """Slice columns that aren't the same on both sides."""
    faults = {}
    for name in names:
        mine, theirs = f"slice:{name}", f"baseline_slice:{name}"
        if theirs not in rows.columns:
            faults[name] = "there is no such column on the baseline's side"
        elif mine in rows.columns and not rows[mine].equals(rows[theirs]):
            other = rows["key"].filter(rows[mine] != rows[theirs])
            faults[name] = count_of(other, "rows", "have another value there in the baseline")
    return faults

"""From a question to evidence: opens files, aligns rows, feeds accumulators. What follows is decided elsewhere."""

import hashlib
import tempfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import msgspec
import polars as pl

from merganser.config import Task
from merganser.errors import DataError
from merganser.evaluation.accumulators.accumulator import Finished
from merganser.evaluation.batch import BASELINE, CANDIDATE, LABELS, MAX_SLICES
from merganser.evaluation.curves import Curves
from merganser.evaluation.evidence import Evidence, Found, Group, Sliced, Unavailable
from merganser.evaluation.execution.resampled import resampler
from merganser.evaluation.execution.sources import (
    ByKey,
    ByPlace,
    Misaligned,
    Source,
    repeated_anywhere,
)
from merganser.evaluation.execution.spool import ByPartition, spooled
from merganser.evaluation.execution.workers import Job, Tally, Workers, feed, workers_at
from merganser.evaluation.fairness import GroupRate
from merganser.evaluation.faults import Faults, Grade
from merganser.evaluation.layout import ALL, Grouping, Layout, layout_of, positive_fault
from merganser.evaluation.measuring import CURVES, Shape, accumulators_for, curves_for, estimates, fairness_groups
from merganser.evaluation.question import Question, Setting
from merganser.evaluation.readers.tables import Table, open_table, read_rows
from merganser.evaluation.rollup import BaselineState, Skip
from merganser.foreign_text import no_column

FEW = 1_000
MAX_NAME = 200


class Observation(msgspec.Struct, frozen=True, kw_only=True):
    """The evidence, and the digest of the labels behind it (empty without labels that can be used).

    `groups`: the candidate's rates for fairness, by column and rate.
    """

    evidence: Evidence
    groups: Mapping[tuple[str, str], Mapping[str, GroupRate] | Unavailable]
    labels_digest: str = ""
    curves: Curves | None = None


class _Unusable(Exception):
    """The rows can't be used; the text is a clause."""


def observe(question: Question, setting: Setting) -> Observation:
    """Everything that the checks need to know; `DataError` where a file can't be read at all."""
    predictions = question.rules.predictions
    if predictions is None:
        return Observation(evidence=_unjudged(question, {}, _same_reports(question)), groups={})
    layout = layout_of(question, predictions, runs_functions=setting.functions is not None)
    with _room(setting) as room:
        try:
            return _observed(question, layout, room)
        except _Unusable as fault:
            why = Unavailable(why=str(fault))
            overall: dict[str, Found] = dict.fromkeys(layout.metrics, why)
            return Observation(evidence=_unjudged(question, overall), groups=dict.fromkeys(layout.fair_rates(), why))


class _Room(msgspec.Struct, frozen=True, kw_only=True):
    """Who works, on how many rows at once, and where files may be put meanwhile."""

    setting: Setting
    workers: Workers
    scratch: Path


@contextmanager
def _room(setting: Setting) -> Iterator[_Room]:
    with tempfile.TemporaryDirectory(prefix="merganser-") as folder, workers_at(setting.cluster) as workers:
        yield _Room(setting=setting, workers=workers, scratch=Path(folder))


def _observed(question: Question, layout: Layout, room: _Room) -> Observation:
    _check_pinned(question)
    resample = resampler(room.setting, layout)
    tables = _tables(question, layout, room.scratch)
    lacking = None
    if BASELINE not in tables:
        lost = Unavailable(why="the baseline's predictions are missing", skip=Skip.no_baseline)
        lacking = lost if question.baseline else _absent(question)
    tally = _fed(layout, tables, room)
    if changed := tally.faults.both(Grade.changed):
        lacking = Unavailable(why=changed, skip=Skip.data_changed)
        tables = {whose: table for whose, table in tables.items() if whose != BASELINE}
        tally = _fed(layout, tables, room)
    done = {name: cast("Finished", one).finish() for name, one in tally.accumulators.items()}
    found = estimates(layout, done, resample)
    evidence = Evidence(
        overall=found[ALL].get((), {}),
        slices={grouping: _sliced(grouping, found[grouping], tables, tally) for grouping in layout.sliced},
        candidate_metrics=question.candidate.metrics,
        baseline_metrics=question.baseline.metrics if question.baseline else {},
        no_baseline=lacking,
        unchanged=lacking is None and _same_digest(question) and not tally.differing,
    )
    groups = {
        (column, rate): _fault(Grouping((column,)), [(value,) for value in rates], tables, tally) or rates
        for (column, rate), rates in fairness_groups(layout, done).items()
    }
    digest = tally.fingerprint.digest() if layout.labelled.label else ""
    return Observation(evidence=evidence, groups=groups, labels_digest=digest, curves=done.get(CURVES))


def _check_pinned(question: Question) -> None:
    """Sealed labels are the very file that the configuration names by its digest, where it does."""
    pinned = question.rules.labels.digest if question.rules.labels else ""
    if not pinned or question.labels is None:
        return
    if not question.labels.is_file():
        raise DataError(f"{question.labels} is no file, and labels.digest is one file's", "Name one file of labels.")
    with question.labels.open("rb") as file:
        found = f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"
    if found != pinned:
        hint = f"Use the labels that the configuration means, or write labels.digest: {found}."
        raise DataError(f"{question.labels.name} is not the file of labels that labels.digest names", hint)


def _tables(question: Question, layout: Layout, scratch: Path) -> dict[str, Table]:
    """The tables that there are, by whose they are; `_Unusable` where a column that must be there is missing."""
    if question.candidate.predictions is None:
        raise _Unusable("the candidate's predictions are missing")
    baseline = question.baseline.predictions if question.baseline else None
    of_side, of_labels = layout.side_columns(), layout.label_columns()
    opened = [
        (LABELS, question.labels, of_labels),
        (CANDIDATE, question.candidate.predictions, of_side),
        (BASELINE, baseline, of_side),
    ]
    tables = {}
    for whose, path, columns in opened:
        if path is not None:
            tables[whose] = open_table(path, columns, scratch)
            if missing := _missing(tables[whose], _needed(layout, whose)):
                # The labels' other columns are nobody's business: they may be sealed.
                there = () if whose == LABELS else _columns(path, scratch)
                raise _Unusable(f"{whose} have {no_column(missing, there)}")
            _need(tables[whose], _needed(layout, whose), whose)
    return tables


def _missing(table: Table, columns: tuple[str, ...]) -> list[str]:
    return [name for name in dict.fromkeys(columns) if name and name not in table.schema]


def _columns(path: Path, scratch: Path) -> tuple[str, ...]:
    """All that a file has; nothing where they can't be read together."""
    try:
        return tuple(open_table(path, (), scratch).schema)
    except DataError:
        return ()


def _needed(layout: Layout, whose: str) -> tuple[str, ...]:
    """What the table has to hold; a gate's own slices are checks, which say so themselves."""
    of, said = layout.labelled, layout.predictions
    mine = (said.key, *layout.said_columns())
    theirs = (of.key, of.label, *of.slices, of.cluster, of.weight, of.query)
    if whose == LABELS:
        return theirs
    if layout.sealed:
        return mine
    return (*mine, *theirs) if whose == CANDIDATE else (*mine, of.label, of.cluster, of.weight, of.query)


def _need(table: Table, columns: tuple[str, ...], whose: str) -> None:
    if not table.rows:
        raise _Unusable(f"{whose} have no rows")
    kind = table.schema[columns[0]]
    if not (kind.is_numeric() or kind == pl.String):
        raise _Unusable(f"the key {columns[0]} of {whose} is of type {kind}, not a whole number or text")


def _fed(layout: Layout, tables: dict[str, Table], room: _Room) -> Tally:
    """All rows counted, twice where an accumulator asks for it; `_Unusable` where rows can't be used."""
    layout = msgspec.structs.replace(layout, fingerprint=_fingerprint(layout, tables))
    more = curves_for(layout) if room.setting.curves else {}
    job = Job(
        source=ByPlace(tables=tables, layout=layout, batch=room.setting.batch),
        layout=layout,
        accumulators=accumulators_for(layout, _shape(layout, tables)) | more,
    )
    tally = None
    if len({table.rows for table in tables.values()}) == 1:
        try:
            tally = feed(job, room.workers)
        except Misaligned:
            tally = None
    if tally is None:
        job = msgspec.structs.replace(job, source=_by_key(layout, tables, room))
        tally = feed(job, room.workers)
    _usable(tally.faults)
    if layout.asks_positive and (wrong := positive_fault(layout, tally.seen)):
        raise _Unusable(wrong)
    if repeated_anywhere(tally.keys):
        _refuse_repeated(layout, tables[CANDIDATE], room)
    return _second(job, tally, room)


def _by_key(layout: Layout, tables: dict[str, Table], room: _Room) -> Source:
    if max(table.rows for table in tables.values()) <= room.setting.batch:
        return ByKey(tables=tables, layout=layout)
    found = spooled(tables, (layout, room.setting.batch, room.scratch), room.workers)
    if isinstance(found, Faults):
        raise _Unusable(found.first(Grade.unusable))
    return found


def _usable(faults: Faults) -> None:
    if wrong := faults.first(Grade.unusable):
        raise _Unusable(wrong)


def _refuse_repeated(layout: Layout, candidate: Table, room: _Room) -> None:
    """Looks at the keys alone, which are the same in all tables; `_Unusable` where one is repeated."""
    key = layout.predictions.key
    keys = msgspec.structs.replace(candidate, schema={key: candidate.schema[key]})
    source = _by_key(layout, {CANDIDATE: keys}, room)
    faults = Faults()
    for part in source.parts():
        source.read(part, faults)
    _usable(faults)


def _second(job: Job, tally: Tally, room: _Room) -> Tally:
    again = {name: more for name, one in tally.accumulators.items() if (more := one.second()) is not None}
    if again:
        job = Job(source=_again(job), layout=job.layout.narrowed(), accumulators=again, again=True)
        tally.accumulators = tally.accumulators | feed(job, room.workers).accumulators
    return tally


def _again(job: Job) -> Source:
    """The source of the first pass; where rows lay beside each other, only columns of scores and labels are read."""
    source: Source = job.source
    if isinstance(source, ByPlace):
        return msgspec.structs.replace(source, layout=job.layout.narrowed(), proven=True)
    return msgspec.structs.replace(source, again=True) if isinstance(source, ByPartition) else source


def _fingerprint(layout: Layout, tables: dict[str, Table]) -> tuple[str, ...]:
    """The columns of labels that there are, beside the key; none where nothing is labelled."""
    if not layout.labelled.label:
        return ()
    there = tables.get(LABELS, tables[CANDIDATE]).schema
    return tuple(sorted(name for name in layout.label_columns() if name != layout.labelled.key and name in there))


def _shape(layout: Layout, tables: dict[str, Table]) -> Shape:
    score, label = layout.predictions.score, layout.labelled.label
    sides = [tables[whose] for whose in (CANDIDATE, BASELINE) if whose in tables]
    origin = 0.0
    if layout.task is Task.regression and label:
        first = read_rows(tables.get(LABELS, tables[CANDIDATE]), 0, FEW, (label,))[label].cast(pl.Float64, strict=False)
        origin = float(first.filter(first.is_finite()).mean() or 0.0)  # type: ignore[arg-type]
    singles = bool(score) and all(side.schema[score] == pl.Float32 for side in sides)
    return Shape(rows=tables[CANDIDATE].rows, singles=singles, origin=origin)


def _sliced(grouping: Grouping, groups: Sliced, tables: dict[str, Table], tally: Tally) -> Sliced | Unavailable:
    """What is known of each group, or why nothing can be said."""
    if wrong := _fault(grouping, groups, tables, tally):
        return wrong
    return groups or Unavailable(why="slices are judged by metrics of the predictions", skip=Skip.no_method)


def _fault(grouping: Grouping, groups: Collection[Group], tables: dict[str, Table], tally: Tally) -> Unavailable | None:
    """What is wrong with the columns that rows are parted by, or with the values there."""
    where = tables.get(LABELS, tables[CANDIDATE]).schema
    baseline = tables.get(BASELINE) if LABELS not in tables else None
    for name in grouping.by:
        if name not in where:
            return Unavailable(why="there is no such column beside the labels")
        if baseline is not None and name not in baseline.schema:
            return Unavailable(why="there is no such column on the baseline's side")
    if grouping in tally.crowded or len(groups) > MAX_SLICES:
        return Unavailable(why=f"there are over {MAX_SLICES:,} different values, and at most as many make slices")
    if odd := {value for group in groups for value in group if len(value) > MAX_NAME or not value.isprintable()}:
        why = f"{len(odd):,} of the values are no printable text of at most {MAX_NAME} characters"
        return Unavailable(why=why)
    wrong = next(filter(None, (tally.faults.first(Grade.slices, name) for name in grouping.by)), "")
    return Unavailable(why=wrong) if wrong else None


def _unjudged(question: Question, overall: dict[str, Found], unchanged: bool = False) -> Evidence:
    why = next(iter(overall.values()), Unavailable(why="no predictions are configured", skip=Skip.no_method))
    assert isinstance(why, Unavailable)
    return Evidence(
        overall=overall,
        slices={Grouping(rules.by, rules.bins): why for rules in question.rules.gate.slices},
        candidate_metrics=question.candidate.metrics,
        baseline_metrics=question.baseline.metrics if question.baseline else {},
        no_baseline=None if question.baseline else _absent(question),
        unchanged=unchanged,
    )


def _same_digest(question: Question) -> bool:
    digest = question.candidate.artifact_digest
    return bool(digest) and question.baseline is not None and question.baseline.artifact_digest == digest


def _same_reports(question: Question) -> bool:
    """Without predictions: the same digest, and the same number for every metric."""
    base = question.baseline
    return base is not None and _same_digest(question) and base.metrics == question.candidate.metrics


def _absent(question: Question) -> Unavailable:
    first = question.baseline_state is BaselineState.first_run
    why = question.missing_reason or ("the model has no merged run yet" if first else "the baseline's run is missing")
    return Unavailable(why=why, skip=Skip.no_baseline)

"""Layouts, and batches of rows for tests that feed them: from frames, as the readers give them."""

import datetime
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import polars as pl

from merganser.config import Artifact, Gate, Labels, MetricRules, Model, Predictions, Task
from merganser.evaluation.batch import Batch, Frames
from merganser.evaluation.faults import Faults
from merganser.evaluation.keys import canonical
from merganser.evaluation.layout import Grouping, Layout, layout_of
from merganser.evaluation.question import Question, Side
from merganser.evaluation.rollup import BaselineState
from merganser.evaluation.rows import read_batch

NOW = datetime.datetime(2026, 5, 17, 12, tzinfo=datetime.UTC)


def asked(
    task: Task = Task.binary, metrics: tuple[str, ...] = ("accuracy",), labels: Labels | None = None, **fields: Any
) -> Question:
    """A question about `metrics`; `fields`: `positive`, parts of the gate, and columns of the predictions."""
    of_model = {name: fields.pop(name) for name in ("positive",) if name in fields}
    parts = {name: fields.pop(name) for name in ("slices", "fairness", "calibration") if name in fields}
    rules = Model(
        artifact=Artifact(path="m"),
        task=task,
        predictions=Predictions(file="p.csv", key="id", **{"label": "label", **fields}),
        labels=labels,
        gate=Gate(metrics={metric: MetricRules(min=0.0) for metric in metrics}, **parts),
        **of_model,
    )
    return Question(
        model="m", rules=rules, candidate=Side(name="c"), baseline=None, baseline_state=BaselineState.first_run,
        labels=None if labels is None else Path("labels.csv"), now=NOW,
    )  # fmt: skip


def layout(task: Task = Task.binary, metrics: tuple[str, ...] = ("accuracy",), **fields: Any) -> Layout:
    """The layout of such a question, with the declared slices of rows in `fields` taken for the gate's."""
    question = asked(task, metrics, **fields)
    assert question.rules.predictions is not None
    return layout_of(question, question.rules.predictions)


def read(
    of: Layout, candidate: dict[str, Any], baseline: dict[str, Any] | None = None, labels: dict[str, Any] | None = None
) -> tuple[Batch | None, Faults]:
    """The batch of columns by name, and the faults; keys are `id` of the candidate, else 0, 1, 2 …"""
    faults = Faults()
    frame = pl.DataFrame(candidate)
    keys = frame["id"] if "id" in frame.columns else pl.Series("id", np.arange(frame.height))
    frames = Frames(
        keys=canonical(keys),
        candidate=frame,
        baseline=None if baseline is None else pl.DataFrame(baseline),
        labels=None if labels is None else pl.DataFrame(labels),
    )
    return read_batch(frames, of, faults), faults


def batch_of(of: Layout, candidate: dict[str, Any], baseline: dict[str, Any] | None = None, **more: Any) -> Batch:
    """The batch of rows that have no fault."""
    batch, _ = read(of, candidate, baseline, **more)
    assert batch is not None
    return batch


def with_fingerprint(of: Layout, *columns: str) -> Layout:
    return msgspec.structs.replace(of, fingerprint=columns)


def named(batch: Batch, grouping: Grouping) -> list[tuple[str, ...]]:
    """The group of each row, by name."""
    groups = batch.groups[grouping]
    return [groups.names[code] for code in groups.codes.tolist()]

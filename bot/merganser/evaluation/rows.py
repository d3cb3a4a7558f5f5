"""What the columns of a part of the rows mean: raw columns → labels, predictions, scores, groups, as arrays. No files.

The frames of both sides and of sealed labels come row by row beside each other. Every fault of the data is counted.
"""

import numpy as np
import polars as pl

from merganser.config import Task
from merganser.evaluation.batch import (
    BASELINE,
    CANDIDATE,
    LABELS,
    MAX_SLICES,
    Array,
    Batch,
    Frames,
    Groups,
    Side,
)
from merganser.evaluation.columns import binned, coded, equals_any, missing, same
from merganser.evaluation.faults import Faults, Grade, Kind
from merganser.evaluation.keys import Hashes, as_text, hashes, mixed
from merganser.evaluation.layout import ALL, Grouping, Layout, positives

MOST_CLASSES = 1_000  # of a task that has two: enough to say how far off it is
OTHERS = ""  # the name of the negative class where only a score is known


def read_batch(frames: Frames, layout: Layout, faults: Faults) -> Batch | None:
    """The rows as arrays; None where one of them can't be used, which `faults` then tells."""
    reader = _Reader(frames, layout, faults)
    batch = reader.batch()
    return None if faults.any(Grade.unusable) else batch


class _Reader:
    """Reads one part; the order numbers of faults say which of several is told first."""

    def __init__(self, frames: Frames, layout: Layout, faults: Faults) -> None:
        self.frames, self.layout, self.faults = frames, layout, faults
        self.source, self.whose = frames.candidate, CANDIDATE
        if frames.labels is not None:
            self.source, self.whose = frames.labels, LABELS
        self.said = layout.predictions
        self._codes: dict[str, tuple[Array, list[str]]] = {}

    def batch(self) -> Batch:
        frames, layout = self.frames, self.layout
        label = self.source[layout.labelled.label] if layout.labelled.label else None
        if label is not None:
            self._none(missing(label), 1, f"rows of {self.whose}", "have no label")
        clusters = self._hashes(layout.labelled.cluster, "cluster")
        weights = self._weights()
        self._other_labels()
        target = None
        if label is not None and layout.task in (Task.regression, Task.ranking):
            target = self._numbers(label, self.whose, 1)
        names, codes = self._classes(label)
        positive, seen = None, frozenset[str]()
        if label is not None and layout.task is Task.binary:
            positive = equals_any(label, positives(layout.positive))
            seen = frozenset(as_text(label.unique()).drop_nulls().sort().head(MOST_CLASSES))
        labels = codes.get(LABELS)
        if labels is None and positive is not None:
            labels = positive.astype(np.uint8)
        candidate = self._side(frames.candidate, CANDIDATE, codes)
        keys = hashes(frames.keys) if layout.hashed else None
        return Batch(
            rows=len(frames.keys),
            hashes=keys,
            candidate=candidate,
            baseline=candidate if frames.baseline is None else self._side(frames.baseline, BASELINE, codes),
            groups={ALL: Groups(np.zeros(len(frames.keys), dtype=np.uint8), ((),))} | self._groups(),
            names=names,
            labels=labels,
            score_columns=self._score_columns(names),
            positive=positive,
            target=target,
            clusters=clusters,
            queries=self._hashes(layout.labelled.query, "query"),
            weights=weights,
            seen=seen,
            identities=None if keys is None or not layout.fingerprint else self._identities(keys),
        )

    def _identities(self, found: Hashes) -> Hashes:
        for name in self.layout.fingerprint:
            codes, texts = self._coded(name)
            found = mixed(found ^ hashes(pl.Series(texts, dtype=pl.String))[codes])
        return found

    def _coded(self, name: str) -> tuple[Array, list[str]]:
        """A column of the labels as codes; several want it, and once is enough."""
        if name not in self._codes:
            self._codes[name] = coded(self.source[name])
        return self._codes[name]

    def _side(self, frame: pl.DataFrame, whose: str, codes: dict[str, Array]) -> Side:
        said, task = self.said, self.layout.task
        scores = None
        if said.scores:
            scores = np.column_stack([self._numbers(frame[name], whose, 3) for name in said.scores.values()])
        score = self._numbers(frame[said.score], whose, 3) if said.score else None
        if scores is not None and task is Task.binary:
            at = self._positive_column()
            score = None if at is None else scores[:, at]
        classes = codes.get(whose)
        if classes is None and score is not None and task is Task.binary:
            classes = (score >= said.threshold).astype(np.uint8)
        number = (
            self._numbers(frame[said.prediction], whose, 3) if task is Task.regression and said.prediction else None
        )
        columns = {name: self._numbers(frame[name], whose, 3) for name in self.layout.columns}
        return Side(classes=classes, score=score, scores=scores, number=number, columns=columns)

    def _positive_column(self) -> int | None:
        found = equals_any(pl.Series(list(self.said.scores)), positives(self.layout.positive))
        return int(found.argmax()) if found.any() else None

    def _score_columns(self, names: tuple[str, ...]) -> Array:
        return np.array([self.layout.score_column(name) for name in names], dtype=np.int64)

    def _classes(self, label: pl.Series | None) -> tuple[tuple[str, ...], dict[str, Array]]:
        """The names of classes, and codes into them of the labels and of what each side predicts.

        Where a binary model says a score alone, its classes are the positive one and all others.
        """
        said = self.said
        if self.layout.task not in (Task.binary, Task.multiclass) or label is None:
            return (), {}
        if not (said.prediction or said.scores):
            return (OTHERS, positives(self.layout.positive)[0]), {}
        columns = {LABELS: label.cast(pl.String) if label.dtype == pl.String else as_text(label)}
        for whose, frame in ((CANDIDATE, self.frames.candidate), (BASELINE, self.frames.baseline)):
            if frame is not None:
                columns[whose] = self._predicted(frame, whose)
        codes, names = coded(pl.concat(list(columns.values())))
        rows = len(label)
        return tuple(names), {whose: codes[i * rows : (i + 1) * rows] for i, whose in enumerate(columns)}

    def _predicted(self, frame: pl.DataFrame, whose: str) -> pl.Series:
        said = self.said
        if said.prediction:
            values = frame[said.prediction]
            self._none(missing(values), 2, f"rows of {whose}", "have no prediction")
            return as_text(values)
        classes = as_text(pl.Series(list(said.scores)))
        best = frame.select(pl.concat_list(pl.col(list(said.scores.values())).cast(pl.Float64, strict=False)))
        at = best.to_series().list.arg_max().fill_null(0)
        return classes.gather(at)

    def _groups(self) -> dict[Grouping, Groups]:
        return {grouping: self._grouped(grouping) for grouping in self.layout.groupings if self._has(grouping)}

    def _has(self, grouping: Grouping) -> bool:
        return all(name in self.source.columns for name in grouping.by)

    def _grouped(self, grouping: Grouping) -> Groups:
        codes: Array | None = None
        names: list[tuple[str, ...]] = [()]
        for name in grouping.by:
            own, texts = coded(binned(self.source[name], grouping.bins)) if grouping.bins else self._coded(name)
            if len(texts) > MAX_SLICES:
                return Groups(own, ())
            if codes is None:
                codes, names = own, [(text,) for text in texts]
                continue
            used, codes = np.unique(codes.astype(np.int64) * len(texts) + own, return_inverse=True)
            names = [(*names[at // len(texts)], texts[at % len(texts)]) for at in used.tolist()]
        return Groups(np.asarray(codes), tuple(names) if len(names) <= MAX_SLICES else ())

    def _other_labels(self) -> None:
        """Where the baseline brings labels of its own, they have to be the candidate's."""
        of, baseline = self.layout.labelled, self.frames.baseline
        if baseline is None or self.layout.sealed:
            return
        owned = ((of.label, "label"), (of.cluster, "cluster"), (of.weight, "weight"), (of.query, "query"))
        for order, (name, what) in enumerate(owned):
            if name and name in baseline.columns:
                other = ~same(self.source[name], baseline[name])
                self._note(Kind(Grade.changed, order, "rows", f"have another {what} than in the baseline"), other)
        for name in {column for grouping in self.layout.groupings for column in grouping.by}:
            if name in baseline.columns and name in self.source.columns:
                other = ~same(self.source[name], baseline[name])
                self._note(Kind(Grade.slices, 0, "rows", "have another value there in the baseline", name), other)

    def _weights(self) -> Array | None:
        name = self.layout.labelled.weight
        if not name:
            return None
        numbers = self.source[name].cast(pl.Float64, strict=False)
        good = (numbers.is_finite() & (numbers >= 0)).fill_null(False)
        self._none(~good, 1, f"rows of {self.whose}", f"have no finite weight of 0 or more in {name}")
        return numbers.fill_null(0.0).to_numpy()

    def _hashes(self, name: str, what: str) -> Hashes | None:
        if not name:
            return None
        self._none(missing(self.source[name]), 1, f"rows of {self.whose}", f"have no {what}")
        return hashes(as_text(self.source[name]).fill_null(""))

    def _numbers(self, values: pl.Series, whose: str, order: int) -> Array:
        """Finite numbers in single precision where the file has them so, else in double; faults count as 0."""
        numbers = values if values.dtype == pl.Float32 else values.cast(pl.Float64, strict=False)
        finite = numbers.is_finite().fill_null(False)
        if not finite.all():
            self._none(~finite, order, f"rows of {whose}", f"have no finite number in {values.name}")
            numbers = numbers.set(~finite, 0.0)
        return numbers.to_numpy()

    def _none(self, wrong: pl.Series, order: int, what: str, fault: str) -> None:
        self._note(Kind(Grade.unusable, order, what, fault), wrong)

    def _note(self, kind: Kind, wrong: pl.Series) -> None:
        if wrong.any():
            self.faults.add(kind, self.frames.keys.filter(wrong))

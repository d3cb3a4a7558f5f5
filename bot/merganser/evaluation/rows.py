"""What the columns of a part of the rows mean: raw columns → labels, predictions, scores, groups, as arrays. No files.

The frames of both sides and of sealed labels come row by row beside each other. Every fault of the data is counted.
"""

import itertools
from typing import Any

import msgspec
import numpy as np
import polars as pl
from numpy.typing import NDArray

from merganser.config import Task
from merganser.evaluation.faults import Faults, Grade, Kind
from merganser.evaluation.keys import WITHIN_INT64, Hashes, as_text, hashes, mixed
from merganser.evaluation.layout import ALL, Grouping, Layout, positives

MAX_SLICES = 1_000
MAX_NAME = 200
MOST_CLASSES = 1_000  # of a task that has two: enough to say how far off it is
MISSING = "(missing)"
OTHERS = ""  # the name of the negative class where only a score is known
CANDIDATE, BASELINE, LABELS = "the candidate's predictions", "the baseline's predictions", "the labels"

Array = NDArray[Any]


class Frames(msgspec.Struct, frozen=True, kw_only=True):
    """The raw columns of the same rows: canonical keys, both sides, and sealed labels; None for what isn't there."""

    keys: pl.Series
    candidate: pl.DataFrame
    baseline: pl.DataFrame | None = None
    labels: pl.DataFrame | None = None

    def sides(self) -> dict[str, pl.DataFrame]:
        """The frames that there are, by whose rows they hold."""
        found = {CANDIDATE: self.candidate, BASELINE: self.baseline, LABELS: self.labels}
        return {whose: frame for whose, frame in found.items() if frame is not None}


class Groups(msgspec.Struct, frozen=True):
    """Which group each row belongs to: codes into `names`, each a tuple of the columns' values; no names: too many."""

    codes: Array
    names: tuple[tuple[str, ...], ...]


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """What a side says of each row, as far as it is known.

    `classes`: codes of predicted classes; `score`: of the positive class, or of a ranked row; `scores`: rows × the
    configured classes; `number`: a predicted number; `columns`: what metrics name.
    """

    classes: Array | None = None
    score: Array | None = None
    scores: Array | None = None
    number: Array | None = None
    columns: dict[str, Array] = {}

    def says_as(self, other: "Side") -> bool:
        """Whether the other side says the very same of each row."""
        return all(
            np.array_equal(mine, theirs)
            for mine, theirs in zip(self._arrays(), other._arrays(), strict=True)
            if mine is not None and theirs is not None
        )

    def _arrays(self) -> list[Array | None]:
        return [self.classes, self.score, self.scores, self.number, *self.columns.values()]


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """Rows that can be judged. Without a baseline the candidate stands on both sides.

    `labels`: codes of classes into `names`, and for each name in `score_columns` which of a side's `scores` is for it
    (−1: none); `positive`: whether the label is the positive one; `target`: a label that is a number; `clusters` and
    `queries`: hashes; `weights`: 1 where None; `seen`: the labels of a binary task. `hashes` of keys, and `identities`,
    hashes of the key and all that labels it, are None unless the layout asks for them.
    """

    rows: int
    candidate: Side
    baseline: Side
    groups: dict[Grouping, Groups]
    hashes: Hashes | None = None
    names: tuple[str, ...] = ()
    labels: Array | None = None
    score_columns: Array | None = None
    positive: Array | None = None
    target: Array | None = None
    clusters: Hashes | None = None
    queries: Hashes | None = None
    weights: Array | None = None
    seen: frozenset[str] = frozenset()
    identities: Hashes | None = None


def read_batch(frames: Frames, layout: Layout, faults: Faults) -> Batch | None:
    """The rows as arrays; None where one of them can't be used, which `faults` then tells."""
    reader = _Reader(frames, layout, faults)
    batch = reader.batch()
    return None if faults.any(Grade.unusable) else batch


def equals_any(values: pl.Series, texts: tuple[str, ...]) -> NDArray[np.bool_]:
    """Whether each value is spelled as one of some texts; nulls are not."""
    wanted = pl.Series(texts, dtype=pl.String)
    if values.dtype in WITHIN_INT64:
        numbers = wanted.cast(pl.Int64, strict=False)
        usual = numbers.filter(numbers.cast(pl.String) == wanted)
        return values.cast(pl.Int64).is_in(usual.implode()).fill_null(False).to_numpy()
    return as_text(values).is_in(wanted.implode()).fill_null(False).to_numpy()


def coded(values: pl.Series) -> tuple[Array, list[str]]:
    """Codes into the distinct texts of some values, and these texts; nulls are `(missing)`."""
    if values.dtype in WITHIN_INT64 and len(values) and not values.null_count():
        numbers = values.cast(pl.Int64).to_numpy()
        low, span = int(numbers.min()), int(numbers.max()) - int(numbers.min())
        if span < MAX_SLICES:  # the text of a few numbers, not of every row
            codes = numbers - low
            used = np.flatnonzero(np.bincount(codes))
            places = np.zeros(span + 1, dtype=np.int64)
            places[used] = np.arange(len(used))
            return places[codes], [str(low + at) for at in used.tolist()]
    text = (values if values.dtype == pl.String else as_text(values)).fill_null(MISSING)
    found = text.unique(maintain_order=True)
    codes = text.cast(pl.Enum(found)).to_physical().to_numpy()
    names = as_text(found).to_list()
    known = {name: number for number, name in enumerate(dict.fromkeys(names))}
    if len(known) < len(names):  # "1" and "1.0" are one value
        codes = np.array([known[name] for name in names])[codes]
    return codes, list(known)


def binned(values: pl.Series, edges: tuple[float, ...]) -> pl.Series:
    """The bin of each number as text: `< 18`, `18 to 65`, `≥ 65`; null where there is no number."""
    shown = [f"{edge:g}" if float(f"{edge:g}") == edge else repr(edge) for edge in edges]
    labels = [f"< {shown[0]}", *(f"{a} to {b}" for a, b in itertools.pairwise(shown)), f"≥ {shown[-1]}"]
    numbers = values.cast(pl.Float64, strict=False).fill_nan(None)
    at = np.searchsorted(edges, numbers.fill_null(0.0).to_numpy(), side="right")
    return pl.Series(labels, dtype=pl.String).gather(at).set(numbers.is_null(), None)


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
            self._none(_missing(label), 1, f"rows of {self.whose}", "have no label")
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
            self._none(_missing(values), 2, f"rows of {whose}", "have no prediction")
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
                other = ~_same(self.source[name], baseline[name])
                self._note(Kind(Grade.changed, order, "rows", f"have another {what} than in the baseline"), other)
        for name in {column for grouping in self.layout.groupings for column in grouping.by}:
            if name in baseline.columns and name in self.source.columns:
                other = ~_same(self.source[name], baseline[name])
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
        self._none(_missing(self.source[name]), 1, f"rows of {self.whose}", f"have no {what}")
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


def _missing(values: pl.Series) -> pl.Series:
    return values.is_null() | values.is_nan() if values.dtype.is_float() else values.is_null()


def _same(left: pl.Series, right: pl.Series) -> pl.Series:
    """Whether the values of two columns are spelled alike, row by row; two nulls are."""
    if left.dtype == right.dtype and (same := left.eq_missing(right)).all():
        return same
    return as_text(left).eq_missing(as_text(right))


def positive_fault(layout: Layout, seen: frozenset[str]) -> str:
    """Why the labels of a binary task don't have the positive one and one other, as a clause; empty where they do."""
    classes = sorted(seen)
    shown = ", ".join(name[:40] for name in classes[:5])
    if len(classes) > 2:
        return f"the task is binary, but there are {len(classes):,} labels ({shown} …)"
    if not seen & set(positives(layout.positive)) and (len(classes) == 2 or not layout.positive):
        said = f"positive is {layout.positive}" if layout.positive else "positive is not configured"
        return f"{said}, but the labels are {shown}"
    return ""

"""What the columns of predictions and labels mean for one gate, and which of them it needs. Pure."""

from collections.abc import Iterable

import msgspec

from merganser.config import Model, Predictions, Task
from merganser.evaluation.metrics import Family, Metric, metric_of
from merganser.evaluation.question import Question
from merganser.evaluation.spelling import spelled

POSITIVES = ("1", "true")
_RESAMPLED = (Family.calibration, Family.function)


class Grouping(msgspec.Struct, frozen=True, order=True):
    """Columns that part the rows, and the edges of bins for a single column of numbers; no column: all rows at once."""

    by: tuple[str, ...] = ()
    bins: tuple[float, ...] = ()


ALL = Grouping()


class Labelled(msgspec.Struct, frozen=True, kw_only=True):
    """The columns that come from sealed labels, else from the predictions themselves; empty where there is none."""

    key: str
    label: str
    slices: tuple[str, ...]
    cluster: str
    weight: str
    query: str


class Layout(msgspec.Struct, frozen=True, kw_only=True):
    """What is read of each side.

    `metrics`: by its name in the configuration how each is computed; `sliced`: how rows are parted for slices, and by
    which metrics each part is judged; `fairness`: the same for fairness; `columns`: those of the predictions that
    metrics name; `fingerprint`: those that the digest of the labels covers, beside the key.
    """

    task: Task
    positive: str
    predictions: Predictions
    labelled: Labelled
    sealed: bool
    metrics: dict[str, Metric]
    sliced: dict[Grouping, tuple[str, ...]]
    fairness: dict[Grouping, tuple[str, ...]]
    columns: tuple[str, ...]
    fingerprint: tuple[str, ...] = ()

    @property
    def groupings(self) -> tuple[Grouping, ...]:
        """Every way in which the rows are parted."""
        return tuple(dict.fromkeys([*self.sliced, *self.fairness]))

    def fair_rates(self) -> list[tuple[str, str]]:
        """Column and rate of each way in which groups are held against each other."""
        return [(grouping.by[0], rate) for grouping, rates in self.fairness.items() for rate in rates]

    def groupings_of(self, *names: str) -> tuple[Grouping, ...]:
        """All rows, and the groupings whose parts are judged by any of some metrics."""
        return (ALL, *(grouping for grouping, metrics in self.sliced.items() if set(names) & set(metrics)))

    @property
    def hashed(self) -> bool:
        """Whether hashes of keys are asked for: by the digest of the labels, or for resampling."""
        return bool(self.fingerprint) or any(metric.family in _RESAMPLED for metric in self.metrics.values())

    @property
    def passes(self) -> int:
        """How often rows may be looked at: ranks by histogram take a second time."""
        return 2 if any(metric.family is Family.ranking for metric in self.metrics.values()) else 1

    def narrowed(self) -> "Layout":
        """The layout of a pass that ranks scores and wants nothing else; keys and labels were looked at before."""
        ranked = {name: metric for name, metric in self.metrics.items() if metric.family is Family.ranking}
        label = msgspec.structs.replace(self.labelled, slices=(), cluster="", weight="")
        return msgspec.structs.replace(
            self, labelled=label, metrics=ranked, sliced={}, fairness={}, columns=(), fingerprint=()
        )

    @property
    def asks_positive(self) -> bool:
        """Whether one of the classes has to be known as the positive one."""
        scored = bool(self.predictions.score or self.predictions.scores)
        counted = any(metric.family is Family.confusion for metric in self.metrics.values())
        return self.task is Task.binary and bool(self.labelled.label) and (scored or counted or bool(self.fairness))

    def score_column(self, name: str) -> int:
        """Which of the configured scores is for the class `name`; −1 where none is."""
        return next((at for at, one in enumerate(self.predictions.scores) if spelled(one) == name), -1)

    def side_columns(self) -> tuple[str, ...]:
        """The columns that are read of a side's predictions."""
        said = self.predictions
        wanted = [said.key, said.score, *said.scores.values(), said.prediction, *self.columns]
        return _unique(wanted if self.sealed else [*wanted, *self.label_columns()])

    def said_columns(self) -> tuple[str, ...]:
        """The columns in which a side says what it predicts."""
        said = self.predictions
        return _unique([said.score, *said.scores.values(), said.prediction, *self.columns])

    def label_columns(self) -> tuple[str, ...]:
        """The columns that are read of the labels, or of predictions that carry their labels."""
        of = self.labelled
        by = [name for grouping in self.groupings for name in grouping.by]
        return _unique([of.key, of.label, *of.slices, *by, of.cluster, of.weight, of.query])


def positives(positive: str) -> tuple[str, ...]:
    """How the positive label may be spelled: as it is configured, else in the usual ways."""
    return (spelled(positive),) if positive else POSITIVES


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


def layout_of(question: Question, predictions: Predictions, *, runs_functions: bool = True) -> Layout:
    """The layout of a question whose rules describe `predictions`.

    Where functions of the user's own aren't run, numbers of their names can only be the run's own.
    """
    model = question.rules
    labels = model.labels if question.labels is not None else None
    source = labels or predictions
    label = source.label or predictions.label
    names = metric_names(model)
    metrics = {
        name: metric_of(name, model.task, question.candidate.metrics if runs_functions else names) for name in names
    }
    return Layout(
        task=model.task,
        positive=spelled(model.positive),
        predictions=predictions,
        labelled=Labelled(
            key=source.key,
            label=label,
            slices=source.slices,
            cluster=source.cluster,
            weight=source.weight,
            query=source.query,
        ),
        sealed=question.labels is not None,
        metrics=metrics,
        sliced=_merged((Grouping(rules.by, rules.bins), rules.metrics) for rules in model.gate.slices),
        fairness=_merged((Grouping((rules.by,)), (rules.metric,)) for rules in model.gate.fairness),
        columns=_unique(
            metric.parameter
            for metric in metrics.values()
            if metric.parameter and metric.family in (Family.rate, Family.mean)
        ),
    )


def metric_names(model: Model) -> tuple[str, ...]:
    """Every metric that the gate asks for by name, in the order of the configuration."""
    gate = model.gate
    sliced = [metric for rules in gate.slices for metric in rules.metrics]
    calibrated = [ece_name(gate.calibration.ece.bins)] if gate.calibration.ece else []
    return _unique([*gate.metrics, *calibrated, *sliced])


def ece_name(bins: int) -> str:
    """The metric that `calibration: {ece: …}` stands for."""
    return f"ece({bins})"


def _merged(asked: Iterable[tuple[Grouping, tuple[str, ...]]]) -> dict[Grouping, tuple[str, ...]]:
    found: dict[Grouping, tuple[str, ...]] = {}
    for grouping, metrics in asked:
        found[grouping] = _unique([*found.get(grouping, ()), *metrics])
    return found


def _unique(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in names if name))

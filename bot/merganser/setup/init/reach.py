"""Whether the evaluation rows that there are can decide what a gate asks: how closely they would show a change.

A model that is just as good as the one at hand is made from its own answers: of half of the rows, drawn by chance, the
answers go to other rows of the same label (for numbers: the errors do). So every metric stays what it is, and the two
differ about as much as two trainings of one model do. The gate itself then says how wide its interval is.
"""

import datetime
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from merganser.config import Config, Gate, Model, Predictions, Task
from merganser.errors import ConfigError, DataError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import polars as pl

    from merganser.evaluation.verdict import Check

_MOST_ROWS: Final = 1_000_000
_SHARE: Final = 0.5


class Reach(msgspec.Struct, frozen=True, kw_only=True):
    """How closely `rows` rows show a change of a metric: to `width` on either side, at the gate's confidence.

    `enough`: whether two equal models would be proven equal within `margin`; `needed`: the rows that it takes, where
    these are too few and any number is enough.
    """

    metric: str
    margin: float
    rows: int
    width: float
    enough: bool
    needed: int | None

    def text(self) -> str:
        """In a sentence or two, for people."""
        shown = f"{self.rows:,} rows show a change of {self.metric} to about ±{self.width:.2g}"
        if self.enough:
            return f"{shown}, enough for the margin of {self.margin:g}."
        few = f"{self.metric}: {self.rows:,} rows are too few for the margin of {self.margin:g}"
        if self.width >= self.margin:
            few += f" (a change shows to about ±{self.width:.2g})"
        needed = f"about {_rounded(self.needed):,} are needed" if self.needed else "no number of rows is enough"
        return f'{few}, {needed}. Until then it says "not proven": write more rows, or raise the margin.'


def _rounded(count: int) -> int:
    """To two digits: it is an estimate."""
    digits = max(len(str(count)) - 2, 0)
    return round(count, -digits)


def reaches(config: Config, top: Path) -> tuple[Reach, ...]:
    """For each metric that is judged by a margin, of the models whose predictions lie there and can be judged."""
    if find_spec("polars") is None:
        return ()
    found: list[Reach] = []
    for name, model in config.models.items():
        rules = {metric: rule for metric, rule in model.gate.metrics.items() if rule.non_inferior is not None}
        said = model.predictions
        file = top / model.path / said.file if said else top
        if rules and said and said.label and model.task is not Task.ranking and file.is_file():
            gate = Gate(metrics=rules, confidence=model.gate.confidence)
            found += [_reach(check) for check in _judged(name, msgspec.structs.replace(model, gate=gate), said, file)]
    return tuple(found)


def _reach(check: "Check") -> Reach:
    assert check.low is not None
    assert check.high is not None
    assert check.n is not None
    return Reach(
        metric=check.metric,
        margin=check.margin or 0.0,
        rows=check.n,
        width=(check.high - check.low) / 2,
        enough=check.status == "pass",
        needed=check.n_needed,
    )


def _judged(name: str, model: Model, said: Predictions, file: Path) -> "list[Check]":
    """The checks with an interval of a model as good as that in `file`; none where the rows can't be judged, which the
    gate itself says once there is something to judge."""
    from merganser.evaluation.judge import BaselineState, Question, Side, judge
    from merganser.evaluation.readers import open_table, read_rows

    with tempfile.TemporaryDirectory(prefix="merganser-") as folder:
        mine, other = Path(folder) / "mine.parquet", Path(folder) / "other.parquet"
        try:
            table = open_table(file, (), Path(folder))
            if not 0 < table.rows <= _MOST_ROWS or not {said.label, *_answers(said)} <= table.schema.keys():
                return []
            rows = read_rows(table, 0, table.rows)
            rows.write_parquet(mine)
            as_good(rows, model.task, said).write_parquet(other)
            question = Question(
                model=name,
                rules=model,
                candidate=Side(name="other", predictions=other),
                baseline=Side(name="mine", predictions=mine),
                baseline_state=BaselineState.available,
                now=datetime.datetime.now(datetime.UTC),
            )
            return [check for check in judge(question).checks if check.low is not None and check.n is not None]
        except (ConfigError, DataError):
            return []


def as_good(rows: "pl.DataFrame", task: Task, said: Predictions) -> "pl.DataFrame":
    """The rows as another model would answer them that is just as good."""
    import numpy as np
    import polars as pl

    chance = np.random.default_rng(0)
    chosen = chance.random(rows.height) < _SHARE
    if task is Task.regression:
        answers, labels = (rows[name].cast(pl.Float64, strict=False) for name in (said.prediction, said.label))
        errors = answers - labels
        return rows.with_columns((labels + errors[_moved(chosen, [chosen], chance)]).alias(said.prediction))
    groups = [(rows[said.label] == label).to_numpy() for label in rows[said.label].unique(maintain_order=True)]
    places = _moved(chosen, groups, chance)
    return rows.with_columns(rows[name][places].alias(name) for name in _answers(said))


def _answers(said: Predictions) -> list[str]:
    """The columns in which the model says what it predicts."""
    return list(dict.fromkeys(name for name in (said.score, *said.scores.values(), said.prediction) if name))


def _moved(
    chosen: "npt.NDArray[np.bool_]", groups: "list[npt.NDArray[np.bool_]]", chance: "np.random.Generator"
) -> "npt.NDArray[np.int64]":
    """For each row the one whose answer it gets: of the chosen rows of a group any other, else itself."""
    import numpy as np

    places = np.arange(len(chosen))
    for group in groups:
        at = np.flatnonzero(chosen & group)
        places[at] = chance.permutation(at)
    return places

"""What the columns of a predictions file mean, by their names and values. Pure."""

import re
from collections.abc import Callable, Iterable
from typing import Final

import msgspec

from merganser.config import Predictions, Task
from merganser.evaluation.usual_names import KEYS, LABELS, PREDICTIONS, QUERIES, SCORES, WEIGHTS, spelling
from merganser.setup.init.facts import Column, Table

_POSITIVES = ("1", "true", "yes", "y", "positive", "pos", "t")
_CLASS_SCORE = re.compile(r"(?:probability|prob|proba|p|score)[_ -](.+)", re.IGNORECASE)
# What helps once there is a configuration.
SEE_AGAIN: Final = "`merganser init --force --run` runs it once, to see."
# Whole numbers in more than so many kinds are quantities, not classes.
_MOST_CLASSES = 30
_MOST_SLICES = 20


class Meaning(msgspec.Struct, frozen=True, kw_only=True):
    """What a model says and how its answers stand in a file; `why` it is taken for that, `guessed` where no row of the
    file was seen."""

    task: Task
    positive: str = ""
    predictions: Predictions
    classes: tuple[str, ...] = ()
    why: str
    guessed: bool = False


class Unclear(msgspec.Struct, frozen=True):
    """Why a file can't be taken for predictions, and what would help."""

    why: str
    cure: str


def meaning(file: str, table: Table) -> Meaning | Unclear:
    """What the columns mean, or what is missing to tell."""
    label, key = _named(table, LABELS), _key(table)
    if label is None:
        return Unclear(f"{file} has no column of true labels", "Write them to a column `label`.")
    if key is None:
        return Unclear(f"{file} has no column that names each row", "Write the rows' ids to a column `row_id`.")
    if label.missing:
        return Unclear(f"{label.missing} rows of {file} have no {label.name}", "Write only rows whose truth is known.")
    prediction, score, query = (_named(table, names) for names in (PREDICTIONS, SCORES, QUERIES))
    if prediction is not None and score is None and label.distinct == 2 and not _is_whole(prediction):
        prediction, score = None, prediction
    found = _Found(file=file, table=table, key=key.name, label=label)
    if query is not None and score is not None and _is_numeric(label):
        return _ranking(found, score, query)
    if prediction is not None and _is_quantity(label, prediction):
        return _regression(found, prediction)
    if prediction is None and score is None and not _class_scores(table, tuple(sorted(_seen(label)))):
        return Unclear(f"{file} has no column of predictions", "Write what the model says to a column `prediction`.")
    return _classification(found, prediction, score)


def meaning_by_names(file: str, names: tuple[str, ...], task: Task) -> Meaning | Unclear:
    """What columns mean of which only the names are known, and that classes or numbers are predicted.

    A single score is taken for that of the positive one of two classes.
    """
    columns = tuple(Column(name=name, distinct=1, missing=0, sample=()) for name in names)
    table = Table(rows=1, columns=columns)
    key, label, prediction = _key(table), _named(table, LABELS), _named(table, PREDICTIONS)
    score = _named(table, SCORES) if task is not Task.regression else None
    if key is None or label is None or (prediction is None and score is None):
        missing = "key" if key is None else "label" if label is None else "prediction"
        why = f"Which column of {file} is the {missing} is not known: the script names {', '.join(names)}"
        return Unclear(why, SEE_AGAIN)
    task = Task.binary if score is not None else task
    found = Predictions(
        file=file,
        key=key.name,
        score=score.name if score else "",
        prediction=prediction.name if prediction else "",
        label=label.name,
        slices=() if task is Task.regression else (label.name,),
    )
    return Meaning(task=task, predictions=found, why="by the script's estimator and column names", guessed=True)


class _Found(msgspec.Struct, frozen=True, kw_only=True):
    file: str
    table: Table
    key: str
    label: Column

    def slices(self, *taken: Column | None) -> tuple[str, ...]:
        """The columns that part the rows and mean nothing else."""
        other = {self.key, self.label.name, *(column.name for column in taken if column)}
        return tuple(c.name for c in self.table.columns if c.name not in other and _parts_rows(c))


def _ranking(found: _Found, score: Column, query: Column) -> Meaning:
    columns = Predictions(file=found.file, key=found.key, score=score.name, query=query.name, label=found.label.name)
    return Meaning(task=Task.ranking, predictions=columns, why=f"{score.name} ranks the rows of each {query.name}")


def _regression(found: _Found, prediction: Column) -> Meaning:
    columns = Predictions(
        file=found.file,
        key=found.key,
        prediction=prediction.name,
        label=found.label.name,
        slices=found.slices(prediction),
        weight=_weight(found.table),
    )
    return Meaning(task=Task.regression, predictions=columns, why=f"{found.label.name} holds quantities")


def _classification(found: _Found, prediction: Column | None, score: Column | None) -> Meaning | Unclear:
    classes = tuple(sorted({*_seen(found.label), *(_seen(prediction) if prediction else ())}))
    positive = _positive(found.label, classes, score) if len(classes) == 2 else None
    scores = {} if positive is not None else _class_scores(found.table, classes)
    if positive is None and not scores and prediction is None:
        return Unclear(
            f"{found.file} has one score for {len(classes)} classes",
            "Write the class that the model says to `prediction`.",
        )
    columns = Predictions(
        file=found.file,
        key=found.key,
        score=score.name if score and positive is not None else "",
        scores=scores,
        prediction=prediction.name if prediction else "",
        label=found.label.name,
        slices=(found.label.name, *found.slices(prediction, score)),
        weight=_weight(found.table),
    )
    task = Task.multiclass if positive is None else Task.binary
    why = f"{found.label.name} has {len(classes)} classes"
    return Meaning(task=task, positive=positive or "", predictions=columns, classes=classes, why=why)


def _positive(label: Column, classes: tuple[str, ...], score: Column | None) -> str | None:
    """Which of two classes is the positive one, "" where its name says so by itself; None where nothing tells."""
    if any(name.lower() in ("1", "true") for name in classes):
        return ""
    said = [name for name in classes if name.lower() in _POSITIVES]
    if len(said) == 1:
        return said[0]
    if score is None or not _is_numeric(score):
        return None
    means = {
        name: _mean(_number(s) for own, s in zip(label.sample, score.sample, strict=True) if own == name)
        for name in classes
    }
    return max(classes, key=lambda name: means[name])


def _mean(values: Iterable[float]) -> float:
    found = list(values)
    return sum(found) / len(found) if found else 0.0


def _class_scores(table: Table, classes: tuple[str, ...]) -> dict[str, str]:
    """The column of each class's score, where there is one for each."""
    columns = {match[1]: c.name for c in table.columns if (match := _CLASS_SCORE.fullmatch(c.name)) and _is_numeric(c)}
    return {name: columns[name] for name in classes} if classes and set(classes) <= set(columns) else {}


def _named(table: Table, names: str) -> Column | None:
    """The column that is called by one of `names`, the first of them first, without missing values."""
    spelled: dict[str, Column] = {}
    for column in table.columns:
        spelled.setdefault(spelling(column.name), column)
    return next((spelled[name] for name in names.split() if name in spelled), None)


def _key(table: Table) -> Column | None:
    """A column that names each row once: one that is called so, else the only one that ends in `id`."""
    fits: Callable[[Column], bool] = lambda c: bool(c.name) and not c.missing and c.distinct == table.rows > 0  # noqa: E731
    named = _named(table, KEYS)
    if named is not None and fits(named):
        return named
    ids = [c for c in table.columns if fits(c) and spelling(c.name).endswith(("id", "key", "name"))]
    return ids[0] if len(ids) == 1 else None


def _weight(table: Table) -> str:
    column = _named(table, WEIGHTS)
    return column.name if column is not None and _is_numeric(column) and not column.missing else ""


def _parts_rows(column: Column) -> bool:
    few = 1 < column.distinct <= _MOST_SLICES
    return bool(column.name) and few and not column.missing and not _is_numeric(column)


def _seen(column: Column) -> set[str]:
    return {value for value in column.sample if value}


def _is_quantity(label: Column, prediction: Column) -> bool:
    """Whether both are numbers, and too fine to be classes."""
    if not (_is_numeric(label) and _is_numeric(prediction)):
        return False
    whole = _is_whole(label) and _is_whole(prediction)
    return not whole or label.distinct > _MOST_CLASSES


def _is_whole(column: Column) -> bool:
    return not _is_numeric(column) or all(_number(value).is_integer() for value in column.sample if value)


def _is_numeric(column: Column) -> bool:
    return any(column.sample) and all(_is_number(value) for value in column.sample if value)


def _is_number(text: str) -> bool:
    return re.fullmatch(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]{1,3})?", text) is not None


def _number(text: str) -> float:
    return float(text) if text else 0.0

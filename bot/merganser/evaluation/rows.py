"""What the columns of predictions and labels mean: raw frames → one row per key with label, right or wrong, score.

No files here. Every fault of the data is an `Unusable` or `Changed` that counts the rows and shows examples.
"""

import hashlib
import io
import json
import re

import polars as pl
import polars.selectors as cs

from merganser.config import Model, Predictions

MAX_SLICES = 1_000
MAX_NAME = 200
MISSING = "(missing)"
_BATCH = 200_000
_SINGULAR = {"have": "has", "are": "is"}


class Unusable(Exception):
    """Predictions or labels that nothing can be computed from; the text is a clause."""


class Changed(Exception):
    """Rows or labels that aren't those of the other side; the text is a clause."""


def as_text(values: pl.Series) -> pl.Series:
    """Values as text that is the same whatever type a file kept them in: `1`, `1.0` and `"1"` are all `1`."""
    text = values.cast(pl.String)
    if values.dtype.is_integer():
        return text
    if values.dtype.is_float():
        text = text.set(values.is_nan(), None)
    text = text.str.replace(r"^(-?\d+)\.0+$", "$1")
    return text.replace({"True": "true", "False": "false"})


def side_columns(predictions: Predictions, *more: str) -> tuple[str, ...]:
    """The columns that are read from a predictions file."""
    named = (predictions.key, predictions.score, *predictions.scores.values(), predictions.prediction, *more)
    return tuple(dict.fromkeys(name for name in named if name))


def label_rows(raw: pl.DataFrame, predictions: Predictions, slices: tuple[str, ...], whose: str) -> pl.DataFrame:
    """`key`, `label` and each slice column that there is (`slice:NAME`), all text; keys unique, labels complete."""
    need(raw, (predictions.key, predictions.label), whose)
    rows = pl.DataFrame(
        [
            _keys(raw[predictions.key], whose),
            as_text(raw[predictions.label]).alias("label"),
            *(as_text(raw[name]).fill_null(MISSING).alias(f"slice:{name}") for name in slices if name in raw.columns),
        ]
    )
    _none_of(rows, rows["label"].is_null(), f"rows of {whose}", "have no label")
    return rows


def score_rows(raw: pl.DataFrame, predictions: Predictions, positive: str, whose: str) -> pl.DataFrame:
    """`key`, and of `predicted` (text), `score` (of the positive class), `best` (class of the largest score) and
    `score:0`, `score:1` … (of each class) those that the configured columns give; all complete and finite."""
    need(raw, side_columns(predictions), whose)
    rows = pl.DataFrame([_keys(raw[predictions.key], whose)])
    if predictions.prediction:
        rows = rows.with_columns(as_text(raw[predictions.prediction]).alias("predicted"))
        _none_of(rows, rows["predicted"].is_null(), f"rows of {whose}", "have no prediction")
    if predictions.score:
        rows = rows.with_columns(_numbers(rows, raw[predictions.score], whose).alias("score"))
    if predictions.scores:
        classes = as_text(pl.Series(list(predictions.scores)))
        scores = pl.DataFrame(
            [
                _numbers(rows, raw[column], whose).alias(f"score:{n}")
                for n, column in enumerate(predictions.scores.values())
            ]
        )
        best = scores.select(pl.concat_list(pl.all()).list.arg_max()).to_series()
        rows = rows.with_columns(classes.gather(best).alias("best"), *scores)
        if positive in classes:
            rows = rows.with_columns(scores[f"score:{classes.to_list().index(positive)}"].alias("score"))
    return rows


def positive_label(model: Model, labels: pl.DataFrame) -> str:
    """Which label counts as positive, as text: the configured one, else 1 or true; `Unusable` where neither is one."""
    classes = labels["label"].unique().sort().to_list()
    shown = ", ".join(name[:40] for name in classes[:5])
    if len(classes) > 2:
        raise Unusable(f"the task is binary, but there are {len(classes):,} labels ({shown} …)")
    positive = str(as_text(pl.Series([model.positive])).item()) if model.positive else ""
    if not positive:
        positive = next((name for name in ("1", "true") if name in classes), "")
    if not positive or (positive not in classes and len(classes) == 2):
        said = f"positive is {positive}" if positive else "positive is not configured"
        raise Unusable(f"{said}, but the labels are {shown}")
    return positive


def judged_rows(labels: pl.DataFrame, scores: pl.DataFrame, positive: str, threshold: float) -> pl.DataFrame:
    """Label rows and score rows of the same keys as one: `key`, `positive`, `right`, `score` if any, label, slices."""
    rows = same_rows(labels, scores, ("the labels", "the predictions"))
    columns = [(pl.col("label") == positive).alias("positive")]
    if "predicted" in rows.columns:
        columns.append((pl.col("predicted") == pl.col("label")).alias("right"))
    elif "best" in rows.columns:
        columns.append((pl.col("best") == pl.col("label")).alias("right"))
    else:
        columns.append(((pl.col("score") >= threshold) == columns[0]).alias("right"))
    return rows.with_columns(columns).drop("predicted", "best", cs.starts_with("score:"), strict=False)


def same_rows(left: pl.DataFrame, right: pl.DataFrame, names: tuple[str, str]) -> pl.DataFrame:
    """Both frames side by side; keys in one order need no join. `Changed` where the keys aren't the same."""
    if left["key"].equals(right["key"]):
        return left.hstack(right.drop("key").get_columns())
    joined = left.join(right, on="key", how="inner")
    if joined.height == left.height == right.height:
        return joined
    lost = [
        f"{count_of(only, f'rows of {here}', f'are not in {there}')}"
        for here, there, only in (
            (names[0], names[1], left.join(right, on="key", how="anti")["key"]),
            (names[1], names[0], right.join(left, on="key", how="anti")["key"]),
        )
        if len(only)
    ]
    raise Changed("; ".join(lost))


def count_of(keys: pl.Series, what: str, fault: str) -> str:
    """`12 rows of … have no label (e.g. a, b, c)`, the first three keys in order; `what` and `fault` for many rows."""
    examples = ", ".join(str(key)[:40] for key in keys.unique().sort()[:3])
    if len(keys) == 1:
        verb, _, rest = fault.partition(" ")
        what, fault = re.sub("^rows", "row", what), f"{_SINGULAR[verb]} {rest}"
    return f"{len(keys):,} {what} {fault} (e.g. {examples})"


def labels_digest(labels: pl.DataFrame) -> str:
    """`sha256:…` over keys, labels and slice values, whatever their order and the file's format."""
    columns = ["key", "label", *sorted(name for name in labels.columns if name.startswith("slice:"))]
    digest = hashlib.sha256(json.dumps(columns).encode())
    for batch in labels.select(columns).sort("key").iter_slices(_BATCH):
        text = io.BytesIO()
        batch.write_csv(text, quote_style="always", include_header=False)
        digest.update(text.getvalue())
    return f"sha256:{digest.hexdigest()}"


def need(raw: pl.DataFrame, columns: tuple[str, ...], whose: str) -> None:
    """`Unusable` where a column is missing, or every row."""
    missing = [name for name in columns if name not in raw.columns]
    if missing:
        raise Unusable(f"{whose} have no column {', '.join(missing)}")
    if raw.is_empty():
        raise Unusable(f"{whose} have no rows")


def slice_fault(values: pl.Series) -> str:
    """Why a column can't be used for slices, as a clause; empty where it can."""
    found = values.unique()
    if len(found) > MAX_SLICES:
        return f"it has {len(found):,} different values, and at most {MAX_SLICES:,} make slices"
    odd = [value for value in found if len(value) > MAX_NAME or not value.isprintable()]
    return f"{len(odd):,} of its values are no printable text of at most {MAX_NAME} characters" if odd else ""


def _keys(values: pl.Series, whose: str) -> pl.Series:
    if not (values.dtype.is_numeric() or values.dtype == pl.String):
        raise Unusable(f"the key {values.name} of {whose} is of type {values.dtype}, not a whole number or text")
    keys = as_text(values).alias("key")
    if missing := keys.null_count():
        raise Unusable(f"{missing:,} of {len(keys):,} rows of {whose} have no key")
    if values.dtype.is_float() and keys.str.contains(r"[.e]").any():
        raise Unusable(f"the key {values.name} of {whose} holds fractions, not whole numbers or text")
    repeated = keys.filter(keys.is_duplicated())
    if len(repeated):
        raise Unusable(count_of(repeated, f"of {len(keys):,} rows of {whose}", "repeat a key"))
    return keys


def _numbers(rows: pl.DataFrame, values: pl.Series, whose: str) -> pl.Series:
    numbers = values.cast(pl.Float64, strict=False)
    odd = ~numbers.is_finite().fill_null(False)
    _none_of(rows, odd, f"rows of {whose}", f"have no finite number in {values.name}")
    return numbers


def _none_of(rows: pl.DataFrame, wrong: pl.Series, what: str, fault: str) -> None:
    if wrong.any():
        raise Unusable(count_of(rows["key"].filter(wrong), what, fault))

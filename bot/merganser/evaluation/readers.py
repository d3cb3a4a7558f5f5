"""Prediction and label files → frames: the only place of the gate that opens files. What columns mean is `rows`'."""

import io
from collections.abc import Callable
from pathlib import Path

import polars as pl

from merganser.config import Artifact, Gate, MetricRules, Model, NonInferior, Predictions, Task
from merganser.errors import DataError
from merganser.evaluation.rows import as_text

MAX_ROWS = 20_000_000
MAX_BYTES = 2 << 30
MAX_TEXT = 1_000
_COMPRESSED = (b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"\x78\x01", b"\x78\x9c", b"\x78\xda", b"BZh", b"\xfd7zXZ")
_KEYS = ("row_id", "id", "key", "index")
_LABELS = ("label", "y_true", "target", "y")
_SCORES = ("score", "y_score", "p", "probability", "proba")
_PREDICTIONS = ("prediction", "predicted", "y_pred", "pred")
_POSITIVES = ("1", "true", "yes")
DEFAULT_MARGIN = 0.01


def read_table(path: Path, columns: tuple[str, ...] = ()) -> pl.DataFrame:
    """The named columns that a parquet, CSV or JSON lines file has (all where none is named), in the file's order.

    CSV columns are text. `DataError`: no regular file, another format, compressed text, too large, nested columns,
    or not what the name says.
    """
    read = _READERS.get(path.suffix.lower())
    if read is None:
        raise DataError(f"{path.name}: unknown kind of file", f"Use one of {', '.join(_READERS)}.")
    try:
        if not path.is_file():
            raise DataError(f"{path}: no such file", "Check the name; it must be a regular file.")
        if path.stat().st_size > MAX_BYTES:
            raise DataError(f"{path.name}: larger than {MAX_BYTES >> 30} GB", "Keep only the columns that are needed.")
        frame = read(path, columns)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, ValueError) as wrong:
        said = (str(wrong).splitlines() or [type(wrong).__name__])[0][:200]
        raise DataError(
            f"{path.name} can't be read: {said}", "Write the file again; it may be cut or damaged."
        ) from wrong
    return _checked(frame, path)


def default_model(path: Path, labels: Path | None = None) -> Model:
    """Rules for a bare predictions file, from its usual column names: nothing may be worse by more than 0.01.

    The label is looked for in the file of labels, where there is one. `DataError` where key, label, or both score and
    prediction have no usual name.
    """
    frame = read_table(path)
    labelled = read_table(labels) if labels else frame
    key, label = _named(frame, _KEYS), _named(labelled, _LABELS)
    score, prediction = _named(frame, _SCORES), _named(frame, _PREDICTIONS)
    if not key or not label or not (score or prediction):
        raise DataError(
            f"{path.name}: its columns ({', '.join(frame.columns[:20])}) don't say what they are",
            f"Name them {_KEYS[0]}, {_LABELS[0]} and {_SCORES[0]} or {_PREDICTIONS[0]}, or describe them in a "
            "configuration file (--config).",
        )
    classes = as_text(labelled[label]).unique().drop_nulls().to_list()
    positive = next((name for name in _POSITIVES if name in classes), "")
    ranked = bool(score) and len(classes) <= 2 and bool(positive)
    if not ranked and not prediction:
        raise DataError(
            f"{path.name}: a score for one class, but which of {', '.join(sorted(classes)[:5])} it is for is not said",
            "Say so by `positive:` in a configuration file (--config).",
        )
    rules = MetricRules(non_inferior=NonInferior(margin=DEFAULT_MARGIN))
    return Model(
        artifact=Artifact(path=path.name),
        task=Task.binary if ranked else Task.multiclass,
        positive=positive if ranked else "",
        predictions=Predictions(
            file=path.name, key=key, label=label, score=score if ranked else "", prediction=prediction
        ),
        gate=Gate(metrics={"accuracy": rules} | ({"roc_auc": rules} if ranked else {})),
    )


def _named(frame: pl.DataFrame, names: tuple[str, ...]) -> str:
    return next((name for name in names if name in frame.columns), "")


def _read_parquet(path: Path, columns: tuple[str, ...]) -> pl.DataFrame:
    scan = pl.scan_parquet(path, glob=False)
    rows = scan.select(pl.len()).collect().item()
    if rows > MAX_ROWS:
        raise DataError(f"{path.name}: {rows:,} rows", f"At most {MAX_ROWS:,} are read.")
    schema = scan.collect_schema()
    wanted = _wanted(schema.names(), columns)
    _flat({name: schema[name] for name in wanted}, path)
    return scan.select(wanted).collect()


def _read_csv(path: Path, columns: tuple[str, ...]) -> pl.DataFrame:
    _refuse_compressed(path)
    frame = pl.read_csv(io.BytesIO(path.read_bytes()), infer_schema=False, n_rows=MAX_ROWS + 1)
    if any(name.endswith("_duplicated_0") for name in frame.columns):
        raise DataError(f"{path.name}: a column name stands twice", "Give each column its own name.")
    return frame.select(_wanted(frame.columns, columns))


def _read_json_lines(path: Path, columns: tuple[str, ...]) -> pl.DataFrame:
    _refuse_compressed(path)
    frame = pl.read_ndjson(path, infer_schema_length=None, n_rows=MAX_ROWS + 1)
    return frame.select(_wanted(frame.columns, columns))


_READERS: dict[str, Callable[[Path, tuple[str, ...]], pl.DataFrame]] = {
    ".parquet": _read_parquet,
    ".csv": _read_csv,
    ".jsonl": _read_json_lines,
    ".ndjson": _read_json_lines,
}


def _wanted(present: list[str], columns: tuple[str, ...]) -> list[str]:
    return [name for name in present if name in columns] if columns else present


def _refuse_compressed(path: Path) -> None:
    with path.open("rb") as file:
        if file.read(8).startswith(_COMPRESSED):
            raise DataError(f"{path.name}: compressed", "Unpack it first, or use parquet, which is small by itself.")


def _checked(frame: pl.DataFrame, path: Path) -> pl.DataFrame:
    if frame.height > MAX_ROWS:
        raise DataError(f"{path.name}: more than {MAX_ROWS:,} rows", "Use a smaller evaluation set.")
    _flat(dict(frame.schema), path)
    _short(frame, path)
    return frame


def _flat(schema: dict[str, pl.DataType], path: Path) -> None:
    nested = [name for name, kind in schema.items() if kind.is_nested() or kind in (pl.Binary, pl.Object)]
    if nested:
        raise DataError(f"{path.name}: column {nested[0]!r} holds lists or bytes", "One plain value in each cell.")


def _short(frame: pl.DataFrame, path: Path) -> None:
    """Texts that a few bytes of parquet repeat a million times are refused before anything copies them."""
    total = 0
    for column in frame.select(pl.col(pl.String)).iter_columns():
        sizes = column.str.len_bytes().cast(pl.Int64)
        total += int(sizes.sum())
        if len(column) and int(sizes.fill_null(0).max()) > MAX_TEXT:  # type: ignore[arg-type]
            raise DataError(
                f"{path.name}: column {column.name!r} holds a text of over {MAX_TEXT:,} bytes", "Shorten it."
            )
    if total > MAX_BYTES:
        raise DataError(f"{path.name}: over {MAX_BYTES >> 30} GB of text", "Keep only the columns that are needed.")

"""The contract of a training's model: as the configuration writes it, or as features and predictions show it."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

from merganser.config import Column, ColumnType, Features, Model
from merganser.run import BundleFile, Contract

_ROWS_AT_ONCE = 1_000_000
_UNTYPED = ".csv"


def contract_of(folder: Path, model: Model, predictions: Path | None) -> Contract | None:
    """What the model reads and answers with, None where neither is known; `predictions` is the run's file of them.

    Both tables have the columns that the configuration names: the profile and the copy of the predictions held that.
    """
    inputs = model.contract.inputs or _inputs(folder, model.features)
    outputs = model.contract.outputs or _outputs(model, predictions)
    return Contract(inputs=inputs, outputs=outputs) if inputs or outputs else None


def predictions_in(bundle: Path, files: dict[str, BundleFile]) -> Path | None:
    """Where the predictions of a bundle lie, None where it has none."""
    return bundle / files["predictions"].path if "predictions" in files else None


def _inputs(folder: Path, features: Features | None) -> tuple[Column, ...] | None:
    if features is None:
        return None

    from merganser.evaluation.contract import columns

    types = _types(folder / features.file, features.columns)
    return columns(features.columns or types, types)


def _outputs(model: Model, file: Path | None) -> tuple[Column, ...] | None:
    if model.predictions is None or file is None:
        return None

    from merganser.evaluation.contract import answers, outputs

    said = answers(model, model.predictions)
    return outputs(said, _types(file, tuple(said))) if said else None


def _types(file: Path, names: Sequence[str]) -> dict[str, ColumnType]:
    """The type of each named column (of all without names); the rows are read only where the file has no types."""
    from merganser.evaluation.contract import common_type, type_of, written_type
    from merganser.evaluation.readers import open_table, read_rows
    from merganser.evaluation.readers.folders import data_files

    with tempfile.TemporaryDirectory(prefix="merganser-") as scratch:
        table = open_table(file, tuple(names), Path(scratch))
        if data_files(file)[0].path.suffix.lower() != _UNTYPED:
            return {name: type_of(kind) for name, kind in table.schema.items()}
        seen: dict[str, list[ColumnType]] = {name: [] for name in table.schema}
        for start in range(0, table.rows, _ROWS_AT_ONCE):
            rows = read_rows(table, start, _ROWS_AT_ONCE)
            for name in seen:
                seen[name].append(written_type(rows[name]))
    return {name: common_type(kinds) for name, kinds in seen.items()}

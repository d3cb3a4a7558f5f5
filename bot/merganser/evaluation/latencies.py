"""What a table of measured latencies means: one column of it as milliseconds. No files here."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from merganser.errors import DataError

_MEASURE = "Write one number of milliseconds in each row; see budgets.latency in merganser.yaml."


def latencies_of(table: pl.DataFrame, column: str) -> NDArray[np.float64]:
    """The column as milliseconds; `DataError` where it is missing or empty, or a row has no finite number ≥ 0."""
    if column not in table.columns:
        raise DataError(f"the latencies have no column {column[:80]!a}", _MEASURE)
    values = table[column].cast(pl.Float64, strict=False).fill_null(float("nan")).to_numpy()
    if not len(values):
        raise DataError("the latencies have no rows", _MEASURE)
    wrong = np.flatnonzero(~(np.isfinite(values) & (values >= 0)))
    if len(wrong):
        raise DataError(
            f"{len(wrong):,} of {len(values):,} latencies are no finite number of 0 or more (the first in row "
            f"{wrong[0] + 1:,})",
            _MEASURE,
        )
    return values

"""A column of latencies is numbers, whatever type the file kept them in."""

import polars as pl
import pytest

from merganser.errors import DataError
from merganser.evaluation.latencies import latencies_of


@pytest.mark.parametrize("values", [["1.5", "0", "20"], [1.5, 0.0, 20.0], pl.Series([1.5, 0, 20], dtype=pl.Float32)])
def test_latencies_are_read(values: pl.Series) -> None:
    assert latencies_of(pl.DataFrame({"ms": values}), "ms").tolist() == [1.5, 0.0, 20.0]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ([1.0, -1.0, None, float("nan"), float("inf")], r"4 of 5 latencies .*\(the first in row 2\)"),
        (["1", "2", "fast"], r"1 of 3 latencies .*\(the first in row 3\)"),
        ([], "no rows"),
    ],
)
def test_what_is_no_latency_is_refused(values: list[object], said: str) -> None:
    with pytest.raises(DataError, match=said):
        latencies_of(pl.DataFrame({"ms": values}, strict=False), "ms")


def test_the_column_has_to_be_there() -> None:
    with pytest.raises(DataError, match="the latencies have no column 'ms'"):
        latencies_of(pl.DataFrame({"seconds": [1.0]}), "ms")

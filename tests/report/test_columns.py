"""Plain tables, held to what tabulate makes of the same rows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tabulate import tabulate

from merganser.report.columns import columns

ROWS = [["m", "v1.0.0", 12, None], ["another-model", None, 3, "x"]]


def test_a_table() -> None:
    assert columns(["model", "latest", "versions", "note"], ROWS).splitlines() == [
        "model          latest  versions  note",
        "-------------  ------  --------  ----",
        "m              v1.0.0        12",
        "another-model                 3  x",
    ]


TEXT = st.text(alphabet="abcxyz-.#0", max_size=8).map(lambda text: f"v{text}")


@given(st.lists(st.tuples(TEXT, st.integers(0, 10**6)), min_size=1, max_size=6))
def test_it_looks_as_a_librarys_table(rows: list[tuple[str, int]]) -> None:
    ours = columns(["name", "count"], rows)
    theirs = tabulate(rows, ["name", "count"], tablefmt="simple")
    ours_rows, theirs_rows = ([line.split() for line in text.splitlines()[2:]] for text in (ours, theirs))
    assert ours_rows == theirs_rows


@pytest.mark.parametrize("count", [1, 5])
def test_a_long_table_is_as_wide_as_its_widest_cell(count: int) -> None:
    lines = columns(["n"], [["x" * length] for length in range(1, count + 1)]).splitlines()
    assert lines[1] == "-" * count

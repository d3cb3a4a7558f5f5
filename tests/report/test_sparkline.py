"""A line of blocks: what each stands for, whatever the numbers."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from merganser.report.sparkline import sparkline

BLOCKS = "▁▂▃▄▅▆▇█"


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        ([], ""),
        ([None], " "),
        ([0.5], "▄"),
        ([3.0, 3.0, 3.0], "▄▄▄"),
        ([0, 1, 2, 3, 4, 5, 6, 7], BLOCKS),
        ([1.0, None, 0.0], "█ ▁"),
        ([-1e308, 1e308], "▁█"),
        ([0.9, 0.96, 1.0], "▁▅█"),
        ([1e-300, 0.0], "█▁"),
    ],
)
def test_each_value_is_a_block(values: list[float | None], wanted: str) -> None:
    assert sparkline(values) == wanted


def test_many_values_share_the_blocks_by_their_means() -> None:
    assert sparkline([0, 0, 0, 2, 9, 9], widest=3) == "▁▂█"
    assert sparkline([None, None, 4, None, 5, 5], widest=3) == " ▁█"
    assert len(sparkline([float(n) for n in range(1000)])) == 60


@given(st.lists(st.none() | st.floats(allow_nan=False, allow_infinity=False), max_size=200))
def test_higher_values_never_stand_lower(values: list[float | None]) -> None:
    line = sparkline(values, widest=1000)
    assert len(line) == len(values)
    known = sorted((value, BLOCKS.index(block)) for value, block in zip(values, line, strict=True) if value is not None)
    heights = [height for _, height in known]
    assert heights == sorted(heights)
    assert all((block == " ") == (value is None) for value, block in zip(values, line, strict=True))
    assert all(math.isfinite(height) for height in heights)

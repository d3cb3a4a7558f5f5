"""Columns of any type by the spelling of their values: codes, bins, and which value is one of some texts."""

from typing import Any

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from merganser.evaluation.columns import binned, coded, equals_any
from merganser.evaluation.keys import as_text

NAN = float("nan")
VALUES = st.one_of(
    st.lists(st.integers(-30, 30) | st.none(), max_size=20),
    st.lists(st.integers(-(2**62), 2**62), max_size=20),
    st.lists(st.sampled_from(["1", "1.0", "01", "a", "(missing)", "", "True", "true"]) | st.none(), max_size=20),
    st.lists(st.sampled_from([0.5, 1.0, 2.0, NAN]) | st.none(), max_size=20),
    st.lists(st.booleans() | st.none(), max_size=20),
)


@given(VALUES)
def test_codes_point_to_the_text_of_each_value(values: list[Any]) -> None:
    series = pl.Series(values) if values else pl.Series([], dtype=pl.Int64)
    codes, names = coded(series)
    assert [names[code] for code in codes.tolist()] == as_text(series).fill_null("(missing)").to_list()
    assert len(set(names)) == len(names) == len(set(codes.tolist()))


def test_codes_are_in_the_order_of_the_rows() -> None:
    """Not in that of a hash table, which is another in every run."""
    values = [f"n{n * 7919 % 997}" for n in range(997)]
    assert coded(pl.Series(values))[1] == values


def test_numbers_far_apart_are_coded_by_their_text() -> None:
    codes, names = coded(pl.Series([2**40, 1, 2**40]))
    assert [names[code] for code in codes.tolist()] == [str(2**40), "1", str(2**40)]


def test_a_wide_integer_is_coded_by_its_text() -> None:
    codes, names = coded(pl.Series([2**80, 1, 2**80], dtype=pl.Int128))
    assert [names[code] for code in codes.tolist()] == [str(2**80), "1", str(2**80)]


@given(VALUES, st.lists(st.sampled_from(["1", "-3", "007", "²", "--5", "a", "true", "0.5", str(2**70)]), max_size=3))
def test_equals_any_goes_by_the_spelling(values: list[Any], texts: list[str]) -> None:
    series = pl.Series(values) if values else pl.Series([], dtype=pl.Int64)
    expected = [text is not None and text in texts for text in as_text(series).to_list()]
    assert equals_any(series, tuple(texts)).tolist() == expected


def test_the_names_of_bins_tell_close_edges_apart() -> None:
    values = pl.Series([1234566.0, 1234567.0, 1234568.0, 1234570.0])
    found = binned(values, (1234567.0, 1234568.0, 1234569.0)).to_list()
    assert len(set(found)) == 4
    assert found[1] == "1234567.0 to 1234568.0"
    assert binned(pl.Series([0.15]), (0.1, 0.25)).to_list() == ["0.1 to 0.25"]

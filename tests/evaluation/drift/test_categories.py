"""Tables of categories: what is known on both sides, pooling, chi-square against scipy, new and vanished ones."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.stats import chi2_contingency

from merganser.evaluation.drift.categories import chi_square, counted, only_in, pooled, table_of
from merganser.evaluation.drift.columns import Categories
from merganser.evaluation.drift.findings import Share
from merganser.evaluation.drift.profile import CategoryColumn

names = st.text("abcdefgh", min_size=1, max_size=2)
sides = st.tuples(st.dictionaries(names, st.integers(1, 300), min_size=1, max_size=12), st.sampled_from([0, 0, 3, 40]))


def side(counts: dict[str, int], other: int = 0, missing: int = 0) -> Categories:
    return Categories(rows=sum(counts.values()) + other + missing, counts=counts, other=other)


def test_a_table_has_every_category_that_both_sides_know_of() -> None:
    table = table_of(side({"a": 30, "b": 20}), side({"b": 5, "c": 7}))
    assert table.tolist() == [[30, 20, 0, 0], [0, 5, 7, 0]]


def test_what_a_profile_may_hold_unnamed_is_other() -> None:
    """`c` may be among the 4 of the reference; nobody knows."""
    table = table_of(side({"a": 30, "b": 20}, other=4), side({"a": 25, "c": 7}))
    assert table.tolist() == [[30, 20, 4], [25, 0, 7]]


def test_a_profiles_shares_are_counts_again() -> None:
    column = CategoryColumn(n=1_000_003, missing=4, shares={"a": 333_333 / 999_999, "b": 1 / 3}, other=1 / 3)
    assert counted(column) == Categories(rows=1_000_003, counts={"a": 333_333, "b": 333_333}, other=333_333)


@given(sides, sides)
def test_a_table_has_all_rows(one: tuple[dict[str, int], int], two: tuple[dict[str, int], int]) -> None:
    reference, current = side(*one), side(*two)
    table = table_of(reference, current)
    assert table.sum(axis=1).tolist() == [reference.rows, current.rows]
    assert (table >= 0).all()
    assert pooled(table).sum(axis=1).tolist() == table.sum(axis=1).tolist()


@given(sides, sides)
def test_five_rows_are_expected_in_each_cell_or_there_is_one_column(
    one: tuple[dict[str, int], int], two: tuple[dict[str, int], int]
) -> None:
    table = pooled(table_of(side(*one), side(*two)))
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0) / table.sum()
    assert table.shape[1] == 1 or expected.min() >= 5 - 1e-9


def test_rare_categories_are_told_together() -> None:
    table = np.array([[500.0, 3, 480, 4, 13], [490, 2, 501, 5, 2]])
    assert pooled(table).tolist() == [[500, 480, 13, 7], [490, 501, 2, 7]]


def test_what_is_still_too_rare_takes_the_next_one_in() -> None:
    table = np.array([[500.0, 3, 480, 7], [490, 2, 501, 8]])
    assert pooled(table).tolist() == [[500, 480, 10], [490, 501, 10]]


@given(sides, sides)
def test_chi_square_is_scipys(one: tuple[dict[str, int], int], two: tuple[dict[str, int], int]) -> None:
    table = pooled(table_of(side(*one), side(*two)))
    assume(table.shape[1] > 1)
    statistic, p, *_ = chi2_contingency(table, correction=False)
    found = chi_square(table)
    assert (found.statistic, found.p) == (pytest.approx(statistic, rel=1e-9), pytest.approx(p, rel=1e-8, abs=1e-300))


@pytest.mark.parametrize("table", [np.array([[3.0, 1], [1, 4]]), np.array([[90.0], [40]]), np.zeros((2, 3))])
def test_too_few_rows_or_one_category_show_nothing(table: np.ndarray) -> None:
    found = chi_square(pooled(table))
    assert (found.statistic, found.p) == (0.0, 1.0)


def test_new_categories_come_by_their_share() -> None:
    reference, current = side({"a": 70, "rare": 3}), side({"a": 40, "z": 10, "b": 40, "c": 10, "d": 9}, missing=5)
    assert only_in(current, reference) == (
        Share(name="b", share=40 / 109),
        Share(name="c", share=10 / 109),
        Share(name="z", share=10 / 109),
    )
    assert only_in(reference, current) == ()


def test_against_a_profile_a_new_category_is_more_than_all_that_it_hides() -> None:
    reference = side({"a": 900}, other=100)
    assert only_in(side({"a": 500, "b": 80, "c": 20}), reference) == (Share(name="b", share=80 / 600),)
    assert only_in(reference, side({"b": 50}, other=1)) == (Share(name="a", share=0.9),)

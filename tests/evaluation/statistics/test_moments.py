"""Moments of columns against exact fractions, and of parts against the whole."""

import math
import pickle
from fractions import Fraction
from functools import reduce

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from merganser.evaluation.statistics.moments import Floats, Moments, merged, moments


def exact(columns: Floats) -> Moments:
    """The same by definition, in fractions."""
    n, k = columns.shape
    rows = [[Fraction(float(value)) for value in row] for row in columns]
    mean = [sum(row[i] for row in rows) / n for i in range(k)]
    centred = [[value - m for value, m in zip(row, mean, strict=True)] for row in rows]
    return Moments(
        n=n,
        mean=np.array([float(m) for m in mean]),
        second=np.array([[float(sum(row[i] * row[j] for row in centred)) for j in range(k)] for i in range(k)]),
        third=np.array([float(sum(row[i] ** 3 for row in centred)) for i in range(k)]),
    )


def sample(seed: int, n: int, offset: float) -> Floats:
    random = np.random.default_rng(seed)
    weight = random.integers(1, 4, n).astype(float)
    one, two = random.exponential(size=n), random.normal(size=n)
    return np.column_stack([weight, weight * (one + offset), weight * two, weight * (one - two)])


def assert_equal(found: Moments, expected: Moments, tolerance: float = 1e-13) -> None:
    spread = np.sqrt(np.diag(expected.second))
    scale = np.abs(expected.mean) + spread
    assert found.n == expected.n
    assert np.all(np.abs(found.mean - expected.mean) <= tolerance * scale)
    assert np.all(np.abs(found.second - expected.second) <= tolerance * np.outer(spread, spread) + 1e-300)
    # Cubes may cancel: their size is that of the standard deviation's.
    assert np.all(np.abs(found.third - expected.third) <= tolerance * expected.n * spread**3 + 1e-300)


@pytest.mark.parametrize(("n", "offset"), [(1, 0.0), (2, 0.0), (50, 0.0), (700, 0.0), (700, 10.0)])
def test_as_defined(n: int, offset: float) -> None:
    columns = sample(3, n, offset)
    assert_equal(moments(columns), exact(columns))


def test_a_far_mean_costs_no_more_digits_than_the_numbers_themselves_lose() -> None:
    columns = sample(4, 500, 1e6)
    assert_equal(moments(columns), exact(columns), 1e-9)


@given(st.integers(0, 1000), st.lists(st.integers(0, 400), min_size=1, max_size=30))
@settings(max_examples=80, deadline=None)
def test_every_partition_agrees(seed: int, cuts: list[int]) -> None:
    columns = sample(seed, 400, 2.0)
    parts = [moments(part) for part in np.split(columns, sorted(cuts))]
    whole = moments(columns)
    assert_equal(reduce(merged, parts), whole)
    assert_equal(reduce(merged, parts[::-1]), whole)


def test_a_million_rows_in_any_parts() -> None:
    columns = sample(5, 1_000_000, 1.0)
    whole = moments(columns)
    assert_equal(reduce(merged, [moments(part) for part in np.array_split(columns, 173)]), whole)
    assert whole.mean.tolist() == pytest.approx([math.fsum(column) / 1e6 for column in columns.T], rel=1e-15)


def test_nothing_merges_with_anything() -> None:
    nothing, some = moments(np.zeros((0, 4))), moments(sample(6, 9, 0.0))
    assert_equal(merged(nothing, some), some)
    assert_equal(merged(some, nothing), some)
    assert merged(nothing, nothing).n == 0


def test_negated_columns_have_negated_moments_to_the_bit() -> None:
    columns = sample(7, 333, 0.5)
    one, two = moments(columns), moments(-columns)
    assert np.array_equal(one.mean, -two.mean)
    assert np.array_equal(one.second, two.second)
    assert np.array_equal(one.third, -two.third)


def test_it_goes_to_other_processes() -> None:
    before = moments(sample(8, 20, 0.0))
    after = pickle.loads(pickle.dumps(before))
    assert after.n == before.n
    assert np.array_equal(after.second, before.second)

"""Moments of rows and of clusters: those of the rows, however they are parted."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from merganser.evaluation.accumulators.sums import Sums, SumTable
from merganser.evaluation.batch import MAX_SLICES, Batch
from merganser.evaluation.layout import ALL, Grouping
from tests.evaluation.accumulators.parts import BOTH, GROUPINGS, LAND, Cut, batches, cuts, fed, merged, parted, rows
from tests.evaluation.batches import batch_of

Floats = NDArray[np.float64]
Group = tuple[str, ...]


def three(batch: Batch) -> Floats:
    """Columns of both sides and their difference, as those of a mean."""
    candidate, baseline = (np.asarray(side.columns["number"]) for side in (batch.candidate, batch.baseline))
    return np.stack([candidate, baseline, candidate - baseline])


def make() -> Sums:
    return Sums(GROUPINGS, three)


def groups_of(sides: tuple[pl.DataFrame, pl.DataFrame]) -> Iterator[tuple[Grouping, Group, NDArray[np.bool_]]]:
    """Each group that has rows, and which those are."""
    values = {
        "land": sides[0]["land"].str.replace("1.0", "1", literal=True).to_list(),
        "plan": sides[0]["plan"].to_list(),
    }
    for grouping in GROUPINGS:
        names = [tuple(str(values[name][row]) for name in grouping.by) for row in range(sides[0].height)]
        for group in sorted(set(names)):
            yield grouping, group, np.array([name == group for name in names])


def units_of(
    sides: tuple[pl.DataFrame, pl.DataFrame], inside: NDArray[np.bool_], *, weight: bool, cluster: bool
) -> Floats:
    """Units × (weight, and each column times it): rows, or sums over clusters."""
    candidate, baseline = (side["number"].to_numpy()[inside] for side in sides)
    weights = sides[0]["w"].to_numpy()[inside] if weight else np.ones(inside.sum())
    columns = np.column_stack([weights, *(weights * each for each in (candidate, baseline, candidate - baseline))])
    if not cluster:
        return columns
    users = sides[0]["user"].to_numpy()[inside]
    return np.array([columns[users == user].sum(axis=0) for user in np.unique(users)])


def assert_moments(table: SumTable, units: Floats, rows_behind: int, *, cluster: bool) -> None:
    n = len(units)
    assert (table.moments.n, table.units.rows, table.units.clustered) == (n, rows_behind, cluster)
    scale = np.abs(units).max(initial=1.0)
    assert table.moments.mean == pytest.approx(units.mean(axis=0), rel=1e-12, abs=1e-12 * scale)
    rest = units - units.mean(axis=0)
    assert table.moments.second == pytest.approx(rest.T @ rest, rel=1e-11, abs=1e-12 * n * scale**2)
    assert table.moments.third == pytest.approx((rest**3).sum(axis=0), rel=1e-10, abs=1e-12 * n * scale**3)


@pytest.mark.parametrize("weight", [False, True])
@pytest.mark.parametrize("cluster", [False, True])
@given(cut=cuts())
@settings(max_examples=15)
def test_moments_are_those_of_the_rows_however_they_are_parted(weight: bool, cluster: bool, cut: Cut) -> None:
    n, places, seed = cut
    sides = rows(n, seed)
    parts = batches(parted(weight=weight, cluster=cluster), sides, places)
    for found in (fed(make, parts).finish(), merged(make, parts, seed).finish()):
        expected = list(groups_of(sides))
        assert {(at, group) for at, groups in found.items() for group in groups} == {each[:2] for each in expected}
        for grouping, group, inside in expected:
            units = units_of(sides, inside, weight=weight, cluster=cluster)
            assert_moments(found[grouping][group], units, int(inside.sum()), cluster=cluster)


@given(cut=cuts())
@settings(max_examples=10)
def test_the_least_and_the_largest_value_are_those_of_all_rows_without_weights(cut: Cut) -> None:
    n, places, seed = cut
    sides = rows(n, seed)
    values = np.stack([three(part).T for part in batches(parted(), sides)])[0]
    found = merged(make, batches(parted(weight=True), sides, places), seed).finish()
    for groups in found.values():
        for table in groups.values():
            assert (table.low.tolist(), table.high.tolist()) == (
                values.min(axis=0).tolist(),
                values.max(axis=0).tolist(),
            )


@pytest.mark.parametrize("cluster", [False, True])
@given(st.integers(0, 40), st.integers(0, 2**32))
@settings(max_examples=10)
def test_rows_without_a_number_are_odd_wherever_they_are(cluster: bool, odd: int, seed: int) -> None:
    """Each is odd once, though several of its columns are NaN, and every group says how many there are."""
    random = np.random.default_rng(seed)
    lost = set(random.permutation(40)[:odd].tolist())

    def columns(batch: Batch) -> Floats:
        at = np.asarray(batch.candidate.columns["late"]).astype(int)
        return np.where([row in lost for row in at], np.nan, three(batch))

    candidate, baseline = rows(40, seed)
    sides = candidate.with_columns(late=pl.int_range(40, dtype=pl.Int64)), baseline
    parts = batches(parted(cluster=cluster), sides, (5, 5, 30))
    found = merged(lambda: Sums(GROUPINGS, columns), parts, seed).finish()
    assert set(found[ALL]) == {()}
    assert {table.odd for groups in found.values() for table in groups.values()} == {odd}


def both_infinite(batch: Batch) -> Floats:
    huge = three(batch)[0] * 1e308 * 1e308
    return np.stack([huge, huge, huge - huge])


def test_numbers_too_large_are_infinite_or_odd_and_warn_nobody() -> None:
    parts = batches(parted(), rows(30, 1))
    with np.errstate(all="raise"):
        large = fed(lambda: Sums((ALL, LAND), lambda batch: three(batch) * 1e160), parts).finish()
        odd = fed(lambda: Sums((ALL, LAND), both_infinite), parts).finish()
    for grouping in (ALL, LAND):
        assert {table.odd for table in large[grouping].values()} == {0}
        several = [table.moments for table in large[grouping].values() if table.moments.n > 1]
        assert several
        assert not any(np.isfinite(each.second).all() for each in several)
        assert {table.odd for table in odd[grouping].values()} == {30}


def test_a_large_origin_costs_no_digits() -> None:
    """Variances about a mean of 10⁹, over many parts, to a part in 10⁶."""
    sides = rows(120, 9)
    parts = batches(parted(), sides, (3, 50, 77))
    found = fed(lambda: Sums((ALL,), lambda batch: three(batch) + 1e9), parts).finish()[ALL][()]
    expected = np.var(sides[0]["number"].to_numpy()) * 120
    assert found.moments.second[1, 1] == pytest.approx(expected, rel=1e-6)


def test_a_grouping_that_is_not_there_or_has_too_many_values_has_no_group() -> None:
    n = MAX_SLICES + 1
    frame: dict[str, Any] = {"label": ["cat"] * n, "said": ["cat"] * n, "score": [0.1] * n, "late": [0] * n}
    frame |= {"number": np.arange(n), "land": np.arange(n).astype(str)}
    found = fed(make, [batch_of(parted(), frame)]).finish()
    assert (len(found[ALL]), found[LAND], found[BOTH]) == (1, {}, {})


def test_one_pass_is_enough() -> None:
    assert make().second() is None

"""RMSE and R² with their errors, against scikit-learn, leaving units out, and derivatives taken numerically."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from sklearn.metrics import r2_score, root_mean_squared_error

from merganser.evaluation.estimate import Estimate, Sampled
from merganser.evaluation.statistics.bounds import bounds
from merganser.evaluation.statistics.moments import moments
from merganser.evaluation.statistics.totals import Undefined, Units, r2_estimate, rmse_estimate
from tests.evaluation.statistics.units import Floats, Sides, jackknife, regression, totals


def columns(sides: Sides, shift: float = 40.0) -> Floats:
    """w, w·e_c², w·e_b², w·y, w·y²."""
    w, y = sides.weight, sides.label - shift
    squares = [(side - sides.label) ** 2 for side in (sides.candidate, sides.baseline)]
    return np.column_stack([w, w * squares[0], w * squares[1], w * y, w * y * y])


def rmse(sides: Sides) -> float:
    one, two = (
        root_mean_squared_error(sides.label, side, sample_weight=sides.weight)
        for side in (sides.candidate, sides.baseline)
    )
    return float(one - two)


def r2(sides: Sides) -> float:
    one, two = (r2_score(sides.label, side, sample_weight=sides.weight) for side in (sides.candidate, sides.baseline))
    return float(one - two)


def rmse_of(sides: Sides, *, clustered: bool = False) -> Estimate:
    found = columns(sides)[:, :3]
    units = Units(rows=len(sides.label), clustered=clustered)
    return rmse_estimate(moments(totals(found, sides.cluster) if clustered else found), units, 10.0)


def r2_of(sides: Sides, *, clustered: bool = False, shift: float = 40.0) -> Estimate:
    found = columns(sides, shift)
    units = Units(rows=len(sides.label), clustered=clustered)
    return r2_estimate(moments(totals(found, sides.cluster) if clustered else found), units, 10.0)


def spread_of(found: Estimate) -> Sampled:
    assert isinstance(found.spread, Sampled)
    return found.spread


def rows_of(sides: Sides) -> Sides:
    """Each row a cluster of its own."""
    fields = {name: getattr(sides, name) for name in sides.__struct_fields__}
    return Sides(**fields | {"cluster": np.arange(len(sides.label))})


Statistic = tuple[Callable[..., Estimate], Callable[[Sides], float]]
METRICS: list[Statistic] = [(rmse_of, rmse), (r2_of, r2)]


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("clusters", [0, 50])
def test_values_as_scikit_learn_and_errors_as_by_leaving_out(metric: Statistic, weighted: bool, clusters: int) -> None:
    of, statistic = metric
    sides = regression(11 + clusters, 240, clusters or 10, weighted=weighted)
    found = of(sides, clustered=bool(clusters))
    spread = spread_of(found)
    assert spread.difference == pytest.approx(statistic(sides), rel=1e-9)
    assert spread.error == pytest.approx(jackknife(sides if clusters else rows_of(sides), statistic), rel=0.05)
    assert (found.n, spread.units, spread.df) == (240, clusters or 240, (clusters or 240) - 1)
    assert (spread.method, found.doubt) == ("cluster" if clusters else "delta", "")


def test_each_side_has_its_value() -> None:
    sides = regression(12, 300, 10, weighted=True)
    for side, values in (("candidate", sides.candidate), ("baseline", sides.baseline)):
        expected = root_mean_squared_error(sides.label, values, sample_weight=sides.weight)
        assert getattr(rmse_of(sides), side) == pytest.approx(expected)
        assert getattr(r2_of(sides), side) == pytest.approx(r2_score(sides.label, values, sample_weight=sides.weight))


def test_errors_are_those_of_a_numerical_derivative() -> None:
    """The metrics as functions of their totals, differentiated by finite differences; terms of the rows by those."""
    sides = regression(13, 200, 10, weighted=True)
    found = columns(sides)

    def of_totals_rmse(total: Floats) -> float:
        return math.sqrt(total[1] / total[0]) - math.sqrt(total[2] / total[0])

    def of_totals_r2(total: Floats) -> float:
        scatter = total[4] - total[3] ** 2 / total[0]
        return float((total[2] - total[1]) / scatter)

    for function, estimate, k in ((of_totals_rmse, rmse_of, 3), (of_totals_r2, r2_of, 5)):
        sums = found[:, :k].sum(axis=0)
        steps = np.diag(1e-5 * (1 + abs(sums)))
        slopes = [(function(sums + step) - function(sums - step)) / (2 * step.sum()) for step in steps]
        terms = found[:, :k] @ np.array(slopes)
        assert spread_of(estimate(sides)).error == pytest.approx(math.sqrt(200 / 199 * (terms**2).sum()), rel=1e-6)


def test_the_shift_of_labels_changes_nothing() -> None:
    sides = regression(14, 400, 10, weighted=True)
    near, far = spread_of(r2_of(sides)), spread_of(r2_of(sides, shift=0.0))
    assert (near.difference, near.error) == pytest.approx((far.difference, far.error), rel=1e-10)


@pytest.mark.parametrize("of", [rmse_of, r2_of])
def test_swapping_sides_mirrors_to_the_bit(of: Callable[[Sides], Estimate]) -> None:
    for seed in range(20):
        sides = regression(seed, 150, 10, weighted=seed % 2 == 0)
        fields = {name: getattr(sides, name) for name in sides.__struct_fields__}
        swapped = Sides(**fields | {"candidate": sides.baseline, "baseline": sides.candidate})
        low, high = bounds(of(sides).spread, 0.95)
        assert bounds(of(swapped).spread, 0.95) == (-high, -low)


def test_a_side_without_any_error_has_no_term() -> None:
    sides = regression(15, 200, 10, weighted=False)
    fields = {name: getattr(sides, name) for name in sides.__struct_fields__}
    exact = Sides(**fields | {"candidate": sides.label})
    found = rmse_of(exact)
    assert found.candidate == 0.0
    assert spread_of(found).error == pytest.approx(jackknife(rows_of(exact), rmse), rel=0.05)


@pytest.mark.parametrize("side", ["label", "baseline"])
def test_sides_that_do_not_differ_are_no_proof(side: str) -> None:
    """One row may still be off by 10: of R = √(Q/n), what that adds to Q; nothing of the rows shows how often."""
    sides = regression(16, 80, 10, weighted=False)
    fields = {name: getattr(sides, name) for name in sides.__struct_fields__}
    same = Sides(**fields | {"candidate": getattr(sides, side), "baseline": getattr(sides, side)})
    found = spread_of(rmse_of(same))
    worst = float(np.mean((same.candidate - same.label) ** 2))
    assert (found.difference, found.error) == (0.0, 0.0)
    assert found.reach == pytest.approx(80 * (math.sqrt(worst + 100 / 80) - math.sqrt(worst)), rel=1e-9)
    other = spread_of(r2_of(same))
    assert (other.difference, other.error) == (0.0, 0.0)
    assert other.reach == pytest.approx(80 * 100 / ((sides.label - sides.label.mean()) ** 2).sum())


@pytest.mark.parametrize("shift", [0.0, 0.3, 5.0])
def test_equal_labels_have_no_r2(shift: float) -> None:
    sides = regression(17, 60, 10, weighted=True)
    fields = {name: getattr(sides, name) for name in sides.__struct_fields__}
    with pytest.raises(Undefined, match="all labels are the same"):
        r2_of(Sides(**fields | {"label": np.full(60, 0.3)}), shift=shift)


def test_few_clusters_are_doubted() -> None:
    found = rmse_of(regression(18, 90, 12, weighted=False), clustered=True)
    assert found.doubt.startswith("30 clusters are needed, and these count as 1")
    assert found.doubt_rows is not None
    assert found.doubt_rows >= 225

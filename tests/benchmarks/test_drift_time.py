"""Looking for drift takes at most twice what bare numpy and scipy take to compute the same numbers."""

from pathlib import Path

import pytest

from tests.benchmarks.drift_time import contenders, markdown, measure, run, write_tables

ROUNDS = 5
MOST = 2.0


@pytest.mark.benchmark
def test_drift_costs_at_most_twice_bare_numpy_and_scipy(tmp_path: Path) -> None:
    files = write_tables(tmp_path, 1_000_000)
    costs = measure(contenders(), files, ROUNDS)
    print(f"\n{markdown(costs)}")
    ours, bare = costs.values()
    assert ours.elapsed <= MOST * bare.elapsed
    assert ours.cpu <= MOST * bare.cpu


@pytest.mark.benchmark
def test_both_compute_the_same(tmp_path: Path) -> None:
    """PSI differs by a row where deciles are interpolated, and bare scipy does not pool rare categories."""
    files = write_tables(tmp_path, 50_000)
    ours, bare = (
        {
            line.rsplit(" ", 4)[0]: [float(value) for value in line.rsplit(" ", 4)[1:]]
            for line in run(one, files)[1].splitlines()
        }
        for one in contenders()
    )
    assert list(ours) == list(bare)
    for name in list(ours)[:-1]:
        psi, *tested = ours[name]
        assert psi == pytest.approx(bare[name][0], rel=0.05)
        assert tested[:2] == pytest.approx(bare[name][1:3], rel=1e-5, abs=1e-12)

"""ECE, its bins and its bootstrap, against a slow definition over sorted rows."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from merganser.evaluation.estimate import Resampled, Sampled
from merganser.evaluation.statistics.calibration import (
    calibration_sums,
    ece,
    ece_estimate,
    ece_replicates,
    equal_mass_edges,
)
from merganser.evaluation.statistics.resampling import BUCKETS, Draws, bucket_of, bucket_weights

levels = st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.75, 1.0]) | st.floats(0, 1, width=32)
rows = st.lists(st.tuples(st.booleans(), levels, st.integers(0, 3)), min_size=1, max_size=40)


def bins_by_hand(scores: list[float], bins: int) -> list[int]:
    """Each row's bin: that of the last part of equal mass that begins at or before its score."""
    ordered = sorted(scores)
    begins = [ordered[len(ordered) * part // bins] for part in range(bins)]
    return [max(part for part in range(bins) if begins[part] <= score) for score in scores]


def ece_by_hand(positive: list[bool], scores: list[float], where: list[int], weights: list[float]) -> float:
    total = 0.0
    for one in set(where):
        inside = [i for i in range(len(where)) if where[i] == one]
        mass = sum(weights[i] for i in inside)
        if mass:
            share = sum(weights[i] * positive[i] for i in inside) / mass
            mean = sum(weights[i] * scores[i] for i in inside) / mass
            total += mass * abs(share - mean)
    return total / sum(weights)


def arrays(found: list[tuple[bool, float, int]]) -> tuple[NDArray[np.bool_], NDArray[np.float64], NDArray[np.float64]]:
    positive, scores, weights = zip(*found, strict=True)
    return np.array(positive), np.array(scores), np.array(weights, dtype=float)


@given(rows, st.integers(1, 12))
@settings(max_examples=60)
def test_as_defined(found: list[tuple[bool, float, int]], bins: int) -> None:
    positive, scores, _ = arrays(found)
    buckets = np.arange(len(found))
    sums = calibration_sums(positive, scores, equal_mass_edges(scores, bins), buckets)
    expected = ece_by_hand(positive.tolist(), scores.tolist(), bins_by_hand(scores.tolist(), bins), [1.0] * len(found))
    assert ece(sums) == pytest.approx(expected, abs=1e-12)


@given(rows, st.integers(1, 12))
@settings(max_examples=60)
def test_whole_weights_are_rows_repeated(found: list[tuple[bool, float, int]], bins: int) -> None:
    positive, scores, weights = arrays(found)
    times = weights.astype(int)
    heavy = equal_mass_edges(scores, bins, weights)
    if times.any():
        repeated = scores.repeat(times)
        inner = heavy[heavy > repeated.min()]  # edges among rows that weigh nothing part nothing
        assert inner.tolist() == equal_mass_edges(repeated, bins).tolist()
        buckets = np.zeros(len(found), dtype=int)
        weighed = ece(calibration_sums(positive, scores, heavy, buckets, weights))
        plain = calibration_sums(positive.repeat(times), repeated, heavy, buckets.repeat(times))
        assert weighed == pytest.approx(ece(plain), abs=1e-12)
    else:
        assert len(heavy) <= 1


def test_bins_hold_equal_masses_and_never_part_equal_scores() -> None:
    scores = np.random.default_rng(1).random(1_000)
    edges = equal_mass_edges(scores, 8)
    assert np.bincount(np.searchsorted(edges, scores, side="right")).tolist() == [125] * 8
    counted, times = np.unique(scores.round(2), return_counts=True)
    assert equal_mass_edges(counted, 8, times).tolist() == equal_mass_edges(scores.round(2), 8).tolist()
    assert equal_mass_edges(np.full(50, 0.3), 8).tolist() == []
    assert equal_mass_edges(np.array([]), 8).tolist() == []


def test_replicates_are_what_rows_drawn_so_often_have() -> None:
    random = np.random.default_rng(2)
    scores = random.random(500)
    positive = random.random(500) < scores**2
    buckets = bucket_of(random.integers(0, 2**64, 500, dtype=np.uint64))
    edges = equal_mass_edges(scores, 5)
    sums = calibration_sums(positive, scores, edges, buckets)
    drawn = bucket_weights(7, range(3))
    where = np.searchsorted(edges, scores, side="right").tolist()
    expected = [ece_by_hand(positive.tolist(), scores.tolist(), where, row[buckets].tolist()) for row in drawn]
    assert ece_replicates(sums, drawn) == pytest.approx(np.array(expected), abs=1e-12)
    assert math.isnan(ece_replicates(sums, np.zeros((1, BUCKETS)))[0])


def hashed(n: int, seed: int = 3) -> Any:
    return np.random.default_rng(seed).integers(0, 2**64, n, dtype=np.uint64)


def test_both_sides_in_their_own_bins() -> None:
    random = np.random.default_rng(4)
    chance = random.random(4_000)
    positive = random.random(4_000) < chance
    bent = chance**2
    hashes = hashed(4_000)
    found = ece_estimate((positive, positive), chance, bent, 10, Draws(seed=1, hashes=hashes))
    assert found is not None
    assert isinstance(found.spread, Resampled)
    for scores, value in ((chance, found.baseline), (bent, found.candidate)):
        where = bins_by_hand(scores.tolist(), 10)
        assert value == pytest.approx(ece_by_hand(positive.tolist(), scores.tolist(), where, [1.0] * 4_000))
    again = []
    for _ in range(300):
        at = random.integers(0, 4_000, 4_000)
        sides = [
            ece(calibration_sums(positive[at], scores[at], equal_mass_edges(scores, 10), at))
            for scores in (bent, chance)
        ]
        again.append(sides[0] - sides[1])
    replicates = np.array(found.spread.replicates)
    assert len(replicates) == 2_000
    assert replicates.std() == pytest.approx(np.std(again), rel=0.15)
    assert replicates.mean() == pytest.approx(np.mean(again), abs=4 * np.std(again) / 300**0.5)
    order = random.permutation(4_000)
    permuted = ece_estimate((positive[order],) * 2, chance[order], bent[order], 10, Draws(seed=1, hashes=hashes[order]))
    assert permuted is not None
    assert isinstance(permuted.spread, Resampled)
    assert np.array(permuted.spread.replicates) == pytest.approx(replicates, abs=1e-12)


def test_rows_of_a_cluster_are_drawn_together() -> None:
    random = np.random.default_rng(6)
    offsets = random.normal(0, 0.2, 50).repeat(40)
    clusters = hashed(50).repeat(40)
    positive = random.random(2_000) < 0.5 + offsets
    one, two = np.full(2_000, 0.8), np.full(2_000, 0.2)
    alone, together = (
        ece_estimate((positive, positive), one, two, 5, Draws(seed=1, hashes=hashes, clustered=clustered))
        for hashes, clustered in ((hashed(2_000), False), (clusters, True))
    )
    assert alone is not None
    assert together is not None
    assert isinstance(alone.spread, Resampled)
    assert isinstance(together.spread, Resampled)
    assert np.std(together.spread.replicates) > 1.5 * np.std(alone.spread.replicates)
    assert (together.n, together.doubt) == (2_000, "")


def test_equal_scores_leave_nothing_open_and_no_weight_says_nothing() -> None:
    scores = np.linspace(0, 1, 50)
    right = scores > 0.5
    found = ece_estimate((right, right), scores, scores, 5, Draws(seed=1, hashes=hashed(50)))
    assert found is not None
    assert isinstance(found.spread, Sampled)
    assert (found.spread.error, found.spread.reach, found.doubt) == (0.0, 0.0, "")
    nothing = Draws(seed=1, hashes=hashed(50), weights=np.zeros(50))
    assert ece_estimate((right, right), scores, scores, 5, nothing) is None
    found = ece_estimate((right, ~right), scores, scores, 5, Draws(seed=1, hashes=hashed(50)))
    assert found is not None
    assert isinstance(found.spread, Resampled)
    assert found.candidate == pytest.approx(
        ece_by_hand((~right).tolist(), scores.tolist(), bins_by_hand(scores.tolist(), 5), [1.0] * 50)
    )

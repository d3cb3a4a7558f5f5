"""The bootstrap in buckets: the same everywhere, and as rows drawn one by one would have it."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import f1_score, log_loss, matthews_corrcoef

from merganser.evaluation.estimate import Resampled, Sampled
from merganser.evaluation.statistics.resampling import (
    Draws,
    MetricFunction,
    Wants,
    bucket_of,
    bucket_weights,
    collapsed,
    reach,
    replicates,
    resampled,
    sample_of,
    seed_of,
    values,
)


def function(call: Callable[..., float], weighs: bool = True) -> MetricFunction:
    return MetricFunction(name="some", call=call, wants=Wants.predictions, weighs=weighs)


def share_right(labels: Any, said: Any, sample_weight: Any = None) -> float:
    return float(np.average(labels == said, weights=sample_weight))


def hashed(n: int, seed: int = 1) -> Any:
    return np.random.default_rng(seed).integers(0, 2**64, n, dtype=np.uint64)


def predicted(n: int, seed: int = 2) -> tuple[Any, Any, Any]:
    """Labels of three classes, and a baseline and a candidate that are often right."""
    random = np.random.default_rng(seed)
    labels = random.choice(["cat", "dog", "owl"], n)
    sides = [
        np.where(random.random(n) < right, labels, random.choice(["cat", "dog", "owl"], n)) for right in (0.7, 0.6)
    ]
    return labels, *sides


@given(st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=20), st.integers(1, 50_000))
def test_a_bucket_is_a_part_of_all_hashes(hashes: list[int], buckets: int) -> None:
    expected = [(one >> 32) * buckets >> 32 for one in hashes]
    assert bucket_of(np.array(hashes, dtype=np.uint64), buckets).tolist() == expected
    assert max(expected) < buckets


def test_a_replicate_is_the_same_however_it_is_asked_for() -> None:
    together = bucket_weights(11, [0, 1, 2, 700])
    assert (bucket_weights(11, [700, 0]) == together[[3, 0]]).all()
    assert (together.sum(axis=1) == 10_000).all()
    assert (bucket_weights(12, [0]) != together[:1]).any()
    assert (together[0] != together[1]).any()


def philox(key: list[int], blocks: int) -> list[int]:
    """Philox4x64-10 (Salmon et al. 2011), counting from 1."""
    out, full = [], 2**64
    for counter in range(1, blocks + 1):
        (a, b, c, d), (k, m) = (counter, 0, 0, 0), key
        for _ in range(10):
            first, second = 0xD2E7470EE14C6C93 * a, 0xCA5A826395121157 * c
            a, b, c, d = (second // full) ^ b ^ k, second % full, (first // full) ^ d ^ m, first % full
            k, m = (k + 0x9E3779B97F4A7C15) % full, (m + 0xBB67AE8584CAA73B) % full
        out += [a, b, c, d]
    return out


@pytest.mark.parametrize("number", [0, 1_999])
def test_replicates_are_those_of_philox(number: int) -> None:
    key = np.random.SeedSequence((2**64 - 1, number)).generate_state(2, np.uint64).tolist()
    drawn = [raw * 8 // 2**64 for raw in philox(key, 2)]
    assert bucket_weights(2**64 - 1, [number], 8).tolist() == [[drawn.count(bucket) for bucket in range(8)]]


def test_draws_are_multinomial() -> None:
    drawn = bucket_weights(3, range(400), 50)
    assert drawn.mean(axis=0) == pytest.approx(np.ones(50), abs=5 * (0.98 / 400) ** 0.5)
    assert drawn.var() == pytest.approx(0.98, rel=0.03)
    assert np.corrcoef(drawn[:, 0], drawn[:, 1])[0, 1] == pytest.approx(-1 / 49, abs=4 / 20)


def test_a_seed_is_a_sum_in_64_bits() -> None:
    assert (seed_of(5), seed_of(2**64 + 5)) == (5, 5)


@pytest.mark.parametrize("weighs", [True, False])
def test_rows_count_as_often_as_their_bucket_is_drawn(weighs: bool) -> None:
    labels, one, two = predicted(300)
    draws = Draws(seed=4, hashes=hashed(300))

    def unweighed(labels: Any, said: Any) -> float:
        return share_right(labels, said)

    call = function(share_right if weighs else unweighed, weighs)
    sample = sample_of(labels, one, two, draws)
    assert values(call, sample) == pytest.approx((np.mean(labels == two), np.mean(labels == one)))
    times = bucket_weights(4, [3, 9])[:, bucket_of(draws.hashes)].astype(int)
    expected = [np.mean((labels == two).repeat(row)) - np.mean((labels == one).repeat(row)) for row in times]
    assert replicates(call, sample, 4, [3, 9]) == pytest.approx(expected)


@pytest.mark.parametrize(
    "call",
    [
        matthews_corrcoef,
        lambda labels, said, sample_weight: f1_score(labels, said, average="macro", sample_weight=sample_weight),
    ],
)
@pytest.mark.parametrize("weights", [None, np.linspace(0, 2, 400)])
def test_cells_are_as_good_as_rows(call: Any, weights: Any) -> None:
    labels, one, two = predicted(400)
    draws = Draws(seed=4, hashes=hashed(40).repeat(10), weights=weights)
    rows, cells = sample_of(labels, one, two, draws), collapsed(labels, one, two, draws)
    assert len(cells.weights) < len(rows.weights)
    assert len(cells.candidate.labels) == 9
    assert values(function(call), cells) == pytest.approx(values(function(call), rows), abs=1e-12)
    numbers = range(20)
    assert replicates(function(call), cells, 4, numbers) == pytest.approx(
        replicates(function(call), rows, 4, numbers), abs=1e-12
    )


def test_cells_repeat_where_there_are_no_weights() -> None:
    labels, one, two = predicted(60)
    draws = Draws(seed=4, hashes=hashed(60))

    def unweighed(labels: Any, said: Any) -> float:
        return float(matthews_corrcoef(labels, said))

    call = function(unweighed, weighs=False)
    cells, rows = collapsed(labels, one, two, draws), sample_of(labels, one, two, draws)
    assert replicates(call, cells, 1, range(5)) == pytest.approx(replicates(call, rows, 1, range(5)))


@pytest.mark.parametrize("weighs", [True, False])
def test_a_row_of_scores_stays_together(weighs: bool) -> None:
    random = np.random.default_rng(5)
    labels = np.arange(90) % 3
    one, two = random.dirichlet([1, 1, 1], 90), random.dirichlet([1, 1, 1], 90)
    sample = sample_of(labels, one, two, Draws(seed=1, hashes=hashed(90)))
    drawn = bucket_weights(1, [6])[0][sample.buckets]
    expected = log_loss(labels, two, sample_weight=drawn) - log_loss(labels, one, sample_weight=drawn)
    assert replicates(function(log_loss, weighs), sample, 1, [6]) == pytest.approx([expected])


def test_the_spread_is_that_of_the_mean() -> None:
    labels, one, two = predicted(2_000)
    draws = Draws(seed=4, hashes=hashed(2_000))
    call, sample = function(share_right), collapsed(labels, one, two, draws)
    found = replicates(call, sample, 4, range(800))
    terms = (labels == two).astype(float) - (labels == one)
    assert np.std(found) == pytest.approx(terms.std() / 2_000**0.5, rel=0.12)
    assert np.mean(found) == pytest.approx(terms.mean(), abs=4 * terms.std() / (2_000 * 800) ** 0.5)


def test_a_resample_without_a_value_is_not_a_number() -> None:
    def needs_both(labels: Any, said: Any, sample_weight: Any) -> float:
        if len(set(labels)) < 2:
            raise ValueError("one class")
        return 1 / float(sum(said == "never"))

    labels = np.array(["a", "b"])
    hashes = np.array([0, 2**63], dtype=np.uint64)
    sample = sample_of(labels, labels, labels, Draws(seed=0, hashes=hashes))
    assert all(map(math.isnan, replicates(function(needs_both), sample, 0, range(12))))


@pytest.mark.parametrize("weights", [None, np.full(300, 0.01), np.full(300, 40.0)])
def test_reach_is_what_one_row_could_do(weights: Any) -> None:
    labels, one, _ = predicted(300)
    draws = Draws(seed=1, hashes=hashed(300), weights=weights)
    per_weight = 300 if weights is None else float(weights.sum())
    assert reach(function(share_right), collapsed(labels, one, one, draws)) == pytest.approx(per_weight / per_weight)
    assert reach(function(share_right), sample_of(labels, one, one, draws)) == 0.0


def test_reach_sees_the_rarest_rows() -> None:
    labels = np.array(["yes"] * 5 + ["no"] * 195)
    said = labels.copy()
    said[7] = "yes"

    def recall(labels: Any, said: Any, sample_weight: Any) -> float:
        return share_right(labels[labels == "yes"], said[labels == "yes"], sample_weight[labels == "yes"])

    found = reach(function(recall), collapsed(labels, said, said, Draws(seed=1, hashes=hashed(200))))
    assert found == pytest.approx(200 / 5)  # a missed one of five positives


def test_the_estimate_holds_the_replicates() -> None:
    draws = Draws(seed=1, hashes=hashed(100))
    found = resampled((0.5, 0.25), [0.2, 0.3, 0.25], draws)
    assert found is not None
    assert (found.candidate, found.baseline, found.n, found.doubt) == (0.5, 0.25, 100, "")
    assert found.spread == Resampled(difference=0.25, replicates=(0.2, 0.3, 0.25))


def test_what_is_lost_or_hidden_is_doubted() -> None:
    draws = Draws(seed=1, hashes=hashed(100))
    nan = math.nan
    found = resampled((0.5, 0.25), [0.2, nan, 0.25, math.inf], draws)
    assert found is not None
    assert isinstance(found.spread, Resampled)
    assert found.spread.replicates == (0.2, 0.25)
    assert found.doubt == "2 of 4 resamples have no value"
    assert resampled((0.5, 0.25), [0.2, nan, nan], draws) is None
    found = resampled((0.5, 0.5), [0.0, 0.0], draws)
    assert found is not None
    assert found.doubt == "the sides differ, but no resample shows how much the metric varies"


def test_sides_that_agree_everywhere_have_their_reach() -> None:
    found = resampled((0.5, 0.5), [0.0, 0.0], Draws(seed=1, hashes=hashed(100)), 2.0)
    assert found is not None
    assert found.spread == Sampled(difference=0.0, error=0.0, units=100, method="bootstrap", reach=2.0)
    assert not found.doubt


@pytest.mark.parametrize(
    ("hashes", "clustered", "weights", "doubt", "rows"),
    [
        (hashed(29).repeat(4), True, None, "30 clusters are needed, and these count as 29", 120),
        (hashed(30).repeat(4), True, None, "", None),
        (hashed(100), False, np.r_[np.ones(20), np.zeros(80)], "30 rows are needed, and these count as 20", 150),
        (hashed(100), False, np.full(100, 0.3), "", None),
    ],
)
def test_few_units_are_doubted(hashes: Any, clustered: bool, weights: Any, doubt: str, rows: int | None) -> None:
    found = resampled((0.5, 0.4), [0.1, 0.2], Draws(seed=1, hashes=hashes, clustered=clustered, weights=weights))
    assert found is not None
    assert (found.doubt, found.doubt_rows, found.n) == (doubt, rows, len(hashes))

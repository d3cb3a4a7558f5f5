"""ROC AUC from bins against the same from sorted scores, and what is known about the scores within a bin."""

from collections import defaultdict
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from merganser.evaluation.estimate import Estimate, Sampled
from merganser.evaluation.statistics.ranking import delong
from merganser.evaluation.statistics.score_histogram import (
    ScoreCounts,
    count,
    finish,
    fits,
    merge,
    no_rows,
    placement_table,
    score_bins,
    squares,
)

Floats = NDArray[np.float32]
ONE = 0x3F800000

patterns = st.integers(0, ONE) | st.sampled_from([0, 1, 255, 256, 0x3F000000 - 1, 0x3F000000, 0x3F000001, ONE - 1, ONE])


def scores_of(bits: list[int]) -> Floats:
    return np.array(bits, dtype=np.uint32).view(np.float32)


def counted(positive: Any, scores: Floats, cuts: list[int]) -> ScoreCounts:
    """The counts of the parts that some cuts make, merged backwards."""
    merged = no_rows()
    for start, end in reversed([*pairwise([0, *cuts, len(scores)])]):
        part = no_rows()
        count(part, positive[start:end], scores[start:end])
        merge(merged, part)
    return merged


def estimated(positive: Any, one: Floats, two: Floats, cuts: list[int]) -> tuple[Estimate | None, float]:
    tables = placement_table(counted(positive, one, cuts)), placement_table(counted(positive, two, cuts))
    parts = [squares(tables, positive[a:b], one[a:b], two[a:b]) for a, b in pairwise([0, *cuts, len(one)])]
    total = sum(part[0] for part in parts), sum(part[1] for part in parts)
    return finish(tables, total, np.array_equal(one, two)), max(table.blur for table in tables)


@given(st.lists(st.tuples(st.booleans(), patterns, patterns), max_size=60), st.lists(st.integers(0, 60), max_size=2))
@settings(max_examples=15, deadline=None)
def test_bins_of_upper_bits_are_exact(rows: list[tuple[bool, int, int]], cuts: list[int]) -> None:
    positive = np.array([row[0] for row in rows], dtype=bool)
    one, two = (scores_of([row[side] & ~0xFF for row in rows]) for side in (1, 2))
    cuts = sorted(min(cut, len(rows)) for cut in cuts)
    assert estimated(positive, one, two, cuts) == (delong(positive, one, two), 0.0)


@pytest.mark.parametrize(("share", "width"), [(0.5, 2.0), (0.05, 1.0)])
def test_scores_as_they_come_have_nearly_the_same(share: float, width: float) -> None:
    random = np.random.default_rng(1)
    logits = random.normal(np.log(share / (1 - share)), width, 200_000)
    positive = random.random(len(logits)) < 1 / (1 + np.exp(-logits))
    one, two = ((1 / (1 + np.exp(-logits - random.normal(0, 0.3, len(logits))))).astype(np.float32) for _ in range(2))
    expected = delong(positive, one, two)
    found, blur = estimated(positive, one, two, [])
    assert found is not None
    assert expected is not None
    assert isinstance(found.spread, Sampled)
    assert isinstance(expected.spread, Sampled)
    assert [found.baseline, found.candidate, found.spread.difference] == pytest.approx(
        [expected.baseline, expected.candidate, expected.spread.difference], abs=1e-7
    )
    assert found.spread.error == pytest.approx(expected.spread.error, rel=1e-4)
    assert abs(found.baseline - expected.baseline) < blur < 1e-4
    assert estimated(positive, one, two, [7, 60_000, 130_001]) == (found, blur)


@given(st.lists(patterns, min_size=2, max_size=50))
def test_bins_rise_with_scores_and_leave_out_only_what_they_say(bits: list[int]) -> None:
    scores = scores_of(sorted(bits))
    bins, rests = score_bins(scores)
    assert (np.diff(bins) >= 0).all()
    for i, j in pairwise(range(len(bits))):
        assert (scores[i] == scores[j]) == ((bins[i], rests[i]) == (bins[j], rests[j]))


def test_bins_are_fine_at_both_ends() -> None:
    scores = np.array([-0.0, 0.0, 1e-30, 0.5, 1 - 2**-9, 1 - 2**-9 + 2**-24, 1 - 2**-24, 1], dtype=np.float32)
    bins, rests = score_bins(scores)
    assert bins[0] == bins[1] == 0
    assert (np.diff(bins[1:]) > 0).all()
    assert rests[2] != 0
    counts = no_rows()
    count(counts, np.ones(8, dtype=bool), scores)
    assert np.flatnonzero(counts.rows).tolist() == (2 * bins[1:] + 1).tolist()
    assert len(counts.rows) == 2 * (bins[-1] + 1)


near = st.integers(-600, 600).map(lambda step: 0x3F000000 + step) | st.integers(ONE - 600, ONE)


@given(st.lists(st.tuples(st.booleans(), near), max_size=40), st.lists(st.integers(0, 40), max_size=2))
@settings(max_examples=30, deadline=None)
def test_blur_is_half_the_share_of_pairs_in_bins_of_several_scores(
    rows: list[tuple[bool, int]], cuts: list[int]
) -> None:
    positive, scores = np.array([row[0] for row in rows], dtype=bool), scores_of([row[1] for row in rows])
    inside = defaultdict(list)
    for label, score, code in zip(positive, scores.tolist(), score_bins(scores)[0].tolist(), strict=True):
        inside[code].append((bool(label), score))
    shared = 0
    for found in inside.values():
        if len({score for _, score in found}) > 1:
            above = sum(label for label, _ in found)
            shared += above * (len(found) - above)
    pairs = int(positive.sum()) * int((~positive).sum())
    table = placement_table(counted(positive, scores, sorted(min(cut, len(rows)) for cut in cuts)))
    assert table.blur == pytest.approx(shared / 2 / pairs if pairs else 0.0)


def test_scores_too_close_together_are_not_sharp() -> None:
    positive = np.arange(1_000) % 3 == 0
    close = np.linspace(0.5, 0.5002, 1_000, dtype=np.float32)
    apart = np.linspace(0.1, 0.9, 1_000, dtype=np.float32)
    tied = np.full(1_000, 0.3, dtype=np.float32)
    sharp = [placement_table(counted(positive, scores, [])).sharp for scores in (close, apart, tied)]
    assert sharp == [False, True, True]


def test_two_billion_rows_are_exact() -> None:
    counts = no_rows()
    scores = np.array([0.25, 0.75], dtype=np.float32)
    count(counts, np.array([False, True]), scores)
    count(counts, np.array([True, False]), scores)
    counts.rows[counts.rows > 0] = 2**29
    table = placement_table(counts)
    codes = 2 * score_bins(scores)[0]
    assert table.doubled[codes + 1].tolist() == [2**29, 3 * 2**29]
    assert table.doubled[codes].tolist() == [2**29, 3 * 2**29]
    assert (table.positives, table.negatives, table.wins) == (2**30, 2**30, 2**60)


def test_one_class_has_no_auc() -> None:
    scores = np.array([0.2, 0.4], dtype=np.float32)
    for positive in (np.array([True, True]), np.array([False, False])):
        assert estimated(positive, scores, scores, [])[0] is None


@pytest.mark.parametrize(
    ("scores", "fitting"),
    [
        (np.array([0.0, 1.0, 0.5, -0.0], dtype=np.float32), True),
        (np.array([], dtype=np.float32), True),
        (np.array([0.5]), False),
        (np.array([0.5], dtype=np.float16), False),
        (np.array([1.0000001], dtype=np.float32), False),
        (np.array([-1e-30], dtype=np.float32), False),
        (np.array([0.5, np.nan], dtype=np.float32), False),
        (np.array([1], dtype=np.int64), False),
    ],
)
def test_what_fits(scores: Any, fitting: bool) -> None:
    assert fits(scores) is fitting

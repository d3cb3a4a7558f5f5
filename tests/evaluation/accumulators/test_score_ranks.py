"""Ranks of scores of single precision: the AUC of sorted rows, from parts in any order, or the rows themselves."""

import copy
import itertools
from typing import Any

import numpy as np
import polars as pl
import pytest

from merganser.evaluation.accumulators.kept import Kept, Rows
from merganser.evaluation.accumulators.score_ranks import Placements, ScoreRanks
from merganser.evaluation.batch import Batch
from merganser.evaluation.estimate import Estimate, Sampled
from tests.evaluation.batches import batch_of, layout
from tests.evaluation.oracles import delong_by_pairs

N = 90
OF = layout(score="p")


def sides(seed: int = 2) -> list[np.ndarray[Any, Any]]:
    """Scores on a grid of 1/1024, with ties within a side."""
    random = np.random.default_rng(seed)
    return [(random.integers(0, 1025, N) / 1024).astype(np.float32) for _ in range(2)]


def parts(candidate: Any, baseline: Any, *places: int) -> list[Batch]:
    label = np.arange(N) % 3 == 0
    edges = [0, *places, N]
    return [
        batch_of(
            OF,
            {"label": label[start:end], "p": pl.Series(candidate[start:end])},
            {"label": label[start:end], "p": pl.Series(baseline[start:end])},
        )
        for start, end in itertools.pairwise(edges)
    ]


def merged(blank: Any, batches: list[Batch]) -> Any:
    """Fed in two pieces of work, the later of which is merged into by the earlier, and a blank one first."""
    first, second = copy.deepcopy(blank), copy.deepcopy(blank)
    for at, batch in enumerate(batches):
        (first, second)[at % 2].update(batch)
    second.merge(first)
    blank = copy.deepcopy(blank)
    blank.merge(second)
    return blank


def twice(batches: list[Batch]) -> Any:
    again = merged(ScoreRanks(), batches).second()
    assert again is not None
    return merged(again, batches).finish()


@pytest.mark.parametrize("places", [(), (30, 31)])
def test_the_estimate_is_that_of_all_pairs(places: tuple[int, ...]) -> None:
    candidate, baseline = sides()
    found = twice(parts(candidate, baseline, *places))
    assert isinstance(found, Estimate)
    assert isinstance(found.spread, Sampled)
    expected = delong_by_pairs(np.arange(N) % 3 == 0, candidate.astype(float), baseline.astype(float))
    assert (found.candidate, found.baseline, found.spread.error) == pytest.approx(expected, rel=1e-12)
    assert found.n == N


def test_equal_scores_are_known_to_be_equal() -> None:
    candidate, other = sides()
    batches = parts(candidate, candidate, 40)
    assert twice(batches).spread.reach == 0
    assert twice([*batches[:1], *parts(candidate, other, 40)[1:]]).spread.reach > 0


@pytest.mark.parametrize("odd", [1.5, -0.25])
def test_scores_outside_of_0_to_1_are_kept_and_sorted(odd: float) -> None:
    """Wherever they are: in the first part, which counts nothing, or in a later one."""
    for at in (0, N - 1):
        candidate, baseline = sides()
        baseline[at] = odd
        kept = twice(parts(candidate, baseline, 30, 60))
        assert isinstance(kept, Rows)
        assert sorted(kept.arrays["baseline.score"].tolist()) == sorted(baseline.tolist())
        assert sorted(kept.arrays["candidate.score"].tolist()) == sorted(candidate.tolist())
        assert int(kept.arrays["positive"].sum()) == 30


def test_scores_that_lie_too_close_together_for_bins_are_kept() -> None:
    candidate, baseline = sides()
    near = np.float32(0.25) + np.random.default_rng(1).permutation(N).astype(np.float32) * np.float32(2**-25)
    assert isinstance(twice(parts(near, baseline)), Rows)
    assert isinstance(twice(parts(candidate, near)), Rows)


def test_one_class_has_no_estimate_and_no_rows_are_kept() -> None:
    candidate, baseline = sides()
    alone = [batch_of(OF, {"label": [1] * N, "p": pl.Series(candidate)}, {"label": [1] * N, "p": pl.Series(baseline)})]
    assert twice(alone) is None
    assert isinstance(ScoreRanks().second(), Kept)


def test_the_second_pass_is_the_last_and_copies_share_their_tables() -> None:
    (batch,) = parts(*sides())
    once = ScoreRanks()
    once.update(batch)
    placements = once.second()
    assert isinstance(placements, Placements)
    placements.update(batch)
    assert copy.deepcopy(placements).finish() == placements.finish()
    assert placements.second() is None

"""Any partition of the rows, merged in any order, gives what the whole gives, to the bit."""

import itertools

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from merganser.evaluation.accumulators import PairedCounts, PairedScores
from merganser.evaluation.evidence import Paired


def rows(seed: int, n: int) -> pl.DataFrame:
    random = np.random.default_rng(seed)
    return pl.DataFrame(
        {
            "right": random.random(n) < 0.8,
            "baseline_right": random.random(n) < 0.7,
            "positive": np.arange(n) % 3 == 0,
            "score": random.random(n).round(2),
            "baseline_score": random.random(n).round(2),
            "slice:country": random.choice(["de", "fr", "us"], n),
        }
    )


def test_counts_are_those_of_the_rows() -> None:
    frame = pl.DataFrame(
        {
            "right": [True, True, False, False, True],
            "baseline_right": [True, False, True, False, False],
            "slice:x": list("aaabb"),
        }
    )
    whole, parts = PairedCounts(), PairedCounts("slice:x")
    whole.update(frame)
    parts.update(frame)
    assert whole.finish() == {"": Paired(n=5, baseline_right=2, candidate_right=3, b=1, c=2)}
    assert parts.finish() == {
        "a": Paired(n=3, baseline_right=2, candidate_right=2, b=1, c=1),
        "b": Paired(n=2, baseline_right=0, candidate_right=1, b=0, c=1),
    }


@given(st.integers(0, 1000), st.lists(st.integers(1, 99), max_size=6, unique=True), st.booleans())
@settings(max_examples=40)
def test_partition_and_order_do_not_show(seed: int, cuts: list[int], backwards: bool) -> None:
    frame = rows(seed, 100)
    edges = [0, *sorted(cuts), 100]
    parts = [frame[start:end] for start, end in itertools.pairwise(edges)]
    for make in (PairedCounts, lambda: PairedCounts("slice:country"), PairedScores):
        whole, merged = make(), make()
        whole.update(frame)
        for part in reversed(parts) if backwards else parts:
            one = make()
            one.update(part)
            merged.merge(one)
        assert merged.finish() == whole.finish()


def test_one_class_ranks_nothing() -> None:
    for only in (True, False):
        scores = PairedScores()
        scores.update(rows(1, 10).with_columns(positive=pl.lit(only)))
        assert scores.finish() is None

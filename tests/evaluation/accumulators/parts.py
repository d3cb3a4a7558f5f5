"""Random rows cut into parts, each read as a batch of its own, and an accumulator fed with the whole or with parts."""

import copy
import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
from hypothesis import strategies as st

from merganser.config import SliceRules, Task
from merganser.evaluation.batch import Batch
from merganser.evaluation.layout import ALL, Grouping, Layout
from tests.evaluation.batches import batch_of, layout

LAND, BOTH = Grouping(("land",)), Grouping(("land", "plan"))
GROUPINGS = (ALL, LAND, BOTH)
CLASSES = ("cat", "dog", "eel", "owl")

Cut = tuple[int, tuple[int, ...], int]


def cuts(most: int = 120) -> st.SearchStrategy[Cut]:
    """Rows, where to cut them, and a seed for the order in which parts are merged."""
    places = st.lists(st.integers(0, most), max_size=5).map(lambda found: tuple(sorted(found)))
    return st.tuples(st.integers(1, most), places, st.integers(0, 2**32))


def parted(*, weight: bool = False, cluster: bool = False) -> Layout:
    """Several classes by prediction, beside a score and columns, in slices by one and by two columns."""
    slices = tuple(SliceRules(by=each.by, metrics=("accuracy",), margin=0.1) for each in (LAND, BOTH))
    columns = {"weight": "w"} if weight else {}
    return layout(
        Task.multiclass, ("accuracy", "rate(late)", "mean(number)"), prediction="said", score="score", slices=slices,
        **columns, **({"cluster": "user"} if cluster else {}),
    )  # fmt: skip


def rows(n: int, seed: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Both sides of the same rows: classes, some of which come late, scores, numbers, slices, clusters and weights."""
    random = np.random.default_rng(seed)
    known = 1 + np.arange(n) * len(CLASSES) // n  # of the classes, the first ones at first
    label = random.integers(0, known)
    shared = {
        "id": np.arange(n),
        "label": np.array(CLASSES)[label],
        "land": np.array(["1", "1.0", "fr", "z"])[random.integers(0, np.minimum(known, 4))],
        "plan": random.integers(0, 3, n),
        "user": random.integers(0, 1 + n // 3, n),
        "w": random.integers(0, 5, n) / 4,
    }
    sides = []
    for wrong in (0.2, 0.3):
        said = np.where(random.random(n) < wrong, random.integers(0, known), label)
        own = {"said": np.array(CLASSES)[said], "late": random.integers(0, 2, n), "number": random.gamma(0.5, 9, n)}
        sides.append(pl.DataFrame({**shared, **own, "score": random.random(n).round(1).astype(np.float32)}))
    return sides[0], sides[1]


def batches(of: Layout, sides: tuple[pl.DataFrame, pl.DataFrame], places: tuple[int, ...] = ()) -> list[Batch]:
    """A batch for each part that has rows."""
    edges = [0, *places, sides[0].height]
    parts = [slice(start, end) for start, end in itertools.pairwise(edges)]
    frames = [[side[part].to_dict() for side in sides] for part in parts if sides[0][part].height]
    return [batch_of(of, *pair) for pair in frames]


def fed(make: Callable[[], Any], parts: list[Batch]) -> Any:
    found = make()
    for part in parts:
        found.update(part)
    return found


def merged(make: Callable[[], Any], parts: list[Batch], seed: int) -> Any:
    """Each part fed to an accumulator of its own, and those merged two by two in random order."""
    random = np.random.default_rng(seed)
    waiting = [fed(make, [part]) for part in parts] + [make()]
    while len(waiting) > 1:
        first, second = (waiting.pop(random.integers(len(waiting))) for _ in range(2))
        first = copy.deepcopy(first)
        first.merge(second)
        waiting.append(first)
    return waiting[0]

"""Counts of cells: those of the rows, however they are parted."""

from collections import Counter
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from merganser.config import Task
from merganser.evaluation.accumulators.cells import CellCounts, CellTable
from merganser.evaluation.batch import MAX_SLICES
from merganser.evaluation.layout import ALL, Grouping
from tests.evaluation.accumulators.parts import BOTH, GROUPINGS, LAND, Cut, batches, cuts, fed, merged, parted, rows
from tests.evaluation.batches import batch_of, layout

Group = tuple[str, ...]
Cells = dict[tuple[Any, ...], tuple[int, float, float]]


def cells_of(table: CellTable) -> Cells:
    """Rows, weight and squares by label, prediction of each side, and the code of the cluster."""
    cells = table.cells
    names = [[table.names[code] for code in codes] for codes in (cells.label, cells.candidate, cells.baseline)]
    clusters = np.zeros(len(cells.count), int) if cells.cluster is None else cells.cluster
    values = zip(cells.count.tolist(), cells.weight.tolist(), cells.weight_squares.tolist(), strict=True)
    found: Cells = {}
    for key, value in zip(zip(*names, clusters.tolist(), strict=True), values, strict=True):
        assert key not in found
        found[key] = value
    return found


def counted(finished: dict[Grouping, dict[Group, CellTable]]) -> dict[tuple[Grouping, Group], Cells]:
    return {(at, group): cells_of(table) for at, groups in finished.items() for group, table in groups.items()}


def slowly(sides: tuple[pl.DataFrame, pl.DataFrame], column: str, *, weight: bool, cluster: bool) -> dict[Any, Cells]:
    """The same, row by row; `column` or the classes. A cluster's code is another one here."""
    found: dict[Any, Cells] = {}
    for mine, theirs in zip(*(side.to_dicts() for side in sides), strict=True):
        mine["land"] = mine["land"].replace("1.0", "1")
        key = ("1", str(mine[column]), str(theirs[column])) if column else (mine["label"], mine["said"], theirs["said"])
        w = mine["w"] if weight else 1.0
        for grouping in GROUPINGS:
            group = found.setdefault((grouping, tuple(str(mine[name]) for name in grouping.by)), {})
            cell = (*key, mine["user"] if cluster else 0)
            count, weights, squares = group.get(cell, (0, 0.0, 0.0))
            group[cell] = (count + 1, weights + w, squares + w * w)
    return found


def compared(cells: Cells) -> list[Any]:
    """Cells without the number of their cluster, which says nothing; sorted, floats to be compared loosely."""
    return sorted((*key[:3], *value) for key, value in cells.items())


@pytest.mark.parametrize("weight", [False, True])
@pytest.mark.parametrize("cluster", [False, True])
@pytest.mark.parametrize("column", ["", "late"])
@given(cut=cuts())
@settings(max_examples=12)
def test_cells_are_those_of_the_rows_however_they_are_parted(
    weight: bool, cluster: bool, column: str, cut: Cut
) -> None:
    n, places, seed = cut
    sides = rows(n, seed)
    parts = batches(parted(weight=weight, cluster=cluster), sides, places)

    def make() -> CellCounts:
        return CellCounts(GROUPINGS, column)

    expected = slowly(sides, column, weight=weight, cluster=cluster)
    for found in (fed(make, parts), merged(make, parts, seed)):
        tables = counted(found.finish())
        assert set(tables) == set(expected)
        for at, cells in tables.items():
            for mine, theirs in zip(compared(cells), compared(expected[at]), strict=True):
                assert mine[:4] == theirs[:4]
                assert mine[4:] == pytest.approx(theirs[4:], rel=1e-12)


def test_clusters_are_numbered_in_each_group_and_only_where_there_are_any() -> None:
    sides = rows(60, 3)
    alone = fed(lambda: CellCounts((ALL,)), batches(parted(), sides)).finish()[ALL][()]
    assert alone.cells.cluster is None
    table = fed(lambda: CellCounts(GROUPINGS), batches(parted(cluster=True), sides)).finish()[LAND]["fr",]
    users = sides[0].filter(pl.col("land") == "fr")["user"]
    assert sorted(set(np.asarray(table.cells.cluster).tolist())) == list(range(users.n_unique()))
    counts = np.bincount(np.asarray(table.cells.cluster), table.cells.count)
    assert sorted(counts.tolist()) == sorted(users.value_counts()["count"].to_list())


@given(st.integers(0, 5), st.integers(0, 5), st.integers(0, 2**32))
@settings(max_examples=20)
def test_rows_of_a_column_that_is_neither_0_nor_1_are_odd_wherever_they_are(mine: int, theirs: int, seed: int) -> None:
    """A row that is odd on either side is odd once, and every group says so."""
    candidate, baseline = rows(40, seed)
    odd = np.random.default_rng(seed).permutation(40)
    late = [side["late"].cast(pl.Float64).to_numpy().copy() for side in (candidate, baseline)]
    late[0][odd[:mine]] = 0.5
    late[1][odd[3 : 3 + theirs]] = 2.0
    sides = (candidate.with_columns(late=pl.Series(late[0])), baseline.with_columns(late=pl.Series(late[1])))
    expected = len({*odd[:mine], *odd[3 : 3 + theirs]})
    found = merged(lambda: CellCounts(GROUPINGS, "late"), batches(parted(), sides, (7, 20)), seed).finish()
    assert {table.odd for groups in found.values() for table in groups.values()} == {expected}


def test_many_classes_and_groups_are_counted_like_few() -> None:
    """Where the cells of a batch are too many for a table of all that could be."""
    n = 6000
    number = np.arange(n)
    of = layout(Task.multiclass, prediction="said")
    frame = {"label": number % 700, "said": (number * 7) % 900}
    (found,) = fed(lambda: CellCounts((ALL,)), [batch_of(of, frame)]).finish().values()
    cells = cells_of(found[()])
    assert sum(count for count, *_ in cells.values()) == n
    pairs = Counter(zip(map(str, frame["label"]), map(str, frame["said"]), strict=True))
    assert {key[:2]: count for key, (count, *_) in cells.items()} == pairs


def test_counted_cells_are_summed_before_they_fill_the_memory() -> None:
    """Cells of many batches are as many as those of one, whether or not they are merged."""
    of = parted(cluster=True)
    sides = rows(1000, 1)
    parts = batches(of, sides)
    many, once = fed(lambda: CellCounts((ALL,)), parts * 700), fed(lambda: CellCounts((ALL,)), parts)
    assert sum(part.height for part in many._parts) <= 400_000
    mine, theirs = (counted(each.finish())[ALL, ()] for each in (many, once))
    assert {key: count for key, (count, *_) in mine.items()} == {key: 700 * c for key, (c, *_) in theirs.items()}


def test_a_grouping_that_is_not_there_or_has_too_many_values_has_no_group() -> None:
    n = MAX_SLICES + 1
    frame = {"label": ["cat"] * n, "said": ["cat"] * n, "score": [0.1] * n, "late": [0] * n, "number": [0] * n}
    crowded = batch_of(parted(), {**frame, "land": np.arange(n).astype(str)})
    found = fed(lambda: CellCounts(GROUPINGS), [crowded]).finish()
    assert (len(found[ALL]), found[LAND], found[BOTH]) == (1, {}, {})


def test_one_pass_is_enough() -> None:
    assert CellCounts(GROUPINGS).second() is None

"""Rows that are kept whole: the same rows in every group, however they are parted."""

from typing import Any

import numpy as np
import polars as pl
from hypothesis import given, settings

from merganser.evaluation.accumulators.kept import Kept, Rows
from merganser.evaluation.batch import MAX_SLICES
from merganser.evaluation.layout import ALL, Grouping
from tests.evaluation.accumulators.parts import BOTH, LAND, Cut, batches, cuts, fed, merged, parted, rows
from tests.evaluation.batches import batch_of, with_fingerprint
from tests.evaluation.oracles import MASK, scrambled

FIELDS = ("weights", "clusters", "hashes", "labels", "positive", "classes", "score")
OF = with_fingerprint(parted(weight=True, cluster=True), "label")


def make() -> Kept:
    return Kept(FIELDS, (LAND, BOTH))


def told(kept: Rows) -> list[tuple[Any, ...]]:
    """Each row by the hash of its key: label, prediction, score on each side, weight and cluster."""
    codes = [kept.arrays[name] for name in ("labels", "candidate.classes", "baseline.classes")]
    columns = [[kept.names[code] for code in column.tolist()] for column in codes]
    columns += [kept.arrays[name].tolist() for name in ("candidate.score", "baseline.score", "weights", "clusters")]
    return sorted(zip(kept.arrays["hashes"].tolist(), *columns, strict=True))


def expected(sides: tuple[pl.DataFrame, pl.DataFrame], inside: pl.Series) -> list[tuple[Any, ...]]:
    mine, theirs = (side.filter(inside) for side in sides)
    columns = [mine["label"], mine["said"], theirs["said"], mine["score"], theirs["score"], mine["w"]]
    clusters = [scrambled(user) for user in mine["user"]]
    return sorted(zip(map(scrambled, mine["id"]), *columns, clusters, strict=True))


@given(cut=cuts(60))
@settings(max_examples=25)
def test_rows_are_the_same_in_every_group_however_they_are_parted(cut: Cut) -> None:
    n, places, seed = cut
    sides = rows(n, seed)
    parts = batches(OF, sides, places)
    land, plan = sides[0]["land"].replace("1.0", "1"), sides[0]["plan"].cast(pl.String)
    for kept in (fed(make, parts).finish(), merged(make, parts, seed).finish()):
        assert told(kept) == expected(sides, pl.Series([True] * n))
        assert kept.get("positive") is None
        for grouping in (LAND, BOTH):
            found = list(kept.within(grouping))
            names = [name for name, _ in found]
            assert len(set(names)) == len(names)
            assert set(names) == ({*zip(land)} if grouping == LAND else {*zip(land, plan, strict=True)})
            for name, part in found:
                inside = (land == name[0]) if grouping == LAND else (land == name[0]) & (plan == name[1])
                assert told(part) == expected(sides, inside)


@given(cut=cuts(60))
@settings(max_examples=15)
def test_the_seed_is_that_of_all_keys_in_any_order(cut: Cut) -> None:
    n, places, seed = cut
    parts = batches(OF, rows(n, seed), places)
    kept = merged(make, parts, seed).finish()
    assert kept.seed == sum(scrambled(key) for key in range(n)) & MASK
    assert {part.seed for _, part in kept.within(LAND)} == {kept.seed}
    assert Kept(("labels",), ()).finish().seed == 0


def test_what_a_bootstrap_draws_from() -> None:
    """Rows by their key, or whole clusters."""
    sides = rows(20, 1)
    clustered = fed(make, batches(OF, sides)).finish().draws()
    assert clustered.clustered
    assert clustered.hashes.tolist() == [scrambled(user) for user in sides[0]["user"]]
    assert np.asarray(clustered.weights).tolist() == sides[0]["w"].to_list()
    alone = fed(make, batches(with_fingerprint(parted(), "label"), sides)).finish().draws()
    assert (alone.clustered, alone.weights) == (False, None)
    assert alone.hashes.tolist() == [scrambled(key) for key in range(20)]


def test_a_grouping_that_is_not_there_or_has_too_many_values_parts_nothing() -> None:
    n = MAX_SLICES + 1
    frame: dict[str, Any] = {"label": ["cat"] * n, "said": ["cat"] * n, "score": [0.1] * n, "late": [0] * n}
    frame |= {"number": np.arange(n), "land": np.arange(n).astype(str)}
    kept = fed(lambda: Kept(("labels",), (LAND, BOTH)), [batch_of(parted(), frame)]).finish()
    assert [list(kept.within(grouping)) for grouping in (LAND, BOTH, Grouping(("other",)), ALL)] == [[]] * 4


def test_one_pass_is_enough() -> None:
    assert make().second() is None

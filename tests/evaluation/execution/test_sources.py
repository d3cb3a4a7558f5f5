"""Rows by their place and by their key: what is told of keys, and what repetition could be hidden in."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl
import pytest

from merganser.evaluation.batch import BASELINE, CANDIDATE
from merganser.evaluation.execution.sources import ByKey, ByPlace, Keys, Misaligned, Part, repeated_anywhere
from merganser.evaluation.execution.spool import ByPartition, spooled
from merganser.evaluation.execution.workers import threads
from merganser.evaluation.faults import Faults, Grade
from merganser.evaluation.readers.tables import Table, open_table
from tests.evaluation.batches import layout

LAYOUT = layout(score="p", metrics=("auc", "accuracy"))
CLAIMED = ("id", "label", "p")


def tables(folder: Path, **sides: Sequence[object]) -> dict[str, Table]:
    """A table for each side with these keys, whose rows are numbered by their score."""
    found = {}
    for whose, name in ((CANDIDATE, "candidate"), (BASELINE, "baseline")):
        if name in sides:
            columns = {
                "id": sides[name],
                "label": [0] * len(sides[name]),
                "p": [float(k) for k in range(len(sides[name]))],
            }
            pl.DataFrame(columns, strict=False).write_parquet(folder / f"{name}.parquet")
            found[whose] = open_table(folder / f"{name}.parquet", CLAIMED, folder)
    return found


@pytest.mark.parametrize(
    ("parts", "repeated"),
    [
        ([], False),
        ([None, None], False),
        ([Keys(True, 1, 5), Keys(True, 6, 9)], False),
        ([Keys(True, 1, 5), None, Keys(True, 6, 9)], False),
        ([Keys(True, 1, 5), Keys(True, 5, 9)], True),
        ([Keys(True, 6, 9), Keys(True, 1, 5)], True),
        ([Keys(False, 1, 5)], True),
        ([Keys(True, "a", "c"), Keys(True, "d", "e")], False),
        ([Keys(True, "a", "d"), Keys(True, "c", "e")], True),
        ([Keys(True, 1, 5), Keys(True, "x", "z")], True),  # what can't be compared proves nothing
    ],
)
def test_what_keys_prove(parts: list[Keys | None], repeated: bool) -> None:
    assert repeated_anywhere(parts) is repeated


def test_rows_by_place(tmp_path: Path) -> None:
    source = ByPlace(tables=tables(tmp_path, candidate=[1, 2, 9], baseline=["1", "2", "9"]), layout=LAYOUT, batch=2)
    assert source.parts() == [Part(0, 2), Part(2, 1)]
    frames, keys = source.read(Part(0, 2), Faults())
    assert (frames.keys.to_list(), keys) == ([1, 2], Keys(True, 1, 2))
    assert frames.baseline is not None
    assert frames.baseline["p"].to_list() == [0.0, 1.0]


def test_rows_in_another_order_have_no_place(tmp_path: Path) -> None:
    source = ByPlace(tables=tables(tmp_path, candidate=[1, 2, 3], baseline=[1, 3, 2]), layout=LAYOUT, batch=2)
    with pytest.raises(Misaligned):
        source.read(Part(0, 2), Faults())


def test_rows_by_key_come_in_the_candidates_order(tmp_path: Path) -> None:
    source = ByKey(tables=tables(tmp_path, candidate=[3, 1, 2], baseline=[1, 2, 3]), layout=LAYOUT)
    (part,) = source.parts()
    frames, keys = source.read(part, Faults())
    assert (frames.keys.to_list(), keys) == ([3, 1, 2], None)
    assert frames.candidate["p"].to_list() == [0.0, 1.0, 2.0]
    assert frames.baseline is not None
    assert frames.baseline["p"].to_list() == [2.0, 0.0, 1.0]


SHARED = [str(key) for key in range(40)]


def test_rows_by_partition(tmp_path: Path) -> None:
    """Numbers in one file, text in the other; each reads the same rows twice."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    given = tables(tmp_path, candidate=list(range(40)), baseline=["x", *SHARED[::-1]][:41])
    with threads() as workers:
        source = spooled(given, (LAYOUT, 9, scratch), workers)
    assert isinstance(source, ByPartition)
    assert len(source.parts()) == 5
    faults, seen = Faults(), []
    for part in source.parts():
        frames, keys = source.read(part, faults)
        again, _ = ByPartition(
            pieces=source.pieces, layout=LAYOUT, rows=source.rows, partitions=5, scratch=scratch, again=True
        ).read(part, Faults())
        assert keys is None
        assert frames.baseline is not None
        assert again.baseline is not None
        assert again.keys.equals(frames.keys)
        assert (again.candidate["p"].to_list(), again.baseline["p"].to_list()) == (
            frames.candidate["p"].to_list(),
            frames.baseline["p"].to_list(),
        )
        seen += list(zip(frames.keys.cast(pl.String), frames.candidate["p"], frames.baseline["p"], strict=True))
    assert sorted(seen) == sorted((key, float(key), 40.0 - float(key)) for key in SHARED)
    assert (
        faults.first(Grade.changed)
        == "1 row of the baseline's predictions is not in the candidate's predictions (e.g. x)"
    )


def test_faults_of_keys_end_the_spooling(tmp_path: Path) -> None:
    given = tables(tmp_path, candidate=[1, None, 3, None], baseline=[0.5, 1.0, 2.0, 3.0])
    with threads() as workers:
        found = spooled(given, (LAYOUT, 1, tmp_path), workers)
    assert isinstance(found, Faults)
    assert found.first(Grade.unusable) == "2 rows of the candidate's predictions have no key in id"

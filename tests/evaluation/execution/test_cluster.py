"""On the workers of a Dask cluster the gate says to the last byte what it says in one process."""

import socket
import time
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from merganser.documents import dump_json
from merganser.errors import ConfigError
from merganser.evaluation import measuring
from merganser.evaluation.execution.workers import workers_at
from merganser.evaluation.judge import Setting, Side
from tests.evaluation.execution.two_sides import RULES, frames, judged, shuffled
from tests.evaluation.samples import ask

distributed = pytest.importorskip("distributed")
BATCH = 40  # of 300 rows: eight parts, three pieces of work


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Two processes, which import the same code."""
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, host="127.0.0.1", dashboard_address="127.0.0.1:0"
    ) as cluster:
        yield cluster.scheduler_address


@pytest.fixture
def _two_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many rows are ranked by a histogram, whose accumulators are made here and sent."""
    monkeypatch.setattr(measuring, "HISTOGRAM_ROWS", 100)


@pytest.mark.usefixtures("_two_passes")
@pytest.mark.parametrize("seed", [None, 5], ids=["aligned", "shuffled"])
def test_the_same_to_the_last_byte(tmp_path: Path, address: str, seed: int | None) -> None:
    candidate, baseline = frames(kind=pl.Float32)
    if seed is not None:
        baseline = shuffled(baseline, seed)
    here, there = (judged(tmp_path, candidate, baseline, batch=BATCH, cluster=at) for at in ("", address))
    assert dump_json(here) == dump_json(there)
    assert [check.method for check in here.checks[:2]] == ["tango", "delong"]


def test_a_folder_of_parts(tmp_path: Path, address: str) -> None:
    sides = []
    for name, frame, size in zip(("c", "b"), frames(kind=pl.Float32), (70, 110), strict=True):
        (tmp_path / name).mkdir()
        for start in range(0, frame.height, size):
            frame[start : start + size].write_parquet(tmp_path / name / f"part-{start}.parquet")
        sides.append(Side(name=name, predictions=tmp_path / name))
    whole = judged(tmp_path, *frames(kind=pl.Float32), batch=BATCH)
    for at in ("", address):
        found = ask(RULES, *sides, setting=Setting(batch=BATCH, cluster=at))
        assert dump_json(found) == dump_json(whole)


def test_faults_are_told_alike(tmp_path: Path, address: str) -> None:
    candidate, baseline = frames()
    candidate = candidate.with_columns(pl.col("row_id").replace(290, 7))
    here, there = (judged(tmp_path, candidate, shuffled(baseline), batch=BATCH, cluster=at) for at in ("", address))
    assert "2 of 300 rows of the candidate's predictions repeat a key (e.g. 7)" in here.checks[0].why
    assert here == there


@pytest.mark.integration  # ten seconds of trying again
def test_where_nobody_answers() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        nobody = f"tcp://127.0.0.1:{taken.getsockname()[1]}"
        before = time.monotonic()
        with pytest.raises(ConfigError) as wrong, workers_at(nobody):
            pass
    assert time.monotonic() - before < 20
    assert wrong.value.message == f"--cluster: no Dask scheduler answers at {nobody}"
    assert "threads of this machine" in wrong.value.hint


def test_what_is_no_address() -> None:
    with pytest.raises(ConfigError, match="no Dask scheduler answers at nonsense://"), workers_at("nonsense://here"):
        pass


def test_a_scheduler_without_workers() -> None:
    with (
        distributed.LocalCluster(n_workers=0, host="127.0.0.1", dashboard_address="127.0.0.1:0") as cluster,
        pytest.raises(ConfigError, match="has no workers") as wrong,
        workers_at(cluster.scheduler_address),
    ):
        pass
    assert wrong.value.hint == "Start at least one worker."

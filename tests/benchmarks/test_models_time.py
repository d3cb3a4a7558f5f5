"""What listing thousands of versions costs: `merganser models` beside git alone and beside `gto show`."""

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.benchmarks.many_tags import make

ROUNDS = 5
FIELDS = "%(refname:strip=2)%00%(objecttype)%00%(objectname)%00%(*objecttype)%00%(*objectname)%00%(taggerdate:unix)%00"
GIT = ("git", "for-each-ref", f"--format={FIELDS}", "refs/tags")
MERGANSER = (str(Path(sys.executable).parent / "merganser"), "models")
GTO = (sys.executable, "-W", "ignore", "-m", "gto.cli", "show", "--json")


def seconds(command: tuple[str, ...], folder: Path) -> float:
    """By the clock, from the start of the process to its end."""
    quiet = {"DO_NOT_TRACK": "1", "GTO_NO_ANALYTICS": "1", "DVC_NO_ANALYTICS": "1"}
    began = time.perf_counter()
    subprocess.run(command, cwd=folder, env={**os.environ, **quiet}, check=True, capture_output=True)
    return time.perf_counter() - began


def side_by_side(folder: Path, *commands: tuple[str, ...]) -> list[float]:
    """The median of each, over rounds in which all take their turns."""
    rounds = [[seconds(command, folder) for command in commands] for _ in range(ROUNDS)]
    return [statistics.median(times) for times in zip(*rounds, strict=True)]


def table(rows: list[tuple[str, float]]) -> None:
    print("\n" + "\n".join(f"{name:32} {value:8.3f} s" for name, value in rows))


@pytest.mark.benchmark
def test_five_thousand_tags_are_listed_near_gits_own_speed(tmp_path: Path) -> None:
    folder = make(tmp_path / "many", 5_000)
    git, merganser, gto = side_by_side(folder, GIT, MERGANSER, GTO)
    table([("git for-each-ref, 5,000 tags", git), ("merganser models", merganser), ("gto show", gto)])
    print(f"merganser takes {merganser / git:.1f} times git's time, and gto {gto / merganser:.0f} times merganser's")
    assert merganser <= 5 * git
    assert gto >= 50 * merganser


@pytest.mark.benchmark
def test_fifty_thousand_tags_take_at_most_ten_times_as_long(tmp_path: Path) -> None:
    few, many = make(tmp_path / "few", 5_000), make(tmp_path / "many", 50_000)
    rounds = [(seconds(MERGANSER, few), seconds(GIT, many), seconds(MERGANSER, many)) for _ in range(ROUNDS)]
    small, git, large = (statistics.median(times) for times in zip(*rounds, strict=True))
    table([("merganser models, 5,000 tags", small), ("git, 50,000 tags", git), ("merganser models, 50,000", large)])
    assert large <= 10 * small
    assert large <= 5 * git

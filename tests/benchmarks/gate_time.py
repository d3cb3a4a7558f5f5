"""What the gate costs beside what it can't do without, reading the files: processes side by side, imports included.

`python -m tests.benchmarks.gate_time [--rows N] [--large N] [--rounds N] [--folder DIR]` prints a table. Each row is a
process of its own, the kinds take turns, and times are medians; memory is the most that the process held.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import polars as pl

COUNTRIES = 50
CHUNK = 10_000_000
CONFIG = """version: 1
models:
  churn:
    artifact: {path: model.joblib}
    positive: "1"
    predictions: {file: p.parquet, key: row_id, score: p, label: label, slices: [country]}
    gate:
      metrics:
        accuracy: {non_inferior: {margin: 0.001}}
        log_loss: {non_inferior: {margin: 0.001}}
        auc: {non_inferior: {margin: 0.001}}
      slices:
        - {by: country, metrics: [accuracy], margin: 0.005}
"""
READ = "import sys, polars; [polars.read_parquet(name) for name in sys.argv[1:]]"
RESAMPLE = """
import sys, time, numpy, polars
from sklearn.metrics import roc_auc_score
one, other = (polars.read_parquet(name) for name in sys.argv[1:])
rows = numpy.random.default_rng(0).integers(0, one.height, one.height)
begun = time.perf_counter()
for side in (one, other):
    roc_auc_score(side["label"].to_numpy()[rows], side["p"].to_numpy()[rows])
print(time.perf_counter() - begun)
"""


class Cost(msgspec.Struct, frozen=True):
    """Seconds from start to end of a process, and the most memory that it held, in MB."""

    seconds: float
    megabytes: float


def apart(function: Callable[..., Any], *arguments: Any) -> Any:
    """The function's result from a process of its own: the kernel counts this one's memory as that of each process that
    it starts."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as executor:
        return executor.submit(function, *arguments).result()


def write_sides(folder: Path, rows: int, seed: int = 0) -> tuple[Path, Path]:
    """Two key-aligned prediction files of `rows` × 4 columns; scores are of single precision, 50 slices."""
    rng = np.random.default_rng(seed)
    label = rng.random(rows) < 0.3
    known = rng.normal(size=rows, scale=1.0) + 1.5 * label
    country = pl.Series([f"country-{i:02}" for i in range(COUNTRIES)])[pl.Series(rng.integers(0, COUNTRIES, rows))]
    files = []
    for name in ("candidate", "baseline"):
        score = (1 / (1 + np.exp(1.5 - known - 0.3 * rng.normal(size=rows)))).astype(np.float32)
        files.append(folder / f"{name}.parquet")
        frame = pl.DataFrame({"row_id": np.arange(rows) + seed * rows, "label": label.astype(np.int8), "p": score})
        frame.with_columns(country.alias("country")).write_parquet(files[-1])
    return files[0], files[1]


def cost(command: Sequence[str]) -> Cost:
    """Runs a command to its end; a gate that says no has answered as well."""
    begun = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - begun
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1):
        raise RuntimeError(f"{' '.join(command)[:200]} ended with {process.returncode}")
    return Cost(seconds, usage.ru_maxrss / 1000)


def medians(commands: dict[str, Sequence[str]], rounds: int) -> dict[str, Cost]:
    """Each command's median cost; they take turns, so that all meet the same moods of the machine."""
    found: dict[str, list[Cost]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            found[name].append(cost(command))
    return {
        name: Cost(statistics.median(c.seconds for c in costs), statistics.median(c.megabytes for c in costs))
        for name, costs in found.items()
    }


def gate(sides: tuple[Path, Path], config: Path) -> list[str]:
    return [sys.executable, "-m", "merganser", "gate", str(sides[0]), "--baseline", str(sides[1]), "--config",
            str(config), "--json"]  # fmt: skip


def read(sides: tuple[Path, Path]) -> list[str]:
    return [sys.executable, "-c", READ, *map(str, sides)]


def shuffled(sides: tuple[Path, Path], folder: Path) -> tuple[Path, Path]:
    """The candidate's rows in another order."""
    moved = folder / "shuffled.parquet"
    pl.read_parquet(sides[0]).sample(fraction=1, shuffle=True, seed=7).write_parquet(moved)
    return moved, sides[1]


def partitioned(folder: Path, rows: int) -> tuple[Path, Path]:
    """Both sides as folders of files of at most ten million rows."""
    sides = folder / "candidate", folder / "baseline"
    for side in sides:
        side.mkdir()
    for number in range(-(-rows // CHUNK)):
        for side, file in zip(sides, write_sides(folder, min(CHUNK, rows), number), strict=True):
            file.rename(side / f"part-{number:03}.parquet")
    return sides


def resampling(sides: tuple[Path, Path]) -> float:
    """Seconds that one resample of `roc_auc_score` on both sides takes."""
    command = [sys.executable, "-c", RESAMPLE, *map(str, sides)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def table(rows: int, large: int, rounds: int, folder: Path) -> str:
    """The whole benchmark as Markdown."""
    config = folder / "merganser.yaml"
    config.write_text(CONFIG)
    sides = apart(write_sides, folder, rows)
    mixed = apart(shuffled, sides, folder)
    costs = medians({"read": read(sides), "gate": gate(sides, config), "shuffled": gate(mixed, config)}, rounds)
    loop = 1000 * resampling(sides)
    lines = [
        "| what | rows | seconds | times the reading | MB |",
        "| --- | ---: | ---: | ---: | ---: |",
        _line("Polars reads both files", rows, costs["read"], costs["read"]),
        _line("the gate, keys aligned", rows, costs["gate"], costs["read"]),
        _line("the gate, keys shuffled", rows, costs["shuffled"], costs["read"]),
        f"| 1,000 resamples of `roc_auc_score` (one measured) | {rows:,} | {loop:,.0f} | "
        f"{loop / costs['read'].seconds:,.0f} | – |",
    ]
    if large:
        big = apart(partitioned, folder, large)
        costs |= medians({"large": gate(big, config)}, 1)
        lines.append(_line("the gate, a partitioned folder", large, costs["large"], costs["read"]))
    return "\n".join(lines)


def _line(what: str, rows: int, found: Cost, reading: Cost) -> str:
    times = found.seconds / reading.seconds
    return f"| {what} | {rows:,} | {found.seconds:.2f} | {times:.1f} | {found.megabytes:,.0f} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--large", type=int, default=100_000_000, help="rows of the partitioned folder, 0 for none")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--folder", type=Path, help="where the files are made [default: a temporary folder]")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=chosen.folder) as folder:
        print(table(chosen.rows, chosen.large, chosen.rounds, Path(folder)))


if __name__ == "__main__":
    main()

"""Looking for drift, timed against bare numpy and scipy doing the same, and against Evidently where it is installed.

    python tests/benchmarks/drift_time.py [--rows N] [--rounds N] [--evidently PYTHON]

Each contender is a process of its own that reads both parquet files; its imports count. They take turns, and medians
are shown. PYTHON is an interpreter that has Evidently. Prints a Markdown table.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import msgspec
import numpy as np
import polars as pl

NUMBERS = 20
CATEGORIES = (4, 50, 1_000)

OURS = """
import sys
from pathlib import Path
from merganser.evaluation.drift.compare import compare_features
from merganser.evaluation.readers import read_table
findings = compare_features(read_table(Path(sys.argv[1])), read_table(Path(sys.argv[2])))
for name, column in findings.columns.items():
    print(name, column.psi, column.statistic, column.p, column.p_adjusted)
"""

BARE = """
import sys
import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq
from scipy import stats

def psi(reference, current):
    r, c = (np.where(rows > 0, rows, 0.5) / rows.sum() for rows in (reference, current))
    return ((c - r) * np.log(c / r)).sum()

def numbers(one, two):
    one, two = np.sort(one), np.sort(two)
    both = np.concatenate([one, two])
    steps = np.searchsorted(one, both, "right") / len(one) - np.searchsorted(two, both, "right") / len(two)
    statistic = np.abs(steps).max()
    p = stats.kstwo.sf(statistic, round(len(one) * len(two) / len(both)))
    cuts = np.unique(np.quantile(one, np.arange(1, 10) / 10))
    bins = [np.bincount(np.searchsorted(cuts, side), minlength=len(cuts) + 1) for side in (one, two)]
    return psi(*bins), statistic, p

def categories(one, two):
    counts = [{item["values"]: item["counts"] for item in pc.value_counts(side).to_pylist()} for side in (one, two)]
    table = np.array([[side.get(name, 0) for name in sorted({*counts[0], *counts[1]})] for side in counts])
    found = stats.chi2_contingency(table, correction=False)
    return psi(*table), found.statistic, found.pvalue

one, two = pq.read_table(sys.argv[1]), pq.read_table(sys.argv[2])
found = {}
for name in one.column_names:
    if name.startswith("number"):
        found[name] = numbers(one[name].to_numpy(), two[name].to_numpy())
    else:
        found[name] = categories(one[name], two[name])
adjusted = stats.false_discovery_control([p for *_, p in found.values()])
for (name, values), p in zip(found.items(), adjusted):
    print(name, *values, p)
"""

EVIDENTLY = """
import sys
import pandas
from evidently import Report
from evidently.presets import DataDriftPreset
report = Report([DataDriftPreset(num_method="ks", cat_method="chisquare")])
snapshot = report.run(pandas.read_parquet(sys.argv[2]), pandas.read_parquet(sys.argv[1]))
for metric in snapshot.dict()["metrics"]:
    print(metric["metric_name"], metric["value"])
"""


class Cost(msgspec.Struct, frozen=True):
    """Seconds by the clock, user and system seconds, and the peak of memory in MiB."""

    elapsed: float
    cpu: float
    peak: float


class Contender(msgspec.Struct, frozen=True):
    """A program in an interpreter."""

    name: str
    python: str
    code: str


def contenders(evidently: str = "") -> list[Contender]:
    """Ours first; Evidently in the interpreter that has it, if any."""
    found = [
        Contender("merganser", sys.executable, OURS),
        Contender("numpy and scipy", sys.executable, BARE),
    ]
    return [*found, Contender("Evidently", evidently, EVIDENTLY)] if evidently else found


def table(seed: int, rows: int, shift: float) -> pl.DataFrame:
    """Normal, log-normal, Poisson and gamma columns, of which every fifth is shifted, and categories."""
    chance = np.random.default_rng(seed)
    draw = (
        chance.normal,
        chance.lognormal,
        lambda size: chance.poisson(30.0, size),
        lambda size: chance.gamma(2.0, 1.0, size),
    )
    columns: dict[str, pl.Series] = {}
    for i in range(NUMBERS):
        values = np.asarray(draw[i % 4](size=rows), dtype=np.float64)
        columns[f"number {i}"] = pl.Series(values + (0.0 if i % 5 else shift))
    for kinds in CATEGORIES:
        weights = np.arange(1, kinds + 1) / (kinds * (kinds + 1) / 2)
        names = pl.Series([f"value {k}" for k in range(kinds)])
        columns[f"of {kinds}"] = names.gather(chance.choice(kinds, size=rows, p=weights))
    return pl.DataFrame(columns)


def write_tables(folder: Path, rows: int) -> tuple[Path, Path]:
    """Reference and current features as parquet files."""
    reference, current = folder / "reference.parquet", folder / "current.parquet"
    table(1, rows, 0.0).write_parquet(reference)
    table(2, rows, 0.1).write_parquet(current)
    return reference, current


def run(contender: Contender, files: tuple[Path, Path]) -> tuple[Cost, str]:
    """What one process costs, by the kernel's own account of it, and what it prints."""
    with tempfile.TemporaryFile() as output:
        started = time.monotonic()
        process = subprocess.Popen(
            [contender.python, "-W", "ignore", "-c", contender.code, *map(str, files)], stdout=output
        )
        _, status, used = os.wait4(process.pid, 0)
        elapsed = time.monotonic() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        said = output.read().decode()
    if process.returncode:
        raise RuntimeError(f"{contender.name} ended with {process.returncode}")
    return Cost(elapsed, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024), said


def measure(running: list[Contender], files: tuple[Path, Path], rounds: int) -> dict[str, Cost]:
    """Medians over rounds in which the contenders take turns; a first run of each is not counted."""
    costs: dict[str, list[Cost]] = {one.name: [] for one in running}
    for number in range(rounds + 1):
        for one in running:
            cost, _ = run(one, files)
            if number:
                costs[one.name].append(cost)
    return {
        name: Cost(*(statistics.median(values) for values in zip(*map(msgspec.structs.astuple, found), strict=True)))
        for name, found in costs.items()
    }


def markdown(costs: dict[str, Cost]) -> str:
    """The table: each contender's medians, and the ratio of its elapsed time to ours."""
    ours = next(iter(costs.values()))
    lines = ["| | elapsed | CPU | peak memory | × ours |", "| --- | ---: | ---: | ---: | ---: |"]
    for name, cost in costs.items():
        ratio = cost.elapsed / ours.elapsed
        lines.append(f"| {name} | {cost.elapsed:.2f} s | {cost.cpu:.2f} s | {cost.peak:,.0f} MiB | {ratio:.1f} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--evidently", default="", metavar="PYTHON")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        files = write_tables(Path(folder), asked.rows)
        costs = measure(contenders(asked.evidently), files, asked.rounds)
    print(f"{asked.rows:,} rows, {NUMBERS} columns of numbers and {len(CATEGORIES)} of categories\n")
    print(markdown(costs))


if __name__ == "__main__":
    main()

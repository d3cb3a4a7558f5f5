"""Reads tables in a process of its own, which may die or grow without harm, and says what came of each."""

import json
import subprocess
import sys
from pathlib import Path

import msgspec

# VmHWM is the peak of this program alone: what getrusage says begins with the peak of the process that started it.
PROGRAM = """
import json, sys, tempfile
from pathlib import Path
from merganser.errors import DataError
from merganser.evaluation.readers import open_table, read_rows

def peak():
    return int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0]) // 1024

for path in sys.argv[1:]:
    Path("/proc/self/clear_refs").write_text("5")
    before = peak()
    with tempfile.TemporaryDirectory() as scratch:
        said, rows = "", 0
        try:
            table = open_table(Path(path), (), Path(scratch))
            for start in range(0, table.rows, max(1_000_000, table.rows // 4)):
                rows += read_rows(table, start, 1_000_000).height
        except DataError as wrong:
            said = wrong.message
    print(json.dumps({"said": said, "rows": rows, "megabytes": peak() - before}), flush=True)
"""


class Outcome(msgspec.Struct, frozen=True):
    """The error, or how many rows were read, and by how much memory grew on the way."""

    said: str
    rows: int
    megabytes: int


def read_apart(files: dict[str, Path]) -> dict[str, Outcome]:
    """What came of each file, up to the one that ended the process."""
    command = [sys.executable, "-c", PROGRAM, *map(str, files.values())]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=280)
    outcomes = [Outcome(**json.loads(line)) for line in done.stdout.splitlines()]
    assert len(outcomes) == len(files), f"{list(files)[len(outcomes)]} ended the process: {done.stderr[-1000:]}"
    return dict(zip(files, outcomes, strict=True))

"""What it costs to start: CPU seconds of `merganser --help` beside a bare import of three small libraries."""

import resource
import statistics
import subprocess
import sys
from pathlib import Path

import pytest

ROUNDS = 15
OURS = (sys.executable, str(Path(sys.executable).parent / "merganser"), "--help")
THEIRS = (sys.executable, "-c", "import click, yaml, jinja2")


def cpu_seconds(command: tuple[str, ...]) -> float:
    """User and system time of one process, from the kernel's own account."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime - before.ru_utime) + (after.ru_stime - before.ru_stime)


@pytest.mark.integration
def test_help_costs_no_more_than_importing_click_yaml_and_jinja2() -> None:
    for command in (OURS, THEIRS):
        cpu_seconds(command)
    pairs = [(cpu_seconds(OURS), cpu_seconds(THEIRS)) for _ in range(ROUNDS)]
    ours, theirs = (statistics.median(side) for side in zip(*pairs, strict=True))
    print(f"\nCPU seconds: merganser --help {ours:.3f}; importing click, yaml and jinja2 {theirs:.3f}")
    assert ours <= theirs

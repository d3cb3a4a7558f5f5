"""What the whole demo costs: three pull requests, their trainings, two deployments, on one machine."""

import resource
import subprocess
import sys
import time

import msgspec
import pytest

MOST_CPU_SECONDS = 60


class Cost(msgspec.Struct, frozen=True):
    """Seconds by the clock, and user and system seconds of a process with all that it started."""

    elapsed: float
    cpu: float


def cost_of_a_demo() -> Cost:
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run([sys.executable, "-m", "merganser", "demo"], capture_output=True, text=True, check=False)
    elapsed, after = time.monotonic() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode == 0, done.stderr[-3000:]
    return Cost(elapsed, (after.ru_utime - before.ru_utime) + (after.ru_stime - before.ru_stime))


@pytest.mark.benchmark
def test_the_demo_takes_less_than_a_minute_of_computing() -> None:
    """The first run may find cold files; elapsed time says more about the machine, so it is only printed."""
    first, second = cost_of_a_demo(), cost_of_a_demo()
    for name, cost in (("first", first), ("second", second)):
        print(f"\n{name} demo: {cost.elapsed:.1f} s elapsed, {cost.cpu:.1f} s CPU", end="")
    # Reading what it started is part of the account: an account that missed the trainings would be near nothing.
    assert 1 < second.cpu < MOST_CPU_SECONDS

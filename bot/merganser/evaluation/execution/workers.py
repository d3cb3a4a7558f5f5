"""Feeds accumulators with all rows of a source: in this process on threads, or on the workers of a Dask cluster.

Rows are always cut into the same runs of parts, and what runs come to is merged in their order, so neither the number
of threads nor their speed shows in the result.
"""

import copy
import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, Protocol

import msgspec

from merganser.errors import ConfigError
from merganser.evaluation.accumulators.accumulator import Accumulator
from merganser.evaluation.accumulators.fingerprint import Fingerprint
from merganser.evaluation.execution.sources import Keys, Part
from merganser.evaluation.execution.telling import telling
from merganser.evaluation.faults import Faults, Grade
from merganser.evaluation.layout import Grouping, Layout
from merganser.evaluation.rows import read_batch

RUN = 3  # parts that one piece of work takes
MOST_THREADS = 8


class Tally(msgspec.Struct, kw_only=True):
    """What some rows came to: fed accumulators by name, faults, the labels' fingerprint, and what keys prove.

    `differing`: parts in which the sides say different things. `seen`: the labels of a binary task. `crowded`:
    groupings with too many values in some part.
    """

    accumulators: dict[str, Accumulator]
    fingerprint: Fingerprint
    faults: Faults
    keys: list[Keys | None] = []
    rows: int = 0
    differing: int = 0
    seen: frozenset[str] = frozenset()
    crowded: frozenset[Grouping] = frozenset()

    def merge(self, other: "Tally") -> None:
        for name, accumulator in self.accumulators.items():
            accumulator.merge(other.accumulators[name])
        self.fingerprint.merge(other.fingerprint)
        self.faults.merge(other.faults)
        self.keys += other.keys
        self.rows += other.rows
        self.differing += other.differing
        self.seen |= other.seen
        self.crowded |= other.crowded


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """What is done with each part: which rows, what they mean, and the accumulators in their first state.

    `again`: the rows have been judged usable before, and nothing but the accumulators is fed.
    """

    source: Any
    layout: Layout
    accumulators: dict[str, Accumulator]
    again: bool = False


Work = Callable[[Any, Any], Any]


class Workers(Protocol):
    """Something that does work elsewhere: on each item, with what all of it has in common."""

    def map(self, work: Work, common: Any, items: Sequence[Any]) -> Iterator[Any]:
        """The results, in the order of the items."""
        ...


def feed(job: Job, workers: Workers) -> Tally:
    """The tally of all parts of the job's source."""
    parts = job.source.parts()
    runs = [parts[at : at + RUN] for at in range(0, len(parts), RUN)]
    total = _blank(job)
    with telling("reading again" if job.again else "reading", len(runs)) if len(runs) > 1 else nullcontext() as done:
        for tally in workers.map(_work, job, runs):
            total.merge(tally)
            if done is not None:
                done(1)
    return total


class Threads:
    """The threads of this process."""

    def __init__(self, executor: Executor, threads: int) -> None:
        self._executor, self._threads = executor, threads

    def map(self, work: Work, common: Any, items: Sequence[Any]) -> Iterator[Any]:
        """At most one more piece of work is under way or waiting than there are threads, so results don't pile up."""
        if len(items) == 1:
            yield work(common, items[0])
            return
        waiting: deque[Any] = deque()
        try:
            for item in items:
                waiting.append(self._executor.submit(work, common, item))
                if len(waiting) > self._threads:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


class Cluster:
    """The workers of a Dask cluster; each must see the files under the same paths."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def map(self, work: Work, common: Any, items: Sequence[Any]) -> Iterator[Any]:
        """What is common is sent to each worker once; a result is fetched when those before it were taken."""
        shared = self._client.scatter(common, broadcast=True, hash=False)
        futures = [self._client.submit(work, shared, item, pure=False) for item in items]
        for future in futures:
            yield future.result()
            future.release()


@contextmanager
def threads() -> Iterator[Workers]:
    """As many threads as there are cores for this process, at most `MOST_THREADS`."""
    count = min(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1, MOST_THREADS)
    with ThreadPoolExecutor(count) as executor:
        yield Threads(executor, count)


@contextmanager
def cluster(address: str) -> Iterator[Workers]:
    """The workers of the Dask scheduler at `address`; `ConfigError` where none answers."""
    from distributed import Client

    try:
        client = Client(address, timeout="10s", set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as wrong:
        hint = "Start a scheduler and workers, or leave --cluster out: threads of this machine do it then."
        raise ConfigError(f"--cluster: no Dask scheduler answers at {address}", hint) from wrong
    with client:
        if not client.scheduler_info()["workers"]:
            raise ConfigError(f"--cluster: the scheduler at {address} has no workers", "Start at least one worker.")
        yield Cluster(client)


def workers_at(address: str) -> AbstractContextManager[Workers]:
    """A cluster's workers, or this process's threads where `address` is empty."""
    return cluster(address) if address else threads()


def _blank(job: Job) -> Tally:
    fed = copy.deepcopy(job.accumulators)
    return Tally(accumulators=fed, fingerprint=Fingerprint(job.layout.fingerprint), faults=Faults(), keys=[])


def _work(job: Job, parts: list[Part]) -> Tally:
    tally = _blank(job)
    for part in parts:
        _add(tally, job, part)
    return tally


def _add(tally: Tally, job: Job, part: Part) -> None:
    faults = Faults()  # of this part alone, so that others are counted however parts come together
    frames, keys = job.source.read(part, faults)
    usable = len(frames.keys) and not faults.any(Grade.unusable)
    batch = read_batch(frames, job.layout, faults) if usable else None
    tally.keys.append(keys)
    tally.faults.merge(faults)
    if batch is None:
        return
    for accumulator in tally.accumulators.values():
        accumulator.update(batch)
    if job.again:
        return
    tally.rows += batch.rows
    tally.seen |= batch.seen
    tally.crowded |= {grouping for grouping, groups in batch.groups.items() if not groups.names}
    if batch.identities is not None:
        tally.fingerprint.add(batch.identities)
    tally.differing += not batch.candidate.says_as(batch.baseline)

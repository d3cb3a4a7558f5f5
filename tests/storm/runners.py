"""GitHub's runners, as far as a storm meets them: so many jobs at once, and of each concurrency group one that runs and
one that waits."""

from collections import Counter, deque
from collections.abc import Callable

import msgspec

from tests.storm.virtual import Clock, OutOfTime

# The report's workflow gives a job half an hour. What starts before Merganser does takes a while.
MINUTES, SETTING_UP = 30, 20.0


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """`work` says in a word how it ended."""

    kind: str
    group: str
    work: Callable[[], str]


class Runners:
    def __init__(self, clock: Clock, at_once: int) -> None:
        self._clock, self._at_once = clock, at_once
        self._queue: deque[Job] = deque()
        self._running: set[str] = set()
        self._waiting: dict[str, Job] = {}
        self._busy = 0
        self.ended: Counter[tuple[str, str]] = Counter()

    def submit(self, job: Job) -> None:
        if job.group in self._running:
            if replaced := self._waiting.get(job.group):
                self.ended[replaced.kind, "replaced by a newer one"] += 1
            self._waiting[job.group] = job
            return
        self._running.add(job.group)
        self._queue.append(job)
        self._dispatch()

    @property
    def idle(self) -> bool:
        return not self._busy

    def _dispatch(self) -> None:
        while self._queue and self._busy < self._at_once:
            job = self._queue.popleft()
            self._busy += 1
            self._clock.start(lambda job=job: self._do(job), MINUTES * 60)  # type: ignore[misc]

    def _do(self, job: Job) -> None:
        word = "failed"
        try:
            self._clock.sleep(SETTING_UP)
            word = job.work()
        except OutOfTime:
            word = "ended by its runner"
        finally:
            self.ended[job.kind, word] += 1
            self._busy -= 1
            self._running.discard(job.group)
            if job.group in self._waiting:
                self.submit(self._waiting.pop(job.group))
            self._dispatch()

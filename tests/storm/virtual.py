"""A clock of one's own, on which many tasks wait at once: hours pass as fast as the work between them is done.

Each task is a thread, of which one at a time runs: the one whose moment is next. So a run is the same each time.
"""

import heapq
import itertools
import threading
from collections.abc import Callable


class OutOfTime(BaseException):
    """The task was ended at its deadline, as a job is by its runner."""


class Task:
    """Work that may sleep. `until` is when the next request may be sent, by what GitHub told this task."""

    def __init__(self, work: Callable[[], None], deadline: float) -> None:
        self.work, self.deadline, self.until = work, deadline, 0.0
        self.turn = threading.Semaphore(0)


class Clock:
    """`now` moves only when everyone waits."""

    def __init__(self, now: float) -> None:
        self.now = now
        self._order = itertools.count()
        self._agenda: list[tuple[float, int, Task | Callable[[], None]]] = []
        self._back = threading.Semaphore(0)
        self._tasks: dict[int, Task] = {}

    def __call__(self) -> float:
        return self.now

    def at(self, moment: float, what: Task | Callable[[], None]) -> None:
        heapq.heappush(self._agenda, (moment, next(self._order), what))

    def start(self, work: Callable[[], None], seconds: float) -> None:
        """A task that begins now, and ends in so many seconds whether it is through or not."""
        task = Task(work, self.now + seconds)
        threading.Thread(target=self._run, args=(task,), daemon=True).start()
        self.at(self.now, task)

    def task(self) -> Task | None:
        """The one that asks; None for threads of others."""
        return self._tasks.get(threading.get_ident())

    def sleep(self, seconds: float) -> None:
        task = self._tasks[threading.get_ident()]
        self.at(min(self.now + seconds, task.deadline), task)
        self._back.release()
        task.turn.acquire()
        if self.now >= task.deadline:
            raise OutOfTime

    def run(self, until: float) -> None:
        """Lets time pass until that moment."""
        while self._agenda and self._agenda[0][0] <= until:
            self.now, _, what = heapq.heappop(self._agenda)
            if isinstance(what, Task):
                what.turn.release()
                self._back.acquire()
            else:
                what()
        self.now = until

    def _run(self, task: Task) -> None:
        self._tasks[threading.get_ident()] = task
        task.turn.acquire()
        try:
            task.work()
        finally:
            del self._tasks[threading.get_ident()]
            self._back.release()

"""Work on threads: results in order, little waiting at once, and what was not begun is left when one piece fails."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from merganser.evaluation.accumulators.fingerprint import Fingerprint
from merganser.evaluation.execution.sources import Keys
from merganser.evaluation.execution.workers import Tally, Threads, threads
from merganser.evaluation.faults import Faults
from merganser.evaluation.layout import Grouping


def test_results_come_in_the_order_of_the_items() -> None:
    """The first item waits for the second one, which another thread has to do meanwhile."""
    second = threading.Event()

    def work(common: int, item: int) -> int:
        if item == 0:
            assert second.wait(30)
        if item == 1:
            second.set()
        return common * item

    with ThreadPoolExecutor(2) as executor:
        assert list(Threads(executor, 2).map(work, 10, range(9))) == [10 * item for item in range(9)]


def test_little_is_begun_before_somebody_asks() -> None:
    begun: list[int] = []

    def work(_: None, item: int) -> int:
        begun.append(item)
        return item

    with ThreadPoolExecutor(2) as executor:
        results = Threads(executor, 2).map(work, None, range(100))
        assert next(results) == 0
    assert len(begun) <= 3


def test_what_fails_is_raised_and_ends_the_rest() -> None:
    begun: list[int] = []

    def work(_: None, item: int) -> int:
        begun.append(item)
        if item == 1:
            raise ValueError("the second")
        return item

    with threads() as workers, pytest.raises(ValueError, match="the second"):
        list(workers.map(work, None, range(1_000)))
    assert len(begun) < 50


def test_a_single_item_needs_no_thread() -> None:
    with threads() as workers:
        assert list(workers.map(lambda _, item: (item, threading.current_thread()), None, [7])) == [
            (7, threading.main_thread())
        ]
        assert list(workers.map(lambda _, item: item, None, [])) == []


class Sum:
    """An accumulator of nothing but a number."""

    def __init__(self, value: int) -> None:
        self.value = value

    def update(self, batch: Any) -> None:
        self.value += batch.rows

    def merge(self, other: "Sum") -> None:
        self.value += other.value

    def second(self) -> None:
        return None


def tally(value: int, **fields: Any) -> Tally:
    return Tally(accumulators={"sum": Sum(value)}, fingerprint=Fingerprint(()), faults=Faults(), **fields)


def test_tallies_merge() -> None:
    country, plan = Grouping(("country",)), Grouping(("plan",))
    one = tally(1, keys=[Keys(True, 1, 2)], rows=2, differing=1, seen=frozenset("a"), crowded=frozenset({country}))
    two = tally(5, keys=[None], rows=3, differing=2, seen=frozenset("b"), crowded=frozenset({plan}))
    one.merge(two)
    assert one.accumulators["sum"].value == 6  # type: ignore[attr-defined]
    assert (one.keys, one.rows, one.differing) == ([Keys(True, 1, 2), None], 5, 3)
    assert (one.seen, one.crowded) == (frozenset("ab"), frozenset({country, plan}))

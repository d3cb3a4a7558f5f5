"""Fixtures for every test that talks to a hub: each exchange is checked, and a deviation fails the test at its end."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from merganser.hub import Exchange, Hub
from tests.contract.checker import answer_deviations, request_deviations


class Contract:
    """Collects what deviates. A test that sends something wrong on purpose takes those exchanges out by `forgive`."""

    def __init__(self) -> None:
        self.exchanges: list[Exchange] = []

    def __call__(self, exchange: Exchange) -> None:
        self.exchanges.append(exchange)

    def forgive(self, wanted: Callable[[Exchange], bool]) -> None:
        """Leave out the exchanges so far that the test itself made wrong."""
        self.exchanges = [exchange for exchange in self.exchanges if not wanted(exchange)]

    def deviations(self) -> list[str]:
        found = []
        for exchange in self.exchanges:
            problems = [f"request: {text}" for text in request_deviations(exchange)]
            problems += [f"answer: {text}" for text in answer_deviations(exchange)]
            found += [f"{exchange.method} {exchange.path} → {exchange.status}: {text}" for text in problems]
        return list(dict.fromkeys(found))


@pytest.fixture
def contract() -> Iterator[Contract]:
    """The observer for a hub that a test starts itself: Hub(directory, observer=contract)."""
    observer = Contract()
    yield observer
    assert observer.deviations() == []


@pytest.fixture
def hub(tmp_path: Path, contract: Contract) -> Iterator[Hub]:
    """A running, empty hub whose every exchange is held to GitHub's description."""
    with Hub(tmp_path / "hub", observer=contract) as running:
        yield running

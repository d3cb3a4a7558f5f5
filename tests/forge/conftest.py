"""The prepared hub, made once per worker, and a running copy of it for each test that asks."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.plugin import Contract
from tests.forge.world import Prepared, World, prepare, running


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    return prepare(tmp_path_factory.mktemp("prepared"))


@pytest.fixture
def world(prepared: Prepared, tmp_path: Path, contract: Contract) -> Iterator[World]:
    """A world of its own; every exchange with it is held to GitHub's description."""
    with running(prepared, tmp_path / "world", contract) as copy:
        yield copy


@pytest.fixture
def crowd(prepared: Prepared, tmp_path: Path) -> Iterator[World]:
    """A world for hundreds of comments, which would take seconds to hold to the description one by one."""
    with running(prepared, tmp_path / "world") as copy:
        yield copy

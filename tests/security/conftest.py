"""A repository whose first run is recorded and whose pull request 2 is trained: where each attack begins."""

import pytest

from tests.commands.stage import Moment, prepare


@pytest.fixture(scope="session")
def moments(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Moment]:
    return prepare(tmp_path_factory.mktemp("stage"))

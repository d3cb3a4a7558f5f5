"""The prepared hubs that the commands' tests start from, made once per worker."""

import pytest

from tests.commands.stage import Moment, prepare


@pytest.fixture(scope="session")
def moments(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Moment]:
    return prepare(tmp_path_factory.mktemp("stage"))

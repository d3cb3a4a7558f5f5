"""Fixtures and settings that every part shares."""

from collections.abc import Iterator

import pytest
from hypothesis import settings

pytest_plugins = ("tests.contract.plugin",)

# How long an example takes says more about the machine than about the code. Each run draws other examples, so half of
# the usual number finds in two runs what the whole does in one, and `make test` stays short.
settings.register_profile("merganser", deadline=None, max_examples=50)
settings.load_profile("merganser")

LOOPBACK = "127.0.0.1,localhost"


@pytest.fixture(scope="session", autouse=True)
def neutral_ground() -> Iterator[None]:
    """Nothing of the machine reaches a test: neither its proxy, for servers here, nor a person's settings of git."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("NO_PROXY", "no_proxy"):
            patch.setenv(name, LOOPBACK)
        patch.setenv("GIT_CONFIG_NOSYSTEM", "1")
        patch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
        yield

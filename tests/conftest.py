"""Fixtures and settings that every part shares."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from tests.storage.world import Bucket

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


@pytest.fixture(scope="module")
def store() -> "Iterator[Bucket]":
    """A bucket of an S3 store on loopback, of each module's own."""
    from tests.storage.world import bucket

    with bucket() as made:
        yield made

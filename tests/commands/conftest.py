"""What the commands' tests start from: prepared hubs, made once per worker, and a person at a terminal."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from merganser import cli
from tests.commands import shipped as ready
from tests.commands.comments import prepare_comments
from tests.commands.person import Merganser, Said
from tests.commands.stage import Life, Moment, on_a_copy, prepare
from tests.contract.plugin import Contract


@pytest.fixture(scope="session")
def moments(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Moment]:
    return prepare(tmp_path_factory.mktemp("stage"))


@pytest.fixture(scope="session")
def comments(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Moment]:
    return prepare_comments(tmp_path_factory.mktemp("comments"))


@pytest.fixture
def life(moments: dict[str, Moment], tmp_path: Path, contract: Contract) -> Iterator[Life]:
    """The repository with its first run recorded and the pull request 2 trained, of which nobody has heard yet."""
    with on_a_copy(moments["report"], tmp_path, contract) as hub:
        yield Life(hub, tmp_path, moments["report"].access)


@pytest.fixture
def merganser(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Merganser:
    """Runs `merganser ARGS` in a folder, in this process."""

    def call(*args: str, cwd: Path, **environment: str) -> Said:
        for name in ("GITHUB_TOKEN", "GITHUB_EVENT_PATH", "GITHUB_REPOSITORY", "GITHUB_API_URL", "GITHUB_OUTPUT"):
            monkeypatch.delenv(name, raising=False)
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.chdir(cwd)
        monkeypatch.setattr(sys, "argv", ["merganser", *args])
        capsys.readouterr()
        code: Any = 0
        try:
            cli.main()
        except SystemExit as ended:
            code = ended.code or 0
        return Said(int(code), *capsys.readouterr())

    return call


@pytest.fixture(scope="session")
def deployed(moments: dict[str, Moment], tmp_path_factory: pytest.TempPathFactory) -> Moment:
    return ready.prepare_shipped(moments["promote"], tmp_path_factory.mktemp("shipped"))


@pytest.fixture
def shipped(deployed: Moment, tmp_path: Path) -> Iterator[ready.Shipped]:
    """Clones of a hub on which a version was registered and deployed."""
    with ready.shipped(deployed, tmp_path) as made:
        yield made

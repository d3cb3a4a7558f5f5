"""What the commands' tests start from: prepared hubs, made once per worker, and a person at a terminal."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from merganser import cli, git
from merganser.forge.mirror import credentials
from merganser.forge.secret import Secret
from tests.commands.person import Merganser, Said, Shipped
from tests.commands.stage import ENVIRONMENTS, REPO, Life, Moment, on_a_copy, prepare, run


@pytest.fixture(scope="session")
def moments(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Moment]:
    return prepare(tmp_path_factory.mktemp("stage"))


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


@pytest.fixture
def shipped(moments: dict[str, Moment], tmp_path: Path) -> Iterator[Shipped]:
    moment = moments["promote"]
    with on_a_copy(moment, tmp_path) as hub:
        run(hub, moment)
        Life(hub, tmp_path, moment.access).merge(ENVIRONMENTS, 1)
        env = credentials(Secret(moment.access.person), hub.url)
        for repo, name in ((REPO, "model"), (ENVIRONMENTS, "environments")):
            git.run(["clone", "-q", f"{hub.url}/{repo}.git", str(tmp_path / name)], tmp_path, env=env)
        yield Shipped(hub, tmp_path / "model", tmp_path / "environments", moment.access.person)

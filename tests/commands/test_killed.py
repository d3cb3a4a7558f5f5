"""A command killed before or after the effect of any request, and run again, leaves what one undisturbed run leaves."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

import pytest

from merganser.hub import Exchange, Hub
from tests.commands import dying
from tests.commands.stage import BOT, REPO, Moment, final_state, on_a_copy, run
from tests.forge.killing import When

COMMANDS = ("report", "register", "promote")
SAMPLE = (0.65,)


@pytest.fixture(scope="module")
def undisturbed(moments: dict[str, Moment], tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[int, str]]:
    """How many requests each command makes, and what it leaves."""
    return {command: dying.undisturbed(moments[command], tmp_path_factory.mktemp(command), run) for command in COMMANDS}


@pytest.mark.parametrize("when", When)
@pytest.mark.parametrize("part", SAMPLE)
@pytest.mark.parametrize("command", COMMANDS)
def test_a_sample_of_deaths(
    command: str,
    part: float,
    when: When,
    moments: dict[str, Moment],
    undisturbed: dict[str, tuple[int, str]],
    tmp_path: Path,
) -> None:
    requests, wanted = undisturbed[command]
    index = round(part * (requests - 1))
    assert dying.after_death(moments[command], tmp_path, run, index, when) == wanted


@pytest.mark.integration
@pytest.mark.parametrize("when", When)
@pytest.mark.parametrize("command", COMMANDS)
def test_every_death(
    command: str,
    when: When,
    moments: dict[str, Moment],
    undisturbed: dict[str, tuple[int, str]],
    tmp_path: Path,
) -> None:
    requests, wanted = undisturbed[command]
    assert requests > 5
    for index in range(requests):
        folder = tmp_path / str(index)
        folder.mkdir()
        assert dying.after_death(moments[command], folder, run, index, when) == wanted, f"request {index} of {requests}"


class Executioner:
    """Watches a hub, and kills a process right after the effect of its n-th request, before the answer is sent."""

    def __init__(self, nth: int) -> None:
        self._left = nth
        self.process: subprocess.Popen[bytes] | None = None
        self.started = threading.Event()

    def __call__(self, exchange: Exchange) -> None:
        self.started.wait(10)
        self._left -= 1
        if self._left == 0 and self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait(10)


def start(
    hub: Hub, moment: Moment, command: str, folder: Path, more: Mapping[str, str] | None = None, **streams: int
) -> subprocess.Popen[bytes]:
    """The command as a process of its own, as a workflow starts it."""
    (folder / "event.json").write_text(json.dumps(moment.event))
    args = {
        "report": ["report"],
        "register": ["register", "tiny"],
        "promote": ["promote", "tiny", "--to", "staging"],
        "command": ["command"],
    }
    environment = {
        "PATH": os.environ["PATH"],
        "GITHUB_EVENT_NAME": "workflow_run",
        "GITHUB_EVENT_PATH": str(folder / "event.json"),
        "GITHUB_REPOSITORY": REPO,
        "GITHUB_SERVER_URL": hub.url,
        "GITHUB_API_URL": hub.api_url,
        "GITHUB_RUN_ID": "77",
        "GITHUB_RUN_ATTEMPT": "1",
        "GITHUB_ACTOR": "ada",
        "GITHUB_TOKEN": moment.access.bot,
        "GITHUB_OUTPUT": str(folder / "output"),
        "GITHUB_STEP_SUMMARY": str(folder / "summary"),
        "MERGANSER_LOGIN": BOT,
        **(more or {}),
    }
    for name in ("output", "summary"):
        (folder / name).touch()
    return subprocess.Popen([sys.executable, "-m", "merganser", *args[command]], env=environment, cwd=folder, **streams)


@pytest.mark.integration
@pytest.mark.parametrize("command", COMMANDS)
def test_a_killed_process(
    command: str, moments: dict[str, Moment], undisturbed: dict[str, tuple[int, str]], tmp_path: Path
) -> None:
    requests, wanted = undisturbed[command]
    executioner = Executioner(requests - 2)
    with on_a_copy(moments[command], tmp_path, executioner) as hub:
        executioner.process = start(hub, moments[command], command, tmp_path)
        executioner.started.set()
        assert executioner.process.wait(60) == -signal.SIGKILL
        again = start(hub, moments[command], command, tmp_path)
        assert again.wait(60) == 0
        assert final_state(hub, moments[command]) == wanted

"""No token leaves a command: not by what it prints, by outputs or summary, nor by what it writes to GitHub."""

import subprocess
from pathlib import Path

import pytest

from tests.commands.stage import Moment, final_state, on_a_copy
from tests.commands.test_killed import start


@pytest.mark.parametrize("command", ["report", "register", "promote"])
def test_the_token_is_nowhere(command: str, moments: dict[str, Moment], tmp_path: Path) -> None:
    moment = moments[command]
    with on_a_copy(moment, tmp_path) as hub:
        process = start(hub, moment, command, tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        said = process.communicate(timeout=120)[0].decode()
        assert process.returncode == 0, said
        written = said + final_state(hub, moment)
    written += "".join(file.read_text() for file in (tmp_path / "output", tmp_path / "summary"))
    assert "tiny" in written
    assert moment.access.bot not in written
    git_objects = [file for file in (tmp_path / "hub" / "repos").rglob("*") if file.is_file()]
    assert git_objects
    assert not any(moment.access.bot.encode() in file.read_bytes() for file in git_objects)


@pytest.mark.parametrize("command", ["report", "register", "promote"])
def test_nor_does_a_failing_command_show_it(command: str, moments: dict[str, Moment], tmp_path: Path) -> None:
    moment = moments[command]
    with on_a_copy(moment, tmp_path) as hub:
        hub.admin.set_permission("acme/tiny", "merganser[bot]", "none")
        hub.admin.set_permission("acme/environments", "merganser[bot]", "none")
        process = start(hub, moment, command, tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        said = process.communicate(timeout=120)[0].decode()
    assert (process.returncode, "→" in said) == (4, True), said
    assert moment.access.bot not in said

"""Two registrations at the same moment leave what one leaves: one tag, one release, every asset."""

import subprocess
from pathlib import Path

import pytest
import requests

from merganser.forge.protocol import Taken
from merganser.hub import Hub
from tests.commands.registrations import at_once, registering, rival_before, tags_of
from tests.commands.stage import REPO, Moment, fetch, final_state, on_a_copy, run
from tests.commands.test_killed import start
from tests.forge.killing import Handler, Send, counted, tampering

ROUNDS = 5
SAMPLE = (0.3, 0.55, 0.8, 0.95)


@pytest.fixture(scope="module")
def undisturbed(moments: dict[str, Moment], tmp_path_factory: pytest.TempPathFactory) -> tuple[int, str]:
    """How many requests a registration makes, and what it leaves."""
    with on_a_copy(moments["register"], tmp_path_factory.mktemp("alone")) as hub:
        with counted() as counter:
            run(hub, moments["register"])
        return len(counter), final_state(hub, moments["register"])


@pytest.mark.parametrize("number", range(ROUNDS))
def test_two_at_once(number: int, moments: dict[str, Moment], undisturbed: tuple[int, str], tmp_path: Path) -> None:
    moment = moments["register"]
    with on_a_copy(moment, tmp_path) as hub:
        assert at_once(registering(hub, moment), registering(hub, moment)) == []
        assert final_state(hub, moment) == undisturbed[1]


def a_rival_comes_in(moment: Moment, folder: Path, index: int) -> str:
    with on_a_copy(moment, folder) as hub:
        with tampering(rival_before(index, registering(hub, moment))):
            run(hub, moment)
        return final_state(hub, moment)


@pytest.mark.parametrize("part", SAMPLE)
def test_a_rival_that_is_done_between_two_requests(
    part: float, moments: dict[str, Moment], undisturbed: tuple[int, str], tmp_path: Path
) -> None:
    count, wanted = undisturbed
    assert a_rival_comes_in(moments["register"], tmp_path, round(part * (count - 1))) == wanted


@pytest.mark.integration
def test_a_rival_that_is_done_between_any_two_requests(
    moments: dict[str, Moment], undisturbed: tuple[int, str], tmp_path: Path
) -> None:
    count, wanted = undisturbed
    for index in range(count):
        (tmp_path / str(index)).mkdir()
        assert a_rival_comes_in(moments["register"], tmp_path / str(index), index) == wanted, f"before request {index}"


def test_a_rival_that_gives_the_number_to_another_commit(moments: dict[str, Moment], tmp_path: Path) -> None:
    """Both saw no version. The loser learns it from the claim: the number never moves, and it leaves nothing."""
    moment = moments["register"]
    with on_a_copy(moment, tmp_path) as hub:
        older = fetch(hub, moment.access.person, f"/repos/{REPO}/commits/main")["parents"][0]["sha"]
        with tampering(claiming(hub, moment, older)), pytest.raises(Taken, match="already registered") as lost:
            run(hub, moment)
        assert lost.value.exit_code == 2
        assert list(tags_of(hub)) == ["tiny@v0.1.0"]
        (release,) = fetch(hub, moment.access.person, f"/repos/{REPO}/releases")
        assert (release["tag_name"], release["draft"]) == ("tiny@v0.1.0", False)
        run(hub, moment)
        assert sorted(tags_of(hub)) == ["tiny@v0.1.0", "tiny@v0.2.0"]


def claiming(hub: Hub, moment: Moment, commit: str) -> Handler:
    """The rival registers `commit` just before our claim is sent."""
    rival = registering(hub, moment, model="tiny", commit=commit)

    def handler(at: int, request: requests.PreparedRequest, send: Send) -> requests.Response:
        if request.method == "POST" and (request.url or "").endswith("/git/refs") and not begun:
            begun.append(at)
            rival()
        return send()

    begun: list[int] = []
    return handler


@pytest.mark.integration
@pytest.mark.parametrize("number", range(50))
def test_two_processes_at_once(
    number: int, moments: dict[str, Moment], undisturbed: tuple[int, str], tmp_path: Path
) -> None:
    moment = moments["register"]
    with on_a_copy(moment, tmp_path) as hub:
        processes = []
        for name in "ab":
            (tmp_path / name).mkdir()
            pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
            processes.append(start(hub, moment, "register", tmp_path / name, **pipes))
        said = [process.communicate(timeout=120) for process in processes]
        assert [process.returncode for process in processes] == [0, 0], said
        assert final_state(hub, moment) == undisturbed[1]

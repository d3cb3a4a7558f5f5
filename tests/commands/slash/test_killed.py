"""A comment's answer that dies before or after any request, or that runs twice at once, leaves what one leaves."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.commands.comments import answer
from tests.commands.dying import after_death, asked_and_left, undisturbed
from tests.commands.stage import Moment, final_state, on_a_copy
from tests.forge.killing import When

# At each request, or at each so manieth.
AT_REQUESTS = {"override": 1, "train": 1, "train-one": 1, "register": 4}
AT_WRITES = ("fault", "refused", "help", "gate", "unoverride", "ok-to-test", "set", "promote")


@pytest.mark.parametrize("when", When)
@pytest.mark.parametrize("name", ["override", "train-one"])
def test_a_sample_of_deaths(name: str, when: When, comments: dict[str, Moment], tmp_path: Path) -> None:
    for folder in ("whole", "killed"):
        (tmp_path / folder).mkdir()
    requests, wanted = undisturbed(comments[name], tmp_path / "whole", answer)
    assert after_death(comments[name], tmp_path / "killed", answer, round(0.7 * requests), when) == wanted


@pytest.mark.integration
@pytest.mark.parametrize("when", When)
@pytest.mark.parametrize("name", AT_REQUESTS)
def test_every_death(name: str, when: When, comments: dict[str, Moment], tmp_path: Path) -> None:
    (tmp_path / "whole").mkdir()
    requests, wanted = undisturbed(comments[name], tmp_path / "whole", answer)
    for index in range(0, requests, AT_REQUESTS[name]):
        folder = tmp_path / str(index)
        folder.mkdir()
        assert after_death(comments[name], folder, answer, index, when) == wanted, f"request {index} of {requests}"


@pytest.mark.integration
@pytest.mark.parametrize("name", AT_WRITES)
def test_death_after_each_write(name: str, comments: dict[str, Moment], tmp_path: Path) -> None:
    """Whoever dies anywhere between two writes leaves the same world to the next."""
    (tmp_path / "whole").mkdir()
    requests, wanted = asked_and_left(comments[name], tmp_path / "whole", answer)
    writes = [index for index, request in enumerate(requests) if not request.startswith("GET ")]
    assert len(writes) > 2
    for index in writes:
        folder = tmp_path / str(index)
        folder.mkdir()
        left = after_death(comments[name], folder, answer, index, When.after)
        assert left == wanted, f"{requests[index]} is the last"


SLOWLY = ("train", "set", "ok-to-test", "gate", "unoverride", "promote")


@pytest.mark.parametrize(
    "name", ["override", "register", *(pytest.param(name, marks=pytest.mark.integration) for name in SLOWLY)]
)
def test_two_answers_at_once_leave_one(name: str, comments: dict[str, Moment], tmp_path: Path) -> None:
    """A rerun of the workflow while it runs, or an event that GitHub delivers twice."""
    for folder in ("whole", "both"):
        (tmp_path / folder).mkdir()
    _, wanted = undisturbed(comments[name], tmp_path / "whole", answer)
    with on_a_copy(comments[name], tmp_path / "both") as hub, ThreadPoolExecutor(2) as pool:
        for running in [pool.submit(answer, hub, comments[name]) for _ in range(2)]:
            running.result()
        assert final_state(hub, comments[name]) == wanted

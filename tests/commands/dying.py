"""What a command leaves that was killed at one of its requests and run again; and one that nobody disturbed."""

from collections.abc import Callable
from pathlib import Path

import pytest

from merganser.hub import Hub
from tests.commands.stage import Moment, final_state, on_a_copy
from tests.forge.killing import Killed, When, counted, kill_at

Play = Callable[[Hub, Moment], object]


def undisturbed(moment: Moment, folder: Path, play: Play) -> tuple[int, str]:
    """How many requests it makes, and what it leaves."""
    requests, left = asked_and_left(moment, folder, play)
    return len(requests), left


def asked_and_left(moment: Moment, folder: Path, play: Play) -> tuple[list[str], str]:
    """Its requests (`VERB URL`) in order, and what it leaves."""
    with on_a_copy(moment, folder) as hub:
        with counted() as counter:
            play(hub, moment)
        return counter.requests, final_state(hub, moment)


def after_death(moment: Moment, folder: Path, play: Play, index: int, when: When) -> str:
    """What is left by one that died before or after the request of that index, and another."""
    with on_a_copy(moment, folder) as hub:
        with pytest.raises(Killed), kill_at(index, when):
            play(hub, moment)
        play(hub, moment)
        return final_state(hub, moment)

"""Commands converge: run three times, or killed anywhere and run again, they leave the same world."""

from pathlib import Path

import pytest

from tests.commands.stage import Moment, final_state, on_a_copy, run

COMMANDS = ("report", "register", "promote")


@pytest.mark.parametrize("command", COMMANDS)
def test_three_runs_leave_what_one_leaves(command: str, moments: dict[str, Moment], tmp_path: Path) -> None:
    moment = moments[command]
    with on_a_copy(moment, tmp_path) as hub:
        before = final_state(hub, moment)
        run(hub, moment)
        once = final_state(hub, moment)
        assert once != before
        run(hub, moment)
        run(hub, moment)
        assert final_state(hub, moment) == once

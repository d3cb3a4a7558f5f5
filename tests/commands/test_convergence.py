"""Commands converge: run three times, or killed anywhere and run again, they leave the same world."""

from pathlib import Path

import pytest

from merganser.forge.github import connect
from merganser.hub import Hub
from tests.commands.stage import REPO, Moment, fetch, final_state, on_a_copy, run, runtime

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


def test_our_comment_is_found_among_hundreds(moments: dict[str, Moment], tmp_path: Path) -> None:
    moment = moments["report"]
    with on_a_copy(moment, tmp_path) as hub:
        talk(hub, moment, 120)
        run(hub, moment)
        talk(hub, moment, 120)
        once = final_state(hub, moment)
        run(hub, moment)
        run(hub, moment)
        assert final_state(hub, moment) == once
        bodies = [c["body"] for page in (1, 2, 3) for c in fetch(hub, moment.access.person, comments(page))]
        assert len(bodies) == 241
        assert sum(body.startswith("<!-- merganser:report:2 -->\n") for body in bodies) == 2  # ours, and Ada's copy


def comments(page: int) -> str:
    return f"/repos/{REPO}/issues/2/comments?per_page=100&page={page}"


def talk(hub: Hub, moment: Moment, times: int) -> None:
    """Ada comments; once in words that only look like ours."""
    with connect(runtime(hub, moment.access.person, {}, "")) as forge:
        for n in range(times):
            forge.create_comment(REPO, 2, f"Comment {n}" if n else "Some thoughts")
        if not any("merganser:report" in (c.body or "") for c in forge.issue_comments(REPO, 2)):
            first = forge.issue_comments(REPO, 2)[0]
            forge.update_comment(REPO, first.id, "<!-- merganser:report:2 -->\nNot ours")

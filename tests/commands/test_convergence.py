"""Commands converge: run three times, or killed anywhere and run again, they leave the same world."""

import json
from pathlib import Path

import pytest

from merganser.forge.github import connect
from merganser.hub import Hub
from tests.commands.stage import BOT, ENVIRONMENTS, REPO, Moment, fetch, final_state, on_a_copy, run, runtime

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


def test_the_whole_road_leaves_one_of_each(moments: dict[str, Moment], tmp_path: Path) -> None:
    """Counted by hand: what two pull requests (one reported), their pushes, a version and a promotion leave."""
    moment = moments["promote"]
    with on_a_copy(moment, tmp_path) as hub:
        for _ in range(3):
            run(hub, moment)
        state = json.loads(final_state(hub, moment))
    model, environments = state[REPO], state[ENVIRONMENTS]
    assert [[author for author, *_ in comments] for comments in model["comments"]] == [[BOT], []]
    assert [[check[:3] for check in checks] for checks in model["checks"]] == [[GREEN], []]
    assert [check[:3] for check in model["main"]] == [GREEN]
    assert [name for name, *_ in model["tags"]] == ["refs/tags/tiny@v0.1.0"]
    [(tag, draft, _, _, assets)] = model["releases"]
    assert (tag, draft) == ("tiny@v0.1.0", False)
    assert [asset[0] for asset in assets] == [
        "SHA256SUMS", "bom.cdx.json", "model-card.md", "model.json", "predictions.csv", "provenance.intoto.json",
        "run.json", "verdict.json",
    ]  # fmt: skip
    ledger = sorted(model["branches"]["merganser-ledger"])
    assert sorted(path.split("-", 1)[1] for path in ledger if path.startswith("runs/")) == RECORDED
    assert len(ledger) == 6
    [(number, pull_state, merged, title, *_)] = environments["pulls"]
    assert (number, pull_state, merged, title) == (1, "open", False, "Promote tiny v0.1.0 to staging")
    assert sorted(environments["branches"]) == ["main", "merganser/staging/tiny"]


GREEN = ["merganser/gate", "completed", "success"]
RECORDED = ["1-1.json", "2-1.json", "3-1.json"]


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

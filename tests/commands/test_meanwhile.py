"""What happens beside a command: events that come late, training that ended badly, people on our branch."""

from pathlib import Path

import pytest

from merganser.forge.protocol import Refused
from tests.commands.registrations import Person
from tests.commands.report.test_report import check_of, comments_of, pull_job
from tests.commands.stage import ENVIRONMENTS, Life, Moment, fetch, final_state, on_a_copy, params, run

BRANCH = "merganser/staging/tiny"


def test_13_the_newest_commit_wins_whatever_comes_last(life: Life, moments: dict[str, Moment]) -> None:
    older = moments["report"].event
    life.push("acme/tiny", {"params.yaml": params(20, 20)}, "better")
    newer = life.train_pull(2, "better")
    life.do("report", newer)
    before = final_state(life.hub, moments["report"])
    life.do("report", older)
    life.do("report", {**newer, "action": "requested"})
    assert final_state(life.hub, moments["report"]) == before
    assert "(accuracy +0.05)" in comments_of(life, 2)[0]  # the older commit's is +0.09


@pytest.mark.parametrize("conclusion", ["cancelled", "failure", "skipped", "stale", "startup_failure", "timed_out"])
def test_22_a_training_that_did_not_succeed_is_red(conclusion: str, life: Life) -> None:
    number = life.propose("broken", {"params.yaml": params(100, 100)})
    life.do("report", life.finished(life.start(pull_job(life, number, "broken")), conclusion))
    assert check_of(life, life.head(number))["conclusion"] == "failure"


def test_24_a_persons_commit_on_the_deployment_branch_is_kept_and_said(
    moments: dict[str, Moment], tmp_path: Path
) -> None:
    moment = moments["promote"]
    with on_a_copy(moment, tmp_path) as hub:
        run(hub, moment)
        life = Person(hub, moment, tmp_path / "ada").life
        life.push(ENVIRONMENTS, {"staging/tiny/release.yaml": "mine: true\n"}, BRANCH)
        with pytest.raises(Refused, match="holds 1 commits by Ada, which are kept") as refused:
            run(hub, moment)
        assert BRANCH in refused.value.message
        assert "delete the branch" in refused.value.hint
        found = fetch(hub, moment.access.person, f"/repos/{ENVIRONMENTS}/commits/{BRANCH}")
        assert found["commit"]["author"]["name"] == "Ada"

"""What slash commands ask of a hub: runs begun again or let run, and who is in a team. By PyGithub, and bare HTTP."""

import pytest
from github import GithubException

from tests.hub.clients import NAME, Checkout, Team


@pytest.fixture
def run(team: Team, checkout: Checkout) -> int:
    """A run that has ended well."""
    head = checkout.commit({"f": "f"})
    checkout.push("feature")
    started = team.hub.admin.start_workflow_run(NAME, head_branch="feature", head_sha=head, actor="owner")
    team.hub.admin.finish_workflow_run(NAME, started["id"], "success")
    return int(started["id"])


def test_a_run_begins_again_under_its_id(team: Team, run: int) -> None:
    before = team.repo("write").get_workflow_run(run)
    assert before.rerun() is True
    after = team.repo("write").get_workflow_run(run)
    assert (after.id, after.run_attempt, after.status, after.conclusion) == (run, 2, "in_progress", None)
    assert after.created_at == before.created_at
    assert after.run_started_at >= before.run_started_at


def test_a_run_that_goes_on_does_not_begin_again(team: Team, run: int) -> None:
    team.repo("write").get_workflow_run(run).rerun()
    url = f"/repos/{NAME}/actions/runs/{run}/rerun"
    with pytest.raises(GithubException) as refused:
        team.github("write").requester.requestJsonAndCheck("POST", url)
    assert refused.value.status == 403
    assert "already running" in str(refused.value.data)


def test_a_waiting_run_is_approved_once(team: Team, run: int) -> None:
    team.hub.admin.finish_workflow_run(NAME, run, "action_required")
    requester, url = team.github("write").requester, f"/repos/{NAME}/actions/runs/{run}/approve"
    requester.requestJsonAndCheck("POST", url)
    assert team.repo("write").get_workflow_run(run).status == "in_progress"
    with pytest.raises(GithubException) as refused:
        requester.requestJsonAndCheck("POST", url)
    assert refused.value.status == 403


@pytest.mark.parametrize("verb", ["rerun", "approve"])
def test_who_may_not_write_may_not_let_run(team: Team, run: int, verb: str) -> None:
    team.hub.admin.finish_workflow_run(NAME, run, "action_required")
    with pytest.raises(GithubException) as refused:
        team.github("read").requester.requestJsonAndCheck("POST", f"/repos/{NAME}/actions/runs/{run}/{verb}")
    assert refused.value.status == 403


@pytest.mark.parametrize(
    ("slug", "login", "status"), [("leads", "write", 200), ("leads", "read", 404), ("x", "write", 404)]
)
def test_who_is_in_a_team(team: Team, slug: str, login: str, status: int) -> None:
    owner = NAME.partition("/")[0]
    team.hub.admin.set_team(owner, "leads", ["stranger"])
    team.hub.admin.set_team(owner, "leads", ["write"])
    url = f"/orgs/{owner}/teams/{slug}/memberships/{login}"
    assert team.send("GET", url).status == status

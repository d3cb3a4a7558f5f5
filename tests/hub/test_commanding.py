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


def test_a_job_begins_again_alone_and_the_others_stand_as_they_ended(team: Team, run: int) -> None:
    admin, path = team.hub.admin, f"/repos/{NAME}/actions/runs/{run}/attempts"
    for name in ("Train a", "Train b"):
        admin.report_job(NAME, run, name, "success" if name == "Train a" else "failure", {"Train": "success"})
    before = {job["name"]: job for job in team.send("GET", f"{path}/1/jobs").json["jobs"]}
    requester, url = team.github("write").requester, f"/repos/{NAME}/actions/jobs/{before['Train b']['id']}/rerun"
    requester.requestJsonAndCheck("POST", url)
    begun = team.repo("write").get_workflow_run(run)
    assert (begun.run_attempt, begun.status, begun.conclusion) == (2, "in_progress", None)
    after = {job["name"]: job for job in team.send("GET", f"{path}/2/jobs").json["jobs"]}
    kept = ("name", "status", "conclusion", "steps", "started_at", "completed_at")
    assert [after["Train a"][key] for key in kept] == [before["Train a"][key] for key in kept]
    assert (after["Train b"]["status"], after["Train b"]["conclusion"], after["Train b"]["steps"]) == (
        "queued",
        None,
        [],
    )
    assert not {job["id"] for job in before.values()} & {job["id"] for job in after.values()}
    assert {job["name"]: job for job in team.send("GET", f"{path}/1/jobs").json["jobs"]} == before
    admin.report_job(NAME, run, "Train b")
    assert [job["conclusion"] for job in team.send("GET", f"{path}/2/jobs").json["jobs"]] == ["success", "success"]


def test_a_job_does_not_begin_again_while_its_run_goes_on_nor_out_of_an_older_attempt(team: Team, run: int) -> None:
    team.hub.admin.report_job(NAME, run, "Train a")
    [job] = team.send("GET", f"/repos/{NAME}/actions/runs/{run}/jobs").json["jobs"]
    requester, url = team.github("write").requester, f"/repos/{NAME}/actions/jobs/{job['id']}/rerun"
    requester.requestJsonAndCheck("POST", url)
    for words in ("already running", "Only jobs from the current attempt"):
        with pytest.raises(GithubException) as refused:
            requester.requestJsonAndCheck("POST", url)
        assert (refused.value.status, words in str(refused.value.data)) == (403, True)
        team.hub.admin.finish_workflow_run(NAME, run, "success")
    with pytest.raises(GithubException) as unknown:
        requester.requestJsonAndCheck("POST", f"/repos/{NAME}/actions/jobs/999/rerun")
    assert unknown.value.status == 404
    with pytest.raises(GithubException) as refused:
        team.github("read").requester.requestJsonAndCheck("POST", url)
    assert refused.value.status == 403


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

"""Deployments and their statuses."""

import pytest

from tests.hub.clients import NAME, Checkout, Team

ADDRESS = f"/repos/{NAME}/deployments"


def test_a_deployment_and_what_became_of_it(team: Team, checkout: Checkout) -> None:
    repo = team.repo("bot")
    made = repo.create_deployment("main", auto_merge=False, environment="staging", payload={"model": "churn"})
    assert (made.sha, made.environment, made.creator.login) == (
        checkout.git("rev-parse", "HEAD"), "staging", "merganser[bot]"
    )  # fmt: skip
    made.create_status("in_progress", description="rolling out")
    made.create_status("success", environment_url="https://example.org")
    again = repo.get_deployment(made.id)
    assert again.payload == {"model": "churn"}
    assert [status.state for status in again.get_statuses()] == ["success", "in_progress"]
    assert [known.id for known in repo.get_deployments(environment="staging")] == [made.id]
    assert [known.id for known in repo.get_deployments(environment="production")] == []


@pytest.mark.parametrize(
    "body", [{"ref": "nowhere", "auto_merge": False}, {"ref": "main"}, {"ref": "main", "auto_merge": True}]
)
def test_what_is_no_deployment(team: Team, checkout: Checkout, body: dict[str, object]) -> None:
    assert team.send("POST", ADDRESS, "bot", body).status == 422
    assert team.send("GET", f"{ADDRESS}/1").status == 404


def test_rights(team: Team, checkout: Checkout) -> None:
    assert team.send("POST", ADDRESS, "read", {"ref": "main", "auto_merge": False}).status == 403

"""Reviews: who approved what, as PyGithub reads and writes it."""

import pytest
from github import GithubException

from tests.contract.plugin import Contract
from tests.hub.clients import NAME, Checkout, Team
from tests.hub.test_pulls import open_pull

ADDRESS = f"/repos/{NAME}/pulls/1/reviews"


def test_reviews_are_listed_as_they_were_given(team: Team, checkout: Checkout) -> None:
    pull = open_pull(team, checkout)
    first = checkout.git("rev-parse", "HEAD")
    given = team.repo("owner").get_pull(1).create_review(event="REQUEST_CHANGES", body="Why four?")
    assert (given.user.login, given.state, given.body, given.commit_id) == (
        "owner", "CHANGES_REQUESTED", "Why four?", first
    )  # fmt: skip
    second = checkout.commit({"why.md": "Because.\n"}, "Say why")
    checkout.push("feature")
    team.repo("read").get_pull(1).create_review(event="COMMENT", body="Hm.")
    team.repo("owner").get_pull(1).create_review(event="APPROVE")
    listed = list(pull.get_reviews())
    assert [(one.user.login, one.state, one.commit_id) for one in listed] == [
        ("owner", "CHANGES_REQUESTED", first), ("read", "COMMENTED", second), ("owner", "APPROVED", second)
    ]  # fmt: skip
    assert listed[0].html_url == f"{team.hub.url}/{NAME}/pull/1#pullrequestreview-{listed[0].id}"
    assert listed[0].submitted_at is not None
    (page,) = team.send("GET", f"{ADDRESS}?per_page=1&page=2").json
    assert (page["state"], page["author_association"]) == ("COMMENTED", "NONE")


def test_a_review_may_be_of_an_older_commit_of_the_pull_request(team: Team, checkout: Checkout) -> None:
    open_pull(team, checkout)
    first = checkout.git("rev-parse", "HEAD")
    checkout.commit({"why.md": "Because.\n"}, "Say why")
    checkout.push("feature")
    given = {"event": "APPROVE", "commit_id": first}
    assert team.send("POST", ADDRESS, "owner", given).json["commit_id"] == first
    elsewhere = {"event": "APPROVE", "commit_id": checkout.git("rev-parse", "main")}
    assert team.send("POST", ADDRESS, "owner", elsewhere).status == 422


def test_an_approval_can_be_dismissed(team: Team, checkout: Checkout) -> None:
    pull = open_pull(team, checkout)
    approval = team.repo("owner").get_pull(1).create_review(event="APPROVE")
    comment = team.repo("owner").get_pull(1).create_review(event="COMMENT", body="Well.")
    dismissal = {"message": "It changed"}
    assert team.send("PUT", f"{ADDRESS}/{approval.id}/dismissals", "read", dismissal).status == 403
    assert team.send("PUT", f"{ADDRESS}/{approval.id}/dismissals", "write", dismissal).json["state"] == "DISMISSED"
    assert [one.state for one in pull.get_reviews()] == ["DISMISSED", "COMMENTED"]
    for wrong in (approval.id, comment.id):
        assert team.send("PUT", f"{ADDRESS}/{wrong}/dismissals", "write", dismissal).status == 422
    assert team.send("PUT", f"{ADDRESS}/999/dismissals", "write", dismissal).status == 404


def test_nobody_approves_their_own(team: Team, checkout: Checkout) -> None:
    pull = open_pull(team, checkout)
    with pytest.raises(GithubException) as refused:
        pull.create_review(event="APPROVE")
    assert (refused.value.status, refused.value.data["errors"]) == (422, ["Can not approve your own pull request"])
    pull.create_review(event="COMMENT", body="As I said.")
    assert [one.state for one in pull.get_reviews()] == ["COMMENTED"]


def test_what_is_no_review_is_refused(team: Team, checkout: Checkout, contract: Contract) -> None:
    open_pull(team, checkout)
    comments = [{"path": "src/train.py", "position": 1, "body": "Four?"}]
    wrong = [{}, {"event": "COMMENT"}, {"event": "REQUEST_CHANGES", "body": " "}]
    wrong += [{"event": "APPROVE", "comments": comments}, {"event": "LGTM"}]
    assert [team.send("POST", ADDRESS, "owner", body).status for body in wrong] == [422] * len(wrong)
    contract.forgive(lambda exchange: exchange.request_body == {"event": "LGTM"})
    assert team.send("POST", ADDRESS, None, {"event": "APPROVE"}).status == 401
    assert team.send("GET", f"/repos/{NAME}/pulls/2/reviews").status == 404
    assert team.send("GET", ADDRESS, None).json == []


def test_each_commit_that_a_rebase_put_there_leads_to_its_pull_request(team: Team, checkout: Checkout) -> None:
    before = checkout.git("rev-parse", "main")
    pull = open_pull(team, checkout)
    checkout.commit({"why.md": "Because.\n"}, "Say why")
    checkout.push("feature")
    checkout.branch("aside")
    checkout.commit({"README.md": "# Numbers\n"}, "Pushed")
    checkout.push("main")
    pushed = checkout.git("rev-parse", "HEAD")
    pull.merge(merge_method="rebase")
    checkout.git("fetch", "-q", "origin")
    brought = checkout.git("rev-list", f"{pushed}..origin/main").split()
    assert len(brought) == 2

    def numbers(sha: str) -> list[int]:
        return [one.number for one in team.repo().get_commit(sha).get_pulls()]

    assert [numbers(sha) for sha in (*brought, pushed, before)] == [[1], [1], [], []]

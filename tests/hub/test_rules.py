"""Checks, statuses, and branches that require them."""

import pytest
from github import GithubException
from github.PullRequest import PullRequest

from tests.contract.plugin import Contract
from tests.hub.clients import NAME, Checkout, Team


@pytest.fixture
def pull(team: Team, checkout: Checkout) -> PullRequest:
    checkout.branch("feature")
    checkout.commit({"f": "f"})
    checkout.push("feature")
    return team.repo().create_pull(base="main", head="feature", title="F")


def refusal(pull: PullRequest) -> tuple[int, str]:
    with pytest.raises(GithubException) as failure:
        pull.merge()
    return failure.value.status, failure.value.data["message"]


def test_a_required_check_blocks_until_it_passes(team: Team, pull: PullRequest) -> None:
    team.hub.admin.require_checks(NAME, "main", ["merganser/gate"])
    blocked = team.repo("write").get_pull(1)
    assert blocked.mergeable_state == "blocked"
    assert refusal(blocked) == (405, 'Required status check "merganser/gate" is expected.')
    run = team.repo("bot").create_check_run("merganser/gate", pull.head.sha, status="in_progress")
    assert refusal(blocked)[1].endswith("is expected.")
    run.edit(conclusion="failure")
    assert refusal(blocked) == (405, 'Required status check "merganser/gate" is failing.')
    run.edit(conclusion="success")
    assert team.repo().get_pull(1).mergeable_state == "clean"
    assert blocked.merge().merged


@pytest.mark.parametrize("conclusion", ["success", "neutral", "skipped"])
def test_conclusions_that_pass(team: Team, pull: PullRequest, conclusion: str) -> None:
    team.hub.admin.require_checks(NAME, "main", ["gate"])
    team.repo("bot").create_check_run("gate", pull.head.sha, conclusion=conclusion)
    assert pull.merge().merged


@pytest.mark.parametrize("conclusion", ["failure", "cancelled", "timed_out", "action_required"])
def test_conclusions_that_block(team: Team, pull: PullRequest, conclusion: str) -> None:
    team.hub.admin.require_checks(NAME, "main", ["gate"])
    team.repo("bot").create_check_run("gate", pull.head.sha, conclusion=conclusion)
    assert refusal(pull)[1] == 'Required status check "gate" is failing.'


def test_the_latest_run_counts_and_another_commit_does_not(team: Team, checkout: Checkout, pull: PullRequest) -> None:
    team.hub.admin.require_checks(NAME, "main", ["gate"])
    bot = team.repo("bot")
    bot.create_check_run("gate", pull.head.sha, conclusion="success")
    bot.create_check_run("gate", pull.head.sha, conclusion="failure")
    assert refusal(pull)[1].endswith("is failing.")
    bot.create_check_run("gate", pull.head.sha, conclusion="success")
    checkout.commit({"g": "g"})
    checkout.push("feature")
    assert refusal(pull)[1].endswith("is expected.")


def test_a_status_can_be_the_required_check(team: Team, pull: PullRequest) -> None:
    team.hub.admin.require_checks(NAME, "main", ["gate"])
    commit = team.repo("bot").get_commit(pull.head.sha)
    commit.create_status("pending", context="gate")
    assert refusal(pull)[1].endswith("is expected.")
    commit.create_status("error", context="gate")
    assert refusal(pull)[1].endswith("is failing.")
    commit.create_status("success", "https://example.org/log", "fine", "gate")
    assert pull.merge().merged


def test_statuses_are_listed_and_combined(team: Team, pull: PullRequest) -> None:
    commit = team.repo("bot").get_commit(pull.head.sha)
    assert commit.get_combined_status().state == "pending"
    commit.create_status("success", context="a")
    assert commit.get_combined_status().state == "success"
    commit.create_status("pending", context="b")
    assert commit.get_combined_status().state == "pending"
    commit.create_status("failure", context="b", description="no")
    combined = commit.get_combined_status()
    assert (combined.state, combined.total_count) == ("failure", 2)
    listed = team.send("GET", f"/repos/{NAME}/commits/{commit.sha}/statuses").json
    assert [status["state"] for status in listed] == ["failure", "pending", "success"]


@pytest.mark.parametrize(
    ("sha", "body"),
    [
        ("0" * 40, {"state": "success"}),
        ("main", {"state": "success"}),
        (None, {"state": "fine"}),
        (None, {"state": "success", "description": "x" * 141}),
    ],
)
def test_what_is_no_status(
    team: Team, pull: PullRequest, contract: Contract, sha: str | None, body: dict[str, str]
) -> None:
    answer = team.send("POST", f"/repos/{NAME}/statuses/{sha or pull.head.sha}", "bot", body)
    assert answer.status == 422
    contract.forgive(lambda exchange: exchange.request_body == {"state": "fine"})


def test_a_direct_push_needs_the_checks_too(team: Team, checkout: Checkout) -> None:
    team.hub.admin.require_checks(NAME, "main", ["gate"])
    writer = team.clone("write")
    writer.branch("main", "origin/main")
    tip = writer.commit({"direct": "d"})
    refused = writer.run("push", "origin", "HEAD:main", "HEAD:refs/heads/aside")
    assert "GH006: Protected branch update failed for refs/heads/main" in refused.stderr
    assert 'Required status check "gate" is expected.' in refused.stderr
    assert team.repo().get_branch("aside").commit.sha == tip
    assert team.repo().get_branch("main").commit.sha != tip
    team.repo("bot").create_check_run("gate", tip, conclusion="success")
    writer.push("main")
    assert team.repo().get_branch("main").commit.sha == tip
    team.hub.admin.require_checks(NAME, "aside", ["gate"])
    assert "Cannot delete this branch" in writer.run("push", "origin", ":aside").stderr


@pytest.mark.parametrize("login", ["write", "admin"])
@pytest.mark.parametrize("enforce_admins", [False, True])
def test_a_protected_branch_is_neither_rewound_nor_deleted(
    team: Team, checkout: Checkout, login: str, enforce_admins: bool
) -> None:
    first = checkout.git("rev-parse", "HEAD")
    tip = checkout.commit({"x": "x"})
    checkout.git("push", "-q", "origin", "HEAD:main", "HEAD:aside", "HEAD:free")
    administrator = team.repo("admin")
    for branch in ("main", "aside"):
        administrator.get_branch(branch).edit_protection(strict=False, contexts=[], enforce_admins=enforce_admins)
    checkout.git("reset", "-q", "--hard", first)
    checkout.commit({"y": "y"})
    checkout.push("other")  # its commits are here; what follows brings none
    checkout.git("remote", "set-url", "origin", team.address(login))
    for start in (first, "HEAD"):
        refused = checkout.run("push", "-f", "origin", f"{start}:main", f"{start}:free")
        assert "GH006: Protected branch update failed for refs/heads/main." in refused.stderr
        assert "Cannot force-push to this branch" in refused.stderr
        assert "refs/heads/free" not in refused.stderr
    checkout.commit({"z": "z"})  # and here the rewind brings a commit of its own
    assert "Cannot force-push to this branch" in checkout.run("push", "-f", "origin", "HEAD:main").stderr
    assert "Cannot delete this branch" in checkout.run("push", "origin", ":aside").stderr
    repo = team.repo(login)
    for action, message in (
        (lambda: repo.get_git_ref("heads/main").edit(first, force=True), "Cannot force-push to this branch"),
        (lambda: repo.get_git_ref("heads/aside").delete(), "Cannot delete this branch"),
    ):
        with pytest.raises(GithubException) as failure:
            action()
        assert (failure.value.status, failure.value.data["message"]) == (422, message)
    assert [repo.get_branch(name).commit.sha for name in ("main", "aside")] == [tip, tip]
    assert repo.get_branch("free").commit.sha == checkout.git("rev-parse", "HEAD^")


def test_a_protected_branch_without_checks_goes_forward(team: Team, checkout: Checkout) -> None:
    team.repo("admin").get_branch("main").edit_protection(strict=False, contexts=[], enforce_admins=True)
    checkout.git("remote", "set-url", "origin", team.address("write"))
    tip = checkout.commit({"x": "x"})
    checkout.git("push", "-q", "-f", "origin", "HEAD:main")
    assert team.repo().get_branch("main").commit.sha == tip


def test_a_required_check_of_any_name_is_named_to_git(team: Team, checkout: Checkout) -> None:
    team.hub.admin.require_checks(NAME, "main", ["a\n$(id)\x00 `b`"])
    checkout.git("remote", "set-url", "origin", team.address("write"))
    checkout.commit({"x": "x"})
    assert 'status check "a $(id) `b`" is expected.' in checkout.run("push", "origin", "HEAD:main").stderr


def test_administrators_are_bound_only_where_the_rule_says_so(team: Team, checkout: Checkout) -> None:
    branch = team.repo("admin").get_branch("main")
    branch.edit_protection(strict=False, contexts=["gate"], enforce_admins=False)
    administrator = team.clone("admin")
    administrator.commit({"direct": "d"})
    administrator.push("main")
    branch.edit_protection(strict=False, contexts=["gate"], enforce_admins=True)
    administrator.commit({"direct": "e"})
    assert administrator.run("push", "origin", "HEAD:main").returncode != 0


def test_protection_over_the_api(team: Team, checkout: Checkout) -> None:
    branch = team.repo("admin").get_branch("main")
    assert not branch.protected
    with pytest.raises(GithubException) as failure:
        branch.get_protection()
    assert (failure.value.status, failure.value.data["message"]) == (404, "Branch not protected")
    branch.edit_protection(strict=True, contexts=["a", "b"], enforce_admins=True)
    required = branch.get_required_status_checks()
    assert (required.strict, required.contexts) == (True, ["a", "b"])
    assert branch.get_protection().enforce_admins
    listed = {known.name: known.protected for known in team.repo().get_branches()}
    assert listed == {"main": True}
    branch.remove_protection()
    assert not team.repo().get_branch("main").protected
    answer = team.send("GET", f"/repos/{NAME}/branches/main/protection/required_status_checks")
    assert answer.status == 404


def test_protection_without_checks_requires_none(team: Team, pull: PullRequest) -> None:
    body = {"required_status_checks": None, "enforce_admins": True}
    body |= {"required_pull_request_reviews": None, "restrictions": None}
    address = f"/repos/{NAME}/branches/main/protection"
    assert team.send("PUT", address, "admin", body).status == 200
    assert team.send("GET", f"{address}/required_status_checks").status == 404
    assert pull.merge().merged


@pytest.mark.parametrize(
    "given",
    [
        {"required_pull_request_reviews": {"required_approving_review_count": 1}},
        {"restrictions": {"users": [], "teams": []}},
        {"required_linear_history": True},
        {"required_status_checks": {"strict": False, "contexts": [""]}},
    ],
)
def test_rules_that_the_hub_cannot_keep_are_refused(team: Team, checkout: Checkout, given: dict[str, object]) -> None:
    body = {
        "required_status_checks": None,
        "enforce_admins": None,
        "required_pull_request_reviews": None,
        "restrictions": None,
    }
    assert team.send("PUT", f"/repos/{NAME}/branches/main/protection", "admin", body | given).status == 422


def test_a_strict_rule_wants_the_head_up_to_date(team: Team, checkout: Checkout, pull: PullRequest) -> None:
    team.repo("admin").get_branch("main").edit_protection(strict=True, contexts=[], enforce_admins=False)
    assert team.repo().get_pull(1).mergeable_state == "clean"
    checkout.branch("elsewhere")
    checkout.commit({"e": "e"})
    checkout.push("main")
    assert team.repo().get_pull(1).mergeable_state == "behind"
    assert refusal(pull) == (405, "Head branch is out of date. Review and try the merge again.")


def test_a_check_run_keeps_what_it_is_given(team: Team, checkout: Checkout, pull: PullRequest) -> None:
    annotation = {
        "path": "f", "start_line": 1, "end_line": 1, "annotation_level": "warning", "message": "m"
    }  # fmt: skip
    bot = team.repo("bot")
    run = bot.create_check_run(
        "gate",
        pull.head.sha,
        details_url="https://example.org/log",
        external_id="x1",
        status="in_progress",
        output={"title": "T", "summary": "S", "annotations": [annotation]},
    )
    assert (run.status, run.conclusion, run.external_id, run.output.title) == ("in_progress", None, "x1", "T")
    assert [mention.number for mention in run.pull_requests] == [1]
    run.edit(name="gate2", conclusion="failure", output={"title": "U", "summary": "V", "annotations": [annotation]})
    again = bot.get_check_run(run.id)
    assert (again.name, again.status, again.conclusion) == ("gate2", "completed", "failure")
    assert again.completed_at is not None
    assert [found.message for found in again.get_annotations()] == ["m", "m"]
    run.edit(status="in_progress")
    assert bot.get_check_run(run.id).conclusion is None


def test_check_runs_are_listed_by_name_and_age(team: Team, pull: PullRequest) -> None:
    bot = team.repo("bot")
    for conclusion in ("failure", "success"):
        bot.create_check_run("gate", pull.head.sha, conclusion=conclusion)
    other = bot.create_check_run("other", pull.head.sha)
    commit = bot.get_commit(pull.head.sha)
    assert [run.name for run in commit.get_check_runs()] == ["other", "gate"]
    assert [run.conclusion for run in commit.get_check_runs(check_name="gate")] == ["success"]
    assert [run.conclusion for run in commit.get_check_runs(check_name="gate", filter="all")] == ["success", "failure"]
    assert [run.id for run in commit.get_check_runs(status="queued")] == [other.id]
    (suite,) = commit.get_check_suites()
    assert (suite.head_sha, suite.status, suite.app.slug) == (pull.head.sha, "in_progress", "merganser")
    assert len(list(suite.get_check_runs(filter="all"))) == 3
    assert bot.get_check_suite(suite.id).id == suite.id
    assert len(team.send("GET", f"/repos/{NAME}/commits/feature/check-runs?app_id=0").json["check_runs"]) == 0


@pytest.mark.parametrize(
    "body",
    [
        {"name": "gate", "head_sha": "0" * 40},
        {"name": "gate"},
        {"name": "gate", "status": "completed"},
        {"name": "gate", "output": {"title": "t", "summary": "x" * 65536}},
    ],
)
def test_what_is_no_check_run(team: Team, pull: PullRequest, contract: Contract, body: dict[str, object]) -> None:
    if len(body) > 1 and "head_sha" not in body:
        body = body | {"head_sha": pull.head.sha}
    answer = team.send("POST", f"/repos/{NAME}/check-runs", "bot", body)
    contract.forgive(lambda exchange: exchange.request_body == body)
    assert answer.status == 422


def test_an_apps_runs_are_its_own(team: Team, pull: PullRequest) -> None:
    team.tokens["rival"] = team.hub.admin.create_user("rival[bot]", kind="Bot")
    team.hub.admin.set_permission(NAME, "rival[bot]", "write")
    run = team.repo("bot").create_check_run("gate", pull.head.sha)
    answer = team.send("PATCH", f"/repos/{NAME}/check-runs/{run.id}", "rival", {"conclusion": "success"})
    assert answer.status == 403
    assert team.send("GET", f"/repos/{NAME}/check-runs/999").status == 404
    assert team.send("GET", f"/repos/{NAME}/check-suites/999").status == 404
    assert team.send("GET", f"/repos/{NAME}/commits/nowhere/check-runs").status == 422
    assert team.send("GET", f"/repos/{NAME}/commits/nowhere/check-suites").status == 422
    assert team.send("GET", f"/repos/{NAME}/commits/nowhere/status").status == 404

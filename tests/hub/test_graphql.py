"""The mutation createCommitOnBranch, as PyGithub sends it."""

import base64
import json
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from github import GithubException

from tests.hub.clients import NAME, Checkout, Team, fetch

MUTATION = "createCommitOnBranch"


def change(head: str, branch: str = "main", **more: Any) -> dict[str, Any]:
    additions = [{"path": "runs/a.json", "contents": base64.b64encode(b"{}").decode()}]
    return {
        "branch": {"repositoryNameWithOwner": NAME, "branchName": branch},
        "message": {"headline": "Record", "body": "a run"},
        "expectedHeadOid": head,
        "fileChanges": {"additions": additions},
        **more,
    }


def commit(team: Team, given: dict[str, Any], fields: str = "commit { oid url }", login: str = "bot") -> Any:
    return team.github(login).requester.graphql_named_mutation(MUTATION, given, fields)[1]


def errors(team: Team, given: dict[str, Any], login: str = "bot") -> list[dict[str, Any]]:
    with pytest.raises(GithubException) as failure:
        commit(team, given, login=login)
    found: list[dict[str, Any]] = failure.value.data["errors"]
    return found


def test_files_come_and_go_in_one_commit(team: Team, checkout: Checkout) -> None:
    head = checkout.git("rev-parse", "HEAD")
    files = change(head)["fileChanges"] | {"deletions": [{"path": "src/train.py"}]}
    made = commit(team, change(head, fileChanges=files))["commit"]
    assert made["url"] == f"{team.hub.url}/{NAME}/commit/{made['oid']}"
    checkout.git("fetch", "-q", "origin", "main")
    assert checkout.git("rev-parse", "FETCH_HEAD", "FETCH_HEAD^").split() == [made["oid"], head]
    assert checkout.git("ls-tree", "-r", "--name-only", "FETCH_HEAD").splitlines() == ["README.md", "runs/a.json"]
    assert checkout.git("log", "-1", "--format=%B%an", "FETCH_HEAD") == "Record\n\na run\nmerganser[bot]"
    assert team.repo().get_commit(made["oid"]).author.login == "merganser[bot]"


def test_a_stale_head_is_refused(team: Team, checkout: Checkout) -> None:
    stale = checkout.git("rev-parse", "HEAD")
    tip = commit(team, change(stale), "commit { oid }")["commit"]["oid"]
    (error,) = errors(team, change(stale))
    assert error["type"] == "STALE_DATA"
    assert error["message"] == f'Expected branch to point to "{stale}" but it did not. Pull and try again.'
    assert team.repo().get_branch("main").commit.sha == tip


def test_of_two_writers_at_once_one_wins(team: Team, checkout: Checkout) -> None:
    head, start = checkout.git("rev-parse", "HEAD"), Barrier(2)

    def write(number: int) -> str:
        start.wait()
        try:
            return str(commit(team, change(head, message={"headline": str(number)}))["commit"]["oid"])
        except GithubException as failure:
            return str(failure.data["errors"][0]["type"])

    with ThreadPoolExecutor(2) as pool:
        results = sorted(pool.map(write, range(2)))
    assert results == sorted([team.repo().get_branch("main").commit.sha, "STALE_DATA"])


def test_pull_requests_follow(team: Team, checkout: Checkout) -> None:
    checkout.branch("feature")
    head = checkout.commit({"f": "f"})
    checkout.push("feature")
    team.repo().create_pull(base="main", head="feature", title="T")
    made = commit(team, change(head, "refs/heads/feature"), "commit { oid abbreviatedOid message }")["commit"]
    assert team.repo().get_pull(1).head.sha == made["oid"]
    assert (made["abbreviatedOid"], made["message"]) == (made["oid"][:7], "Record\n\na run")


def test_a_protected_branch_refuses(team: Team, checkout: Checkout) -> None:
    team.hub.admin.require_checks(NAME, "main", ["gate"])
    (error,) = errors(team, change(checkout.git("rev-parse", "HEAD")))
    assert error["type"] == "BRANCH_PROTECTION_RULE_VIOLATION"


def test_an_executable_stays_one(team: Team, checkout: Checkout) -> None:
    (checkout.folder / "run.sh").write_text("a")
    (checkout.folder / "run.sh").chmod(0o755)
    head = checkout.commit({})
    checkout.push("main")
    commit(team, change(head, fileChanges={"additions": [{"path": "run.sh", "contents": "Yg=="}]}))
    checkout.git("fetch", "-q", "origin", "main")
    assert checkout.git("ls-tree", "FETCH_HEAD", "run.sh").startswith("100755")


@pytest.mark.parametrize(
    ("more", "kind"),
    [
        ({"branch": {"repositoryNameWithOwner": NAME, "branchName": "nowhere"}}, "NOT_FOUND"),
        ({"branch": {"repositoryNameWithOwner": NAME, "branchName": "--help"}}, "NOT_FOUND"),
        ({"branch": {"repositoryNameWithOwner": "acme/none", "branchName": "main"}}, "NOT_FOUND"),
        ({"message": {"headline": " "}}, "UNPROCESSABLE"),
        ({"message": None}, "UNPROCESSABLE"),
        ({"message": {"headline": "a\x00b"}}, "UNPROCESSABLE"),
        ({"message": {"headline": "a", "body": "b\x00"}}, "UNPROCESSABLE"),
        ({"message": {"headline": "a", "body": ["b"]}}, "UNPROCESSABLE"),
        ({"fileChanges": {"deletions": [{"path": "nothing"}]}}, "UNPROCESSABLE"),
        ({"fileChanges": {"additions": [{"path": "../x", "contents": ""}]}}, "UNPROCESSABLE"),
        ({"fileChanges": {"additions": [{"path": "x", "contents": "?"}]}}, None),
        ({"fileChanges": {"additions": [{"path": "x"}]}}, None),
        ({"fileChanges": []}, None),
        ({"expectedHeadOid": "main"}, None),
        ({"branch": {"branchName": "main"}}, None),
    ],
)
def test_what_is_refused(team: Team, checkout: Checkout, more: dict[str, Any], kind: str | None) -> None:
    head = checkout.git("rev-parse", "HEAD")
    (error,) = errors(team, change(head) | more)
    assert error.get("type") == kind
    assert team.repo().get_branch("main").commit.sha == head


def test_readers_are_forbidden(team: Team, checkout: Checkout) -> None:
    assert errors(team, change(checkout.git("rev-parse", "HEAD")), "read")[0]["type"] == "FORBIDDEN"


@pytest.mark.parametrize(
    "query",
    [
        "query { viewer { login } }",
        "mutation M($input: OtherInput!) { other(input: $input) { x } }",
        "mutation M($a: CreateCommitOnBranchInput!) { createCommitOnBranch(input: $b) { commit { oid } } }",
        "mutation M($input: CreateCommitOnBranchInput!) { createCommitOnBranch(input: $input) { commit { nothing } } }",
        "mutation M($input: CreateCommitOnBranchInput!) { createCommitOnBranch(input: $input) { commit { oid } } } }",
        "mutation M($input: CreateCommitOnBranchInput!) { createCommitOnBranch(input: $input) { commit { oid } }",
        "mutation M($input: CreateCommitOnBranchInput!) { createCommitOnBranch(input: $input) { commit(x: 1) {oid} } }",
        7,
    ],
)
def test_documents_that_the_hub_does_not_know(team: Team, checkout: Checkout, query: object) -> None:
    head = checkout.git("rev-parse", "HEAD")
    address = team.hub.api_url.replace("/v3", "/graphql")
    headers = {"Authorization": f"bearer {team.tokens['bot']}"}
    content = json.dumps({"query": query, "variables": {"input": change(head)}}).encode()
    answer = fetch("POST", address, headers, content)
    assert answer.status == 200
    assert answer.json["errors"]
    assert team.repo().get_branch("main").commit.sha == head
    assert fetch("POST", address, {}, content).status == 401

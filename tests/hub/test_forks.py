"""Forks: their pull requests follow their branches, their runs name them, and look-ups by commit don't know them."""

import pytest
from github import GithubException

from tests.hub.clients import NAME, Checkout, Team

FORK = "stranger/digits"


@pytest.fixture
def forked(team: Team, checkout: Checkout) -> Checkout:
    """A stranger's clone of his fork, with a commit on the fork's main."""
    assert team.hub.admin.fork(NAME, "stranger") == FORK
    made = team.clone("stranger", FORK)
    made.commit({"new.txt": "n\n"}, "From outside")
    made.push("main")
    return made


def test_a_stranger_proposes_what_is_in_his_fork(team: Team, forked: Checkout) -> None:
    head = forked.git("rev-parse", "HEAD")
    pull = team.repo("stranger").create_pull(base="main", head="stranger:main", title="Outside", body="")
    assert (pull.head.sha, pull.head.ref, pull.head.label) == (head, "main", "stranger:main")
    assert (pull.head.repo.full_name, pull.base.repo.full_name) == (FORK, NAME)
    assert (pull.head.repo.fork, pull.base.repo.fork) == (True, False)
    assert (pull.mergeable, pull.commits, pull.changed_files) == (True, 1, 1)
    assert [found.number for found in team.repo().get_pulls(head="stranger:main")] == [1]
    assert list(team.repo().get_pulls(head="acme:main")) == []


def test_what_is_pushed_to_the_fork_comes_into_the_repository(team: Team, forked: Checkout) -> None:
    team.repo("stranger").create_pull(base="main", head="stranger:main", title="Outside", body="")
    second = forked.commit({"new.txt": "m\n"}, "More")
    forked.push("main")
    pull = team.repo().get_pull(1)
    assert (pull.head.sha, pull.commits) == (second, 2)
    own = team.clone()
    own.git("fetch", "-q", "origin", "refs/pull/1/head")
    assert own.git("rev-parse", "FETCH_HEAD") == second
    assert pull.merge().merged
    assert team.repo().get_contents("new.txt").decoded_content == b"m\n"  # type: ignore[union-attr]


def test_the_look_up_by_commit_does_not_know_it(team: Team, forked: Checkout) -> None:
    pull = team.repo("stranger").create_pull(base="main", head="stranger:main", title="Outside", body="")
    assert list(team.repo().get_commit(pull.head.sha).get_pulls()) == []
    check = team.repo("bot").create_check_run(name="gate", head_sha=pull.head.sha)
    assert check.pull_requests == []


def test_a_run_names_the_fork_and_no_pull_request(team: Team, forked: Checkout) -> None:
    pull = team.repo("stranger").create_pull(base="main", head="stranger:main", title="Outside", body="")
    start = {"head_branch": "main", "head_sha": pull.head.sha, "actor": "stranger"}
    made = team.hub.admin.start_workflow_run(NAME, fork=FORK, **start)
    run = team.repo().get_workflow_run(made["id"])
    assert (run.head_repository.full_name, run.repository.full_name) == (FORK, NAME)
    assert run.pull_requests == []
    own = team.hub.admin.start_workflow_run(NAME, **start)
    assert own["head_repository_id"] == own["repository"]["id"] != made["head_repository_id"]


def test_nobody_proposes_what_he_may_not_write(team: Team, forked: Checkout) -> None:
    with pytest.raises(GithubException) as refused:
        team.repo("read").create_pull(base="main", head="stranger:main", title="Not mine", body="")
    assert refused.value.status == 403
    with pytest.raises(GithubException) as unknown:
        team.repo("write").create_pull(base="main", head="nobody:main", title="Nowhere", body="")
    assert unknown.value.status == 422

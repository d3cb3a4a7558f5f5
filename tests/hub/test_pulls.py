"""Pull requests: they follow pushes, know their files and commits, and merge as git merges."""

import pytest
from github import GithubException
from github.PullRequest import PullRequest

from tests.hub.clients import NAME, Checkout, Team


def open_pull(team: Team, checkout: Checkout, content: str = "one\ntwo\nthree\nfour\n") -> PullRequest:
    checkout.branch("feature")
    checkout.commit({"src/train.py": content}, "Add four")
    checkout.push("feature")
    return team.repo("write").create_pull(base="main", head="feature", title="Four", body="More")


def status_of(failure: pytest.ExceptionInfo[GithubException]) -> tuple[int, str]:
    return failure.value.status, str(failure.value.data["message"])


def test_a_pull_request_says_what_git_says(team: Team, checkout: Checkout) -> None:
    pull = open_pull(team, checkout)
    head = checkout.git("rev-parse", "HEAD")
    assert (pull.number, pull.state, pull.user.login, pull.body) == (1, "open", "write", "More")
    assert (pull.head.sha, pull.base.sha) == (head, checkout.git("rev-parse", "main"))
    assert (pull.mergeable, pull.mergeable_state, pull.commits, pull.changed_files) == (True, "clean", 1, 1)
    assert (pull.additions, pull.deletions) == (1, 0)
    (file,) = pull.get_files()
    assert (file.filename, file.status, file.additions) == ("src/train.py", "modified", 1)
    assert file.patch == "@@ -1,3 +1,4 @@\n one\n two\n three\n+four"
    assert [commit.sha for commit in pull.get_commits()] == [head]


def test_its_refs_stand_in_git_and_are_hidden_from_pushes(team: Team, checkout: Checkout) -> None:
    pull = open_pull(team, checkout)
    listed = dict(line.split("\t")[::-1] for line in checkout.git("ls-remote", "origin").splitlines())
    assert listed["refs/pull/1/head"] == pull.head.sha
    assert listed["refs/pull/1/merge"] == pull.merge_commit_sha
    checkout.git("fetch", "-q", "origin", "refs/pull/1/merge")
    parents = checkout.git("rev-list", "--parents", "-1", "FETCH_HEAD").split()[1:]
    assert parents == [pull.base.sha, pull.head.sha]
    assert checkout.run("push", "origin", "HEAD:refs/pull/1/head").returncode != 0


def test_a_push_moves_head_files_and_merge(team: Team, checkout: Checkout) -> None:
    before = open_pull(team, checkout)
    second = checkout.commit({"new.txt": "n\n"}, "Second")
    checkout.push("feature")
    after = team.repo().get_pull(1)
    assert (after.head.sha, after.commits, after.changed_files) == (second, 2, 2)
    assert after.merge_commit_sha != before.merge_commit_sha
    assert [commit.commit.message for commit in after.get_commits()] == ["Add four", "Second"]


def test_a_force_push_moves_it_too(team: Team, checkout: Checkout) -> None:
    open_pull(team, checkout)
    checkout.branch("feature")
    again = checkout.commit({"other.txt": "o\n"}, "Again")
    checkout.push("feature", "--force")
    pull = team.repo().get_pull(1)
    assert (pull.head.sha, [file.filename for file in pull.get_files()]) == (again, ["other.txt"])


def test_the_merge_follows_its_base(team: Team, checkout: Checkout) -> None:
    before = open_pull(team, checkout)
    checkout.branch("main-next")
    tip = checkout.commit({"README.md": "# Numbers\n"})
    checkout.push("main")
    after = team.repo().get_pull(1)
    assert (after.base.sha, after.head.sha) == (tip, before.head.sha)
    assert after.merge_commit_sha != before.merge_commit_sha
    assert after.changed_files == 1


def test_a_conflict_is_seen_and_refused(team: Team, checkout: Checkout) -> None:
    open_pull(team, checkout)
    checkout.branch("other")
    checkout.commit({"src/train.py": "one\ntwo\nthree\nFOUR\n"})
    checkout.push("main")
    pull = team.repo("write").get_pull(1)
    assert (pull.mergeable, pull.mergeable_state, pull.merge_commit_sha) == (False, "dirty", None)
    assert "refs/pull/1/merge" not in checkout.git("ls-remote", "origin")
    with pytest.raises(GithubException) as failure:
        pull.merge()
    assert status_of(failure) == (405, "Pull Request is not mergeable")


@pytest.mark.parametrize(("method", "parents"), [("merge", 2), ("squash", 1), ("rebase", 1)])
def test_merging(team: Team, checkout: Checkout, method: str, parents: int) -> None:
    pull = open_pull(team, checkout)
    checkout.branch("elsewhere")
    checkout.commit({"README.md": "# Numbers\n"}, "Meanwhile")
    checkout.push("main")
    done = team.repo("write").get_pull(1).merge(merge_method=method, sha=pull.head.sha)
    checkout.git("fetch", "-q", "origin", "main")
    assert checkout.git("rev-parse", "FETCH_HEAD") == done.sha
    assert len(checkout.git("rev-list", "--parents", "-1", "FETCH_HEAD").split()) == 1 + parents
    assert checkout.git("show", "FETCH_HEAD:src/train.py") == "one\ntwo\nthree\nfour"
    assert checkout.git("show", "FETCH_HEAD:README.md") == "# Numbers"
    merged = team.repo().get_pull(1)
    assert (merged.merged, merged.state, merged.merge_commit_sha) == (True, "closed", done.sha)
    assert merged.merged_by.login == "write"
    assert merged.is_merged()
    messages = {"merge": "Merge pull request #1 from acme/feature\n\nFour", "squash": "Four (#1)", "rebase": "Add four"}
    assert checkout.git("log", "-1", "--format=%B", "FETCH_HEAD") == messages[method]
    assert [item.number for item in team.repo().get_commit(done.sha).get_pulls()] == [1]


def test_squashed_commits_are_listed_in_the_message(team: Team, checkout: Checkout) -> None:
    pull = open_pull(team, checkout)
    checkout.commit({"new.txt": "n\n"}, "Second")
    checkout.push("feature")
    done = pull.merge(merge_method="squash", commit_title="All")
    assert team.repo().get_commit(done.sha).commit.message == "All\n\n* Add four\n\n* Second"


@pytest.mark.parametrize("method", ["merge", "squash"])
def test_a_message_of_a_merge_holds_no_nul(team: Team, checkout: Checkout, method: str) -> None:
    pull = open_pull(team, checkout)
    for key in ("commit_title", "commit_message"):
        body = {"merge_method": method, key: "a\x00b"}
        answer = team.send("PUT", f"/repos/{NAME}/pulls/1/merge", "write", body)
        assert (answer.status, answer.json["errors"][0]["field"]) == (422, key)
    pull.edit(title="ti\x00tle")
    assert pull.merge(merge_method=method).merged
    checkout.git("fetch", "-q", "origin", "main")
    assert "title" in checkout.git("cat-file", "commit", "FETCH_HEAD")
    assert "nul" not in checkout.run("fsck", "--strict").stderr


def test_rebasing_keeps_each_commit(team: Team, checkout: Checkout) -> None:
    pull = open_pull(team, checkout)
    checkout.commit({"new.txt": "n\n"}, "Second")
    checkout.push("feature")
    pull.merge(merge_method="rebase")
    checkout.git("fetch", "-q", "origin", "main")
    assert checkout.git("log", "--format=%s %an", "FETCH_HEAD").splitlines() == [
        "Second Ada",
        "Add four Ada",
        "first Ada",
    ]


@pytest.mark.parametrize("kind", ["conflict between the steps", "merge commit"])
def test_what_cannot_be_rebased(team: Team, checkout: Checkout, kind: str) -> None:
    checkout.branch("feature")
    checkout.commit({"src/train.py": "ONE\ntwo\nthree\n"})
    checkout.commit({"src/train.py": "one\ntwo\nthree\n", "new.txt": "n\n"})
    checkout.branch("side")
    checkout.commit({"src/train.py": "1\ntwo\nthree\n" if kind.startswith("conflict") else "one\ntwo\n3\n"})
    if kind == "merge commit":
        checkout.git("checkout", "-q", "feature")
        checkout.git("merge", "-q", "--no-ff", "side", "-m", "Merge")
    else:
        checkout.push("main")
        checkout.git("checkout", "-q", "feature")
    checkout.push("feature")
    pull = team.repo().create_pull(base="main", head="feature", title="T")
    assert pull.mergeable
    with pytest.raises(GithubException) as failure:
        pull.merge(merge_method="rebase")
    assert failure.value.status == 405
    assert "can't be rebased" in failure.value.data["message"]
    assert not team.repo().get_pull(1).merged
    assert pull.merge(merge_method="squash").merged


def test_a_history_without_a_common_root_is_a_conflict(team: Team, checkout: Checkout) -> None:
    open_pull(team, checkout)
    checkout.git("checkout", "-q", "--orphan", "orphan")
    checkout.commit({"x": "x"})
    checkout.push("feature", "--force")
    assert team.repo().get_pull(1).mergeable is False


def test_a_stale_head_is_refused(team: Team, checkout: Checkout) -> None:
    pull = open_pull(team, checkout)
    checkout.commit({"new.txt": "n\n"})
    checkout.push("feature")
    with pytest.raises(GithubException) as failure:
        pull.merge(sha=pull.head.sha)
    assert status_of(failure) == (409, "Head branch was modified. Review and try the merge again.")


def test_a_push_that_merges_closes_it_as_merged(team: Team, checkout: Checkout) -> None:
    pull = open_pull(team, checkout)
    checkout.push("main")
    done = team.repo().get_pull(1)
    assert (done.merged, done.state, done.merge_commit_sha) == (True, "closed", pull.head.sha)


def test_moving_the_head_back_or_deleting_it_closes_unmerged(team: Team, checkout: Checkout) -> None:
    open_pull(team, checkout)
    checkout.git("push", "-q", "--force", "origin", "main:feature")
    assert (team.repo().get_pull(1).state, team.repo().get_pull(1).merged) == ("closed", False)
    checkout.push("feature", "--force")
    team.repo().get_pull(1).edit(state="open")
    checkout.git("push", "-q", "origin", ":feature")
    assert (team.repo().get_pull(1).state, team.repo().get_pull(1).merged) == ("closed", False)


def test_closing_and_reopening(team: Team, checkout: Checkout) -> None:
    pull = open_pull(team, checkout)
    pull.edit(state="closed", title="Changed")
    assert "refs/pull/1/merge" not in checkout.git("ls-remote", "origin")
    checkout.commit({"new.txt": "n\n"})
    checkout.push("feature")
    assert team.repo().get_pull(1).head.sha == pull.head.sha
    pull.edit(state="open")
    again = team.repo().get_pull(1)
    assert (again.head.sha, again.state, again.title) == (checkout.git("rev-parse", "HEAD"), "open", "Changed")
    assert again.merge_commit_sha is not None


def test_another_base(team: Team, checkout: Checkout) -> None:
    checkout.git("push", "-q", "origin", "main:release")
    pull = open_pull(team, checkout)
    pull.edit(base="release")
    assert team.repo().get_pull(1).base.ref == "release"


@pytest.mark.parametrize(
    ("head", "base", "message"),
    [
        ("feature", "main", "A pull request already exists for acme:feature."),
        ("acme:feature", "main", "A pull request already exists for acme:feature."),
        ("empty", "main", "No commits between main and empty"),
        ("orphan", "main", "The orphan branch has no history in common with main"),
        ("missing", "main", None),
        ("someone:feature", "main", None),
        ("feature", "missing", None),
    ],
)
def test_what_cannot_be_opened(team: Team, checkout: Checkout, head: str, base: str, message: str | None) -> None:
    open_pull(team, checkout)
    checkout.git("push", "-q", "origin", "main:empty")
    checkout.git("checkout", "-q", "--orphan", "orphan")
    checkout.commit({"x": "x"})
    checkout.push("orphan")
    with pytest.raises(GithubException) as failure:
        team.repo().create_pull(base=base, head=head, title="x")
    assert failure.value.status == 422
    assert failure.value.data["message"] == "Validation Failed"
    (error,) = failure.value.data["errors"]
    assert error["resource"] == "PullRequest"
    assert error.get("message") == message


def test_listing_by_state_head_and_base(team: Team, checkout: Checkout) -> None:
    open_pull(team, checkout)
    checkout.branch("second")
    checkout.commit({"s": "s"})
    checkout.push("second")
    repo = team.repo()
    repo.create_pull(base="main", head="second", title="Two")
    assert [pull.number for pull in repo.get_pulls()] == [2, 1]
    assert [pull.number for pull in repo.get_pulls(sort="created", direction="asc")] == [1, 2]
    assert [pull.number for pull in repo.get_pulls(head="acme:second")] == [2]
    assert [pull.number for pull in repo.get_pulls(head="other:second")] == []
    assert [pull.number for pull in repo.get_pulls(base="other")] == []
    repo.get_pull(1).merge()
    assert [pull.number for pull in repo.get_pulls()] == [2]
    assert [pull.number for pull in repo.get_pulls(state="closed", sort="updated", direction="desc")] == [1]
    assert [pull.number for pull in repo.get_pulls(state="all")] == [2, 1]


def test_a_merged_one_is_done(team: Team, checkout: Checkout) -> None:
    pull = open_pull(team, checkout)
    pull.merge()
    with pytest.raises(GithubException) as failure:
        pull.merge()
    assert status_of(failure)[0] == 405
    with pytest.raises(GithubException) as failure:
        pull.edit(state="open")
    assert status_of(failure)[0] == 422
    assert team.send("GET", f"/repos/{NAME}/pulls/1/merge").status == 204


def test_a_draft_does_not_merge(team: Team, checkout: Checkout) -> None:
    checkout.branch("feature")
    checkout.commit({"d": "d"})
    checkout.push("feature")
    pull = team.repo().create_pull(base="main", head="feature", title="Draft", draft=True)
    assert pull.mergeable_state == "draft"
    assert team.send("GET", f"/repos/{NAME}/pulls/1/merge").status == 404
    with pytest.raises(GithubException) as failure:
        pull.merge()
    assert status_of(failure)[0] == 405


def test_an_issue_of_a_pull_request_says_so(team: Team, checkout: Checkout) -> None:
    pull = open_pull(team, checkout)
    pull.add_to_labels("model")
    issue = pull.as_issue()
    assert issue.pull_request is not None
    assert issue.html_url == pull.html_url
    comment = pull.create_issue_comment("hello")
    assert comment.html_url == f"{pull.html_url}#issuecomment-{comment.id}"
    assert [label.name for label in team.repo().get_pull(1).labels] == ["model"]


def test_two_open_ones_of_a_branch_are_refused_also_by_reopening(team: Team, checkout: Checkout) -> None:
    pull = open_pull(team, checkout)
    pull.edit(state="closed")
    team.repo().create_pull(base="main", head="feature", title="Second")
    with pytest.raises(GithubException) as failure:
        pull.edit(state="open")
    assert failure.value.status == 422
    assert team.repo().get_pull(1).state == "closed"


def test_merging_one_moves_the_others(team: Team, checkout: Checkout) -> None:
    first = open_pull(team, checkout)
    checkout.branch("rival")
    checkout.commit({"src/train.py": "one\ntwo\nthree\nFOUR\n"})
    checkout.push("rival")
    repo = team.repo()
    assert repo.create_pull(base="main", head="rival", title="Rival").mergeable
    first.merge()
    rival = repo.get_pull(2)
    assert (rival.mergeable, rival.mergeable_state) == (False, "dirty")

"""The merge queue: groups build on each other, and what was tested is what main becomes."""

import pytest

from tests.hub.clients import NAME, Checkout, Team


def propose(team: Team, checkout: Checkout, name: str) -> tuple[int, str]:
    checkout.branch(name)
    head = checkout.commit({f"{name}.txt": f"{name}\n"}, name)
    checkout.push(name)
    return team.repo("write").create_pull(base="main", head=name, title=name, body="").number, head


@pytest.mark.parametrize("method", ["merge", "squash"])
def test_a_group_builds_on_the_one_before_it(method: str, team: Team, checkout: Checkout) -> None:
    (first, one), (second, two) = propose(team, checkout, "one"), propose(team, checkout, "two")
    main = team.repo().get_branch("main").commit.sha
    ahead = team.hub.queue.add(NAME, first, method=method)
    group = team.hub.queue.add(NAME, second, ahead, method=method)
    assert ahead.branch == f"gh-readonly-queue/main/pr-{first}-{main}"
    assert group.payload()["merge_group"] == {
        "head_sha": group.head,
        "head_ref": f"refs/heads/gh-readonly-queue/main/pr-{second}-{ahead.head}",
        "base_sha": ahead.head,
        "base_ref": "refs/heads/main",
    }
    checkout.git("fetch", "-q", "origin", group.branch)
    others = [head for head in (one, two) if method == "merge"]
    line = checkout.git("log", "--first-parent", "--format=%H %P", "FETCH_HEAD", f"^{main}").splitlines()
    assert line == [" ".join([group.head, ahead.head, *others[1:]]), " ".join([ahead.head, main, *others[:1]])]


def test_merging_it_merges_its_pull_requests(team: Team, checkout: Checkout) -> None:
    (first, _), (second, _) = propose(team, checkout, "one"), propose(team, checkout, "two")
    group = team.hub.queue.add(NAME, second, team.hub.queue.add(NAME, first))
    team.hub.queue.merge(NAME, group)
    assert team.repo().get_branch("main").commit.sha == group.head
    found = [team.repo().get_pull(number) for number in (first, second)]
    assert [(pull.merged, pull.state, pull.merge_commit_sha) for pull in found] == [
        (True, "closed", merge) for merge in group.merges
    ]
    assert group.branch not in [branch.name for branch in team.repo().get_branches()]

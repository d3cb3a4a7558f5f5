"""Issues, comments, labels, reactions, and pages of them."""

import pytest
from github import GithubException

from tests.contract.plugin import Contract
from tests.hub.clients import NAME, Team, fetch


def test_an_issue_from_opening_to_closing(team: Team) -> None:
    repo = team.repo("write")
    issue = repo.create_issue("Drift", body="It moved", labels=["drift", "model"])
    assert (issue.number, issue.user.login, issue.state) == (1, "write", "open")
    assert [label.name for label in issue.labels] == ["drift", "model"]
    issue.edit(title="Drift!", state="closed", state_reason="not_planned", labels=["model"])
    closed = repo.get_issue(1)
    assert (closed.title, closed.state, closed.state_reason) == ("Drift!", "closed", "not_planned")
    assert (closed.closed_by.login, [label.name for label in closed.labels]) == ("write", ["model"])
    closed.edit(state="open", body="")
    assert (repo.get_issue(1).state_reason, repo.get_issue(1).closed_at) == ("reopened", None)
    assert team.send("GET", f"/repos/{NAME}/issues/2").status == 404
    assert team.send("GET", f"/repos/{NAME}/issues/x").status == 404


def test_issues_are_filtered_and_sorted(team: Team) -> None:
    repo = team.repo("write")
    for title in ("a", "b", "c"):
        repo.create_issue(title, labels=[title, "all"])
    team.repo("read").create_issue("d", labels=["not", "given"])
    repo.get_issue(2).edit(state="closed")
    assert [issue.title for issue in repo.get_issues()] == ["d", "c", "a"]
    assert [issue.title for issue in repo.get_issues(state="all", direction="asc")] == ["a", "b", "c", "d"]
    assert [issue.title for issue in repo.get_issues(state="closed")] == ["b"]
    assert [issue.title for issue in repo.get_issues(labels=["all", "C"])] == ["c"]
    assert [issue.title for issue in repo.get_issues(creator="read", sort="updated")] == ["d"]
    assert repo.get_issue(4).labels == []
    listed = team.send("GET", f"/repos/{NAME}/issues?since=2999-01-01T00:00:00Z")
    assert listed.json == []


def test_only_author_and_triage_change_an_issue(team: Team) -> None:
    issue = team.repo("read").create_issue("Mine")
    issue.edit(title="Still mine")
    assert team.send("PATCH", f"/repos/{NAME}/issues/1", "stranger", {"title": "Yours"}).status == 403
    assert team.send("PATCH", f"/repos/{NAME}/issues/1", "triage", {"title": "Ours"}).status == 200
    assert team.send("PATCH", f"/repos/{NAME}/issues/1", "triage", {"title": " "}).status == 422


def test_comments(team: Team) -> None:
    repo = team.repo("read")
    issue = repo.create_issue("T")
    comment = issue.create_comment("first")
    assert (comment.user.login, comment.body) == ("read", "first")
    assert comment.html_url == f"{team.hub.url}/{NAME}/issues/1#issuecomment-{comment.id}"
    comment.edit("changed")
    assert issue.get_comment(comment.id).body == "changed"
    assert repo.get_issue(1).comments == 1
    address = f"/repos/{NAME}/issues/comments/{comment.id}"
    assert team.send("PATCH", address, "stranger", {"body": "x"}).status == 403
    assert team.send("DELETE", address, "stranger").status == 403
    assert team.send("PATCH", address, "write", {"body": "moderated"}).status == 200
    issue.create_comment("second")
    assert [known.body for known in repo.get_issues_comments(sort="created", direction="desc")] == [
        "second",
        "moderated",
    ]
    assert [known.body for known in repo.get_issues_comments()] == ["moderated", "second"]
    comment.delete()
    assert team.send("GET", address).status == 404
    assert [known.body for known in issue.get_comments()] == ["second"]


@pytest.mark.parametrize("body", ["", " ", "x" * 65537])
def test_what_is_no_comment(team: Team, body: str) -> None:
    issue = team.repo("read").create_issue("T")
    with pytest.raises(GithubException) as failure:
        issue.create_comment(body)
    assert failure.value.status == 422
    assert issue.create_comment("x" * 65536).id


def test_bodies_that_are_not_json_objects(team: Team, contract: Contract) -> None:
    headers = {"Authorization": f"Bearer {team.tokens['read']}"}
    address = f"{team.hub.api_url}/repos/{NAME}/issues"
    wrong = [
        b"{",
        b"[]",
        b'{"title": 1}',
        b'{"title": "\\ud800"}',
        b"[" * 100_000,
        b'{"title": "T", "labels": [1]}',
        b"",
    ]
    statuses = [fetch("POST", address, headers, content).status for content in wrong]
    contract.forgive(lambda exchange: exchange.method == "POST")
    assert statuses == [400, 400, 422, 400, 400, 201, 422]


def test_values_of_the_wrong_kind_are_named(team: Team, contract: Contract) -> None:
    issue = {"title": "T", "body": 1}
    wrong = [
        ("POST", "issues", issue, "body"),
        ("POST", "issues", {"title": "T", "labels": "a"}, "labels"),
        ("POST", "releases", {"tag_name": "v1", "draft": "yes"}, None),
        ("PATCH", "issues/1", {"state": "asleep"}, "state"),
    ]
    team.repo("read").create_issue("T")
    for method, path, body, field in wrong:
        answer = team.send(method, f"/repos/{NAME}/{path}", "owner", body)
        assert answer.status == 422
        assert [error["field"] for error in answer.json.get("errors", [])] == ([field] if field else [])
    given = {"title": "T", "labels": [{"name": "a"}, {"name": "b"}]}
    made = team.send("POST", f"/repos/{NAME}/issues", "owner", given).json
    assert [label["name"] for label in made["labels"]] == ["a", "b"]
    contract.forgive(lambda exchange: exchange.status == 422)


def test_labels_of_a_repository(team: Team) -> None:
    repo = team.repo("write")
    label = repo.create_label("gate: red", "ff0000", "no")
    assert (repo.get_label("gate: red").color, label.description) == ("ff0000", "no")
    label.edit("gate: green", "00ff00", "yes")
    assert [known.name for known in repo.get_labels()] == ["gate: green"]
    repo.create_label("other", "cccccc")
    for body, status in (
        ({"name": "GATE: green"}, 422),
        ({"name": "x", "color": "red"}, 422),
        ({"name": "x"}, 201),
    ):
        assert team.send("POST", f"/repos/{NAME}/labels", "write", body).status == status
    assert team.send("PATCH", f"/repos/{NAME}/labels/x", "write", {"new_name": "other"}).status == 422
    repo.get_label("gate: green").delete()
    assert team.send("GET", f"/repos/{NAME}/labels/gate:%20green").status == 404


def test_labels_of_an_issue(team: Team) -> None:
    issue = team.repo("triage").create_issue("T")
    issue.add_to_labels("a", "b")
    issue.set_labels("b", "c")
    assert [label.name for label in issue.get_labels()] == ["b", "c"]
    issue.remove_from_labels("b")
    assert [label.name for label in issue.get_labels()] == ["c"]
    assert team.send("DELETE", f"/repos/{NAME}/issues/1/labels/b").status == 404
    assert team.send("POST", f"/repos/{NAME}/issues/1/labels", "owner", {"labels": ["d"]}).json[1]["name"] == "d"
    issue.delete_labels()
    assert list(issue.get_labels()) == []
    assert team.send("GET", f"/repos/{NAME}/issues/9/labels").status == 404
    assert team.send("POST", f"/repos/{NAME}/issues/1/labels", "read", {"labels": ["x"]}).status == 403


def test_reactions(team: Team) -> None:
    issue = team.repo("read").create_issue("T")
    comment = issue.create_comment("c")
    first = comment.create_reaction("eyes")
    assert comment.create_reaction("eyes").id == first.id
    comment.create_reaction("rocket")
    issue.create_reaction("+1")
    assert [known.content for known in comment.get_reactions()] == ["eyes", "rocket"]
    assert [known.content for known in issue.get_reactions()] == ["+1"]
    assert issue.get_comment(comment.id).raw_data["reactions"]["eyes"] == 1
    address = f"/repos/{NAME}/issues/comments/{comment.id}/reactions"
    assert [known["content"] for known in team.send("GET", f"{address}?content=rocket").json] == ["rocket"]
    assert team.send("DELETE", f"{address}/{first.id}", "owner").status == 403
    assert comment.delete_reaction(first.id)
    assert team.send("DELETE", f"{address}/{first.id}", "read").status == 404
    assert issue.delete_reaction(issue.get_reactions()[0].id)


def test_an_unknown_reaction_is_refused(team: Team, contract: Contract) -> None:
    team.repo("read").create_issue("T")
    answer = team.send("POST", f"/repos/{NAME}/issues/1/reactions", "read", {"content": "sigh"})
    contract.forgive(lambda exchange: exchange.status == 422)
    assert answer.status == 422


def test_pages_lead_to_each_other(team: Team) -> None:
    issue = team.repo("read").create_issue("T")
    for number in range(5):
        issue.create_comment(str(number))
    address = f"/repos/{NAME}/issues/1/comments"
    middle = team.send("GET", f"{address}?per_page=2&page=2")
    assert [known["body"] for known in middle.json] == ["2", "3"]
    links = dict(reversed(part.split("; ")) for part in middle.headers["link"].split(", "))
    base = f"{team.hub.api_url}{address}?per_page=2&page="
    expected = {"next": 3, "last": 3, "prev": 1, "first": 1}
    assert links == {f'rel="{name}"': f"<{base}{page}>" for name, page in expected.items()}
    last = team.send("GET", f"{address}?per_page=2&page=3")
    assert ([known["body"] for known in last.json], 'rel="next"' in last.headers["link"]) == (["4"], False)
    assert "link" not in team.send("GET", f"{address}?per_page=5").headers
    beyond = team.send("GET", f"{address}?per_page=2&page=9")
    assert (beyond.json, 'rel="prev"' in beyond.headers["link"]) == ([], True)
    assert len(team.send("GET", f"{address}?per_page=x&page=0").json) == 5


def test_pygithub_reads_every_page(team: Team) -> None:
    issue = team.repo("read").create_issue("T")
    for number in range(7):
        issue.create_comment(str(number))
    github = team.github("read")
    github.per_page = 3
    comments = github.get_repo(NAME).get_issue(1).get_comments()
    assert [known.body for known in comments] == [str(number) for number in range(7)]
    assert comments.totalCount == 7

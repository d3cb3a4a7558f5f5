"""Issues, and what is said under issues and pull requests: comments, reactions, labels."""

from collections.abc import Mapping, Sequence

from merganser.forge import names, values
from merganser.forge.github.client import Client, of_item, of_repository, or_none


def issue_comments(client: Client, repo: str, number: int) -> tuple[values.Comment, ...]:
    return client.items(f"{of_item(repo, 'issues', number)}/comments", values.Comment)


def create_comment(client: Client, repo: str, number: int, body: str) -> values.Comment:
    return client.send("POST", f"{of_item(repo, 'issues', number)}/comments", {"body": body}, values.Comment)


def update_comment(client: Client, repo: str, comment: int, body: str) -> values.Comment:
    return client.send("PATCH", of_item(repo, "issues/comments", comment), {"body": body}, values.Comment)


def delete_comment(client: Client, repo: str, comment: int) -> None:
    client.delete(of_item(repo, "issues/comments", comment))


def comment(client: Client, repo: str, comment: int) -> values.Comment | None:
    """A comment as it is now; None where it was deleted."""
    return or_none(lambda: client.get(of_item(repo, "issues/comments", comment), values.Comment))


def reactions(client: Client, repo: str, comment: int) -> tuple[values.Reaction, ...]:
    """All reactions to a comment."""
    return client.items(f"{of_item(repo, 'issues/comments', comment)}/reactions", values.Reaction)


def react(client: Client, repo: str, comment: int, content: str) -> None:
    """React to a comment: `eyes`, `rocket`, `confused`; a second time changes nothing."""
    url = f"{of_item(repo, 'issues/comments', comment)}/reactions"
    client.send("POST", url, {"content": content}, values.Reaction)


def open_issues(client: Client, repo: str, creator: str) -> tuple[values.Issue, ...]:
    """Those of one account, its pull requests among them."""
    query = {"state": "open", "creator": names.login(creator)}
    return client.items(f"{of_repository(repo)}/issues", values.Issue, query)


def create_issue(client: Client, repo: str, *, title: str, body: str) -> values.Issue:
    """`NotFound` where the repository has no issues."""
    return client.send("POST", f"{of_repository(repo)}/issues", {"title": title, "body": body}, values.Issue)


def update_issue(client: Client, repo: str, number: int, fields: Mapping[str, str]) -> values.Issue:
    return client.send("PATCH", of_item(repo, "issues", number), fields, values.Issue)


def issue_labels(client: Client, repo: str, number: int) -> tuple[values.Label, ...]:
    return client.items(f"{of_item(repo, 'issues', number)}/labels", values.Label)


def add_labels(client: Client, repo: str, number: int, labels: Sequence[str]) -> tuple[values.Label, ...]:
    url = f"{of_item(repo, 'issues', number)}/labels"
    return client.send("POST", url, {"labels": list(labels)}, tuple[values.Label, ...])

"""Pull requests and their reviews."""

import msgspec

from merganser.forge import names, values
from merganser.forge.github.client import PER_PAGE, Client, of_item, of_repository


class _Merged(msgspec.Struct, frozen=True):
    sha: str
    merged: bool


def pull_request(client: Client, repo: str, number: int) -> values.PullRequest:
    return client.get(of_item(repo, "pulls", number), values.PullRequest)


def open_pull_requests(client: Client, repo: str, head: str = "", base: str = "") -> tuple[values.PullRequest, ...]:
    """`head` as `OWNER:BRANCH`, `base` a branch; both optional."""
    query = {"state": "open", **({"head": head} if head else {}), **({"base": base} if base else {})}
    found = client.items(f"{of_repository(repo)}/pulls", values.PullRequest, query)
    return tuple(pull for pull in found if not head or pull.head.ref == head.partition(":")[2])


def newest_pulls_of_branch(client: Client, repo: str, head: str) -> tuple[values.PullRequest, ...]:
    """The hundred newest that a branch, as `OWNER:BRANCH`, ever had, open or not."""
    query = {"state": "all", "head": head, "per_page": PER_PAGE}
    found = client.get(f"{of_repository(repo)}/pulls", tuple[values.PullRequest, ...], query)
    return tuple(pull for pull in found if pull.head.ref == head.partition(":")[2])


def pulls_of_commit(client: Client, repo: str, sha: str) -> tuple[values.PullRequest, ...]:
    return client.items(f"{of_repository(repo)}/commits/{names.sha(sha)}/pulls", values.PullRequest)


def reviews(client: Client, repo: str, number: int) -> tuple[values.Review, ...]:
    """All reviews of a pull request, oldest first."""
    return client.items(f"{of_item(repo, 'pulls', number)}/reviews", values.Review)


def create_pull_request(
    client: Client, repo: str, *, branch: str, base: str, title: str, body: str
) -> values.PullRequest:
    fields = {"head": names.branch(branch), "base": names.branch(base), "title": title, "body": body}
    return client.send("POST", f"{of_repository(repo)}/pulls", fields, values.PullRequest)


def update_pull_request(client: Client, repo: str, number: int, *, title: str, body: str) -> values.PullRequest:
    return client.send("PATCH", of_item(repo, "pulls", number), {"title": title, "body": body}, values.PullRequest)


def merge_pull_request(client: Client, repo: str, number: int, *, sha: str, method: str) -> str:
    """The merge commit; `Conflict` where the head moved, `Refused` (405) where a rule forbids it."""
    fields = {"sha": names.sha(sha), "merge_method": method}
    return client.send("PUT", f"{of_item(repo, 'pulls', number)}/merge", fields, _Merged).sha

"""Who merged and who approved, as an audit learns it over real HTTP; and which pull request brought a commit."""

import json
from typing import Any
from urllib.request import Request, urlopen

import msgspec
import pytest

from merganser import git
from merganser.commands.audit import pulls
from merganser.forge import values
from merganser.forge.github import connect
from merganser.forge.mirror import credentials
from merganser.forge.secret import Secret
from merganser.registry.audit.links import Link, State, Unknown
from tests.commands.shipped import Shipped, of_state
from tests.commands.stage import ENVIRONMENTS, REPO
from tests.forge.requests.test_transport import talking
from tests.forge.rogue import Reply, Seen, answer

BRANCH = "merganser/staging/tiny"


def links(shipped: Shipped) -> dict[str, Link]:
    chains = shipped.audit(None, env="staging")
    return {name: link for state in State for name, link in of_state(chains, state).items()}


def post(shipped: Shipped, token: str, path: str, body: dict[str, str], verb: str = "POST") -> Any:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    asked = Request(f"{shipped.hub.api_url}/repos/{path}", json.dumps(body).encode(), headers, method=verb)
    with urlopen(asked, timeout=30) as answer:
        return json.load(answer)


def in_environments(shipped: Shipped, *args: str) -> str:
    """Git in the person's clone of the environments repo."""
    env = credentials(Secret(shipped.token), shipped.hub.url)
    who = ("-c", "user.name=Eve", "-c", "user.email=eve@example.org")
    return git.run([*who, *args], shipped.environments, env=env).decode().strip()


def proposal(shipped: Shipped, branch: str) -> int:
    """A pull request of two commits on what they brought: the first one writes the environment's file."""
    file = shipped.environments / "staging" / "tiny" / "release.yaml"
    in_environments(shipped, "checkout", "-q", "-B", branch, "origin/main")
    for path, text in ((file, file.read_text() + "# looked at\n"), (shipped.environments / "README.md", "Ours.\n")):
        path.write_text(text)
        in_environments(shipped, "add", "--all")
        in_environments(shipped, "commit", "-qm", f"Change {path.name}")
    in_environments(shipped, "push", "-q", "--force", "origin", f"HEAD:refs/heads/{branch}")
    with connect(shipped.runtime) as forge:
        return forge.create_pull_request(ENVIRONMENTS, branch=branch, base="main", title="Look", body="").number


def merge(shipped: Shipped, number: int, method: str) -> None:
    with connect(shipped.runtime) as forge:
        head = forge.pull_request(ENVIRONMENTS, number).head.sha
        forge.merge_pull_request(ENVIRONMENTS, number, sha=head, method=method)


def test_whoever_approved_is_named_beside_whoever_merged(shipped: Shipped) -> None:
    before = links(shipped)
    assert before["people/approved"].says == f"nobody approved what was merged as {REPO}#2"
    assert before["environment staging/approved"].says == f"nobody approved what was merged as {ENVIRONMENTS}#1"
    grace = shipped.hub.admin.create_user("grace")
    shipped.hub.admin.set_permission(REPO, "grace", "write")
    review = post(shipped, grace, f"{REPO}/pulls/2/reviews", {"event": "APPROVE"})
    post(shipped, shipped.token, f"{ENVIRONMENTS}/pulls/1/reviews", {"event": "APPROVE", "body": "Go."})
    there = links(shipped)
    assert there["people/approved"].says.startswith(f"{REPO}#2 by grace on 20")
    assert there["environment staging/approved"].says.startswith(f"{ENVIRONMENTS}#1 by ada on 20")
    assert {there[f"{section}/approved"].state for section in ("people", "environment staging")} == {State.verified}
    path = f"{REPO}/pulls/2/reviews/{review['id']}/dismissals"
    post(shipped, shipped.token, path, {"message": "Of something else"}, "PUT")
    assert links(shipped)["people/approved"] == before["people/approved"]


def test_a_passer_by_is_no_approver(shipped: Shipped) -> None:
    eve = shipped.hub.admin.create_user("eve")
    shipped.hub.admin.set_permission(REPO, "eve", "read")
    post(shipped, eve, f"{REPO}/pulls/2/reviews", {"event": "APPROVE"})
    found = links(shipped)["people/approved"]
    assert (found.state, found.says.partition("; ")[2]) == (
        State.unverifiable, "eve approved it, and is no collaborator of the repository"
    )  # fmt: skip


@pytest.mark.parametrize("method", ["rebase", "merge", "squash"])
def test_a_deployment_of_several_commits_is_one_however_it_was_merged(method: str, shipped: Shipped) -> None:
    number = proposal(shipped, BRANCH)
    merge(shipped, number, method)
    found = links(shipped)["environment staging/deployed by"]
    assert found.state is State.verified
    assert found.says.startswith(f"{ENVIRONMENTS}#{number} by ada, merged by ada on ")


def test_a_rebased_pull_request_that_is_no_deployment_is_told(shipped: Shipped) -> None:
    merge(shipped, proposal(shipped, "tidy-up"), "rebase")
    found = links(shipped)["environment staging/deployed by"]
    assert (found.state, found.found) == (State.broken, "tidy-up")


def test_a_push_below_a_rebase_stays_a_push(shipped: Shipped) -> None:
    """It lies right under commits of a merged deployment, and is not of them."""
    number = proposal(shipped, BRANCH)
    in_environments(shipped, "checkout", "-q", "-B", "main", "origin/main")
    file = shipped.environments / "staging" / "tiny" / "other.yaml"
    file.write_text("pushed: past everybody\n")
    in_environments(shipped, "add", "--all")
    in_environments(shipped, "commit", "-qm", "Faster")
    in_environments(shipped, "push", "-q", "origin", "HEAD:main")
    pushed = in_environments(shipped, "rev-parse", "HEAD")
    merge(shipped, number, "rebase")
    in_environments(shipped, "fetch", "-q", "origin")
    first = in_environments(shipped, "rev-parse", "origin/main~1")
    with connect(shipped.runtime) as forge:
        assert pulls.merging(forge, ENVIRONMENTS, pushed) is None
        brought = pulls.merging(forge, ENVIRONMENTS, first)
        commit = in_environments(shipped, "rev-parse", f"origin/{BRANCH}~1")
        branch = pulls.merging(forge, ENVIRONMENTS, commit)
    assert brought is not None
    assert branch is not None
    assert (brought.number, branch.number) == (number, number), "as rebased, and as pushed"


# What the hub has none of: commits that GitHub counts loosely, forks, and people whose accounts are gone.


def listed(**fields: Any) -> dict[str, Any]:
    """A merged pull request of three commits, as GitHub tells it."""
    tips = {"head": {"ref": BRANCH, "sha": "5e" * 20}, "base": {"ref": "main", "sha": "0d" * 20}}
    return {
        "number": 7, "title": "Deploy", "state": "closed", "html_url": "https://example.org/7", **tips, "commits": 3,
        "merged_at": "2026-11-24T10:00:00Z", "merge_commit_sha": "ab" * 20, **fields,
    }  # fmt: skip


def compared(ahead: int, behind: int) -> Reply:
    fork_point = {"sha": "0" * 40}
    return answer(
        {"ahead_by": ahead, "behind_by": behind, "commits": [COMMIT] * ahead, "merge_base_commit": fork_point}
    )


COMMIT = {"sha": "cd" * 20, "commit": {"message": "Faster", "tree": {"sha": "ef" * 20}}}
GONE = answer({"message": "Not Found"}, 404)


@pytest.mark.parametrize(
    ("merge", "head", "found"),
    [
        (compared(2, 0), GONE, True),  # the first of three rebased ones
        (compared(3, 0), GONE, False),  # what they were rebased onto
        (compared(2, 1), GONE, False),  # not in the branch that it was merged into
        (GONE, GONE, False),
        (GONE, compared(2, 0), True),  # the first of three, as they were pushed
        (compared(9, 0), compared(3, 0), False),  # what the branch began at
    ],
)
def test_a_commit_is_of_a_pull_request_only_where_its_commits_lie(merge: Reply, head: Reply, found: bool) -> None:
    """Whatever GitHub lists with the commit."""

    def choose(seen: Seen) -> Reply:
        if "/compare/" in seen.path:
            return merge if "ab" * 20 in seen.path else head
        return answer([listed()] if seen.path.partition("?")[0].endswith("/pulls") else listed())

    with talking(choose=choose) as (forge, _, _):
        brought = pulls.merging(forge, ENVIRONMENTS, "cd" * 20)
    assert (brought is not None) == found


def test_a_commit_that_github_does_not_know_is_of_no_pull_request() -> None:
    with talking(GONE) as (forge, rogue, _):
        assert pulls.merging(forge, ENVIRONMENTS, "cd" * 20) is None
    assert len(rogue.seen) == 1


def test_an_open_pull_request_brought_nothing() -> None:
    with talking(answer([listed(state="open", merged_at=None)])) as (forge, rogue, _):
        assert pulls.merging(forge, ENVIRONMENTS, "ab" * 20) is None
    assert len(rogue.seen) == 1, "its test merge is no merge"


def pull(head: values.RepositoryRef | None) -> values.PullRequest:
    return values.PullRequest(
        number=7,
        title="Deploy",
        state="closed",
        head=values.Tip(ref=BRANCH, sha="5e" * 20, repo=head),
        base=values.Tip(ref="main", sha="0d" * 20, repo=values.RepositoryRef(id=1, full_name="Acme/environments")),
        html_url="https://example.org/7",
    )


@pytest.mark.parametrize(
    ("head", "told"),
    [
        (values.RepositoryRef(id=1, full_name="Acme/environments"), "Acme/environments"),
        (values.RepositoryRef(id=2, full_name="eve/environments"), "eve/environments"),
        (None, ""),
    ],
)
def test_repositories_are_told_in_githubs_spelling(head: values.RepositoryRef | None, told: str) -> None:
    found = pulls.merged(ENVIRONMENTS, pull(head), Unknown("no network"))
    assert (found.place, found.head_repo, found.author, found.by) == ("Acme/environments#7", told, "", "")
    assert found.reviews == Unknown("no network")


def test_a_review_of_nobody_on_a_commit_that_is_gone() -> None:
    gone = values.Review(id=1, state="APPROVED", author_association="NONE")
    nameless = msgspec.structs.replace(pull(None), base=values.Tip(ref="main", sha="0d" * 20))
    found = pulls.merged(ENVIRONMENTS, nameless, (gone,))
    assert found.repo == ENVIRONMENTS
    assert not isinstance(found.reviews, Unknown)
    (review,) = found.reviews
    assert (review.by, review.commit, review.at) == ("", "", "")

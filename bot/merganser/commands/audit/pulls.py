"""Which merged pull request brought a commit, and who reviewed it, as GitHub tells `merganser audit`."""

from merganser.forge import values
from merganser.forge.protocol import Forge, NotFound
from merganser.registry.audit.facts import Merged, Review
from merganser.registry.audit.links import Unknown


def merging(forge: Forge, repo: str, commit: str) -> values.PullRequest | None:
    """The pull request whose merge is this commit, else the one of which it is a commit, as rebased or as pushed."""
    try:
        found = [pull for pull in forge.pulls_of_commit(repo, commit) if pull.merged]
    except NotFound:
        return None
    # The merge itself needs no further question.
    for listed in sorted(found, key=lambda pull: pull.merge_commit_sha != commit):
        pull = forge.pull_request(repo, listed.number)
        if pull.merge_commit_sha == commit or _holds(forge, repo, pull, commit):
            return pull
    return None


def _holds(forge: Forge, repo: str, pull: values.PullRequest, commit: str) -> bool:
    """Whether the commit is among the last ones of the merge or of the head, of as many as the pull request has."""
    tips = (pull.merge_commit_sha, pull.head.sha)
    return any(_is_within(forge, repo, (commit, tip), pull.commits) for tip in tips if tip)


def _is_within(forge: Forge, repo: str, line: tuple[str, str], commits: int) -> bool:
    """Whether the second of `line` holds the first, fewer than so many commits back."""
    try:
        compared = forge.compare(repo, *line)
    except NotFound:
        return False
    return compared.behind_by == 0 and compared.ahead_by < commits


def merged(repo: str, pull: values.PullRequest, reviews: tuple[values.Review, ...] | Unknown) -> Merged:
    """What an audit looks at of a pull request."""
    base, head = pull.base.repo, pull.head.repo
    return Merged(
        # Both in GitHub's spelling, for they are compared.
        repo=base.full_name if base else repo,
        number=pull.number,
        branch=pull.head.ref,
        head_repo=head.full_name if head else "",
        head=pull.head.sha,
        author=_login(pull.user),
        by=_login(pull.merged_by),
        at=pull.merged_at or "",
        reviews=reviews if isinstance(reviews, Unknown) else tuple(_review(one) for one in reviews),
    )


def _review(one: values.Review) -> Review:
    return Review(
        by=_login(one.user),
        state=one.state,
        association=one.author_association,
        commit=one.commit_id or "",
        at=one.submitted_at or "",
    )


def _login(account: values.Account | None) -> str:
    return account.login if account else ""

"""The effects on pull requests: opening or updating one, and merging it at an exact head."""

from merganser import plan
from merganser.forge import values
from merganser.forge.effects.discussion import add_labels, same_text
from merganser.forge.effects.outcome import Done, Outcome
from merganser.forge.protocol import Conflict, Forge, Outrun, Refused


def pull_request(forge: Forge, wanted: plan.PullRequest) -> Outcome:
    """The one open pull request from the branch into base, with this text and these labels."""
    pull, done = _open(forge, wanted), Done.unchanged
    if pull is None:
        pull, done = _create(forge, wanted), Done.created
    elif not (same_text(pull.title, wanted.title) and same_text(pull.body, wanted.body)):
        pull = forge.update_pull_request(wanted.repo, pull.number, title=wanted.title, body=wanted.body)
        done = Done.updated
    labels = plan.Labels(repo=wanted.repo, number=pull.number, names=wanted.labels)
    if add_labels(forge, labels, pull.labels) is Done.updated and done is Done.unchanged:
        done = Done.updated
    return Outcome(effect=wanted, done=done, url=pull.html_url, number=pull.number, sha=pull.head.sha)


def _open(forge: Forge, wanted: plan.PullRequest) -> values.PullRequest | None:
    owner = wanted.repo.partition("/")[0]
    found = forge.open_pull_requests(wanted.repo, head=f"{owner}:{wanted.branch}", base=wanted.base)
    return next((pull for pull in found if pull.head.ref == wanted.branch and pull.base.ref == wanted.base), None)


def _create(forge: Forge, wanted: plan.PullRequest) -> values.PullRequest:
    try:
        return forge.create_pull_request(
            wanted.repo, branch=wanted.branch, base=wanted.base, title=wanted.title, body=wanted.body
        )
    except Conflict as refused:
        if _open(forge, wanted) is None:
            raise
        raise Outrun(refused.message, refused.hint, refused.status) from refused


def merge(forge: Forge, wanted: plan.Merge) -> Outcome:
    """Merged at exactly this head: another head, or a rule that forbids it, is refused in GitHub's own words."""
    pull = forge.pull_request(wanted.repo, wanted.number)
    if pull.head.sha != wanted.sha:
        raise Conflict(
            f"pull request {wanted.repo}#{wanted.number} is at {pull.head.sha}, not at {wanted.sha}",
            "Someone pushed to it: look at the new commit, then run the command again.",
            409,
        )
    if pull.merged:
        return _merged(wanted, pull)
    if pull.state != "open":
        raise Refused(f"pull request {wanted.repo}#{wanted.number} is closed", "Reopen it first.")
    try:
        made = forge.merge_pull_request(wanted.repo, wanted.number, sha=wanted.sha, method=wanted.method.value)
    except (Refused, Conflict) as refused:
        pull = forge.pull_request(wanted.repo, wanted.number)
        if pull.merged and pull.head.sha == wanted.sha:
            return _merged(wanted, pull)
        if "was modified" in refused.message:
            raise Outrun(refused.message, refused.hint, refused.status) from refused
        raise
    return Outcome(effect=wanted, done=Done.created, url=pull.html_url, number=pull.number, sha=made)


def _merged(wanted: plan.Merge, pull: values.PullRequest) -> Outcome:
    merged = pull.merge_commit_sha or ""
    return Outcome(effect=wanted, done=Done.unchanged, url=pull.html_url, number=pull.number, sha=merged)

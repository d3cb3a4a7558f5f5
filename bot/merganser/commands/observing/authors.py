"""Whose change of a model a run is of: by the branch that the queue made and what GitHub says of a merge."""

import re
from itertools import pairwise

from merganser.commands.carry_out import Workbench
from merganser.commands.observing.checkout import MAX_ANCESTORS, base_digests
from merganser.commands.observing.intake import Trigger
from merganser.git import Repository

_QUEUED = re.compile(r"gh-readonly-queue/.+/pr-(?P<number>[1-9][0-9]{0,9})-[0-9a-f]{40}")


def behind(place: Workbench, clone: Repository, trigger: Trigger, model: str) -> frozenset[str]:
    """The logins of those whose pull request made the model's inputs what they are in the run's commit.

    Of a queue's group and of a push that may be one further back on the line: what is merged or queued behind it, and
    touches the model no more, is none of its author's gate.
    """
    if trigger.number is not None:
        return frozenset({trigger.author})
    line = clone.first_parents(trigger.run.head_sha, MAX_ANCESTORS)
    since = _since_changed(clone, line, model)
    # Rebasing puts several commits of one pull request on the line, and the last one alone is its merge.
    found = (_authors(place, trigger, commit) for commit in reversed(since))
    return next(filter(None, found), frozenset())


def _since_changed(clone: Repository, line: list[str], model: str) -> list[str]:
    """The commits of a line, newest first, down to the one that last changed the model's inputs."""
    for number, (commit, before) in enumerate(pairwise([*line, ""]), 1):
        if base_digests(clone, commit).get(model) != base_digests(clone, before).get(model):
            return line[:number]
    return []


def _authors(place: Workbench, trigger: Trigger, commit: str) -> frozenset[str]:
    """The authors of the pull requests that a commit is the merge of, or is to be."""
    if trigger.merged:
        # GitHub also names what merged later, with this commit in it.
        found = place.forge.pulls_of_commit(place.repo, commit)
        pulls = [pull for pull in found if pull.merged and pull.merge_commit_sha == commit]
    else:
        pulls = [place.forge.pull_request(place.repo, number) for number in _queued(place, trigger, commit)]
    return frozenset(pull.user.login for pull in pulls if pull.user)


def _queued(place: Workbench, trigger: Trigger, commit: str) -> set[int]:
    """The numbers in the names of the queue's branches that had the commit as their head."""
    own = commit == trigger.run.head_sha
    runs = (trigger.run,) if own else place.forge.workflow_runs(place.repo, commit)
    branches = (run.head_branch or "" for run in runs if run.event == "merge_group")
    return {int(found["number"]) for branch in branches if (found := _QUEUED.fullmatch(branch))}

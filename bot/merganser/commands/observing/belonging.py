"""Whose recorded runs may stand in for training a commit, on either side: told by git alone, whatever a bundle says."""

from merganser.commands.observing.checkout import MAX_ANCESTORS
from merganser.git import Repository
from merganser.registry.lineage import Own


def of_pull_request(number: int) -> Own:
    """A pull request reuses its own runs alone."""
    return Own(pulls=frozenset({number}))


def of_line(repository: Repository, commit: str, base: str = "") -> Own:
    """What the first-parent line up to `commit` is and merges: from `base` on where that is given."""
    line = repository.line(commit, MAX_ANCESTORS, base)
    commits = {one for part in line for one in (part.sha, *part.merged)}
    return Own(commits=frozenset(commits), trees=frozenset(part.tree for part in line))

"""GitHub's merge queue, as its pages drive it: a group's commit on a branch of its own, merged as it was tested."""

from __future__ import annotations

from typing import Any

import msgspec

from merganser.errors import ForgeError
from merganser.hub.access import Repository, find_repository
from merganser.hub.authorship import platform
from merganser.hub.git import history, refs
from merganser.hub.git.objects import Commit, write_commit
from merganser.hub.routing import World
from merganser.hub.store import Row
from merganser.hub.tracking import drop_test_merge, follow_refs, record_event

_PULL = "SELECT pulls.*, issues.number, issues.title FROM pulls JOIN issues ON issues.id = issue_id WHERE repo_id = ? "


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """Pull requests and the commits that merge them, in the queue's order; the last is the group's head."""

    branch: str
    into: str
    base: str
    numbers: tuple[int, ...]
    merges: tuple[str, ...]

    @property
    def head(self) -> str:
        return self.merges[-1]

    def payload(self) -> dict[str, Any]:
        """What the event `merge_group` says of it."""
        ends = {"head_sha": self.head, "head_ref": f"refs/heads/{self.branch}"}
        base = {"base_sha": self.base, "base_ref": f"refs/heads/{self.into}"}
        return {"action": "checks_requested", "merge_group": {**ends, **base}}


class Queue:
    """The merge queues of one hub, by whoever holds the object."""

    def __init__(self, world: World) -> None:
        self._world = world

    def add(self, full_name: str, number: int, behind: Group | None = None, *, method: str = "merge") -> Group:
        """Put a pull request at the queue's end, on top of the group that is there; by `merge` or `squash`."""
        with self._world.store.transaction():
            repository, pull = self._repository(full_name), self._pull(full_name, number)
            git = self._world.git(repository)
            base = behind.head if behind else str(refs.branch_tip(git, pull["base_ref"]))
            tree = history.merge_trees(git, base, pull["head_sha"])
            if tree is None:
                raise ForgeError(f"pull request {number} conflicts with the queue", "Rebase it first.")
            made = write_commit(git, _merge(pull, base, tree, method))
            branch = f"gh-readonly-queue/{pull['base_ref']}/pr-{number}-{base}"
            refs.force(git, f"refs/heads/{branch}", made)
            before = behind or Group(branch="", into=pull["base_ref"], base=base, numbers=(), merges=())
            numbers, merges = (*before.numbers, number), (*before.merges, made)
            return Group(branch=branch, into=pull["base_ref"], base=base, numbers=numbers, merges=merges)

    def merge(self, full_name: str, group: Group) -> None:
        """Move the base to the group's head: its checks passed. Its pull requests are merged, its branch goes."""
        with self._world.store.transaction():
            repository = self._repository(full_name)
            git = self._world.git(repository)
            refs.force(git, f"refs/heads/{group.into}", group.head)
            for number, merge in zip(group.numbers, group.merges, strict=True):
                self._merged(self._pull(full_name, number), merge)
                drop_test_merge(git, number)
            refs.delete(git, f"refs/heads/{group.branch}")
            follow_refs(self._world, repository)

    def _merged(self, pull: Row, merge: str) -> None:
        store, moment = self._world.store, self._world.store.now()
        store.update("pulls", pull["issue_id"], {"merged_at": moment, "merge_commit_sha": merge})
        store.update("issues", pull["issue_id"], {"state": "closed", "closed_at": moment, "updated_at": moment})
        record_event(store, pull["issue_id"], None, "merged", merge)

    def _repository(self, full_name: str) -> Repository:
        owner, _, name = full_name.partition("/")
        found = find_repository(self._world.store, owner, name)
        if found is None:
            raise ForgeError(f"the hub has no repository {full_name}", "Make it with create_repository.")
        return found

    def _pull(self, full_name: str, number: int) -> Row:
        found = self._world.store.row(_PULL + "AND number = ?", self._repository(full_name).id, number)
        if found is None:
            raise ForgeError(f"{full_name} has no pull request {number}", "Open it first.")
        return found


def _merge(pull: Row, base: str, tree: str, method: str) -> Commit:
    """The commit that the queue makes of one pull request."""
    squashed = method == "squash"
    title = f"{pull['title']} (#{pull['number']})" if squashed else f"Merge pull request #{pull['number']}"
    parents = (base,) if squashed else (base, str(pull["head_sha"]))
    return Commit(sha="", tree=tree, parents=parents, author=platform(), committer=platform(), message=title)

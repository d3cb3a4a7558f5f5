"""Keeping pull requests true to their branches: after each ref change their heads, merges and states follow."""

from __future__ import annotations

from pathlib import Path

from merganser.hub.access import Repository, repository_by_id
from merganser.hub.authorship import platform
from merganser.hub.git import history, refs
from merganser.hub.git.objects import Commit, read_commits, write_commit
from merganser.hub.routing import World
from merganser.hub.store import Row, Store, Value

_OPEN = (
    "SELECT pulls.*, issues.number, issues.repo_id FROM pulls JOIN issues ON issues.id = pulls.issue_id "
    "WHERE ? IN (issues.repo_id, pulls.head_repo_id) AND issues.state = 'open' ORDER BY issues.id"
)


def follow_refs(world: World, repository: Repository) -> None:
    """Bring every open pull request into a repository, or from it, up to its branches."""
    for pull in world.store.rows(_OPEN, repository.id):
        into, source = (repository_by_id(world.store, pull[key]) for key in ("repo_id", "head_repo_id"))
        head = refs.bring(world.git(into), world.git(source), pull["head_ref"])
        _follow(world.store, world.git(into), pull, head)


def _follow(store: Store, git: Path, pull: Row, head: str | None) -> None:
    base = refs.branch_tip(git, pull["base_ref"])
    if head is None or base is None:
        _close(store, pull, "head_ref_deleted" if head is None else "base_ref_deleted")
        return
    if (head, base) == (pull["head_sha"], pull["base_sha"]):
        return
    if refs.is_ancestor(git, head, base):
        _absorbed(store, git, pull, head, base)
        return
    try_merge(store, git, pull, head, base)
    if head != pull["head_sha"]:
        record_event(store, pull["issue_id"], None, "pushed", head)


def _absorbed(store: Store, git: Path, pull: Row, head: str, base: str) -> None:
    """The base holds the head: merged by a push, or, where the head was moved back, nothing is left to merge."""
    if head != pull["head_sha"]:
        refs.force(git, f"refs/pull/{pull['number']}/head", head)
        store.update("pulls", pull["issue_id"], {"head_sha": head, "base_sha": base})
        _close(store, pull, "closed")
        return
    moment = store.now()
    store.update("pulls", pull["issue_id"], {"merged_at": moment, "merge_commit_sha": head})
    store.update("issues", pull["issue_id"], {"state": "closed", "closed_at": moment, "updated_at": moment})
    record_event(store, pull["issue_id"], None, "merged", head)
    drop_test_merge(git, pull["number"])


def _close(store: Store, pull: Row, kind: str) -> None:
    moment = store.now()
    store.update("issues", pull["issue_id"], {"state": "closed", "closed_at": moment, "updated_at": moment})
    record_event(store, pull["issue_id"], None, kind, "")


def record_event(store: Store, issue: int, actor: int | None, kind: str, detail: str) -> None:
    """Note something for the timeline of an issue or pull request."""
    columns = {"issue_id": issue, "actor_id": actor, "kind": kind, "detail": detail, "created_at": store.now()}
    store.insert("events", columns)


def drop_test_merge(git: Path, number: int) -> None:
    """A merged or closed pull request has no merge to test."""
    if refs.read_ref(git, f"refs/pull/{number}/merge"):
        refs.delete(git, f"refs/pull/{number}/merge")


def try_merge(store: Store, git: Path, pull: Row, head: str, base: str) -> None:
    """Write refs/pull/N/head and, unless there is a conflict, refs/pull/N/merge; note both tips and the outcome."""
    number = pull["number"]
    refs.force(git, f"refs/pull/{number}/head", head)
    tree = history.merge_trees(git, base, head)
    merge = None
    if tree is None:
        drop_test_merge(git, number)
    else:
        tips = read_commits(git, [base, head])
        # Dated by its parents, so the same merge has the same SHA whenever it is made.
        tester = platform(max(tip.committer.date for tip in tips))
        message = f"Merge {head} into {base}"
        commit = Commit(sha="", tree=tree, parents=(base, head), author=tester, committer=tester, message=message)
        merge = write_commit(git, commit)
        refs.force(git, f"refs/pull/{number}/merge", merge)
    columns: dict[str, Value] = {"head_sha": head, "base_sha": base, "mergeable": int(merge is not None)}
    store.update("pulls", pull["issue_id"], columns | {"merge_commit_sha": merge})
    store.update("issues", pull["issue_id"], {"updated_at": store.now()})

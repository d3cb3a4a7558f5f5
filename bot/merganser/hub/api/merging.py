"""Merging pull requests: what must hold, and the three ways to do it."""

from __future__ import annotations

from merganser.hub.access import Role, user_by_id
from merganser.hub.api.pulls import find_pull
from merganser.hub.authorship import identity, platform
from merganser.hub.git import history, refs
from merganser.hub.git.objects import Commit, read_commit, read_commits, write_commit
from merganser.hub.parameters import choice, optional_message, optional_text
from merganser.hub.refusals import Refusal, conflict, not_found
from merganser.hub.routing import Answer, Call, route
from merganser.hub.rules import Move, must_be_up_to_date, refusal
from merganser.hub.store import Row, Value
from merganser.hub.tracking import drop_test_merge, follow_refs, record_event
from merganser.hub.views.pulls import head_repository

_METHODS = frozenset({"merge", "squash", "rebase"})
_ADDRESS = "/repos/{owner}/{repo}/pulls/{pull_number}/merge"


@route("GET", _ADDRESS)
def is_merged(call: Call) -> Answer:
    if find_pull(call)["merged_at"] is None:
        raise not_found()
    return Answer(204)


@route("PUT", _ADDRESS, needs=Role.WRITE)
def merge(call: Call) -> Answer:
    row = find_pull(call)
    method = choice(call, "merge_method", _METHODS, "PullRequest") or "merge"
    _demand_mergeable(call, row)
    sha = _rebased(call, row) if method == "rebase" else _merged(call, row, method)
    if not refs.swap(call.git, f"refs/heads/{row['base_ref']}", sha, row["base_sha"]):
        raise Refusal(405, "Base branch was modified. Review and try the merge again.")
    moment = call.store.now()
    call.store.update("pulls", row["id"], {"merged_at": moment, "merged_by": call.actor.id, "merge_commit_sha": sha})
    closed: dict[str, Value] = {
        "state": "closed",
        "closed_at": moment,
        "closed_by": call.actor.id,
        "updated_at": moment,
    }
    call.store.update("issues", row["id"], closed)
    record_event(call.store, row["id"], call.actor.id, "merged", sha)
    drop_test_merge(call.git, row["number"])
    follow_refs(call.world, call.repository)
    return Answer(200, {"sha": sha, "merged": True, "message": "Pull Request successfully merged"})


def _demand_mergeable(call: Call, row: Row) -> None:
    if row["state"] != "open" or row["draft"] or not row["mergeable"]:
        raise Refusal(405, "Pull Request is not mergeable")
    wanted = optional_text(call, "sha", "PullRequest")
    if wanted is not None and wanted != row["head_sha"]:
        raise conflict("Head branch was modified. Review and try the merge again.")
    reason = refusal(call.store, call.repository, Move(row["base_ref"], row["head_sha"]), call.role)
    if reason is not None:
        raise Refusal(405, reason)
    strict = must_be_up_to_date(call.store, call.repository, row["base_ref"])
    if strict and history.count(call.git, row["base_sha"], row["head_sha"]):
        raise Refusal(405, "Head branch is out of date. Review and try the merge again.")


def _merged(call: Call, row: Row, method: str) -> str:
    """One new commit on the base: a merge of both tips, or the whole change squashed."""
    tree = history.merge_trees(call.git, row["base_sha"], row["head_sha"])
    if tree is None:
        raise Refusal(405, "Pull Request is not mergeable")
    merging = method == "merge"
    author = call.actor if merging else user_by_id(call.store, row["user_id"])
    commit = Commit(
        sha="",
        tree=tree,
        parents=(row["base_sha"], row["head_sha"]) if merging else (row["base_sha"],),
        author=identity(author),
        committer=platform(),
        message=_message(call, row, merging),
    )
    return write_commit(call.git, commit)


def _message(call: Call, row: Row, merging: bool) -> str:
    """Title and text as asked for, or as GitHub fills them in."""
    number = row["number"]
    origin = f"{head_repository(call, row).owner}/{row['head_ref']}"
    title = f"Merge pull request #{number} from {origin}" if merging else f"{row['title']} (#{number})"
    content = row["title"] if merging else _messages(call, row)
    title = optional_message(call, "commit_title", "PullRequest") or title
    given = optional_message(call, "commit_message", "PullRequest")
    content = content if given is None else given
    return f"{title}\n\n{content}".strip()


def _messages(call: Call, row: Row) -> str:
    """The squashed commits' messages; none where there is a single one."""
    shas = history.walk(call.git, row["head_sha"], row["base_sha"])[::-1]
    commits = read_commits(call.git, shas)
    if len(commits) == 1:
        return commits[0].message.partition("\n")[2].strip()
    return "\n\n".join(f"* {commit.message}" for commit in commits)


def _rebased(call: Call, row: Row) -> str:
    """The head's commits, one after the other, on top of the base.

    Each is replayed as a three-way merge of the new tip with a stand-in of the commit whose parent is the old
    parent's copy, which is what a cherry-pick does.
    """
    shas = history.walk(call.git, row["head_sha"], row["base_sha"])[::-1]
    tip = str(row["base_sha"])
    for commit in read_commits(call.git, shas):
        if len(commit.parents) != 1:
            raise Refusal(405, "This branch can't be rebased")
        tip = _replayed(call, commit, tip)
    return tip


def _replayed(call: Call, commit: Commit, tip: str) -> str:
    parent = commit.parents[0]
    anchor = write_commit(call.git, _bare(read_commit(call.git, parent), ()))
    ours = write_commit(call.git, _bare(read_commit(call.git, tip), (anchor,)))
    theirs = write_commit(call.git, _bare(commit, (anchor,)))
    tree = history.merge_trees(call.git, ours, theirs)
    if tree is None:
        raise Refusal(405, "This branch can't be rebased due to conflicts")
    return write_commit(call.git, Commit(
        sha="",
        tree=tree,
        parents=(tip,),
        author=commit.author,
        committer=platform(),
        message=commit.message,
    ))  # fmt: skip


def _bare(commit: Commit, parents: tuple[str, ...]) -> Commit:
    """A commit of the same tree with other parents, only for the merge machinery's eyes."""
    return Commit(
        sha="",
        tree=commit.tree,
        parents=parents,
        author=commit.author,
        committer=commit.committer,
        message=commit.sha,
    )

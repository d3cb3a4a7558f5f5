"""Pull requests, from a branch of the repository or of a fork; merging them is in `merging`."""

from __future__ import annotations

import msgspec

from merganser.hub.access import Repository, Role, demand, find_fork, role_of
from merganser.hub.api.issues import apply_changes, find_issue, open_issue
from merganser.hub.git import history, refs
from merganser.hub.git.objects import read_commits
from merganser.hub.pagination import paged
from merganser.hub.parameters import flag, number, optional_text, text
from merganser.hub.refusals import existing, invalid, invalid_because
from merganser.hub.routing import Answer, Call, route
from merganser.hub.store import Row, Value
from merganser.hub.tracking import drop_test_merge, record_event, try_merge
from merganser.hub.views.gitobjects import commit_item, diff_entry
from merganser.hub.views.pulls import SELECT, files_of, head_repository, pull, pull_item


def find_pull(call: Call) -> Row:
    """The pull request that the path names."""
    key = number(call, "pull_number")
    return existing(call.store.row(SELECT + "AND number = ?", call.repository.id, key))


@route("GET", "/repos/{owner}/{repo}/pulls")
def list_pulls(call: Call) -> Answer:
    state = call.query.get("state", "open")
    rows = call.store.rows(SELECT + "AND (state = ? OR ? = 'all')", call.repository.id, state, state)
    base = call.query.get("base")
    rows = [row for row in rows if base is None or row["base_ref"] == base]
    if call.query.get("head"):
        rows = [row for row in rows if _has_head(call, row, call.query["head"])]
    sort = call.query.get("sort", "created")
    column = "updated_at" if sort == "updated" else "created_at"
    otherwise = "desc" if sort == "created" else "asc"
    falling = call.query.get("direction", otherwise) == "desc"
    rows.sort(key=lambda row: (row[column], row["id"]), reverse=falling)
    return paged(call, rows, lambda row: pull_item(call, row))


def _has_head(call: Call, row: Row, wanted: str) -> bool:
    """Whether a filter owner:branch fits; GitHub ignores a filter without an owner."""
    owner, colon, branch = wanted.partition(":")
    if not colon:
        return True
    return owner.lower() == head_repository(call, row).owner.lower() and row["head_ref"] == branch


@route("POST", "/repos/{owner}/{repo}/pulls")
def create_pull(call: Call) -> Answer:
    """Whoever may write where the branch is may propose it."""
    title = text(call, "title", "PullRequest")
    head, base = _head(call), text(call, "base", "PullRequest")
    demand(role_of(call.store, head.repository, call.user), Role.WRITE, call.user)
    tips = _tips(call, head, base)
    _refuse_second(call, head, base)
    key = open_issue(call, title, optional_text(call, "body", "PullRequest"))
    columns: dict[str, Value] = {
        "issue_id": key,
        "head_repo_id": head.repository.id,
        "head_ref": head.branch,
        "head_sha": tips[0],
        "base_ref": base,
        "base_sha": tips[1],
        "draft": flag(call, "draft"),
    }
    call.store.insert("pulls", columns)
    row = call.store.rows(SELECT + "AND issues.id = ?", call.repository.id, key)[0]
    try_merge(call.store, call.git, row, *tips)
    return Answer(201, pull(call, call.store.rows(SELECT + "AND issues.id = ?", call.repository.id, key)[0]))


class _Head(msgspec.Struct, frozen=True):
    """A branch to be merged, and where it is."""

    repository: Repository
    branch: str


def _head(call: Call) -> _Head:
    """The head branch, from `branch` or `owner:branch`."""
    given = text(call, "head", "PullRequest")
    owner, colon, branch = given.partition(":")
    if not colon or owner.lower() == call.repository.owner.lower():
        return _Head(call.repository, branch if colon else given)
    fork = find_fork(call.store, owner, call.repository.id)
    if fork is None:
        raise invalid("PullRequest", "head")
    return _Head(fork, branch)


def _head_of(call: Call, row: Row) -> _Head:
    return _Head(head_repository(call, row), row["head_ref"])


def _tips(call: Call, head: _Head, base: str) -> tuple[str, str]:
    head_sha = refs.bring(call.git, call.world.git(head.repository), head.branch)
    base_sha = refs.branch_tip(call.git, base)
    if head_sha is None:
        raise invalid("PullRequest", "head")
    if base_sha is None:
        raise invalid("PullRequest", "base")
    if refs.is_ancestor(call.git, head_sha, base_sha):
        raise invalid_because("PullRequest", f"No commits between {base} and {head.branch}")
    if history.merge_base(call.git, base_sha, head_sha) is None:
        message = f"The {head.branch} branch has no history in common with {base}"
        raise invalid_because("PullRequest", message)
    return head_sha, base_sha


def _refuse_second(call: Call, head: _Head, base: str) -> None:
    query = SELECT + "AND state = 'open' AND head_repo_id = ? AND head_ref = ? AND base_ref = ?"
    if call.store.row(query, call.repository.id, head.repository.id, head.branch, base):
        message = f"A pull request already exists for {head.repository.owner}:{head.branch}."
        raise invalid_because("PullRequest", message)


@route("GET", "/repos/{owner}/{repo}/pulls/{pull_number}")
def get_pull(call: Call) -> Answer:
    return Answer(200, pull(call, find_pull(call)))


@route("PATCH", "/repos/{owner}/{repo}/pulls/{pull_number}")
def update_pull(call: Call) -> Answer:
    row = find_pull(call)
    before = find_issue(call, row["number"])
    wanted = optional_text(call, "state", "PullRequest")
    if wanted == "open" and row["merged_at"]:
        raise invalid_because("PullRequest", "state cannot be changed. The pull request is merged.")
    apply_changes(call, before)
    base = optional_text(call, "base", "PullRequest")
    if base is not None and base != row["base_ref"]:
        _retarget(call, row, base)
    if wanted == "open" and row["state"] == "closed":
        _reopen(call, row)
    if wanted == "closed":
        drop_test_merge(call.git, row["number"])
    return Answer(200, pull(call, find_pull(call)))


def _reopen(call: Call, row: Row) -> None:
    """A reopened pull request catches up with what its branches did meanwhile."""
    tips = _tips(call, _head_of(call, row), row["base_ref"])
    others = call.store.number(
        "SELECT count(*) FROM pulls JOIN issues ON issues.id = issue_id "
        "WHERE repo_id = ? AND state = 'open' AND head_repo_id = ? AND head_ref = ? AND base_ref = ?",
        call.repository.id, row["head_repo_id"], row["head_ref"], row["base_ref"],
    )  # fmt: skip
    if others > 1:
        message = "state cannot be changed. There is already an open pull request for this branch."
        raise invalid_because("PullRequest", message)
    try_merge(call.store, call.git, row, *tips)


def _retarget(call: Call, row: Row, base: str) -> None:
    head = _head_of(call, row)
    tips = _tips(call, head, base)
    _refuse_second(call, head, base)
    call.store.update("pulls", row["id"], {"base_ref": base})
    record_event(call.store, row["id"], call.actor.id, "base_ref_changed", base)
    try_merge(call.store, call.git, row, *tips)


@route("GET", "/repos/{owner}/{repo}/pulls/{pull_number}/files")
def list_files(call: Call) -> Answer:
    row = find_pull(call)
    return paged(call, files_of(call, row), lambda file: diff_entry(call, row["head_sha"], file))


@route("GET", "/repos/{owner}/{repo}/pulls/{pull_number}/commits")
def list_commits(call: Call) -> Answer:
    row = find_pull(call)
    shas = history.walk(call.git, row["head_sha"], row["base_sha"])[::-1][:250]
    commits = read_commits(call.git, shas)
    return paged(call, commits, lambda found: commit_item(call, found))

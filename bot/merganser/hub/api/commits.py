"""Commits with what they changed, comparisons, and the pull requests that hold a commit."""

from __future__ import annotations

from merganser.hub.git import history, refs
from merganser.hub.git.names import is_path
from merganser.hub.git.objects import read_commit, read_commits
from merganser.hub.pagination import paged
from merganser.hub.refusals import conflict, existing, not_found, unprocessable
from merganser.hub.routing import Answer, Call, route
from merganser.hub.store import Row
from merganser.hub.views.gitobjects import commit_item, diff_entry, with_files
from merganser.hub.views.pulls import SELECT, pull_item

_MOST_FILES = 300
_MOST_COMMITS = 250


@route("GET", "/repos/{owner}/{repo}/commits")
def list_commits(call: Call) -> Answer:
    start = call.query.get("sha") or call.repository.default_branch
    tip = refs.resolve(call.git, start)
    if tip is None:
        if not refs.list_refs(call.git, "refs/heads/"):
            raise conflict("Git Repository is empty.")
        raise not_found()
    path = call.query.get("path")
    if path is not None and not is_path(path):
        raise not_found()
    shas = history.walk(call.git, tip, path=path)
    return paged(call, shas, lambda sha: commit_item(call, read_commit(call.git, sha)))


@route("GET", "/repos/{owner}/{repo}/commits/{ref}")
def get_commit(call: Call) -> Answer:
    sha = refs.resolve(call.git, call.params["ref"])
    if sha is None:
        raise unprocessable(f"No commit found for SHA: {call.params['ref']}")
    commit = read_commit(call.git, sha)
    parent = commit.parents[0] if commit.parents else None
    files = history.changes(call.git, parent, sha)[:_MOST_FILES]
    return Answer(200, with_files(call, commit, files))


@route("GET", "/repos/{owner}/{repo}/commits/{commit_sha}/pulls")
def list_pulls(call: Call) -> Answer:
    """Merged pull requests that brought the commit to the default branch, else open ones that hold it."""
    sha = refs.resolve(call.git, call.params["commit_sha"])
    if sha is None:
        raise unprocessable(f"No commit found for SHA: {call.params['commit_sha']}")
    rows = call.store.rows(SELECT + "ORDER BY number", call.repository.id)
    shown = [row for row in rows if row["merged_at"] and _brought(call, row, sha)]
    for row in rows:
        own = row["head_repo_id"] == call.repository.id  # of forks it knows only what was merged
        if own and row not in shown and refs.is_ancestor(call.git, sha, row["head_sha"]):
            base = row["base_sha"]
            if not refs.is_ancestor(call.git, sha, base):
                shown.append(row)
    return paged(call, shown, lambda row: pull_item(call, row))


def _brought(call: Call, row: Row, sha: str) -> bool:
    """Whether a merge put the commit on its base: as the merge, as a commit of the branch, or as a rebased one."""
    merge = row["merge_commit_sha"]
    return bool(refs.is_ancestor(call.git, sha, merge) and not refs.is_ancestor(call.git, sha, row["base_sha"]))


@route("GET", "/repos/{owner}/{repo}/compare/{basehead}")
def compare(call: Call) -> Answer:
    before, dots, after = call.params["basehead"].partition("...")
    base, head = refs.resolve(call.git, before), refs.resolve(call.git, after)
    if not dots or base is None or head is None:
        raise not_found()
    fork_point = existing(history.merge_base(call.git, base, head))
    ahead, behind = history.walk(call.git, head, base)[::-1], history.count(call.git, base, head)
    shown = paged(
        call, read_commits(call.git, ahead[:_MOST_COMMITS]), lambda found: commit_item(call, found), "commits"
    )
    files = history.changes(call.git, fork_point, head)[:_MOST_FILES]
    status = ("diverged" if behind else "ahead") if ahead else ("behind" if behind else "identical")
    name = call.repository.full_name
    page = call.site.page(name, "compare", f"{before}...{after}")
    return Answer(
        200,
        {
            "url": call.site.repo(name, "compare", f"{before}...{after}"),
            "html_url": page,
            "permalink_url": call.site.page(name, "compare", f"{base}...{head}"),
            "diff_url": f"{page}.diff",
            "patch_url": f"{page}.patch",
            "base_commit": commit_item(call, read_commit(call.git, base)),
            "merge_base_commit": commit_item(call, read_commit(call.git, fork_point)),
            "status": status,
            "ahead_by": len(ahead),
            "behind_by": behind,
            "total_commits": len(ahead),
            "commits": shown.document["commits"],
            "files": [diff_entry(call, head, file) for file in files],
        },
        shown.headers,
    )

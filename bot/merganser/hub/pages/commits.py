"""Commits: their list, one with what it changed, and comparisons."""

from __future__ import annotations

from merganser.hub.git import refs
from merganser.hub.pages.addressing import View, page
from merganser.hub.pages.diff import file_diff
from merganser.hub.pages.places import frame
from merganser.hub.pages.reading import read, read_all, read_page
from merganser.hub.refusals import Refusal
from merganser.hub.routing import Call


@page("/{owner}/{repo}/commits")
@page("/{owner}/{repo}/commits/{ref}")
def commits(call: Call) -> View:
    ref = call.params.get("ref") or call.repository.default_branch
    empty = refs.resolve(call.git, ref) is None and "ref" not in call.params
    found, around = ([], {}) if empty else read_page(call, "commits", sha=ref)
    shown = {**frame(call, "code"), "ref": ref, "commits": found, "around": around}
    return View("commits.html", f"Commits of {ref} · {call.repository.full_name}", shown)


@page("/{owner}/{repo}/commit/{ref}")
def commit(call: Call) -> View:
    found = read(call, "commits", call.params["ref"])
    shown = {
        **frame(call, "code"),
        "commit": found,
        "files": [file_diff(entry) for entry in found["files"]],
        "pulls": read(call, "commits", found["sha"], "pulls"),
        "checks": read_all(call, "commits", found["sha"], "check-runs", key="check_runs"),
    }
    headline = found["commit"]["message"].partition("\n")[0]
    return View("commit.html", f"{headline} · {call.repository.full_name}@{found['sha'][:7]}", shown)


@page("/{owner}/{repo}/compare/{range}")
def compare(call: Call) -> View:
    before, dots, after = call.params["range"].partition("...")
    if not dots:
        # GitHub's short form: against the default branch.
        before, after = call.repository.default_branch, before
    try:
        found = read(call, "compare", f"{before}...{after}")
    except Refusal:
        name = call.repository.full_name
        raise Refusal(404, f"{before} and {after} are not two commits of {name} with a common history.") from None
    shown = {
        **frame(call, "code"),
        "before": before,
        "after": after,
        "compared": found,
        "files": [file_diff(entry) for entry in found["files"]],
    }
    return View("compare.html", f"Comparing {before}...{after} · {call.repository.full_name}", shown)

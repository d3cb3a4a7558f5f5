"""Pull requests and issues: their lists, and the conversation of one."""

from __future__ import annotations

from typing import Any

from merganser.hub.pages import merging, timeline
from merganser.hub.pages.addressing import Elsewhere, View, page
from merganser.hub.pages.diff import file_diff
from merganser.hub.pages.linking import outward
from merganser.hub.pages.markdown import render
from merganser.hub.pages.places import frame, place
from merganser.hub.pages.reading import read, read_all, read_page
from merganser.hub.refusals import not_found
from merganser.hub.routing import Call
from merganser.hub.rules import all_required, check_state

_EVENTS = (
    "SELECT events.*, users.login FROM events LEFT JOIN users ON users.id = actor_id WHERE issue_id = ? "
    "ORDER BY events.id"
)


def _state(call: Call) -> str:
    wanted = call.query.get("state", "open")
    return wanted if wanted in ("open", "closed", "all") else "open"


@page("/{owner}/{repo}/pulls")
def pulls(call: Call) -> View:
    found, around = read_page(call, "pulls", state=_state(call))
    shown = {**frame(call, "pulls"), "state": _state(call), "items": found, "around": around, "kind": "pull"}
    return View("discussions.html", f"Pull requests · {call.repository.full_name}", shown)


@page("/{owner}/{repo}/issues")
def issues(call: Call) -> View:
    every = read_all(call, "issues", state=_state(call))
    found = [one for one in every if "pull_request" not in one]
    shown = {**frame(call, "issues"), "state": _state(call), "items": found, "around": {}, "kind": "issue"}
    return View("discussions.html", f"Issues · {call.repository.full_name}", shown)


@page("/{owner}/{repo}/issues/{number}")
def issue(call: Call) -> View | Elsewhere:
    found = read(call, "issues", call.params["number"])
    if "pull_request" in found:
        return Elsewhere(found["html_url"])
    where = place(call)
    entries = timeline.in_order(
        timeline.comments(_comments(call, found), lambda text: render(text, where, spoken=True)),
        _events(call, found, []),
    )
    shown = {
        **frame(call, "issues"),
        "issue": found,
        "html": render(found["body"], where, spoken=True),
        "entries": entries,
    }
    return View("issue.html", f"{found['title']} · Issue #{found['number']}", shown)


def _comments(call: Call, found: dict[str, Any]) -> list[Any]:
    return read_all(call, "issues", found["number"], "comments")


def _events(call: Call, found: dict[str, Any], commits: list[dict[str, Any]]) -> list[timeline.Entry]:
    rows = [dict(row) for row in call.store.rows(_EVENTS, found["id"])]
    return timeline.events(rows, frozenset(one["sha"] for one in commits))


@page("/{owner}/{repo}/pull/{number}")
@page("/{owner}/{repo}/pull/{number}/{tab}")
def pull(call: Call) -> View:
    tab = call.params.get("tab", "conversation")
    if tab not in _TABS:
        raise not_found()
    found = read(call, "pulls", call.params["number"])
    commits = read_all(call, "pulls", found["number"], "commits")
    latest = read_all(call, "commits", found["head"]["sha"], "check-runs", key="check_runs")
    shown = {**frame(call, "pulls"), "pull": found, "tab": tab, "commits": commits, "checks": _linked(call, latest)}
    shown |= _TABS[tab](call, found, commits)
    return View(f"pull_{tab}.html", f"{found['title']} · Pull request #{found['number']}", shown)


def _linked(call: Call, checks: list[Any]) -> list[dict[str, Any]]:
    """Checks with a details link that a browser may follow."""
    where = place(call)
    return [check | {"details": outward(check["details_url"], where) or check["html_url"]} for check in checks]


def _conversation(call: Call, found: dict[str, Any], commits: list[dict[str, Any]]) -> dict[str, Any]:
    where = place(call)
    heads = dict.fromkeys([*(one["sha"] for one in commits), found["head"]["sha"]])
    checks = [run for sha in heads for run in _every_check(call, sha)]
    entries = timeline.in_order(
        timeline.commits(commits),
        timeline.checks(checks),
        timeline.comments(_comments(call, found), lambda text: render(text, where, spoken=True)),
        _events(call, found, commits),
    )
    return {
        "html": render(found["body"], where, spoken=True),
        "entries": entries,
        "box": merging.box(found, _required(call, found)),
    }


def _every_check(call: Call, sha: str) -> list[Any]:
    """All check runs of a commit, superseded ones too."""
    return read_all(call, "commits", sha, "check-runs", key="check_runs", filter="all")


def _required(call: Call, found: dict[str, Any]) -> list[merging.Required]:
    sha, repository = found["head"]["sha"], call.repository
    checks = all_required(call.store, repository, found["base"]["ref"])
    return [merging.Required(check.context, check_state(call.store, repository, sha, check)) for check in checks]


def _commits(_call: Call, _found: dict[str, Any], _given: list[dict[str, Any]]) -> dict[str, Any]:
    return {}  # the frame has them for every tab


def _checks(call: Call, found: dict[str, Any], _commits: list[dict[str, Any]]) -> dict[str, Any]:
    combined = read(call, "commits", found["head"]["sha"], "status")
    where = place(call)
    statuses = [one | {"details": outward(one["target_url"], where)} for one in combined["statuses"]]
    return {"statuses": statuses}


def _files(call: Call, found: dict[str, Any], _commits: list[dict[str, Any]]) -> dict[str, Any]:
    return {"files": [file_diff(entry) for entry in read_all(call, "pulls", found["number"], "files")]}


_TABS = {"conversation": _conversation, "commits": _commits, "checks": _checks, "files": _files}

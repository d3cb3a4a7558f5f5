"""Workflow runs and check runs."""

from __future__ import annotations

from typing import Any

from merganser.hub.pages.addressing import View, page
from merganser.hub.pages.linking import outward
from merganser.hub.pages.markdown import render
from merganser.hub.pages.places import frame, place
from merganser.hub.pages.reading import read, read_all, read_page
from merganser.hub.routing import Call


@page("/{owner}/{repo}/actions")
@page("/{owner}/{repo}/actions/workflows/{workflow}")
def runs(call: Call) -> View:
    wanted = call.params.get("workflow")
    parts = ("actions", "workflows", wanted, "runs") if wanted else ("actions", "runs")
    found, around = read_page(call, *parts, key="workflow_runs")
    shown = {**frame(call, "actions"), "workflow": wanted, "runs": found, "around": around}
    return View("runs.html", f"{wanted or 'Actions'} · {call.repository.full_name}", shown)


@page("/{owner}/{repo}/actions/runs/{number}")
@page("/{owner}/{repo}/actions/runs/{number}/attempts/{attempt}")
@page("/{owner}/{repo}/actions/runs/{number}/job/{job}")
def run(call: Call) -> View:
    number, attempt = call.params["number"], call.params.get("attempt")
    parts = ("actions", "runs", number, "attempts", attempt) if attempt else ("actions", "runs", number)
    found = read(call, *parts)
    artifacts = read_all(call, "actions", "runs", number, "artifacts", key="artifacts")
    shown = {**frame(call, "actions"), "run": found, "artifacts": artifacts}
    return View("run.html", f"{found['name']} #{found['run_number']} · {call.repository.full_name}", shown)


@page("/{owner}/{repo}/runs/{number}")
def check(call: Call) -> View:
    found = read(call, "check-runs", call.params["number"])
    where = place(call)
    shown = {
        **frame(call, "pulls"),
        "check": found,
        "details": _details(found, outward(found["details_url"], where)),
        "summary": render(found["output"]["summary"], where),
        "text": render(found["output"]["text"], where),
        "annotations": read_all(call, "check-runs", found["id"], "annotations"),
    }
    return View("check.html", f"{found['name']} · {call.repository.full_name}", shown)


def _details(check: dict[str, Any], address: str | None) -> str | None:
    """Where the check says more, unless that is this very page."""
    return None if address == check["html_url"] else address

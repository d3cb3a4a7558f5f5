"""Releases: their list, one of them, the newest."""

from __future__ import annotations

from typing import Any

from merganser.hub.git.refs import commit_of
from merganser.hub.pages.addressing import Elsewhere, View, page
from merganser.hub.pages.linking import Place
from merganser.hub.pages.markdown import render
from merganser.hub.pages.places import frame, place
from merganser.hub.pages.reading import read, read_page
from merganser.hub.routing import Call


def _shown(call: Call, release: dict[str, Any], where: Place) -> dict[str, Any]:
    sha = commit_of(call.git, f"refs/tags/{release['tag_name']}")
    return release | {"html": render(release["body"], where), "sha": sha}


@page("/{owner}/{repo}/releases")
def releases(call: Call) -> View:
    found, around = read_page(call, "releases")
    where = place(call)
    shown = {**frame(call, "releases"), "releases": [_shown(call, one, where) for one in found], "around": around}
    return View("releases.html", f"Releases · {call.repository.full_name}", shown)


@page("/{owner}/{repo}/releases/latest")
def latest(call: Call) -> Elsewhere:
    return Elsewhere(read(call, "releases", "latest")["html_url"])


@page("/{owner}/{repo}/releases/tag/{tag}")
def release(call: Call) -> View:
    found = read(call, "releases", "tags", call.params["tag"])
    shown = {**frame(call, "releases"), "releases": [_shown(call, found, place(call))], "around": {}}
    return View("releases.html", f"{found['name'] or found['tag_name']} · {call.repository.full_name}", shown)

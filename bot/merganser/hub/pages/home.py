"""The hub's first page and its owners' pages: lists of repositories."""

from __future__ import annotations

from merganser.hub.access import find_user
from merganser.hub.pages.addressing import View, page
from merganser.hub.pages.places import visible
from merganser.hub.refusals import existing
from merganser.hub.routing import Call


@page("")
def home(call: Call) -> View:
    return View("home.html", "Repositories", {"owner": None, "repositories": visible(call)})


@page("/{owner}")
def owner(call: Call) -> View:
    who = existing(find_user(call.store, call.params["owner"]))
    theirs = [one for one in visible(call) if one.owner.lower() == who.login.lower()]
    return View("home.html", who.login, {"owner": who, "repositories": theirs})

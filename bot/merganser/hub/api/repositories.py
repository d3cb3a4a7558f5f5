"""Repositories, and who may do what in them."""

from __future__ import annotations

from merganser.hub.access import Role, find_user, role_of
from merganser.hub.refusals import existing, needs_login, not_found
from merganser.hub.routing import Answer, Call, route
from merganser.hub.views.people import user
from merganser.hub.views.pulls import repository_of
from merganser.hub.views.repositories import full_repository, rights


@route("GET", "/repos/{owner}/{repo}")
def get_repository(call: Call) -> Answer:
    return Answer(200, full_repository(repository_of(call), call.role))


@route("GET", "/repos/{owner}/{repo}/collaborators/{username}/permission")
def get_permission(call: Call) -> Answer:
    """A user's permission, in the four old words, and the name of the role."""
    if call.user is None:
        raise needs_login()
    found = existing(find_user(call.store, call.params["username"]))
    role = role_of(call.store, call.repository, found)
    folded = {Role.MAINTAIN: Role.WRITE, Role.TRIAGE: Role.READ}.get(role, role)
    who = user(call.site, found) | {"permissions": rights(role), "role_name": role.name.lower()}
    return Answer(200, {"permission": folded.name.lower(), "role_name": role.name.lower(), "user": who})


@route("GET", "/repos/{owner}/{repo}/immutable-releases", needs=Role.ADMIN)
def get_immutable_releases(call: Call) -> Answer:
    if not call.repository.immutable_releases:
        raise not_found()
    return Answer(200, {"enabled": True, "enforced_by_owner": False})


@route("PUT", "/repos/{owner}/{repo}/immutable-releases", needs=Role.ADMIN)
def enable_immutable_releases(call: Call) -> Answer:
    call.store.update("repositories", call.repository.id, {"immutable_releases": 1})
    return Answer(204)


@route("DELETE", "/repos/{owner}/{repo}/immutable-releases", needs=Role.ADMIN)
def disable_immutable_releases(call: Call) -> Answer:
    call.store.update("repositories", call.repository.id, {"immutable_releases": 0})
    return Answer(204)

"""Git refs over the API: create is an atomic claim, update refuses what is not a fast forward."""

from __future__ import annotations

from merganser.hub.access import Role
from merganser.hub.git import refs
from merganser.hub.git.names import ZERO, is_ref, is_sha
from merganser.hub.git.objects import kind_of
from merganser.hub.pagination import paged
from merganser.hub.parameters import flag, text
from merganser.hub.refusals import existing, unprocessable
from merganser.hub.routing import Answer, Call, route
from merganser.hub.rules import Motion, Move, refusal
from merganser.hub.tracking import follow_refs
from merganser.hub.views.gitobjects import ref as view
from merganser.hub.views.gitobjects import tag_item

_HIDDEN = "refs/pull/"


def _existing(call: Call) -> refs.Ref:
    return existing(refs.read_ref(call.git, f"refs/{call.params['ref']}"))


@route("GET", "/repos/{owner}/{repo}/git/ref/{ref}")
def get_ref(call: Call) -> Answer:
    return Answer(200, view(call, _existing(call)))


@route("GET", "/repos/{owner}/{repo}/git/matching-refs/{ref}")
def list_matching_refs(call: Call) -> Answer:
    found = refs.list_refs(call.git, f"refs/{call.params['ref']}")
    return paged(call, found, lambda ref: view(call, ref))


@route("GET", "/repos/{owner}/{repo}/tags")
def list_tags(call: Call) -> Answer:
    """Tags with their commits, the last name first, as on GitHub."""
    return paged(call, refs.tagged_commits(call.git)[::-1], lambda found: tag_item(call, *found))


@route("POST", "/repos/{owner}/{repo}/git/refs", needs=Role.WRITE)
def create_ref(call: Call) -> Answer:
    name, sha = text(call, "ref", "Reference"), text(call, "sha", "Reference")
    if not name.startswith("refs/") or name.count("/") < 2 or not is_ref(name):
        raise unprocessable("Reference name must start with 'refs/' and contain at least two slashes.")
    _demand_writable(name)
    _demand_object(call, name, sha)
    if not refs.create(call.git, name, sha):
        raise unprocessable("Reference already exists")
    return _changed(call, name, 201)


@route("PATCH", "/repos/{owner}/{repo}/git/refs/{ref}", needs=Role.WRITE)
def update_ref(call: Call) -> Answer:
    name, sha = f"refs/{call.params['ref']}", text(call, "sha", "Reference")
    old = refs.read_ref(call.git, name)
    if old is None:
        raise unprocessable("Reference does not exist")
    _demand_writable(name)
    _demand_object(call, name, sha)
    forward = refs.is_ancestor(call.git, old.sha, sha)
    if not flag(call, "force") and not forward:
        raise unprocessable("Update is not a fast forward")
    _demand_allowed(call, name, sha, Motion.FORWARD if forward else Motion.REWIND)
    if not refs.swap(call.git, name, sha, old.sha):
        raise unprocessable("Reference cannot be updated")
    return _changed(call, name, 200)


@route("DELETE", "/repos/{owner}/{repo}/git/refs/{ref}", needs=Role.WRITE)
def delete_ref(call: Call) -> Answer:
    name = f"refs/{call.params['ref']}"
    if refs.read_ref(call.git, name) is None:
        raise unprocessable("Reference does not exist")
    _demand_writable(name)
    if name == f"refs/heads/{call.repository.default_branch}":
        raise unprocessable("Cannot delete the default branch")
    _demand_allowed(call, name, ZERO, Motion.DELETION)
    refs.delete(call.git, name)
    follow_refs(call.world, call.repository)
    return Answer(204)


def _demand_writable(name: str) -> None:
    if name.startswith(_HIDDEN):
        raise unprocessable("Reference cannot be updated")


def _demand_allowed(call: Call, name: str, sha: str, motion: Motion) -> None:
    """Hold a branch to its protection; other refs have none."""
    if not name.startswith("refs/heads/"):
        return
    reason = refusal(call.store, call.repository, Move(name.removeprefix("refs/heads/"), sha, motion), call.role)
    if reason is not None:
        raise unprocessable(reason)


def _demand_object(call: Call, name: str, sha: str) -> None:
    """Branches point to commits, other refs to any object."""
    kind = kind_of(call.git, sha) if is_sha(sha) else None
    if kind is None or (name.startswith("refs/heads/") and kind != "commit"):
        raise unprocessable("Object does not exist")


def _changed(call: Call, name: str, status: int) -> Answer:
    follow_refs(call.world, call.repository)
    found = refs.read_ref(call.git, name)
    if found is None:
        raise unprocessable("Reference does not exist")
    return Answer(status, view(call, found))

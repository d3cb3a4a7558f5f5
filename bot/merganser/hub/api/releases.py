"""Releases; their files are in `assets`."""

from __future__ import annotations

from merganser.hub.access import Role
from merganser.hub.git import refs
from merganser.hub.git.names import is_ref
from merganser.hub.pagination import paged
from merganser.hub.parameters import body, flag, number, optional_text, text
from merganser.hub.refusals import existing, invalid, not_found
from merganser.hub.routing import Answer, Call, route
from merganser.hub.store import Row, Value
from merganser.hub.views.releases import release

_RELEASE = "/repos/{owner}/{repo}/releases/{release_id}"
_SELECT = "SELECT * FROM releases WHERE repo_id = ? "


def find_release(call: Call) -> Row:
    """The release that the path names; drafts show themselves to writers alone."""
    row = call.store.row(_SELECT + "AND id = ?", call.repository.id, number(call, "release_id"))
    if row is None or (row["draft"] and call.role < Role.WRITE):
        raise not_found()
    return row


@route("GET", "/repos/{owner}/{repo}/releases")
def list_releases(call: Call) -> Answer:
    rows = call.store.rows(_SELECT + "ORDER BY draft DESC, id DESC", call.repository.id)
    shown = [row for row in rows if not row["draft"] or call.role >= Role.WRITE]
    return paged(call, shown, lambda row: release(call, row))


@route("POST", "/repos/{owner}/{repo}/releases", needs=Role.WRITE)
def create_release(call: Call) -> Answer:
    tag, moment = text(call, "tag_name", "Release"), call.store.now()
    if not is_ref(tag):
        raise invalid("Release", "tag_name")
    draft = flag(call, "draft")
    _refuse_second(call, tag, None)
    columns: dict[str, Value] = {
        "repo_id": call.repository.id,
        "tag_name": tag,
        "target_commitish": optional_text(call, "target_commitish", "Release") or call.repository.default_branch,
        "name": optional_text(call, "name", "Release"),
        "body": optional_text(call, "body", "Release"),
        "draft": 1,
        "prerelease": flag(call, "prerelease"),
        "author_id": call.actor.id,
        "created_at": moment,
        "updated_at": moment,
    }
    key = call.store.insert("releases", columns)
    if not draft:
        _publish(call, key)
    return Answer(201, release(call, call.store.rows(_SELECT + "AND id = ?", call.repository.id, key)[0]))


def _refuse_second(call: Call, tag: str, own: int | None) -> None:
    """One published release for a tag; drafts may share it."""
    query = _SELECT + "AND tag_name = ? AND draft = 0 AND id IS NOT ?"
    if call.store.row(query, call.repository.id, tag, own):
        raise invalid("Release", "tag_name", "already_exists")


def _publish(call: Call, key: int) -> None:
    """Make a draft public: its tag is created, lightweight, if there is none; where releases are immutable it locks."""
    row = call.store.rows(_SELECT + "AND id = ?", call.repository.id, key)[0]
    _refuse_second(call, row["tag_name"], key)
    name = f"refs/tags/{row['tag_name']}"
    if refs.read_ref(call.git, name) is None:
        sha = refs.resolve(call.git, row["target_commitish"])
        if sha is None:
            raise invalid("Release", "target_commitish")
        refs.create(call.git, name, sha)
    locked = int(call.repository.immutable_releases)
    call.store.update("releases", key, {"draft": 0, "published_at": call.store.now(), "immutable": locked})


@route("GET", "/repos/{owner}/{repo}/releases/latest")
def get_latest(call: Call) -> Answer:
    query = _SELECT + "AND draft = 0 AND prerelease = 0 ORDER BY published_at DESC, id DESC"
    row = existing(call.store.row(query, call.repository.id))
    return Answer(200, release(call, row))


@route("GET", "/repos/{owner}/{repo}/releases/tags/{tag}")
def get_by_tag(call: Call) -> Answer:
    """The published release of a tag; drafts are not found this way."""
    row = existing(call.store.row(_SELECT + "AND tag_name = ? AND draft = 0", call.repository.id, call.params["tag"]))
    return Answer(200, release(call, row))


@route("GET", _RELEASE)
def get_release(call: Call) -> Answer:
    return Answer(200, release(call, find_release(call)))


@route("PATCH", _RELEASE, needs=Role.WRITE)
def update_release(call: Call) -> Answer:
    row = find_release(call)
    columns: dict[str, Value] = {"updated_at": call.store.now()}
    for key in ("name", "body"):
        if key in body(call):
            columns[key] = optional_text(call, key, "Release")
    if "prerelease" in body(call):
        columns["prerelease"] = flag(call, "prerelease")
    columns |= _moved(call, row)
    call.store.update("releases", row["id"], columns)
    if row["draft"] and not flag(call, "draft", True):
        _publish(call, row["id"])
    return Answer(200, release(call, find_release(call)))


def _moved(call: Call, row: Row) -> dict[str, Value]:
    """A new tag or target, which an immutable release refuses; a published one keeps being published."""
    columns: dict[str, Value] = {}
    for key in ("tag_name", "target_commitish"):
        value = optional_text(call, key, "Release")
        if value is not None and value != row[key]:
            columns[key] = value
    if row["immutable"] and columns:
        raise invalid("Release", "tag_name", "immutable")
    if "tag_name" in columns:
        if not is_ref(str(columns["tag_name"])):
            raise invalid("Release", "tag_name")
        _refuse_second(call, str(columns["tag_name"]), row["id"])
    if flag(call, "draft", bool(row["draft"])) and not row["draft"]:
        if row["immutable"]:
            raise invalid("Release", "draft", "immutable")
        columns |= {"draft": 1, "published_at": None}
    return columns


@route("DELETE", _RELEASE, needs=Role.WRITE)
def delete_release(call: Call) -> Answer:
    """The tag stays, as on GitHub."""
    call.store.change("DELETE FROM releases WHERE id = ?", find_release(call)["id"])
    return Answer(204)

"""The files of releases: real bytes in, a redirect to the download port out."""

from __future__ import annotations

import re

from merganser.hub.access import Role
from merganser.hub.api.releases import find_release
from merganser.hub.pagination import paged
from merganser.hub.parameters import body, number, optional_text, text
from merganser.hub.refusals import Refusal, invalid, not_found, unprocessable
from merganser.hub.routing import Answer, Call, route
from merganser.hub.store import Row, Value
from merganser.hub.views.releases import asset

_ASSET = "/repos/{owner}/{repo}/releases/assets/{asset_id}"
_LIST = "/repos/{owner}/{repo}/releases/{release_id}/assets"
_LARGEST = 2 * 1024**3
_MOST = 1000
_ODD = re.compile(r"[^A-Za-z0-9_.+@-]+")


def _find(call: Call) -> Row:
    row = call.store.row(
        "SELECT assets.*, releases.tag_name, releases.draft, releases.immutable FROM assets "
        "JOIN releases ON releases.id = release_id WHERE repo_id = ? AND assets.id = ?",
        call.repository.id, number(call, "asset_id"),
    )  # fmt: skip
    if row is None or (row["draft"] and call.role < Role.WRITE):
        raise not_found()
    return row


def _demand_mutable(row: Row) -> None:
    if row["immutable"]:
        raise unprocessable("Cannot change assets of an immutable release")


@route("GET", _LIST)
def list_assets(call: Call) -> Answer:
    row = find_release(call)
    rows = call.store.rows("SELECT * FROM assets WHERE release_id = ? ORDER BY id", row["id"])
    return paged(call, rows, lambda found: asset(call, found, row["tag_name"]))


@route("POST", _LIST, needs=Role.WRITE)
def upload_asset(call: Call) -> Answer:
    row = find_release(call)
    name = _ODD.sub(".", call.query.get("name", "")).strip(".")
    if not name:
        raise invalid("ReleaseAsset", "name", "missing_field")
    if not call.content:
        raise Refusal(400, "Bad Content-Length: an asset can't be empty")
    if len(call.content) >= _LARGEST:
        raise invalid("ReleaseAsset", "size")
    _demand_mutable(row)
    _refuse_second(call, row["id"], name)
    if call.store.number("SELECT count(*) FROM assets WHERE release_id = ?", row["id"]) >= _MOST:
        raise invalid("ReleaseAsset", "release")
    key = _insert(call, row["id"], name)
    found = call.store.rows("SELECT * FROM assets WHERE id = ?", key)[0]
    return Answer(201, asset(call, found, row["tag_name"]))


def _refuse_second(call: Call, release: int, name: str) -> None:
    if call.store.row("SELECT 1 FROM assets WHERE release_id = ? AND name = ?", release, name):
        raise invalid("ReleaseAsset", "name", "already_exists")


def _insert(call: Call, release: int, name: str) -> int:
    moment = call.store.now()
    columns: dict[str, Value] = {
        "release_id": release,
        "name": name,
        "label": call.query.get("label"),
        "content_type": call.headers.get("content-type", "application/octet-stream"),
        "size": len(call.content),
        "sha256": call.store.keep(call.content),
        "uploader_id": call.actor.id,
        "created_at": moment,
        "updated_at": moment,
    }
    return call.store.insert("assets", columns)


@route("GET", _ASSET)
def get_asset(call: Call) -> Answer:
    row = _find(call)
    if "application/octet-stream" not in call.headers.get("accept", ""):
        return Answer(200, asset(call, row, row["tag_name"]))
    call.store.change("UPDATE assets SET downloads = downloads + 1 WHERE id = ?", row["id"])
    address = call.world.sign_download(row["sha256"], row["name"], row["content_type"])
    return Answer(302, None, {"Location": address})


@route("PATCH", _ASSET, needs=Role.WRITE)
def update_asset(call: Call) -> Answer:
    row = _find(call)
    _demand_mutable(row)
    columns: dict[str, Value] = {"updated_at": call.store.now()}
    if "name" in body(call):
        name = text(call, "name", "ReleaseAsset")
        if name != row["name"]:
            _refuse_second(call, row["release_id"], name)
        columns["name"] = name
    if "label" in body(call):
        columns["label"] = optional_text(call, "label", "ReleaseAsset")
    call.store.update("assets", row["id"], columns)
    return Answer(200, asset(call, _find(call), row["tag_name"]))


@route("DELETE", _ASSET, needs=Role.WRITE)
def delete_asset(call: Call) -> Answer:
    row = _find(call)
    _demand_mutable(row)
    call.store.change("DELETE FROM assets WHERE id = ?", row["id"])
    return Answer(204)

"""Releases and their assets."""

from __future__ import annotations

from typing import Any

from merganser.hub.access import user_by_id
from merganser.hub.routing import Call
from merganser.hub.store import Row
from merganser.hub.views.links import node_id
from merganser.hub.views.people import user


def asset(call: Call, row: Row, tag: str) -> dict[str, Any]:
    """GitHub's `release-asset`."""
    name = call.repository.full_name
    return {
        "id": row["id"],
        "node_id": node_id("ReleaseAsset", row["id"]),
        "url": call.site.repo(name, "releases/assets", row["id"]),
        "browser_download_url": call.site.page(name, "releases/download", tag, row["name"]),
        "name": row["name"],
        "label": row["label"],
        "state": "uploaded",
        "content_type": row["content_type"],
        "size": row["size"],
        "digest": f"sha256:{row['sha256']}",
        "download_count": row["downloads"],
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
        "uploader": user(call.site, user_by_id(call.store, row["uploader_id"])),
    }


def release(call: Call, row: Row) -> dict[str, Any]:
    """GitHub's `release`, with its assets."""
    name, tag = call.repository.full_name, row["tag_name"]
    url = call.site.repo(name, "releases", row["id"])
    uploads = f"{call.site.uploads}/repos/{name}/releases/{row['id']}/assets"
    assets = call.store.rows("SELECT * FROM assets WHERE release_id = ? ORDER BY id", row["id"])
    return {
        "id": row["id"],
        "node_id": node_id("Release", row["id"]),
        "url": url,
        "assets_url": f"{url}/assets",
        "upload_url": f"{uploads}{{?name,label}}",
        "html_url": call.site.page(name, "releases/tag", tag),
        "tarball_url": None if row["draft"] else call.site.repo(name, "tarball", tag),
        "zipball_url": None if row["draft"] else call.site.repo(name, "zipball", tag),
        "tag_name": tag,
        "target_commitish": row["target_commitish"],
        "name": row["name"],
        "body": row["body"],
        "draft": bool(row["draft"]),
        "prerelease": bool(row["prerelease"]),
        "immutable": bool(row["immutable"]),
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
        "published_at": row["published_at"],
        "author": user(call.site, user_by_id(call.store, row["author_id"])),
        "assets": [asset(call, found, tag) for found in assets],
    }

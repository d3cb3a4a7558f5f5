"""Releases and their assets."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from merganser.forge import names, values
from merganser.forge.github.client import PER_PAGE, Client, of_item, of_repository, or_none
from merganser.forge.protocol import Refused
from merganser.forge.requests.request import Content, Request

BINARY = "application/octet-stream"


def releases(client: Client, repo: str) -> tuple[values.Release, ...]:
    """Published ones, and drafts where the token may write."""
    return client.items(f"{of_repository(repo)}/releases", values.Release)


def newest_releases(client: Client, repo: str) -> tuple[values.Release, ...]:
    """At most a hundred, in one request."""
    return client.get(f"{of_repository(repo)}/releases", tuple[values.Release, ...], {"per_page": PER_PAGE})


def release_by_tag(client: Client, repo: str, tag: str) -> values.Release | None:
    """The published release of a tag; a draft is not found this way."""
    url = f"{of_repository(repo)}/releases/tags/{names.quoted(names.tag(tag))}"
    return or_none(lambda: client.get(url, values.Release))


def create_release(client: Client, repo: str, fields: Mapping[str, Any]) -> values.Release:
    return client.send("POST", f"{of_repository(repo)}/releases", fields, values.Release)


def update_release(client: Client, repo: str, release: int, fields: Mapping[str, Any]) -> values.Release:
    return client.send("PATCH", of_item(repo, "releases", release), fields, values.Release)


def delete_release(client: Client, repo: str, release: int) -> None:
    client.delete(of_item(repo, "releases", release))


def release_assets(client: Client, repo: str, release: int) -> tuple[values.ReleaseAsset, ...]:
    return client.items(f"{of_item(repo, 'releases', release)}/assets", values.ReleaseAsset)


def upload_asset(
    client: Client, release: values.Release, *, name: str, media_type: str, content: bytes | Path
) -> values.ReleaseAsset:
    """`Refused` for an empty one: GitHub takes none."""
    if (len(content) if isinstance(content, bytes) else content.stat().st_size) == 0:
        raise Refused(f"the asset {name} is empty", "GitHub stores no empty release asset: leave it out.")
    url = release.upload_url.partition("{")[0]
    query, body = {"name": names.file_name(name)}, Content(content, media_type)
    return client.transport.read(Request(verb="POST", url=url, query=query, content=body), values.ReleaseAsset)


def delete_asset(client: Client, repo: str, asset: int) -> None:
    client.delete(of_item(repo, "releases/assets", asset))


def download_asset(client: Client, repo: str, asset: values.ReleaseAsset, path: Path, cap: int) -> None:
    """The asset's bytes into the new file `path`; more than `cap` bytes are refused."""
    client.download(Request(verb="GET", url=of_item(repo, "releases/assets", asset.id), accept=BINARY), path, cap)

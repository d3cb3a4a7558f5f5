"""Addresses in answers. They are made from the request's own host, so a hub can move to another port."""

from __future__ import annotations

import base64
from urllib.parse import quote

import msgspec


class Site(msgspec.Struct, frozen=True):
    """The hub as its client sees it: scheme, host and port."""

    web: str

    @property
    def api(self) -> str:
        return f"{self.web}/api/v3"

    @property
    def uploads(self) -> str:
        return f"{self.web}/api/uploads"

    def repo(self, full_name: str, *parts: str | int) -> str:
        """An address below a repository in the API; parts are encoded, slashes kept."""
        return "/".join([f"{self.api}/repos/{full_name}", *(quote(str(part)) for part in parts)])

    def page(self, full_name: str, *parts: str | int) -> str:
        """An address below a repository for people."""
        return "/".join([f"{self.web}/{full_name}", *(quote(str(part)) for part in parts)])


def node_id(kind: str, key: int | str) -> str:
    """An opaque identity as GraphQL has them."""
    return base64.b64encode(f"{kind}:{key}".encode()).decode()

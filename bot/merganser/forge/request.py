"""One request to GitHub, as a value. Sending it is `transport`'s."""

from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urlsplit

import msgspec


class Content(msgspec.Struct, frozen=True):
    """The bytes to upload, or the file that holds them."""

    source: bytes | Path
    media_type: str

    def open(self) -> BinaryIO:
        return BytesIO(self.source) if isinstance(self.source, bytes) else self.source.open("rb")


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """`url` is a path below the API's address, or an address that GitHub gave us."""

    verb: str
    url: str
    query: dict[str, Any] = {}
    body: Any = None
    accept: str = "application/vnd.github+json"
    content: Content | None = None

    @property
    def what(self) -> str:
        """For messages: the verb and the path, no query."""
        return f"{self.verb} {urlsplit(self.url).path}"

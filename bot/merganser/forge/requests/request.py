"""One request to GitHub, as a value. Sending it is `transport`'s."""

import re
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import unquote, urlsplit

import msgspec


class Content(msgspec.Struct, frozen=True):
    """The bytes to upload, or the file that holds them."""

    source: bytes | Path
    media_type: str

    def open(self) -> BinaryIO:
        return BytesIO(self.source) if isinstance(self.source, bytes) else self.source.open("rb")


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """`url` is a path below the API's address, or an address that GitHub gave us.

    `repository` is whose data it is about, where the address doesn't say so.
    """

    verb: str
    url: str
    query: dict[str, Any] = {}
    body: Any = None
    accept: str = "application/vnd.github+json"
    content: Content | None = None
    repository: str = ""

    @property
    def about(self) -> str:
        """The repository (`OWNER/NAME`) that a token for this request must reach, "" for none."""
        found = re.search(r"/repos/([^/]+/[^/]+)", urlsplit(self.url).path)
        return self.repository or (unquote(found[1]) if found else "")

    @property
    def what(self) -> str:
        """For messages: the verb and the path, no query."""
        return f"{self.verb} {urlsplit(self.url).path}"

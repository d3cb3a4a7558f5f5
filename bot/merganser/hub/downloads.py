"""Signed addresses of stored bytes, served from a port of their own as GitHub serves them from another host."""

from __future__ import annotations

import hashlib
import hmac
import re
import time
from pathlib import Path
from urllib.parse import parse_qs, quote, urlencode

import msgspec

_LIFETIME = 300
_DIGEST = re.compile(r"[0-9a-f]{64}")


class Download(msgspec.Struct, frozen=True):
    """Bytes on disk with the name and type under which they are handed out."""

    path: Path
    name: str
    content_type: str


class Denied(Exception):
    """The address is not one of ours, no longer valid, or came with a credential that has no business here."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def _mark(secret: bytes, parts: tuple[str, ...]) -> str:
    return hmac.new(secret, "\n".join(parts).encode(), hashlib.sha256).hexdigest()


def sign(secret: bytes, digest: str, name: str, content_type: str) -> str:
    """Path and query under which the bytes of this digest may be fetched for five minutes, without a token."""
    expires = str(int(time.time()) + _LIFETIME)
    parts = {"name": name, "type": content_type, "expires": expires}
    return f"/{quote(digest)}?{urlencode(parts | {'sig': _mark(secret, (digest, *parts.values()))})}"


def open_download(secret: bytes, blobs: Path, target: str, authorization: str | None) -> Download:
    """What a signed address stands for; Denied otherwise. A token sent along is refused: it leaked."""
    if authorization is not None:
        raise Denied(400, "Only one auth mechanism allowed: this address is signed, send no Authorization header")
    path, _, query = target.partition("?")
    given = {key: values[0] for key, values in parse_qs(query, keep_blank_values=True).items()}
    digest = path.removeprefix("/")
    parts = (digest, given.get("name", ""), given.get("type", ""), given.get("expires", ""))
    if not _DIGEST.fullmatch(digest) or not hmac.compare_digest(_mark(secret, parts), given.get("sig", "")):
        raise Denied(403, "Signature not valid")
    if int(parts[3]) < time.time():
        raise Denied(403, "Signature expired")
    return Download(blobs / digest, parts[1], parts[2])

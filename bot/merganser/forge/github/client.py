"""The ways to ask that all areas of GitHub's API share: a read, a listing, a write, a download; and their addresses."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from merganser.forge import names
from merganser.forge.protocol import NotFound
from merganser.forge.requests.download import download
from merganser.forge.requests.request import Request
from merganser.forge.requests.transport import Transport
from merganser.forge.times import Times

T = TypeVar("T")

PER_PAGE = 100


class Client:
    """Asks one GitHub. How a request travels is `transport`'s, what is asked the areas' (`issues`, `runs` …)."""

    def __init__(self, transport: Transport, times: Times) -> None:
        self.transport = transport
        self._times = times

    def get(self, url: str, kind: type[T], query: Mapping[str, Any] | None = None) -> T:
        return self.transport.read(Request(verb="GET", url=url, query=dict(query or {})), kind)

    def items(self, url: str, kind: type[T], query: Mapping[str, Any] | None = None, key: str = "") -> tuple[T, ...]:
        """All pages of a listing; `key` names the list inside of an object."""
        request = Request(verb="GET", url=url, query={"per_page": PER_PAGE, **(query or {})})
        return self.transport.items(request, kind, key)

    def send(self, verb: str, url: str, fields: Mapping[str, Any], kind: type[T]) -> T:
        return self.transport.read(Request(verb=verb, url=url, body=dict(fields)), kind)

    def delete(self, url: str) -> None:
        self.transport.read(Request(verb="DELETE", url=url), type(None))

    def download(self, request: Request, path: Path, cap: int) -> None:
        """What the answer points to into the new file `path`; more than `cap` bytes are refused."""
        download(self.transport.location(request), path, cap, self._times.sleep)


def of_repository(repo: str) -> str:
    """The address below which all that is a repository's lies."""
    return f"/repos/{names.repository(repo)}"


def of_item(repo: str, kind: str, number: int) -> str:
    return f"{of_repository(repo)}/{kind}/{names.number(number)}"


def or_none(read: Callable[[], T]) -> T | None:
    """What is read; None where it isn't there."""
    try:
        return read()
    except NotFound:
        return None

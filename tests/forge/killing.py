"""Stands between a client and the network, in this process: counts requests, kills at one, loses or spoils an answer.

Everything that goes through `requests` passes here: PyGithub, uploads and downloads. Git's own traffic does not.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from enum import StrEnum

import msgspec
import requests
from requests.adapters import HTTPAdapter

Send = Callable[[], requests.Response]
Handler = Callable[[int, requests.PreparedRequest, Send], requests.Response]


class When(StrEnum):
    """On which side of a request's effect something happens."""

    before = "before"
    after = "after"


class Killed(BaseException):
    """The process died here."""


class Counter(msgspec.Struct):
    """What went through so far: `VERB URL` of each request, in order."""

    requests: list[str]

    def __len__(self) -> int:
        return len(self.requests)


@contextmanager
def tampering(handler: Handler) -> Iterator[Counter]:
    """Each request goes to `handler(index, request, send)`, which may send it, and gives the answer."""
    counter, original = Counter([]), HTTPAdapter.send

    def send(
        self: HTTPAdapter, request: requests.PreparedRequest, *args: object, **kwargs: object
    ) -> requests.Response:
        counter.requests.append(f"{request.method} {request.url}")
        index = len(counter) - 1
        return handler(index, request, lambda: original(self, request, *args, **kwargs))  # type: ignore[arg-type]

    HTTPAdapter.send = send  # type: ignore[method-assign]
    try:
        yield counter
    finally:
        HTTPAdapter.send = original  # type: ignore[method-assign]


@contextmanager
def counted() -> Iterator[Counter]:
    """Counts the requests that are sent meanwhile."""
    with tampering(lambda index, request, send: send()) as counter:
        yield counter


def kill_at(index: int, when: When) -> AbstractContextManager[Counter]:
    """Dies (`Killed`) before the request number `index` (from 0) is sent, or after it had its effect."""
    return interrupt_at(index, when, Killed())


def interrupt_at(index: int, when: When, error: BaseException) -> AbstractContextManager[Counter]:
    """As `kill_at`, with another error: a dropped connection is `requests.ConnectionError()`."""

    def handler(at: int, request: requests.PreparedRequest, send: Send) -> requests.Response:
        if at != index:
            return send()
        if when is When.after:
            send().close()
        raise error

    return tampering(handler)


def dying_after(end: str) -> Handler:
    """Dies (`Killed`) after the first request to an address with that end had its effect."""

    def handler(at: int, request: requests.PreparedRequest, send: Send) -> requests.Response:
        answer = send()
        if (request.url or "").endswith(end):
            answer.close()
            raise Killed
        return answer

    return handler

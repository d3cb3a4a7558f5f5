"""Stands between a client and a hub, over real HTTP, and spoils what it is told to spoil; git and downloads pass too.

The hub makes its addresses from the host that it is asked by, so a client that begins here stays here.
"""

import http.client
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from urllib.parse import urlsplit

import msgspec

from merganser.hub import Hub
from tests.forge.rogue import Break, Reply, Rogue, Seen, answer

AN_HOUR = 3600
_HOP = frozenset({"connection", "content-length", "date", "keep-alive", "server", "transfer-encoding"})
_PAGE = Reply(body=b"<!doctype html><title>Unicorn!</title>", headers={"Content-Type": "text/html; charset=utf-8"})


class Fault(StrEnum):
    """What becomes of a request: `before` GitHub has done it, or `after`; the others are not done, or only read."""

    dropped_before = "the connection closes, nothing was done"
    dropped_after = "it is done, and the connection closes without an answer"
    gateway_before = "502, nothing was done"
    gateway_after = "it is done, and answered 502"
    gateway_thrice_before = "502 three times, nothing was done"
    gateway_thrice_after = "it is done three times, and answered 502"
    truncated = "it is done, and half of the answer's JSON comes"
    page = "it is done, and answered 200 with a page"
    limited = "429 without Retry-After"
    limited_briefly = "429 with Retry-After"
    secondary = "403 of the secondary limit"
    spent = "403 of the primary limit, which ends in an hour"
    renamed = "307 to the repository's new name"
    sent_elsewhere = "307 to another host"
    continued_elsewhere = "a listing whose next page is at another host"
    empty_page = "a listing whose middle page is empty"
    expired = "401 once: the token ended"


_LISTINGS = frozenset({Fault.continued_elsewhere, Fault.empty_page})
_THRICE = frozenset({Fault.gateway_thrice_before, Fault.gateway_thrice_after})
_DONE = frozenset({Fault.dropped_after, Fault.gateway_after, Fault.gateway_thrice_after, Fault.truncated, Fault.page})
_GIT = frozenset({Fault.dropped_before, Fault.dropped_after, Fault.gateway_before, Fault.page, Fault.expired})
_DOWNLOAD = frozenset({Fault.dropped_before, Fault.gateway_before, Fault.truncated, Fault.sent_elsewhere})


class Exchange(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked, and what the hub answered."""

    seen: Seen
    reply: Reply

    @property
    def is_git(self) -> bool:
        return ".git/" in self.seen.path

    @property
    def items(self) -> list[object] | None:
        """The listing that the answer is, None where it is none."""
        if self.seen.verb != "GET" or not _is_api(self.seen) or self.reply.status != 200:
            return None
        return _items(json.loads(self.reply.body))

    def faults(self) -> tuple[Fault, ...]:
        """Those that mean something for this request."""
        possible = _possible(self.seen)
        without: frozenset[Fault] = frozenset() if self.items is not None else _LISTINGS
        if self.seen.verb == "GET":  # To read is no deed: before and after are the same.
            without |= {Fault.dropped_after, Fault.gateway_after, Fault.gateway_thrice_after}
        if "/repos/" not in self.seen.path:
            without |= {Fault.renamed}
        if self.seen.path.endswith(("/installation", "/access_tokens")):  # An App's own word is of the moment.
            without |= {Fault.expired}
        if self.reply.status in (301, 302, 307):  # A download's place is at another host: that is no fault.
            without |= {Fault.sent_elsewhere}
        return tuple(fault for fault in Fault if fault in possible - without)


def _is_api(seen: Seen) -> bool:
    return seen.path.startswith("/api/")


def _possible(seen: Seen) -> frozenset[Fault]:
    """The faults of the API, of git, or of downloads."""
    if _is_api(seen):
        return frozenset(Fault)
    return _GIT if ".git/" in seen.path else _DOWNLOAD


class Strike(msgspec.Struct, frozen=True):
    """A fault at the first request from this index on (from 0) that can have it.

    One that strikes thrice, strikes also the two next requests of that address.
    """

    index: int
    fault: Fault


class Proxy:
    """`url` and `api_url` take the hub's place; `exchanges` are all that got through, `elsewhere` is the other host."""

    def __init__(self, hub: Hub, clock: Callable[[], float] = time.time) -> None:
        self.exchanges: list[Exchange] = []
        self.elsewhere = Rogue(answer([]))
        self._hub, self._clock = hub, clock
        self._front, self._downloads = Rogue(choose=self._answered), Rogue(choose=self._downloaded)
        self._strike: Strike | None = None
        self._asked, self._struck, self._alike = 0, 0, ("", "")
        self._names: dict[str, str] = {}

    @property
    def url(self) -> str:
        return self._front.url

    @property
    def api_url(self) -> str:
        return f"{self.url}/api/v3"

    @property
    def struck(self) -> bool:
        return self._struck > 0

    @contextmanager
    def running(self) -> Iterator["Proxy"]:
        with self._front.running(), self._downloads.running(), self.elsewhere.running():
            yield self

    @contextmanager
    def spoiling(self, strike: Strike) -> Iterator[None]:
        """Counts requests from here on, and strikes."""
        self._strike, self._asked, self._struck = strike, 0, 0
        try:
            yield
        finally:
            self._strike = None

    def tokens_seen_by_strangers(self) -> list[str]:
        """What came with an Authorization to where no token belongs."""
        foreign = [*self._downloads.seen, *self.elsewhere.seen]
        return [f"{seen.verb} {seen.path}" for seen in foreign if "Authorization" in seen.headers]

    def _answered(self, seen: Seen) -> Reply:
        return self._through(seen, self._hub.url)

    def _downloaded(self, seen: Seen) -> Reply:
        return self._through(seen, self._hub.downloads_url)

    def _through(self, seen: Seen, target: str) -> Reply:
        fault = self._fault(seen)
        if fault is None:
            return self._forwarded(seen, target)
        self._struck += 1
        if fault in _DONE:
            return _spoilt(fault, seen, self._forwarded(seen, target))
        if fault in _LISTINGS:
            return self._continued(fault, seen, self._forwarded(seen, target))
        return self._instead(fault, seen)

    def _fault(self, seen: Seen) -> Fault | None:
        index, strike = self._asked, self._strike
        self._asked += 1
        if strike is None:
            return None
        if not self._struck and index >= strike.index and strike.fault in _possible(seen):
            self._alike = (seen.verb, seen.path)
            return strike.fault
        again = strike.fault in _THRICE and 0 < self._struck < 3 and self._alike == (seen.verb, seen.path)
        return strike.fault if again else None

    def _forwarded(self, seen: Seen, target: str) -> Reply:
        path, _, part = self._names.get(seen.path, seen.path).partition("#")
        there = urlsplit(target)
        connection = http.client.HTTPConnection(there.hostname or "", there.port, timeout=60)
        try:
            connection.putrequest(seen.verb, path, skip_host=True, skip_accept_encoding=True)
            for name, value in seen.headers.items():
                if name.lower() != "connection":
                    connection.putheader(name, value)
            connection.endheaders(seen.body or None)
            got = connection.getresponse()
            headers = {name: value for name, value in got.getheaders() if name.lower() not in _HOP}
            reply = Reply(status=got.status, headers=headers, body=got.read())
        finally:
            connection.close()
        if "Location" in headers:
            headers["Location"] = headers["Location"].replace(self._hub.downloads_url, self._downloads.url)
        self.exchanges.append(Exchange(seen=seen, reply=reply))
        return self._cut(reply, path, part) if part else reply

    def _instead(self, fault: Fault, seen: Seen) -> Reply:
        """What comes in place of the hub's answer."""
        reset = str(int(self._clock()) + AN_HOUR)
        match fault:
            case Fault.dropped_before:
                return Reply(broken=Break.silent)
            case Fault.gateway_before | Fault.gateway_thrice_before:
                return Reply(status=502, body=b"<html>Bad gateway</html>", headers={"Content-Type": "text/html"})
            case Fault.limited:
                return answer({"message": "Too many requests"}, 429)
            case Fault.limited_briefly:
                return answer({"message": "Too many requests"}, 429, Retry_After="7")
            case Fault.secondary:
                return answer({"message": "You have exceeded a secondary rate limit."}, 403)
            case Fault.spent:
                told = {"X_RateLimit_Remaining": "0", "X_RateLimit_Reset": reset}
                return answer({"message": "API rate limit exceeded"}, 403, **told)
            case Fault.expired:
                return answer({"message": "Bad credentials"}, 401)
            case Fault.renamed:
                head, tail = seen.path.split("/repos/", 1)
                other = f"{head}/repositories/1/{tail.split('/', 2)[2]}" if tail.count("/") > 1 else f"{head}/renamed"
                self._names[other] = seen.path
                return answer({"message": "Moved"}, 307, Location=f"{self.url}{other}")
            case _:
                return answer({"message": "Moved"}, 307, Location=f"{self.elsewhere.url}{seen.path}")

    def _continued(self, fault: Fault, seen: Seen, reply: Reply) -> Reply:
        """A listing with a next page: at another host, or an empty one between its two halves."""
        if fault is Fault.continued_elsewhere:
            link = f'<{self.elsewhere.url}{seen.path}>; rel="next"'
            return msgspec.structs.replace(reply, headers=reply.headers | {"Link": link})
        return self._cut(reply, seen.path, "first")

    def _cut(self, reply: Reply, path: str, part: str) -> Reply:
        """The first half of a listing, nothing of it, or the rest; its pages are the proxy's own addresses."""
        body = json.loads(reply.body)
        items = _items(body) or []
        half = len(items) // 2
        shown, following = {
            "first": (items[:half], "empty"), "empty": ([], "rest"), "rest": (items[half:], "")
        }[part]  # fmt: skip
        headers = dict(reply.headers)
        if following:
            address = f"/api/v3/repositories/1/{following}"
            self._names[address] = f"{path}#{following}"
            headers["Link"] = f'<{self.url}{address}>; rel="next"'
        cut = shown if isinstance(body, list) else {k: shown if isinstance(v, list) else v for k, v in body.items()}
        return Reply(status=reply.status, headers=headers, body=json.dumps(cut).encode())


def _items(body: object) -> list[object] | None:
    if isinstance(body, list):
        return body
    if isinstance(body, dict) and "total_count" in body:
        return next((value for value in body.values() if isinstance(value, list)), None)
    return None


def _spoilt(fault: Fault, seen: Seen, reply: Reply) -> Reply:
    """What comes of an answer on its way."""
    match fault:
        case Fault.dropped_after:
            return Reply(broken=Break.silent)
        case Fault.page:
            return _PAGE
        case Fault.truncated if _is_api(seen):
            return msgspec.structs.replace(reply, body=reply.body[: len(reply.body) // 2])
        case Fault.truncated:
            return msgspec.structs.replace(reply, broken=Break.cut)
        case _:
            return Reply(status=502, body=b"<html>Bad gateway</html>", headers={"Content-Type": "text/html"})

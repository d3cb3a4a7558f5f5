"""Requests through PyGithub, its traps closed: hosts, redirects, retries, limits, pages. What is asked is `github`'s.

Reads are tried again after a broken answer, writes never: `Unanswered` tells the caller to look. A refusal by a rate
limit did nothing, so after one both wait and ask again. For one thread at a time.
"""

import sys
from collections.abc import Callable
from enum import Enum, auto
from typing import Any, TypeVar
from urllib.parse import urljoin, urlsplit

import msgspec
import requests
from github import Auth, Github, GithubException
from github.Requester import HTTPRequestsConnectionClass, HTTPSRequestsConnectionClass, Requester
from requests.utils import parse_header_links

from merganser import __version__
from merganser.errors import ConfigError
from merganser.forge import names
from merganser.forge.protocol import Astray, Refused, Unavailable
from merganser.forge.requests.refusals import BROKEN, Answer, error, page, unanswered, unreached, wait
from merganser.forge.requests.request import Content, Request
from merganser.forge.requests.tokens import Tokens
from merganser.forge.times import Times

T = TypeVar("T")
Connection = HTTPRequestsConnectionClass | HTTPSRequestsConnectionClass

TIMEOUT = 30
READ_WAITS = (1.0, 3.0, 9.0)
HOPS = 3
PAGES = 300


class Redirects(Enum):
    """What becomes of redirects that lead out of the API."""

    refused = auto()
    told = auto()


class Moved(Exception):
    """A redirect, before anyone has followed it."""

    def __init__(self, status: int, location: str) -> None:
        super().__init__(status)
        self.status = status
        self.location = location


class Transport:
    """Talks to one GitHub with the tokens of one owner, of which one that was refused is renewed once a request."""

    def __init__(self, api_url: str, tokens: Tokens, times: Times | None = None) -> None:
        if sys.flags.optimize:
            raise ConfigError(
                "Python's -O switches off checks that keep the token from other hosts",
                "Run without -O, and unset PYTHONOPTIMIZE.",
            )
        self._api = urlsplit(names.server(api_url, "the API's address"))
        self._tokens, self._times = tokens, times or Times()
        self._requester = _requester(api_url)
        self._connections: dict[str, Connection] = {}
        self._authorized: dict[str, Requester] = {}

    @property
    def graphql_url(self) -> str:
        return self._requester.graphql_url

    def read(self, request: Request, kind: type[T]) -> T:
        """The answer to a request, as `kind`."""
        return self._settled(request, lambda answer: _decoded(answer, kind))

    def items(self, request: Request, kind: type[T], key: str = "") -> tuple[T, ...]:
        """All pages of a listing, also past an empty one; `key` names the list inside of an object."""
        found: list[T] = []
        for _ in range(PAGES):
            page, following = self._settled(request, lambda answer: (_page(answer, kind, key), _next(answer)))
            found += page
            if not following:
                return tuple(found)
            request = Request(verb="GET", url=self._own(following, request.what), repository=request.about)
        raise Refused(f"{request.what} has more than {PAGES} pages", "Narrow the question.")

    def location(self, request: Request) -> str:
        """Where GitHub sends a download to; no request goes there."""
        return self._settled(request, lambda answer: _location(answer), Redirects.told)

    def close(self) -> None:
        for connection in self._connections.values():
            connection.close()
        for requester in (self._requester, *self._authorized.values()):
            requester.close()

    def _settled(self, request: Request, use: Callable[[Answer], T], redirects: Redirects = Redirects.refused) -> T:
        """What `use` makes of the answer, after the repetitions that are safe."""
        broken, limited, refreshed = 0, 0, False
        while True:
            self._tokens.token(request.about)  # made here where it must be: its own failure is none of this request's
            try:
                answer = self._scrubbed(self._answer(request, redirects))
                if answer.status < 300 or (answer.status < 400 and redirects is Redirects.told):
                    return use(answer)
                if answer.status in BROKEN:
                    raise error(answer)
            except Unavailable:
                if broken == len(READ_WAITS):
                    raise
                self._times.sleep(READ_WAITS[broken])
                broken += 1
                continue
            if answer.limited():
                limited += 1
                self._times.sleep(wait(answer, limited, self._times.clock()))
            elif answer.status == 401 and not refreshed and self._tokens.renew(request.about):
                refreshed = True
            else:
                raise error(answer)

    def _answer(self, request: Request, redirects: Redirects) -> Answer:
        """The answer, after redirects inside of this API, which repeat the same request."""
        what = request.what
        for _ in range(HOPS + 1):
            try:
                return self._once(request)
            except Moved as moved:
                target = urljoin(self._absolute(request.url), moved.location)
                if redirects is Redirects.told and not self._is_own(target):
                    return Answer(what=what, status=moved.status, headers={"location": target}, body="")
                here = self._own(target, what)
                request = msgspec.structs.replace(request, url=here, query={}, repository=request.about)
        raise Astray(f"GitHub redirects {what} again and again", "Was the repository renamed? Use its new name.")

    def _once(self, request: Request) -> Answer:
        """One request, one answer; `Moved` for a redirect."""
        headers = {"Accept": request.accept, "X-GitHub-Api-Version": "2022-11-28"}
        connection, requester = self._connection(request.url), self._requester_for(request.about)
        try:
            if request.content is not None:
                return self._upload(request, request.content, headers, requester)
            status, answered, body = requester.requestJson(
                request.verb, request.url, dict(request.query), headers, request.body, connection
            )
        except requests.RequestException as dropped:
            raise unreached(request.what, self._api.netloc, type(dropped).__name__) from dropped
        return Answer(what=request.what, status=status, headers=answered, body=body, host=self._api.netloc)

    def _requester_for(self, repository: str) -> Requester:
        """PyGithub's requester with the token for this repository."""
        token = self._tokens.token(repository).reveal()
        if not token:
            return self._requester
        if token not in self._authorized:
            # It says Bearer, which GitHub takes with tokens of every kind.
            self._authorized[token] = self._requester.withAuth(Auth.AppAuthToken(token))
        return self._authorized[token]

    def _upload(self, request: Request, content: Content, headers: dict[str, str], requester: Requester) -> Answer:
        headers["Content-Type"] = content.media_type
        connection = self._connection(request.url)
        with content.open() as file:
            try:
                answered, data = requester.requestMemoryBlobAndCheck(
                    request.verb, request.url, dict(request.query), headers, file, connection
                )
            except GithubException as refused:
                body = msgspec.json.encode(refused.data).decode()
                return Answer(what=request.what, status=refused.status, headers=refused.headers or {}, body=body)
            except ValueError as broken:
                raise unanswered(request.what, "gave a broken answer") from broken
        return Answer(what=request.what, status=201, headers=answered, body=msgspec.json.encode(data).decode())

    def _is_own(self, url: str) -> bool:
        """Whether an address is one of GitHub's API, or of its uploads."""
        parts = urlsplit(url)
        uploads = ("https", f"uploads.{(self._api.hostname or '').removeprefix('api.')}")
        root = self._api.path.rstrip("/").removesuffix("/v3") + "/"
        same = parts[:2] == self._api[:2] and parts.path.startswith(root)
        return (same or parts[:2] == uploads) and ".." not in parts.path.split("/")

    def _own(self, url: str, what: str) -> str:
        """An address that GitHub gave us, if it is GitHub's own: no other host sees the token."""
        if not self._is_own(url):
            parts = urlsplit(url)
            raise Astray(
                f"{what} points to {parts.scheme}://{parts.netloc}, which is not the API's own host",
                "Check GITHUB_API_URL; the token was not sent there.",
            )
        return url

    def _absolute(self, url: str) -> str:
        return self._api.geturl().rstrip("/") + url if url.startswith("/") else self._own(url, "the request")

    def _connection(self, url: str) -> Connection:
        """A connection of PyGithub's kind that neither follows redirects nor waits in silence."""
        parts = urlsplit(self._absolute(url))
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin not in self._connections:
            kind = HTTPSRequestsConnectionClass if parts.scheme == "https" else HTTPRequestsConnectionClass
            connection = kind(parts.hostname or "", parts.port, timeout=TIMEOUT)
            connection.session.hooks["response"] = [_stop]
            connection.session.trust_env = parts.hostname not in names.LOOPBACK
            self._connections[origin] = connection
        return self._connections[origin]

    def _scrubbed(self, answer: Answer) -> Answer:
        """Without our tokens, whatever quotes them: what is refused is told in comments, also where GitHub says 200."""
        body = answer.body
        for token in self._authorized:
            body = body.replace(token, "…")
        return msgspec.structs.replace(answer, body=body)


def _requester(api_url: str) -> Requester:
    return Github(
        base_url=api_url,
        user_agent=f"merganser/{__version__}",
        timeout=TIMEOUT,
        retry=None,
        seconds_between_requests=None,
        seconds_between_writes=None,
    ).requester


def _stop(response: requests.Response, **_: Any) -> None:
    """Ends a request at a redirect, or at a 202 that PyGithub would repeat without bound."""
    if response.is_redirect:
        response.close()
        raise Moved(response.status_code, response.headers["location"])
    if response.status_code == 202 and response.request.method == "GET":
        response.close()
        raise requests.RequestException("202: not ready")


def _decoded(answer: Answer, kind: type[T]) -> T:
    if answer.is_page():
        raise page(answer)
    try:
        if answer.status == 204:
            return msgspec.convert(None, kind)
        return msgspec.json.decode(answer.body, type=kind)
    except (msgspec.DecodeError, RecursionError) as broken:
        raise unanswered(answer.what, f"gave a broken answer ({broken})", answer.status) from broken


def _page(answer: Answer, kind: type[T], key: str) -> list[T]:
    if not key:
        return _decoded(answer, list[kind])  # type: ignore[valid-type]
    body = _decoded(answer, dict[str, Any])
    try:
        return msgspec.convert(body.get(key), list[kind])  # type: ignore[valid-type]
    except msgspec.ValidationError as broken:
        raise unanswered(answer.what, f"gave a broken answer ({broken})", answer.status) from broken


def _next(answer: Answer) -> str:
    links = parse_header_links(answer.headers.get("link", ""))
    return next((link["url"] for link in links if link.get("rel") == "next"), "")


def _location(answer: Answer) -> str:
    if answer.is_page():
        raise page(answer)
    if "location" not in answer.headers:
        raise unanswered(answer.what, "did not say where the file is", answer.status)
    return answer.headers["location"]

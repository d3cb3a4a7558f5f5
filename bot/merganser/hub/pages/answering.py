"""From a browser's request to a page: who may see it, the template, headers that keep strangers' content harmless."""

from __future__ import annotations

import logging
from functools import cache
from importlib.resources import files
from urllib.parse import parse_qsl

from merganser.hub.access import Repository, Role, User, authenticate, demand, find_repository, role_of
from merganser.hub.pages import actions, commits, discussions, home, releases
from merganser.hub.pages import files as file_pages
from merganser.hub.pages.addressing import Bytes, Elsewhere, Made, View, find
from merganser.hub.pages.filling import fill
from merganser.hub.refusals import Refusal, existing
from merganser.hub.routing import Call, World
from merganser.hub.server import HttpAnswer, HttpRequest, in_one_piece
from merganser.hub.views.links import Site

_LOG = logging.getLogger(__name__)
_FAMILIES = (home, file_pages, commits, discussions, releases, actions)  # importing them registers their pages
_STYLE = "/-/style.css"
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_HTML = "text/html; charset=utf-8"
# A picture may be SVG, opened on its own: it gets no rights at all.
_SANDBOX = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox"}
# What the API calls a conflict or an invalid request is, for an address, a page that isn't there.
_MISSING = frozenset({404, 409, 422})


def respond(world: World, request: HttpRequest) -> HttpAnswer:
    """The answer to any request outside the API and git; never raises. HEAD is a GET whose body is not sent."""
    if request.method != "GET":
        return _answer(405, b"Pages are only read: use the API or git.\n", "text/plain", {"Allow": "GET, HEAD"})
    if request.path == _STYLE:
        return _answer(200, _style(), "text/css; charset=utf-8", {"Cache-Control": "max-age=300"})
    try:
        with world.store.transaction():
            made = _make(world, request)
        return _finished(made)
    except Refusal as refusal:
        status = 404 if refusal.status in _MISSING else refusal.status
        shown = {"status": status, "message": refusal.message}
        return _answer(status, fill(View("refused.html", refusal.message, shown)), _HTML, {})
    except Exception:
        _LOG.exception("%s %s", request.method, request.path)
        return _answer(500, b"The hub failed to make this page.\n", "text/plain", {})


def _make(world: World, request: HttpRequest) -> Made:
    matched = existing(find(request.path))
    maker, params = matched
    user = authenticate(world.store, request.headers.get("authorization"))
    found, role = _admit(world, params, user)
    call = Call(
        world=world,
        site=Site(""),  # so that every address in an answer begins at the hub's root
        user=user,
        found=found,
        role=role,
        path=request.path,
        params=params,
        query=dict(parse_qsl(request.query, keep_blank_values=True)),
        headers={},
        content=b"",
        document=None,
    )
    return maker(call)


def _admit(world: World, params: dict[str, str], user: User | None) -> tuple[Repository | None, Role]:
    if "repo" not in params:
        return None, Role.NONE
    found = existing(find_repository(world.store, params["owner"], params["repo"]))
    role = role_of(world.store, found, user)
    demand(role, Role.READ, user)
    return found, role


def _finished(made: Made) -> HttpAnswer:
    match made:
        case View():
            return _answer(200, fill(made), _HTML, {})
        case Elsewhere(address):
            return _answer(302, b"", "text/plain", {"Location": address})
        case Bytes(content, content_type):
            return _answer(200, content, content_type, _SANDBOX)


@cache
def _style() -> bytes:
    return files("merganser.hub.pages").joinpath("templates/style.css").read_bytes()


def _answer(status: int, content: bytes, content_type: str, headers: dict[str, str]) -> HttpAnswer:
    return in_one_piece(status, {**_HEADERS, "Content-Type": content_type, **headers}, content)

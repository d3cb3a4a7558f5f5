"""Which part of the hub an address belongs to: the API, git, a release's downloads, or a page."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, unquote

import msgspec

from merganser.hub.access import Role, authenticate, contents_role, demand, find_repository, role_of
from merganser.hub.answering import Answerer, Asked
from merganser.hub.githttp import Visitor, fetch, push, service_of
from merganser.hub.refusals import Refusal, not_found
from merganser.hub.routing import Answer, World
from merganser.hub.server import HttpAnswer, HttpRequest, in_one_piece
from merganser.hub.views.links import Site

_PREFIXES = ("/api/v3", "/api/uploads")
_GIT = re.compile(r"/([^/]+)/([^/]+?)\.git/(.+)")
_DOWNLOAD = re.compile(r"/([^/]+)/([^/]+)/releases/download/(.+)/([^/]+)")


class Front:
    """Answers every request on the hub's main port."""

    def __init__(self, world: World, answerer: Answerer) -> None:
        self._world = world
        self._answerer = answerer

    def respond(self, request: HttpRequest) -> HttpAnswer:
        site = Site(f"http://{request.headers['host']}")
        path = _api_path(request.path)
        if path is not None:
            return _json(self._answerer.answer(_asked(request, path, site)))
        try:
            return self._outside_api(request)
        except Refusal as refusal:
            return _refused(refusal)

    def _outside_api(self, request: HttpRequest) -> HttpAnswer:
        found = _GIT.fullmatch(request.path)
        if found:
            below = msgspec.structs.replace(request, path=found[3])
            return self._git(below, unquote(found[1]), unquote(found[2]))
        found = _DOWNLOAD.fullmatch(request.path)
        if found and request.method == "GET":
            owner, name, tag, file = (unquote(part) for part in found.groups())
            visitor = self._visitor(request, owner, name)
            if visitor is None:
                raise not_found()
            return self._download(visitor, tag, file)
        # Imported here: a hub that nobody looks at needs no templates and no Markdown.
        from merganser.hub.pages.answering import respond

        return respond(self._world, request)

    def _visitor(self, request: HttpRequest, owner: str, name: str) -> Visitor | None:
        """Who asks for this repository; None where, for all he may know, there is no such repository."""
        store = self._world.store
        with store.transaction():
            user = authenticate(store, request.headers.get("authorization"))
            found = find_repository(store, owner, name)
            role = contents_role(role_of(store, found, user), found, user) if found is not None else Role.NONE
            return Visitor(user, found, role) if found is not None and role > Role.NONE else None

    def _git(self, request: HttpRequest, owner: str, name: str) -> HttpAnswer:
        needed = Role.WRITE if service_of(request) == "git-receive-pack" else Role.READ
        visitor = self._visitor(request, owner, name)
        nameless = not request.headers.get("authorization")
        if nameless and (visitor is None or visitor.role < needed):
            raise Refusal(401, "Authentication required")  # git then asks for a name and sends the token
        if visitor is None:
            raise Refusal(404, "Repository not found.")
        demand(visitor.role, needed, visitor.user)
        if request.path == "git-receive-pack":
            with self._world.store.transaction():
                return push(self._world, visitor, request)
        return fetch(self._world, visitor, request)

    def _download(self, visitor: Visitor, tag: str, file: str) -> HttpAnswer:
        """The address of an asset that people click: a redirect, as in the API."""
        store = self._world.store
        row = store.row(
            "SELECT assets.* FROM assets JOIN releases ON releases.id = release_id "
            "WHERE repo_id = ? AND tag_name = ? AND assets.name = ? AND draft = 0",
            visitor.repository.id, tag, file,
        )  # fmt: skip
        if row is None:
            raise not_found()
        store.change("UPDATE assets SET downloads = downloads + 1 WHERE id = ?", row["id"])
        address = self._world.sign_download(row["sha256"], row["name"], row["content_type"])
        return in_one_piece(302, {"Location": address}, b"")


def _refused(refusal: Refusal) -> HttpAnswer:
    headers = {"Content-Type": "text/plain; charset=utf-8"}
    if refusal.status == 401:
        headers["WWW-Authenticate"] = 'Basic realm="GitHub"'
    return in_one_piece(refusal.status, headers, refusal.message.encode())


def _api_path(path: str) -> str | None:
    """The path below the API's prefix; GraphQL counts as an operation of its own."""
    if path == "/api/graphql":
        return "/graphql"
    for prefix in _PREFIXES:
        if path == prefix or path.startswith(prefix + "/"):
            return path.removeprefix(prefix) or "/"
    return None


def _asked(request: HttpRequest, path: str, site: Site) -> Asked:
    return Asked(
        method=request.method,
        path=path,
        query=tuple(parse_qsl(request.query, keep_blank_values=True)),
        headers=request.headers,
        content=request.content,
        upload=request.path.startswith("/api/uploads/"),
        site=site,
    )


def _json(answer: Answer) -> HttpAnswer:
    if answer.content is not None:
        return in_one_piece(answer.status, answer.headers, answer.content)
    if answer.document is None:
        return in_one_piece(answer.status, answer.headers, b"")
    headers = {"Content-Type": "application/json; charset=utf-8", **answer.headers}
    return in_one_piece(answer.status, headers, msgspec.json.encode(answer.document))

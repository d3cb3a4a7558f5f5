"""Which part of the hub an address belongs to: the API, git, a release's downloads, or a page."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, unquote

import msgspec

from merganser.hub.access import Role, User, authenticate, demand, find_repository, role_of
from merganser.hub.answering import Answerer, Asked
from merganser.hub.githttp import GitRequest, Visitor, fetch, push, service_of
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
            return self._git(request, unquote(found[1]), unquote(found[2]), found[3])
        found = _DOWNLOAD.fullmatch(request.path)
        if found and request.method == "GET":
            owner, name, tag, file = (unquote(part) for part in found.groups())
            return self._download(request, (owner, name), tag, file)
        # Imported here: a hub that nobody looks at needs no templates and no Markdown.
        from merganser.hub.pages.answering import respond

        return respond(self._world, request)

    def _visitor(self, request: HttpRequest, owner: str, name: str) -> Visitor:
        store = self._world.store
        with store.transaction():
            user: User | None = authenticate(store, request.headers.get("authorization"))
            found = find_repository(store, owner, name)
            if found is None and user is None:
                raise Refusal(401, "Repository not found.")
            if found is None:
                raise Refusal(404, "Repository not found.")
            return Visitor(user, found, role_of(store, found, user))

    def _git(self, request: HttpRequest, owner: str, name: str, tail: str) -> HttpAnswer:
        asked = GitRequest(
            method=request.method,
            tail=tail,
            query=request.query,
            headers=request.headers,
            content=request.content,
        )
        needed = Role.WRITE if service_of(asked) == "git-receive-pack" else Role.READ
        visitor = self._visitor(request, owner, name)
        if visitor.user is None and visitor.role < needed:
            raise Refusal(401, "Authentication required")  # git then asks for a name and sends the token
        demand(visitor.role, needed, visitor.user)
        if asked.tail == "git-receive-pack":
            with self._world.store.transaction():
                answer = push(self._world, visitor, asked)
        else:
            answer = fetch(self._world, visitor, asked)
        return in_one_piece(answer.status, answer.headers, answer.content)

    def _download(self, request: HttpRequest, place: tuple[str, str], tag: str, file: str) -> HttpAnswer:
        """The address of an asset that people click: a redirect, as in the API."""
        visitor = self._visitor(request, *place)
        demand(visitor.role, Role.READ, visitor.user)
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

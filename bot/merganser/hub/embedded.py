"""The hub as one object: its directory, its two servers, and the way from an address to what answers it."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

import msgspec

from merganser.hub.admin import Admin
from merganser.hub.answering import Answerer, Observer
from merganser.hub.apps import Apps
from merganser.hub.downloads import Denied, open_download, sign
from merganser.hub.front import Front
from merganser.hub.limits import GENEROUS, Limits, Meter
from merganser.hub.queue import Queue
from merganser.hub.routing import World
from merganser.hub.server import HttpAnswer, HttpRequest, LoopbackServer, in_one_piece
from merganser.hub.store import Store
from merganser.hub.views.links import Site


class Hub:
    """An embedded GitHub on loopback. Everything that it knows lies in its directory, and no address does.

    Its limits are generous, unless GitHub's own are asked for (`limits.GITHUB`). All of it goes by `clock`.
    """

    def __init__(
        self,
        directory: Path,
        observer: Observer | None = None,
        *,
        limits: Limits = GENEROUS,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.directory = Path(directory)
        self._observer = observer
        self.meter = Meter(limits, clock)
        self._secret = secrets.token_bytes(32)
        self._running: _Running | None = None
        self.store = Store(self.directory, clock)
        self.world = World(self.directory, self.store, self._download_url)
        self.apps = Apps(self.store)
        self.queue = Queue(self.world)
        self.admin = Admin(self.world, lambda: Site(self.url))

    def start(self, port: int = 0) -> Self:
        """Serve on this port of 127.0.0.1 (0: a free one), and downloads on another.

        OSError where the port is taken; the hub is then stopped for good.
        """
        if self._running is not None:
            raise RuntimeError("this hub is running already")
        answerer = Answerer(self.world, self.meter, self._observer)
        front = Front(self.world, answerer)
        with ExitStack() as undoing:
            undoing.callback(self.store.close)
            downloads = LoopbackServer(0, self._serve_download)
            undoing.callback(downloads.stop)
            self._running = _Running(LoopbackServer(port, front.respond), downloads)
            undoing.pop_all()
        return self

    def stop(self) -> None:
        """End both servers and close the database. A stopped hub is started again by making a new one."""
        if self._running is not None:
            self._running.main.stop()
            self._running.downloads.stop()
            self._running = None
        self.store.close()

    def __enter__(self) -> Self:
        return self if self._running is not None else self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _servers(self) -> _Running:
        if self._running is None:
            raise RuntimeError("this hub has no address: it is not running")
        return self._running

    @property
    def url(self) -> str:
        """What GITHUB_SERVER_URL would say."""
        return f"http://127.0.0.1:{self._servers().main.port}"

    @property
    def api_url(self) -> str:
        """What GITHUB_API_URL would say."""
        return Site(self.url).api

    @property
    def downloads_url(self) -> str:
        """The other host, from which assets and artifacts come."""
        return f"http://127.0.0.1:{self._servers().downloads.port}"

    def _download_url(self, digest: str, name: str, content_type: str) -> str:
        return self.downloads_url + sign(self._secret, digest, name, content_type)

    def _serve_download(self, request: HttpRequest) -> HttpAnswer:
        target = f"{request.path}?{request.query}"
        authorization = request.headers.get("authorization")
        try:
            found = open_download(self._secret, self.store.blobs, target, authorization)
        except Denied as denied:
            return in_one_piece(denied.status, {"Content-Type": "text/plain"}, str(denied).encode())
        headers = {
            "Content-Type": found.content_type,
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(found.name)}",
        }
        return HttpAnswer(200, headers, found.path.stat().st_size, _pieces(found.path))


class _Running(msgspec.Struct, frozen=True):
    main: LoopbackServer
    downloads: LoopbackServer


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        while piece := stream.read(1 << 20):
            yield piece

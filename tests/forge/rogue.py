"""A small server that misbehaves as told, at the level of the socket, and remembers what it was sent."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import msgspec


class Break(StrEnum):
    """How an answer breaks off."""

    silent = "no answer at all"
    cut = "half of the body"


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    verb: str
    path: str
    headers: dict[str, str]
    body: bytes


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = {}
    broken: Break | None = None


def answer(value: Any, status: int = 200, **headers: str) -> Reply:
    """A JSON reply; `retry_after="3"` becomes the header Retry-After."""
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return Reply(status=status, body=json.dumps(value).encode(), headers=named)


class Rogue:
    """Answers with the replies in order, then with the last one for ever; or asks a function."""

    def __init__(self, *replies: Reply, choose: Callable[[Seen], Reply] | None = None) -> None:
        self.seen: list[Seen] = []
        self._replies = list(replies)
        self._choose = choose

    def reply(self, seen: Seen) -> Reply:
        self.seen.append(seen)
        if self._choose:
            return self._choose(seen)
        return self._replies.pop(0) if len(self._replies) > 1 else self._replies[0]

    url = ""

    @contextmanager
    def running(self) -> Iterator["Rogue"]:
        server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        server.daemon_threads = True
        thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.01), daemon=True)
        thread.start()
        self.url = f"http://127.0.0.1:{server.server_address[1]}"
        try:
            yield self
        finally:
            server.shutdown()
            server.server_close()
            thread.join()


def _handler(rogue: Rogue) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            seen = Seen(verb=self.command, path=self.path, headers=dict(self.headers.items()), body=body)
            reply = rogue.reply(seen)
            self.close_connection = True
            if reply.broken is Break.silent:
                return
            self.send_response(reply.status)
            for name, value in {"Content-Type": "application/json; charset=utf-8", **reply.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body[: len(reply.body) // 2] if reply.broken is Break.cut else reply.body)

        do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = handle_any  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:
            pass

    return Handler

"""HTTP on loopback: connections, sending answers, ending cleanly. What to answer is decided elsewhere."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import msgspec

from merganser.hub.receiving import Unacceptable, demand_loopback, read_body


class HttpRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A request; `path` is percent-encoded, header names are in lower case."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    content: bytes


class HttpAnswer(msgspec.Struct, frozen=True):
    """An answer; the body comes in pieces whose sizes add up to `length`."""

    status: int
    headers: dict[str, str]
    length: int
    pieces: Iterable[bytes]


def in_one_piece(status: int, headers: dict[str, str], content: bytes) -> HttpAnswer:
    return HttpAnswer(status, headers, len(content), [content])


Respond = Callable[[HttpRequest], HttpAnswer]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: LoopbackServer

    def handle_one_request(self) -> None:
        """One request of a kept-alive connection; a client that hangs up is no error."""
        try:
            super().handle_one_request()
        except (ConnectionError, TimeoutError, ValueError):
            self.close_connection = True

    def __getattr__(self, name: str) -> Any:
        # The base class looks for do_GET, do_POST and so on; one function answers them all.
        if name in {f"do_{method}" for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")}:
            return self._respond
        raise AttributeError(name)

    def _respond(self) -> None:
        try:
            demand_loopback(self.headers)
            content = read_body(self.rfile, self.headers)
        except Unacceptable as problem:
            headers = {"Content-Type": "text/plain; charset=utf-8", "Connection": "close"}
            self._send(in_one_piece(problem.status, headers, str(problem).encode()))
            return
        parts = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        method = "GET" if self.command == "HEAD" else self.command
        request = HttpRequest(method=method, path=parts.path, query=parts.query, headers=headers, content=content)
        self._send(self.server.respond(request))

    def _send(self, answer: HttpAnswer) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.status != 204:
            self.send_header("Content-Length", str(answer.length))
        self.end_headers()
        if self.command != "HEAD" and answer.status != 204:
            for piece in answer.pieces:
                self.wfile.write(piece)
        self.wfile.flush()

    def version_string(self) -> str:
        return "merganser-hub"

    def log_message(self, format: str, *args: Any) -> None:
        """The hub keeps no access log."""


class LoopbackServer(ThreadingHTTPServer):
    """Serves on 127.0.0.1 in threads of its own; `stop` ends every connection and waits for the threads."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, port: int, respond: Respond) -> None:
        self.respond = respond
        self._open: set[socket.socket] = set()
        self._changed = threading.Condition()
        super().__init__(("127.0.0.1", port), _Handler)
        self._thread = threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def server_bind(self) -> None:
        """Without the base class's look-up of the machine's name, which may take seconds."""
        socket.socket.setsockopt(self.socket, socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = "127.0.0.1", self.port

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._changed:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        super().shutdown_request(request)
        with self._changed:
            self._open.discard(request)
            self._changed.notify_all()

    def stop(self) -> None:
        """No new connections, the present ones cut, their threads through."""
        self.shutdown()
        self._thread.join()
        self.server_close()
        with self._changed:
            for connection in self._open:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue  # it closed on its own meanwhile
            self._changed.wait_for(lambda: not self._open, timeout=10)

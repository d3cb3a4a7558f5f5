"""Taking a request off the wire: whether it is meant for this machine, and its body within bounds. No sockets here."""

from __future__ import annotations

import re
import zlib
from email.message import Message
from io import BufferedIOBase

_LARGEST = 2 * 1024**3
# Git packs its questions, never what it sends; a body that unpacks to more is no question.
_LARGEST_UNPACKED = 64 * 1024**2
_LONGEST_LINE = 65536
_LOOPBACK = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:[0-9]{1,5})?", re.IGNORECASE)
_DECIMAL = re.compile(r"[0-9]{1,18}")
_HEXADECIMAL = re.compile(rb"[0-9a-fA-F]{1,16}")


class Unacceptable(Exception):
    """The request can't be answered, nor what follows it on its connection be trusted."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def demand_loopback(headers: Message) -> None:
    """Refuse requests for any other name: a page elsewhere that rebinds its own name to 127.0.0.1 gets no answer."""
    hosts = headers.get_all("Host", [])
    if len(hosts) != 1:
        raise Unacceptable(400, "A request needs one Host header.")
    if not _LOOPBACK.fullmatch(hosts[0].strip()):
        raise Unacceptable(421, "This hub answers to the addresses of loopback alone.")


def read_body(stream: BufferedIOBase, headers: Message) -> bytes:
    """The body that these headers announce, its coding undone."""
    coding = headers.get("Content-Encoding", "identity").strip().lower()
    if coding not in {"identity", "gzip", "x-gzip"}:
        raise Unacceptable(415, "Bodies may be packed by gzip alone.")
    raw = _framed(stream, headers)
    return raw if coding == "identity" else _unpacked(raw)


def _framed(stream: BufferedIOBase, headers: Message) -> bytes:
    lengths = {value.strip() for value in headers.get_all("Content-Length", [])}
    coding = headers.get("Transfer-Encoding")
    if len(lengths) + (coding is not None) > 1:
        raise Unacceptable(400, "Two framings contradict each other.")  # RFC 9112, 6.3
    if coding is not None:
        if coding.strip().lower() != "chunked":
            raise Unacceptable(501, "Bodies come with a length or in chunks.")
        return _chunks(stream)
    length = lengths.pop() if lengths else "0"
    if not _DECIMAL.fullmatch(length):
        raise Unacceptable(400, "Content-Length is no length.")
    return _exactly(stream, int(length), _LARGEST)


def _chunks(stream: BufferedIOBase) -> bytes:
    """A chunked body (RFC 9112, 7.1); extensions and trailers are dropped."""
    content = bytearray()
    while True:
        size = _line(stream).partition(b";")[0].strip()
        if not _HEXADECIMAL.fullmatch(size):
            raise Unacceptable(400, "A chunk's size is no number.")
        if int(size, 16) == 0:
            break
        content += _exactly(stream, int(size, 16), _LARGEST - len(content))
        if _line(stream):
            raise Unacceptable(400, "A chunk is longer than it says.")
    while _line(stream):
        pass
    return bytes(content)


def _line(stream: BufferedIOBase) -> bytes:
    found = stream.readline(_LONGEST_LINE)
    if not found.endswith(b"\n"):
        raise Unacceptable(400, "The body ends early or has a line without end.")
    return found.strip()


def _exactly(stream: BufferedIOBase, size: int, most: int) -> bytes:
    if size > most:
        raise Unacceptable(413, f"A body may have {_LARGEST} bytes at most.")
    found = stream.read(size)
    if len(found) < size:
        raise Unacceptable(400, "The body ends early.")
    return found


def _unpacked(raw: bytes) -> bytes:
    """One member of gzip and nothing else, unpacked no further than allowed."""
    packed = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
    try:
        content = packed.decompress(raw, _LARGEST_UNPACKED + 1)
    except zlib.error:
        raise Unacceptable(400, "The body is not what gzip makes.") from None
    if len(content) > _LARGEST_UNPACKED:
        raise Unacceptable(413, f"A packed body may unpack to {_LARGEST_UNPACKED} bytes at most.")
    if not packed.eof or packed.unused_data:
        raise Unacceptable(400, "The packed body ends early or late.")
    return content

"""Whom a request addresses, on every way into the hub, and bodies within bounds."""

import gzip
import zlib
from http.client import parse_headers
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from merganser.hub import Hub, receiving
from merganser.hub.receiving import Unacceptable, demand_loopback, read_body
from tests.hub.clients import NAME, Team, raw

PACKED = gzip.compress(b"x", mtime=0)
# The API, git, the files of a release, and pages; the port for downloads is asked below.
WAYS = ("/api/v3/rate_limit", "/api/graphql", f"/{NAME}.git/info/refs?service=git-upload-pack",
        f"/{NAME}/releases/download/v1/x", f"/{NAME}", "/-/style.css", "/nothing")  # fmt: skip


def refused(content: bytes, headers: bytes) -> int:
    with pytest.raises(Unacceptable) as failure:
        read_body(BytesIO(content), parse_headers(BytesIO(headers)))
    return failure.value.status


def read(content: bytes, headers: bytes) -> bytes:
    return read_body(BytesIO(content), parse_headers(BytesIO(headers)))


@pytest.mark.parametrize(
    ("hosts", "status"),
    [
        ((b"evil.example",), b"421"),
        ((b"127.0.0.1.evil.example",), b"421"),
        ((b"127.0.0.2:80",), b"421"),
        ((b"localhost@evil.example",), b"421"),
        ((b"",), b"421"),
        ((), b"400"),
        ((b"127.0.0.1", b"evil.example"), b"400"),
    ],
)
def test_only_loopback_is_answered(team: Team, hosts: tuple[bytes, ...], status: bytes) -> None:
    lines = b"".join(b"Host: " + host + b"\r\n" for host in hosts)
    token = team.tokens["owner"].encode()
    for way in WAYS:
        request = b"GET " + way.encode() + b" HTTP/1.1\r\nAuthorization: token " + token + b"\r\n" + lines + b"\r\n"
        assert raw(team.hub.url, request).split(b" ")[1] == status, way
    assert raw(team.hub.downloads_url, b"GET /x HTTP/1.1\r\n" + lines + b"\r\n").split(b" ")[1] == status


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LocalHost:8080", "[::1]:1", "127.0.0.1:65535"])
def test_the_names_of_loopback(host: str) -> None:
    demand_loopback(parse_headers(BytesIO(b"Host: " + host.encode() + b"\n\n")))


def test_the_host_is_judged_before_the_body_is_read(hub: Hub) -> None:
    head = b"POST /api/v3/user HTTP/1.1\r\nHost: evil.example\r\nContent-Length: 1000\r\n\r\n"
    assert raw(hub.url, head).split(b" ")[1] == b"421"  # of the body nothing was sent


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        (b"abc", b"Content-Length: 4\n\n", 400),
        (b"abc", b"Content-Length: 3\nContent-Length: 2\n\n", 400),
        (b"abc", b"Content-Length: -1\n\n", 400),
        (b"abc", b"Content-Length: 9999999999999999999\n\n", 400),
        (b"abc", b"Content-Length: 2147483649\n\n", 413),
        (b"abc", "Content-Length: ²\n\n".encode("latin-1"), 400),
        (b"3\r\nabc\r\n", b"Transfer-Encoding: chunked\n\n", 400),
        (b"3\r\nabcd\r\n0\r\n\r\n", b"Transfer-Encoding: chunked\n\n", 400),
        (b"5\r\nabc", b"Transfer-Encoding: chunked\n\n", 400),
        (b"80000001\r\nabc", b"Transfer-Encoding: chunked\n\n", 413),
        (b"0" * 70000, b"Transfer-Encoding: chunked\n\n", 400),
        (b"", b"Transfer-Encoding: chunked\nContent-Length: 0\n\n", 400),
        (b"", b"Transfer-Encoding: gzip, chunked\n\n", 501),
        (b"abc", b"Content-Length: 3\nContent-Encoding: br\n\n", 415),
    ],
)
def test_what_is_no_body(content: bytes, headers: bytes, status: int) -> None:
    assert refused(content, headers) == status


def test_the_same_length_twice_is_one_length() -> None:
    assert read(b"abc", b"Content-Length: 3\nContent-Length: 3 \n\n") == b"abc"


def test_chunks_count_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receiving, "_LARGEST", 4)
    assert read(b"2\r\nab\r\n2\r\ncd\r\n0\r\n\r\n", b"Transfer-Encoding: chunked\n\n") == b"abcd"
    assert refused(b"2\r\nab\r\n3\r\ncde\r\n0\r\n\r\n", b"Transfer-Encoding: chunked\n\n") == 413


@pytest.mark.parametrize("coding", [b"gzip", b"GZIP", b"x-gzip"])
@given(content=st.binary(max_size=200))
def test_gzip_is_undone(coding: bytes, content: bytes) -> None:
    packed = gzip.compress(content)
    headers = b"Content-Length: %d\nContent-Encoding: %s\n\n" % (len(packed), coding)
    assert read(packed, headers) == content


@pytest.mark.parametrize(
    "packed",
    [b"", b"plain", PACKED[:-9], PACKED[:-1], PACKED + b"y", zlib.compress(b"x"),
     PACKED[:-8] + bytes(8), PACKED * 2],
)  # fmt: skip
def test_what_is_no_gzip(packed: bytes) -> None:
    assert refused(packed, b"Content-Length: %d\nContent-Encoding: gzip\n\n" % len(packed)) == 400


def test_gzip_is_unpacked_up_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receiving, "_LARGEST_UNPACKED", 1000)
    fitting, larger = gzip.compress(bytes(1000)), gzip.compress(bytes(1001))
    assert read(fitting, b"Content-Length: %d\nContent-Encoding: gzip\n\n" % len(fitting)) == bytes(1000)
    assert refused(larger, b"Content-Length: %d\nContent-Encoding: gzip\n\n" % len(larger)) == 413

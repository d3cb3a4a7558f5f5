"""The script that makes the README's picture: a real browser, a page that shows the reader's preferred scheme."""

import shutil
import struct
import zlib
from pathlib import Path

import pytest

from scripts.screenshot import BROWSERS, SCHEMES, WIDTH, capture, find_browser, trimmed

PAGE = """<!doctype html><meta charset="utf-8">
<style>
  body { margin: 0; background: #ffffff } div { height: 100px; width: 50%; background: #00ff00 }
  @media (prefers-color-scheme: dark) { body { background: #000000 } }
</style>
<div></div>
"""


def size(picture: bytes) -> tuple[int, int]:
    """Width and height from a PNG's header."""
    width, height = struct.unpack(">II", picture[16:24])
    return width, height


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def test_empty_rows_below_the_content_are_cut_off() -> None:
    rows = [b"\0" + bytes(6)] * 2 + [b"\0" + b"\1" * 3 + bytes(3)] + [b"\0" + bytes(6)] * 97
    header = struct.pack(">IIBBBBB", 2, 100, 8, 2, 0, 0, 0)
    parts = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"".join(rows))) + chunk(b"IEND", b"")
    assert size(trimmed(b"\x89PNG\r\n\x1a\n" + parts)) == (2, 3 + 24)


@pytest.mark.integration
@pytest.mark.skipif(not any(map(shutil.which, BROWSERS)), reason="no Chromium on this machine")
def test_a_page_is_pictured_light_and_dark(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(PAGE)
    shots = [trimmed(capture(find_browser(), page.as_uri(), flag)) for flag in SCHEMES.values()]
    assert [size(shot) for shot in shots] == [(WIDTH, 124)] * 2
    assert shots[0] != shots[1]

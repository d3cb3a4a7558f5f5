"""The script that makes the README's picture: a real browser, a page that shows the reader's preferred scheme."""

import struct
from pathlib import Path

import pytest

from scripts.screenshot import browser, pictures

PAGE = """<!doctype html>
<style>body { background: #ffffff } @media (prefers-color-scheme: dark) { body { background: #000000 } }</style>
"""


def size(picture: bytes) -> tuple[int, int]:
    """Width and height from a PNG's header."""
    width, height = struct.unpack(">II", picture[16:24])
    return width, height


@pytest.mark.integration
@pytest.mark.skipif(browser() is None, reason="no Chromium on this machine")
def test_a_page_is_pictured_light_and_dark(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(PAGE)
    pictures(page.as_uri(), tmp_path / "page", (200, 100))
    light, dark = (tmp_path / "page.png").read_bytes(), (tmp_path / "page-dark.png").read_bytes()
    assert size(light) == size(dark) == (400, 200)
    assert light != dark


@pytest.mark.integration
@pytest.mark.skipif(browser() is None, reason="no Chromium on this machine")
def test_a_page_that_does_not_answer_is_not_pictured(tmp_path: Path) -> None:
    missing = (tmp_path / "missing.html").as_uri()
    with pytest.raises(SystemExit, match="can't be read"):
        pictures(missing, tmp_path / "page", (200, 100))
    assert list(tmp_path.iterdir()) == []

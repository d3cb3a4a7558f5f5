"""The page in a real browser: it fits every screen, shows that screen's drawings, and asks for nothing."""

import json
import re
import shutil
import subprocess
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from merganser.report.page.page import report_page
from scripts.screenshot import BROWSERS, QUIET, SCHEMES, capture, find_browser
from tests.report import page_samples

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(not any(map(shutil.which, BROWSERS)), reason="no Chromium on this machine"),
]
SCREENS = (320, 375, 700, 800, 1100)
# Frames of each width around the page, and a script of ours that measures what is in them.
AROUND = """<!doctype html><link rel="icon" href="data:,"><title>frames</title><body></body><script>
const found = {};
for (const width of SCREENS) {
  const frame = document.createElement("iframe");
  frame.style = `width: ${width}px; height: 800px; border: 0`;
  frame.src = "/page.html";
  frame.onload = () => {
    const page = frame.contentDocument, seen = {};
    for (const one of page.querySelectorAll(".drawing")) {
      if (one.getBoundingClientRect().width) seen[one.className] = (seen[one.className] || 0) + 1;
    }
    const sign = frame.contentWindow.getComputedStyle(page.querySelector(".answer .sign"));
    found[width] = [page.documentElement.scrollWidth, seen, sign.backgroundColor];
    if (Object.keys(found).length === SCREENS.length) document.title = JSON.stringify(found);
  };
  document.body.append(frame);
}
</script>""".replace("SCREENS", json.dumps(SCREENS))


@pytest.fixture(scope="module")
def html() -> str:
    return report_page(page_samples.BLOCKED, page_samples.CURVES)


@contextmanager
def serving(pages: dict[str, str]) -> Iterator[tuple[str, list[str]]]:
    """A server of these pages on loopback: its address, and the paths that it was asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            body = pages.get(self.path, "").encode()
            self.send_response(200 if self.path in pages else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing on standard error."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_the_page_fits_its_screen_and_asks_for_nothing(html: str, tmp_path: Path) -> None:
    with serving({"/": AROUND, "/page.html": html}) as (address, asked):
        more = ("--enable-logging=stderr", "--virtual-time-budget=20000", f"--user-data-dir={tmp_path}", "--dump-dom")
        command = [find_browser(), *QUIET, *more, f"{address}/"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=True)
    (title,) = re.findall("<title>(.*)</title>", done.stdout)
    found = {int(width): measured for width, measured in json.loads(title).items()}
    assert set(asked) == {"/", "/page.html"}
    assert "CONSOLE" not in done.stderr
    assert {width: measured[0] for width, measured in found.items()} == {width: width for width in SCREENS}
    for width, (_, seen, colour) in found.items():
        layout = "narrow" if width <= 760 else "wide"
        assert seen == {f"drawing {layout}": 3, "drawing square": 3}
        assert colour == "rgb(194, 36, 43)"


def test_the_page_is_light_and_dark(html: str, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(html)
    corners = [corner(capture(find_browser(), page.as_uri(), flag)) for flag in SCHEMES.values()]
    assert corners == [bytes((0xFF, 0xFF, 0xFF)), bytes((0x10, 0x14, 0x19))]


def corner(picture: bytes) -> bytes:
    """The colour of a PNG's first pixel, which no filter changes."""
    data, position = b"", 8
    while position < len(picture):
        size = int.from_bytes(picture[position : position + 4])
        data += picture[position + 8 : position + 8 + size] if picture[position + 4 : position + 8] == b"IDAT" else b""
        position += size + 12
    return zlib.decompress(data)[1:4]

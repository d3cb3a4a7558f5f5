"""Takes the README's pictures: the demo's last pull request on the hub's page, light and dark, in headless Chromium.

Plays the demo first, up to the red check that nobody has overridden yet, unless --hub names a hub's directory, such as
the one that a whole demo has left (`merganser demo --keep DIR` → DIR/hub).
"""

from __future__ import annotations

import argparse
import shutil
import struct
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from merganser.hub import Hub
from merganser.setup import demo, story

REPO = Path(__file__).parents[1]
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
WIDTH, TALLEST = 1100, 2400
MARGIN = 24
QUIET = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--no-proxy-server"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars"),
)
SCHEMES = {"": "--blink-settings=preferredColorScheme=1", "-dark": "--blink-settings=preferredColorScheme=0"}
_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hub", type=Path, help="a hub's directory; it is copied, never changed")
    parser.add_argument("--page", default="acme/digits/pull/3", help="what to show, below the hub's address")
    parser.add_argument("--out", type=Path, default=REPO / "docs" / "images", help="the pictures' folder")
    parser.add_argument("--name", default="pull-request", help="the pictures' names begin like this")
    given = parser.parse_args()
    browser = find_browser()
    given.out.mkdir(parents=True, exist_ok=True)
    with running(given.hub) as hub:
        for suffix, flag in SCHEMES.items():
            target = given.out / f"{given.name}{suffix}.png"
            target.write_bytes(trimmed(capture(browser, f"{hub.url}/{given.page}", flag)))
            print(f"{target}: {target.stat().st_size // 1000} kB")


def find_browser() -> str:
    """The first Chromium on the PATH; ends the program where there is none."""
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found is None:
        sys.exit(f"No browser: install one of {', '.join(BROWSERS)} (scripts/install_browser.sh).")
    return found


@contextmanager
def running(directory: Path | None) -> Iterator[Hub]:
    """A hub on a copy of this directory, or on what a fresh demo has by its red check."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if directory is None:
            directory = folder / "demo" / "hub"
            with Hub(directory) as hub, demo.staged(hub, folder / "demo", story.Narrator(sys.stdout)) as stage:
                demo.until_refused(stage, {})
        elif not (directory / "hub.sqlite").is_file():
            sys.exit(f"{directory} is no hub's directory.")
        shutil.copytree(directory, folder / "hub")
        with Hub(folder / "hub") as hub:
            yield hub


def capture(browser: str, url: str, flag: str) -> bytes:
    """A picture of the page, as tall as any page may be."""
    with tempfile.TemporaryDirectory() as profile:
        target = Path(profile) / "page.png"
        size = f"--window-size={WIDTH},{TALLEST}"
        command = [browser, *QUIET, flag, f"--user-data-dir={profile}", size, f"--screenshot={target}", url]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        if not target.is_file():
            sys.exit(f"{browser} took no picture of {url}:\n{done.stderr[-2000:]}")
        return target.read_bytes()


def trimmed(picture: bytes) -> bytes:
    """The PNG (8 bits a channel, not interlaced) without the empty rows below its content, packed tightly."""
    chunks = list(_chunks(picture))
    width, height, depth, colours, _, _, interlaced = struct.unpack(">IIBBBBB", chunks[0][1])
    if depth != 8 or interlaced or colours not in (2, 6):
        sys.exit("The browser's picture is no plain RGB: it can't be trimmed.")
    pixel = 3 if colours == 2 else 4
    stride = width * pixel + 1
    raw = zlib.decompress(b"".join(data for kind, data in chunks if kind == b"IDAT"))
    kept = min(height, _last_row(raw, stride, pixel) + 1 + MARGIN)
    header = struct.pack(">II", width, kept) + chunks[0][1][8:]
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(raw[: kept * stride], 9)), (b"IEND", b""))
    return _SIGNATURE + b"".join(_packed(kind, data) for kind, data in parts)


def _chunks(picture: bytes) -> Iterator[tuple[bytes, bytes]]:
    position = len(_SIGNATURE)
    while position < len(picture):
        (length,) = struct.unpack_from(">I", picture, position)
        yield picture[position + 4 : position + 8], picture[position + 8 : position + 8 + length]
        position += length + 12


def _packed(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _last_row(raw: bytes, stride: int, pixel: int) -> int:
    """The number of the last row that is not of one colour."""
    above, last = bytes(stride - 1), 0
    for number, start in enumerate(range(0, len(raw), stride)):
        above = _unfiltered(raw[start], raw[start + 1 : start + stride], above, pixel)
        if above != above[:pixel] * (len(above) // pixel):
            last = number
    return last


def _unfiltered(kind: int, row: bytes, above: bytes, pixel: int) -> bytes:
    """One row's bytes, PNG's filter undone (W3C PNG specification, section 9)."""
    if kind == 0 or (kind == 2 and not any(row)):
        return row if kind == 0 else above
    found = bytearray(row)
    for i, up in enumerate(above):
        left = found[i - pixel] if i >= pixel else 0
        corner = above[i - pixel] if i >= pixel else 0
        guess = (0, left, up, (left + up) // 2, _paeth(left, up, corner))[kind]
        found[i] = (found[i] + guess) & 255
    return bytes(found)


def _paeth(left: int, up: int, corner: int) -> int:
    near_left, near_up, near_corner = abs(up - corner), abs(left - corner), abs(left + up - 2 * corner)
    if near_left <= near_up and near_left <= near_corner:
        return left
    return up if near_up <= near_corner else corner


if __name__ == "__main__":
    main()

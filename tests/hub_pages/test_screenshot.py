"""The script that takes the README's pictures."""

import struct
import subprocess
import sys
import zlib
from pathlib import Path

import pytest

from scripts.screenshot import BROWSERS, MARGIN, trimmed
from tests.architecture.layers import REPO
from tests.hub_pages.town import Town

SIGNATURE = b"\x89PNG\r\n\x1a\n"
WIDTH, PIXEL = 5, 3
BLANK = bytes((7, 8, 9)) * WIDTH


def predicted(kind: int, left: int, up: int, corner: int) -> int:
    """What each of PNG's filters expects of a byte, as the specification words it."""
    if kind < 4:
        return (0, left, up, (left + up) >> 1)[kind]
    distance = {value: abs(left + up - corner - value) for value in (corner, up, left)}
    return min((left, up, corner), key=lambda value: distance[value])


def filtered(kind: int, row: bytes, above: bytes) -> bytes:
    def at(line: bytes, place: int) -> int:
        return line[place] if place >= 0 else 0

    guesses = [predicted(kind, at(row, i - PIXEL), above[i], at(above, i - PIXEL)) for i in range(len(row))]
    return bytes([kind, *((value - guess) & 255 for value, guess in zip(row, guesses, strict=True))])


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(rows: list[bytes], kind: int, depth: int = 8) -> tuple[bytes, bytes]:
    """A picture of these rows, every one filtered in the same way, and its raw bytes."""
    raw = b"".join(filtered(kind, row, above) for row, above in zip(rows, [bytes(len(BLANK)), *rows], strict=False))
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", WIDTH, len(rows), depth, 2, 0, 0, 0))
    return SIGNATURE + header + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b""), raw


@pytest.mark.parametrize("kind", range(5))
def test_empty_rows_are_cut_whatever_the_filter(kind: int) -> None:
    content = [BLANK, bytes(range(0, 225, 15)), BLANK, bytes(range(225, 0, -15))]
    picture, raw = png([*content, *[BLANK] * 90], kind)
    found = trimmed(picture)
    kept = len(content) + MARGIN
    assert struct.unpack(">II", found[16:24]) == (WIDTH, kept)
    assert zlib.decompress(found[41 : 41 + struct.unpack(">I", found[33:37])[0]]) == raw[: kept * (len(BLANK) + 1)]


def test_a_full_picture_stays_as_tall_as_it_is() -> None:
    picture, _ = png([bytes(range(15))] * 3, 0)
    assert struct.unpack(">II", trimmed(picture)[16:24]) == (WIDTH, 3)


def test_another_kind_of_picture_is_refused() -> None:
    with pytest.raises(SystemExit, match="no plain RGB"):
        trimmed(png([BLANK], 0, depth=16)[0])


@pytest.mark.integration
def test_the_pictures_of_a_page(town: Town, tmp_path: Path) -> None:
    if not any(subprocess.run(["which", name], capture_output=True, check=False).returncode == 0 for name in BROWSERS):
        pytest.skip("no browser")
    town.hub.admin.checkpoint()
    script = [sys.executable, str(REPO / "scripts" / "screenshot.py"), "--hub", str(town.hub.directory)]
    page = f"acme/digits/pull/{town.numbers['merged']}"
    subprocess.run([*script, "--page", page, "--out", str(tmp_path), "--name", "page"], check=True, timeout=240)
    light, dark = ((tmp_path / name).read_bytes() for name in ("page.png", "page-dark.png"))
    sizes = [struct.unpack(">II", picture[16:24]) for picture in (light, dark)]
    assert sizes[0] == sizes[1]
    assert 500 < sizes[0][1] < 2000
    assert light != dark
    assert max(len(light), len(dark)) < 300_000

"""Zips that a stranger made: unpacked as they are, or refused with nothing written."""

import io
import stat
import struct
import zipfile
from pathlib import Path

import pytest

from merganser.errors import DataError
from merganser.forge.archive import MAX_MEMBERS, extract

CAP = 2**20


def packed(tmp_path: Path, *members: tuple[str | zipfile.ZipInfo, bytes]) -> Path:
    path = tmp_path / "artifact.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in members:
            file.writestr(name, data)
    return path


def special(name: str, kind: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = (kind | 0o777) << 16
    return info


def test_a_plain_zip_is_unpacked(tmp_path: Path) -> None:
    zipped = packed(
        tmp_path, ("run.json", b"{}"), ("plots/", b""), ("plots/a b.svg", b"<svg/>"), ("ünï/x", b""), ("Plots2/y", b"1")
    )
    extract(zipped, tmp_path / "out", CAP)
    found = {str(p.relative_to(tmp_path / "out")): p.read_bytes() for p in (tmp_path / "out").rglob("*") if p.is_file()}
    assert found == {"run.json": b"{}", "plots/a b.svg": b"<svg/>", "ünï/x": b"", "Plots2/y": b"1"}
    assert sorted(p.name for p in tmp_path.iterdir()) == ["artifact.zip", "out"]


def test_an_empty_zip_is_an_empty_folder(tmp_path: Path) -> None:
    extract(packed(tmp_path), tmp_path / "out", CAP)
    assert list((tmp_path / "out").iterdir()) == []


HOSTILE: dict[str, tuple[tuple[str | zipfile.ZipInfo, bytes], ...]] = {
    "parent": (("../evil", b"x"),),
    "parent inside": (("a/../../evil", b"x"),),
    "absolute": (("/tmp/evil", b"x"),),
    "drive": (("C:/evil", b"x"),),
    "backslash": (("..\\evil", b"x"),),
    "dot": (("./x", b"x"),),
    "empty part": (("a//b", b"x"),),
    "control": (("a\nb", b"x"),),
    "git": ((".git/hooks/pre-commit", b"x"),),
    "long": (("x" * 1001, b"x"),),
    "symlink": ((special("link", stat.S_IFLNK), b"/etc/passwd"),),
    "device": ((special("pipe", stat.S_IFIFO), b""),),
    "case": (("Run.json", b"x"), ("run.JSON", b"y")),
    "unicode case": (("é", b"x"), ("e\u0301", b"y")),
    "folder case": (("a/x", b"x"), ("A/y", b"y")),
    "file and folder": (("a", b"x"), ("a/b", b"y")),
    "folder then file": (("a/", b""), ("a", b"y")),
    "bomb": (("zeros", b"\0" * (CAP + 1)),),
    "bomb in parts": tuple((f"z{n}", b"\0" * (CAP // 2)) for n in range(3)),
    "count": tuple((f"f{n}", b"") for n in range(MAX_MEMBERS + 1)),
}


def refused(zipped: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="the artifact's zip") as caught:
        extract(zipped, tmp_path / "out", CAP)
    assert caught.value.hint
    assert [p.name for p in tmp_path.iterdir()] == [zipped.name]


@pytest.mark.parametrize("members", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_zip_is_refused_and_nothing_is_written(
    tmp_path: Path, members: tuple[tuple[str | zipfile.ZipInfo, bytes], ...]
) -> None:
    refused(packed(tmp_path, ("first.txt", b"fine"), *members), tmp_path)


def test_a_name_that_stands_twice_is_refused(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        zipped = packed(tmp_path, ("a", b"x"), ("a", b"y"))
    refused(zipped, tmp_path)


def patched(tmp_path: Path, where: bytes, at: int, value: bytes) -> Path:
    """A zip with one file of 300,000 zeros whose records beginning with `where` are overwritten at offset `at`."""
    path = packed(tmp_path, ("zeros", b"\0" * 300_000))
    data = bytearray(path.read_bytes())
    spot = data.index(where) + at
    data[spot : spot + len(value)] = value
    path.write_bytes(data)
    return path


LIES = {
    "declared smaller": (b"PK\1\2", 24, struct.pack("<L", 10)),
    "declared larger": (b"PK\1\2", 24, struct.pack("<L", 400_000)),
    "checksum": (b"PK\1\2", 16, b"\0\0\0\0"),
    "encrypted": (b"PK\1\2", 8, b"\1\0"),
    "method": (b"PK\1\2", 10, b"\x0e\0"),
    "unknown method": (b"PK\1\2", 10, b"\x63\0"),
    "huge directory": (b"PK\5\6", 12, struct.pack("<L", 2**31)),
    "no end": (b"PK\5\6", 0, b"XXXX"),
    "no local header": (b"PK\3\4", 0, b"XXXX"),
    "broken data": (b"PK\3\4", 40, b"\xff\xff\xff"),
    "nul in name": (b"PK\1\2", 48, b"\0"),
}


@pytest.mark.parametrize(("where", "at", "value"), LIES.values(), ids=LIES)
def test_a_zip_that_lies_is_refused(tmp_path: Path, where: bytes, at: int, value: bytes) -> None:
    refused(patched(tmp_path, where, at, value), tmp_path)


@pytest.mark.parametrize("data", [b"", b"PK", b"not a zip at all" * 100])
def test_what_is_no_zip_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.zip").write_bytes(data)
    refused(tmp_path / "a.zip", tmp_path)


def test_a_zip_with_a_comment_and_a_streamed_one_are_read(tmp_path: Path) -> None:
    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w") as file:
        file.writestr("a", b"x")
        file.comment = b"made by hand, PK\5\6 or so"[:12]
    (tmp_path / "a.zip").write_bytes(pipe.getvalue())
    extract(tmp_path / "a.zip", tmp_path / "out", CAP)
    assert (tmp_path / "out" / "a").read_bytes() == b"x"


def test_a_zip64_directory_is_capped_too(tmp_path: Path) -> None:
    end64 = struct.pack("<4sQHHLLQQQQ", b"PK\6\6", 44, 45, 45, 0, 0, 1, 1, 2**40, 0)
    locator = struct.pack("<4sLQL", b"PK\6\7", 0, 0, 1)
    end = struct.pack("<4sHHHHLLH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    (tmp_path / "a.zip").write_bytes(end64 + locator + end)
    refused(tmp_path / "a.zip", tmp_path)

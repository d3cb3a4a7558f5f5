"""Unpacks an artifact's zip, which a stranger may have made: all of it is checked first, and refused as a whole."""

import shutil
import stat
import struct
import tempfile
import unicodedata
import zipfile
import zlib
from pathlib import Path

from merganser.errors import ConfigError, DataError
from merganser.forge import names

MAX_MEMBERS = 10_000
MAX_DIRECTORY = MAX_MEMBERS * 512
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_END, _END_SIZE = b"PK\5\6", 22
_END64, _END64_SIZE, _LOCATOR64_SIZE = b"PK\6\6", 56, 20


def extract(archive: Path, folder: Path, cap: int) -> None:
    """Unpacks `archive` into the new `folder`, at most `cap` bytes; `DataError`, nothing written, if it is unsafe."""
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as place:
        try:
            _read_directory_size(archive)
            with zipfile.ZipFile(archive) as packed:
                _unpack(packed, _safe_members(packed.infolist(), cap), Path(place))
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, struct.error) as broken:
            raise _refusal(f"is broken: {broken}") from broken
        shutil.copytree(place, folder)


def _read_directory_size(archive: Path) -> None:
    """Refuses a table of contents that would fill the memory, before `zipfile` reads it."""
    with archive.open("rb") as file:
        length = file.seek(0, 2)
        file.seek(max(length - 2**16 - _END_SIZE - _LOCATOR64_SIZE - _END64_SIZE, 0))
        tail = file.read()
    end = len(tail) - _END_SIZE
    if not (tail[-_END_SIZE:].startswith(_END) and tail.endswith(b"\0\0")):
        end = tail.rfind(_END)
    if end < 0:
        raise zipfile.BadZipFile("no end of a zip file")
    sizes = [struct.unpack_from("<L", tail, end + 12)[0]]
    end64 = end - _LOCATOR64_SIZE - _END64_SIZE
    if end64 >= 0 and tail.startswith(_END64, end64):
        sizes = [struct.unpack_from("<Q", tail, end64 + 40)[0]]
    if sizes[0] > MAX_DIRECTORY:
        raise _refusal(f"lists more than {MAX_MEMBERS} files")


def _safe_members(members: list[zipfile.ZipInfo], cap: int) -> list[zipfile.ZipInfo]:
    if len(members) > MAX_MEMBERS:
        raise _refusal(f"lists more than {MAX_MEMBERS} files")
    if sum(member.file_size for member in members) > cap:
        raise _refusal(f"unpacks to more than {cap} bytes")
    files: set[str] = set()
    folders: dict[str, str] = {}
    for member in members:
        path = _safe_path(member)
        parents = ["/".join(path.split("/")[:depth]) for depth in range(1, path.count("/") + 1)]
        for parent in [*parents, *([path] if member.is_dir() else [])]:
            if folders.setdefault(_folded(parent), parent) != parent:
                raise _refusal(f"holds two folders that differ in case alone: {parent[:200]!r}")
        if not member.is_dir():
            if _folded(path) in files:
                raise _refusal(f"holds {path[:200]!r} twice (case ignored)")
            files.add(_folded(path))
    if clash := files & folders.keys():
        raise _refusal(f"holds {min(clash)[:200]!r} as a file and as a folder")
    return [member for member in members if not member.is_dir()]


def _safe_path(member: zipfile.ZipInfo) -> str:
    kind = stat.S_IFMT(member.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise _refusal(f"holds a link or device: {member.filename[:200]!r}")
    if member.flag_bits & 0x1 or member.compress_type not in _METHODS:
        raise _refusal(f"holds {member.filename[:200]!r} encrypted or packed in an unusual way")
    path = member.orig_filename.removesuffix("/")
    if member.filename != member.orig_filename or "\\" in path or ":" in path or len(path.encode()) > 1000:
        raise _refusal(f"holds an unsafe name: {path[:200]!r}")
    try:
        return names.path(path)
    except ConfigError as unsafe:
        raise _refusal(f"holds an unsafe name: {path[:200]!r}") from unsafe


def _folded(path: str) -> str:
    return unicodedata.normalize("NFC", path).casefold()


def _unpack(packed: zipfile.ZipFile, members: list[zipfile.ZipInfo], place: Path) -> None:
    """`zipfile` reads no more than a member says that it has, and `cap` holds for the sum of what they say."""
    for member in members:
        target = place / member.filename
        target.parent.mkdir(parents=True, exist_ok=True)
        with packed.open(member) as source, target.open("xb") as file:
            shutil.copyfileobj(source, file)
            if file.tell() != member.file_size:
                raise _refusal(f"holds another size of {member.filename[:200]!r} than it says")


def _refusal(what: str) -> DataError:
    return DataError(f"the artifact's zip {what}", "It was not made by `merganser train` and the upload after it.")

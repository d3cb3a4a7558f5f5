"""Fetches and stores the objects of a remote: bytes under a cap, checked against their MD5 and size."""

import hashlib
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any, Final

import msgspec

from merganser.documents import parse_json
from merganser.errors import DataError
from merganser.storage.pointers import MD5, Pointer
from merganser.storage.remote import Remote, dvc_extra, open_remote

_CHUNK: Final = 2**20
_MAX_LISTING: Final = 64 * 2**20
_NO_CREDENTIALS: Final = frozenset({"NoCredentialsError", "PartialCredentialsError", "ProfileNotFound"})
_CREDENTIALS_HINT: Final = "Give the job credentials in its environment: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY."


class Missing(DataError):
    """The store has no such object."""


class Unreachable(DataError):
    """The store can't be used: no credentials, not the right ones, no answer."""


def fetch(remote: Remote, pointer: Pointer, into: Path, cap: int) -> Path:
    """Writes the object to the new path `into`: a file, or a folder with what its listing names; at most `cap` bytes.

    `DataError` where the object is missing, too large, or not what its digest says; then nothing is left at `into`.
    """
    filesystem, top = open_remote(remote)
    store = _Store(name=remote.name, filesystem=filesystem, top=top)
    into.parent.mkdir(parents=True, exist_ok=True)
    if not pointer.is_folder:
        return _file(store, pointer, into, cap)
    listed = _wanted(store, pointer)
    if len(listed) == 1 and listed[0][0] == "":
        return _file(store, listed[0][1], into, cap)
    try:
        for name, one in listed:
            cap -= _file(store, one, into / name, cap).stat().st_size
    except BaseException:
        shutil.rmtree(into, ignore_errors=True)
        raise
    return into


def fetch_address(url: str, into: Path, cap: int) -> Path:
    """Writes the file at `s3://BUCKET/KEY` to the new path `into`; `DataError` as in `fetch`."""
    remote = Remote(name=url, url=url)
    filesystem, path = open_remote(remote)
    into.parent.mkdir(parents=True, exist_ok=True)
    with _said(url, url):
        _copy(filesystem, path, into, cap)
    return into


def keep(remote: Remote, file: Path) -> Pointer:
    """Stores a file under its MD5, where DVC would put it, unless it lies there; `Unreachable` where that fails."""
    with dvc_extra():
        from dvc.data_cloud import Remote as Cloud  # type: ignore[import-untyped]
        from dvc.fs import localfs  # type: ignore[import-untyped]
    pointer = pointer_of(file)
    filesystem, top = open_remote(remote)
    objects = Cloud(remote.name, top, filesystem).odb
    with _said(f"the remote {remote.name}", pointer.md5):
        there = objects.exists(pointer.md5) and filesystem.size(objects.oid_to_path(pointer.md5)) == pointer.size
        objects.add(str(file), localfs, pointer.md5, check_exists=there)
    return pointer


def pointer_of(file: Path) -> Pointer:
    """The object that a file would be."""
    with file.open("rb") as stream:
        md5 = hashlib.file_digest(stream, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
    return Pointer(md5=md5, size=file.stat().st_size)


class _Store(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    filesystem: Any
    top: str

    def path(self, pointer: Pointer) -> str:
        inside = () if pointer.legacy else ("files", "md5")
        return str(self.filesystem.join(self.top, *inside, pointer.md5[:2], pointer.md5[2:]))


def _file(store: _Store, pointer: Pointer, into: Path, cap: int) -> Path:
    _check_size(pointer.md5, pointer.size or 0, cap)
    into.parent.mkdir(parents=True, exist_ok=True)
    with _said(f"the remote {store.name}", pointer.md5):
        _copy(store.filesystem, store.path(pointer), into, cap)
    if not _is(into, pointer):
        into.unlink()
        raise DataError(
            f"the object {pointer.md5} in the remote {store.name} is not what its digest says",
            "Somebody changed it there: push the data again.",
        )
    return into


def _is(file: Path, pointer: Pointer) -> bool:
    if pointer.size is not None and file.stat().st_size != pointer.size:
        return False
    plain, unix = hashlib.md5(usedforsecurity=False), hashlib.md5(usedforsecurity=False)
    with file.open("rb") as stream:
        held = b""
        while chunk := stream.read(_CHUNK):
            plain.update(chunk)
            if pointer.legacy:
                text = held + chunk
                held = b"\r" if text.endswith(b"\r") else b""  # Its line feed may be the next chunk's first byte.
                unix.update(text.removesuffix(held).replace(b"\r\n", b"\n"))
        unix.update(held)
    return pointer.md5[:32] in ({plain.hexdigest(), unix.hexdigest()} if pointer.legacy else {plain.hexdigest()})


def _wanted(store: _Store, pointer: Pointer) -> list[tuple[str, Pointer]]:
    """Of a folder's listing what lies at or below `pointer.below`: path from there ("" for itself) and object."""
    with tempfile.TemporaryDirectory(prefix="merganser-") as scratch:
        listing = _file(store, msgspec.structs.replace(pointer, size=None), Path(scratch, "listing"), _MAX_LISTING)
        said = parse_json(listing.read_bytes(), f"the listing {pointer.md5}")
    found, names = [], set[str]()
    for entry in said if isinstance(said, list) else ():
        name, md5 = (entry.get("relpath"), entry.get("md5")) if isinstance(entry, dict) else (None, None)
        if not isinstance(name, str) or not isinstance(md5, str) or not _may_stand(name, md5) or name in names:
            raise _mistaken(pointer, name)
        names.add(name)
        if name == pointer.below or not pointer.below or name.startswith(f"{pointer.below}/"):
            found.append((name.removeprefix(pointer.below).removeprefix("/"), Pointer(md5=md5, legacy=pointer.legacy)))
    if both := names & {str(folder) for name in names for folder in PurePosixPath(name).parents}:
        raise _mistaken(pointer, min(both))
    if not found:
        raise DataError(
            f"the folder {pointer.md5} holds no {pointer.below[:200]!a}", "Correct the path, or add the file."
        )
    return found


def _mistaken(pointer: Pointer, name: object) -> DataError:
    """No file's name, no object's digest, or a name that two files have or a file and a folder."""
    return DataError(f"the listing {pointer.md5} names {str(name)[:200]!a}", "Run `dvc add` for the folder again.")


def _may_stand(name: str, md5: str) -> bool:
    return _inside(name) and MD5.fullmatch(md5) is not None and not md5.endswith(".dir")


def _inside(name: str) -> bool:
    parts = name.split("/")
    return name.isprintable() and "\\" not in name and not {"", ".", ".."} & set(parts)


def _copy(filesystem: Any, path: str, into: Path, cap: int) -> None:
    size = 0
    try:
        with filesystem.open(path, "rb") as stream, into.open("xb") as file:
            while chunk := stream.read(_CHUNK):
                size += len(chunk)
                _check_size(path, size, cap)
                file.write(chunk)
    except BaseException:
        into.unlink(missing_ok=True)
        raise


def _check_size(what: str, size: int, cap: int) -> None:
    if size > cap:
        raise DataError(f"{what} is larger than {cap >> 20} MiB", "Keep only the rows and columns that are needed.")


@contextmanager
def _said(store: str, what: str) -> Iterator[None]:
    """Errors of a filesystem in our words; theirs may hold addresses and what was sent there."""
    try:
        yield
    except DataError:
        raise
    except FileNotFoundError as missing:
        hint = "Run `dvc push` where the data is; `dvc gc --cloud` removes what no commit of its clone names."
        raise Missing(f"{store} lacks {what}" if store != what else f"there is no {what}", hint) from missing
    except PermissionError as refused:
        hint = f"The credentials of this job must be allowed to. {_CREDENTIALS_HINT}"
        raise Unreachable(f"{store} refuses access to {what}", hint) from refused
    except Exception as failed:
        if type(failed).__name__ in _NO_CREDENTIALS:
            raise Unreachable(f"there are no credentials for {store}", _CREDENTIALS_HINT) from failed
        hint = "Check its address in the DVC configuration and that it answers, then run the job again."
        raise Unreachable(f"{store} can't be used ({type(failed).__name__})", hint) from failed

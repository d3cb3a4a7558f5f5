"""Which object a path of a commit stands for: what its `.dvc` file, its folder's, or a `dvc.lock` says. No requests."""

import posixpath
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import msgspec

from merganser.errors import ConfigError, DataError
from merganser.yaml_text import parse_yaml, plain_values

MD5: Final = re.compile(r"[0-9a-f]{32}(\.dir)?")
_MAX_FILE: Final = 20_000_000
_MAX_SIZE: Final = 2**63

Files = Callable[[str], bytes | None]


class Pointer(msgspec.Struct, frozen=True, kw_only=True):
    """An object of a DVC remote by its MD5, which ends in `.dir` for the listing of a folder.

    `size` is in bytes (a folder's in all), None where it isn't said; `below` what is meant inside of a folder; `remote`
    the remote that holds it, "" for the default one. `legacy` objects are of DVC before 3.0, which lie elsewhere and
    whose MD5 of a text counts every line end as one character.
    """

    md5: str
    size: int | None = None
    below: str = ""
    remote: str = ""
    legacy: bool = False

    @property
    def is_folder(self) -> bool:
        return self.md5.endswith(".dir")


def pointer_at(path: str, files: Files) -> Pointer | None:
    """The object that `path` (from the top of the repository) stands for, or None where DVC doesn't track it.

    `files` gives a committed file's bytes by its path. `DataError` where what it finds can't be understood.
    """
    for name in _upwards(path):
        if name and (found := _tracked(path, f"{name}.dvc", files)):
            return found
    for folder in _upwards(posixpath.dirname(path)):
        if found := _locked(path, folder, files):
            return found
    return None


def _upwards(path: str) -> Iterator[str]:
    """A path and the folders above it, to the top, which is ""."""
    while path:
        yield path
        path = posixpath.dirname(path)
    yield ""


def _tracked(path: str, name: str, files: Files) -> Pointer | None:
    values = _values(name, files)
    base = posixpath.join(posixpath.dirname(name), str(values.get("wdir") or ""))
    return _among(path, base, values.get("outs"), name)


def _locked(path: str, folder: str, files: Files) -> Pointer | None:
    name = posixpath.join(folder, "dvc.lock")
    stages = _values(name, files).get("stages")
    if not isinstance(stages, dict):
        return None
    written: Mapping[str, Any] = {}
    if any(isinstance(state, dict) and state.get("outs") for state in stages.values()):
        written = _values(posixpath.join(folder, "dvc.yaml"), files).get("stages") or {}
    for stage, state in stages.items():
        said = written.get(stage) if isinstance(written, dict) else None
        wdir = str(said.get("wdir") or "") if isinstance(said, dict) else ""
        outs = state.get("outs") if isinstance(state, dict) else None
        if found := _among(path, posixpath.join(folder, wdir), outs, name):
            return found
    return None


def _among(path: str, base: str, outs: Any, where: str) -> Pointer | None:
    for out in outs if isinstance(outs, list) else ():
        if not isinstance(out, dict) or not isinstance(out.get("path"), str):
            continue
        named = posixpath.normpath(posixpath.join(base, out["path"]))
        if path == named or path.startswith(f"{named}/"):
            return _pointer(out, path[len(named) + 1 :], where)
    return None


def _pointer(out: Mapping[str, Any], below: str, where: str) -> Pointer:
    md5, size, remote = out.get("md5"), out.get("size"), out.get("remote")
    if not isinstance(md5, str) or not MD5.fullmatch(md5) or (below and not md5.endswith(".dir")):
        raise DataError(f"{where}: it names no MD5 of {out['path'][:200]!a}", "Run `dvc add` or `dvc repro` again.")
    known = isinstance(size, int) and 0 <= size < _MAX_SIZE
    return Pointer(
        md5=md5,
        size=size if known else None,
        below=below,
        remote=remote if isinstance(remote, str) else "",
        legacy=out.get("hash") != "md5",
    )


def _values(name: str, files: Files) -> Mapping[str, Any]:
    data = files(name)
    if data is None:
        return {}
    try:
        values = plain_values(parse_yaml(data, name, _MAX_FILE), name)
    except ConfigError as wrong:
        raise DataError(wrong.message, wrong.hint) from wrong
    return values if isinstance(values, dict) else {}

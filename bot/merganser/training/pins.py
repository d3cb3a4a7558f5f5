"""What DVC wrote down: which data a run read, and the locked state of each stage. Reads `dvc.lock` and `.dvc` files."""

import hashlib
import posixpath
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from merganser.documents import dump_json
from merganser.errors import DataError
from merganser.run import DataPin, Stage
from merganser.training.results import read_values

LOCK: Final = "dvc.lock"
_DIGESTS: Final = ("md5", "etag", "checksum", "version_id")


class Tracked(msgspec.Struct, frozen=True):
    """What is no data: files that git holds, with their object ids, and files that the run made to be judged.

    Paths are relative to the model's folder (`../` for those outside of it). `params` is the file of parameters.
    """

    in_git: Mapping[str, str]
    results: frozenset[str]
    params: str = ""

    def code(self, path: str) -> tuple[tuple[str, str], ...]:
        """The files of git that `path` is or holds, with their object ids; none for data, though git ignores it there.

        A folder that a `.dvc` file stands for holds at most a `.gitignore`.
        """
        path = posixpath.normpath(path)
        if path in self.in_git:
            return ((path, self.in_git[path]),)
        prefix = "" if path == "." else f"{path}/"
        below = ((name, oid) for name, oid in self.in_git.items() if name.startswith(prefix))
        return tuple(sorted(item for item in below if not item[0].endswith((".gitignore", ".dvc"))))


def data_pins(folder: Path, tracked: Tracked) -> tuple[DataPin, ...]:
    """The data that stages read (`dvc.lock`) or that is tracked by itself (`.dvc`), by name.

    Code and parameters are left out: the commit pins them. So is what the run made to be judged and shipped.
    """
    found = dict(_locked_pins(folder))
    for name in sorted(tracked.in_git):
        if name.endswith(".dvc") and (folder / name).is_file():
            found |= _file_pins(folder, name)
    made = (name for name in sorted(found) if posixpath.normpath(name) in tracked.results)
    left_out = {*made, *(name for name in found if "://" not in name and tracked.code(name))}
    return tuple(found[name] for name in sorted(found) if name not in left_out)


def pinned_files(folder: Path, in_git: Iterable[str], data: Iterable[str]) -> tuple[str, ...]:
    """Which of git's `.dvc` files hold this data (by the names of its pins); what stages make has none."""
    wanted = set(data)
    there = (name for name in sorted(in_git) if name.endswith(".dvc") and (folder / name).is_file())
    return tuple(name for name in there if wanted & _file_pins(folder, name).keys())


def missing_files(folder: Path, files: Iterable[str]) -> tuple[str, ...]:
    """Those of these `.dvc` files (paths in the folder) that stand for something that isn't there."""
    return tuple(
        name
        for name in files
        if any(not (folder / path).exists() for path in _file_pins(folder, name) if "://" not in path)
    )


def stages(folder: Path, tracked: Tracked) -> tuple[Stage, ...]:
    """Each locked stage with the SHA-256 of its locked state and of its code, in the order of `dvc.lock`."""
    return tuple(
        Stage(name=name, digest=_digest(state), code=_digest(_code(state, tracked)))
        for name, state in _locked(folder).items()
    )


def _code(state: dict[str, Any], tracked: Tracked) -> dict[str, Any]:
    """What a stage does, whatever its data: its command, files of git, parameters of other files than the model's."""
    paths = [
        dep["path"] for dep in state.get("deps") or () if isinstance(dep, dict) and isinstance(dep.get("path"), str)
    ]
    params = state.get("params")
    others = {name: value for name, value in params.items() if name != tracked.params} if params else {}
    files = [[path, list(tracked.code(path))] for path in sorted(paths) if "://" not in path and tracked.code(path)]
    return {"cmd": state.get("cmd"), "files": files, "params": others}


def _digest(value: dict[str, Any]) -> str:
    return f"sha256:{hashlib.sha256(dump_json(value)).hexdigest()}"


def _locked(folder: Path) -> dict[str, dict[str, Any]]:
    file = folder / LOCK
    if not file.exists():
        return {}
    values = read_values(file)
    found = values.get("stages") if isinstance(values, dict) else None
    if not isinstance(found, dict) or not all(isinstance(state, dict) for state in found.values()):
        raise DataError(f"{LOCK} has no stages", "Merganser reads DVC's lock file of schema 2.0: run dvc repro.")
    return found


def _locked_pins(folder: Path) -> Iterator[tuple[str, DataPin]]:
    for state in _locked(folder).values():
        yield from _pins(state.get("deps"), "")


def _file_pins(folder: Path, name: str) -> dict[str, DataPin]:
    """Of one `.dvc` file: its outputs by their path, with the address that they were imported from."""
    values = read_values(folder / name)
    values = values if isinstance(values, dict) else {}
    sources = [dep["path"] for dep in values.get("deps") or () if isinstance(dep, dict) and "path" in dep]
    base = posixpath.join(posixpath.dirname(name), str(values.get("wdir") or ""))
    uri = str(sources[0]) if len(sources) == 1 else ""
    return {key: msgspec.structs.replace(pin, uri=uri or pin.uri) for key, pin in _pins(values.get("outs"), base)}


def _pins(items: Iterable[Any] | None, base: str) -> Iterator[tuple[str, DataPin]]:
    for item in items or ():
        kind = next((kind for kind in _DIGESTS if isinstance(item, dict) and item.get(kind)), None)
        if kind is None or not isinstance(item.get("path"), str):
            continue
        path = item["path"]
        remote = "://" in path
        name = path if remote else posixpath.normpath(posixpath.join(base, path))
        pin = DataPin(name=name, system="dvc", digest=f"{kind}:{item[kind]}", uri=path if remote else "")
        yield name, pin

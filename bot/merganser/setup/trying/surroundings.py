"""What a training finds on a person's machine: their programs, packages and data; what it installs stays out of them.

A thin environment lies over the person's own: it sees all of their packages, and takes what a workflow's preparation
installs. DVC's cache is another one, of links to the objects of theirs.
"""

import os
import shutil
import subprocess
from pathlib import Path

import msgspec

from merganser.errors import ConfigError
from merganser.setup.trying.snapshot import Origin

_SITES = """\
import os, site, sys, sysconfig
found = [sysconfig.get_path("purelib"), sysconfig.get_path("platlib"), *site.getsitepackages()]
found += [site.getusersitepackages()] if site.ENABLE_USER_SITE else []
print(*dict.fromkeys(path for path in found if os.path.isdir(path)), sep="\\n")
"""
# A runner says these itself, or they would lead past the layer.
_OTHERS = ("CI", "PATH", "PYTHONHOME", "PYTHONPATH", "NO_PROXY", "no_proxy")
_OTHERS_PREFIXES = ("ACTIONS_", "GITHUB_", "GIT_", "INPUT_", "MERGANSER_", "RUNNER_")
_PIP = '#!/bin/sh\nexec "$(dirname "$0")/python" -m pip "$@"\n'


class Surroundings(msgspec.Struct, frozen=True, kw_only=True):
    """The PATH of all jobs, and variables of those that train: the person's own, so that they reach their data."""

    path: str
    variables: dict[str, str]


def prepare(origin: Origin, folder: Path, path: str) -> Surroundings:
    """The surroundings of a person whose PATH this is; `ConfigError` where it has no Python."""
    layer = _layer(folder / "python", path)
    own = {
        name: value
        for name, value in os.environ.items()
        if name not in _OTHERS and not name.startswith(_OTHERS_PREFIXES)
    }
    variables = {**own, "HOME": str(Path.home()), "VIRTUAL_ENV": str(folder / "python"), **_dvc(origin, folder)}
    return Surroundings(path=os.pathsep.join([str(layer), path]), variables=variables)


def _layer(folder: Path, path: str) -> Path:
    python = shutil.which("python3", path=path) or shutil.which("python", path=path)
    if python is None:
        raise ConfigError("there is no python3 on the PATH", "Activate the environment that your training needs.")
    sites = _answer([python, "-c", _SITES]).splitlines()
    _answer([python, "-m", "venv", "--without-pip", str(folder)])
    programs = folder / "bin"
    own = _answer([str(programs / "python"), "-I", "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"])
    lines = "".join(f"import site; site.addsitedir({site!r})\n" for site in sites)
    Path(own.strip(), "merganser_try.pth").write_text(lines)
    for name in ("pip", "pip3"):
        (programs / name).write_text(_PIP)
        (programs / name).chmod(0o755)
    return programs


def _answer(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        last = (done.stderr or done.stdout).strip().splitlines()[-1:]
        raise ConfigError(f"{command[0]} fails: {' '.join(last)}", "Activate the environment that your training needs.")
    return done.stdout


def _dvc(origin: Origin, folder: Path) -> dict[str, str]:
    """A DVC cache of this trial's own that begins with all that the person's has; nothing where DVC isn't used."""
    if not (origin.top / ".dvc").is_dir():
        return {}
    cache, settings = folder / "dvc-cache", folder / "dvc-settings"
    known = _cache_of(origin)
    if known.is_dir():
        shutil.copytree(known, cache, copy_function=_link, ignore=shutil.ignore_patterns("runs", "*.tmp"))
    settings.mkdir()
    (settings / "config").write_text(f"[cache]\n    dir = {cache}\n")
    return {
        "DVC_SYSTEM_CONFIG_DIR": str(settings),
        "DVC_SITE_CACHE_DIR": str(folder / "dvc-site"),
        "DVC_NO_ANALYTICS": "1",
    }


def _cache_of(origin: Origin) -> Path:
    dvc = shutil.which("dvc")
    if dvc is None:
        return origin.top / ".dvc" / "cache"
    done = subprocess.run([dvc, "cache", "dir"], cwd=origin.top, capture_output=True, text=True, check=False)
    return Path(done.stdout.strip()) if done.returncode == 0 else origin.top / ".dvc" / "cache"


def _link(source: str, target: str) -> str:
    """A hard link, by which an object can be read and never be replaced; a copy where the file system has none."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
    return target

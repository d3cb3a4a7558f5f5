"""Which DVC remote a `.dvc/config` names, and its filesystem. Credentials come from the environment, never from there.

The configuration has to be the default branch's: it says to which address requests go that are signed with the
credentials of the trusted side.
"""

import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import msgspec

from merganser.errors import ConfigError
from merganser.extras import lacking

CONFIG: Final = ".dvc/config"
_WHERE: Final = "on the default branch"
# What a committed configuration may say of an S3 store: where it is and how it is spoken to, never who asks.
_S3_SETTINGS: Final = frozenset(
    {"region", "profile", "endpointurl", "use_ssl", "ssl_verify", "sse", "sse_kms_key_id", "acl", "cache_regions"}
    | {"allow_anonymous_login", "grant_read", "grant_read_acp", "grant_write_acp", "grant_full_control"}
    | {"read_timeout", "connect_timeout"}
)
_WITHOUT_EFFECT: Final = frozenset(
    {"url", "jobs", "checksum_jobs", "verify", "type", "shared", "slow_link_warning", "protected"}
    | {"listobjects", "no_traverse"}
)


class Remote(msgspec.Struct, frozen=True, kw_only=True):
    """A store by its name in DVC's configuration: `s3://bucket/prefix` or an absolute path; how S3 is spoken to."""

    name: str
    url: str
    settings: dict[str, Any] = {}


def read_remote(config: bytes, name: str = "") -> Remote:
    """The remote of that name, or the default one; `ConfigError` where there is none, or none that can be used here."""
    with dvc_extra():
        from dvc.config import RemoteNotFoundError  # type: ignore[import-untyped]
        from dvc.fs import get_fs_config  # type: ignore[import-untyped]
    found = _parsed(config)
    wanted = (name or str(found.get("core", {}).get("remote", ""))).lower()
    if not wanted:
        raise ConfigError(
            f"{CONFIG} names no default remote", f"Run `dvc remote default NAME`, and commit it {_WHERE}."
        )
    try:
        settings = dict(get_fs_config(found, name=wanted))
    except (RemoteNotFoundError, KeyError) as unknown:
        known = ", ".join(sorted(found["remote"])) or "none"
        raise ConfigError(
            f"{CONFIG} has no remote {wanted[:80]!a} with an address", f"It has {known}: add it {_WHERE}."
        ) from unknown
    return _checked(wanted, settings)


def open_remote(remote: Remote) -> tuple[Any, str]:
    """DVC's filesystem of the remote, and the path in it; no request is made yet. `ConfigError` where it can't be."""
    with dvc_extra():
        from dvc.config import ConfigError as Invalid
        from dvc.fs import RemoteMissingDepsError, get_cloud_fs
    try:
        kind, options, path = get_cloud_fs({}, url=remote.url, **remote.settings)
        return kind(**options), path
    except (RemoteMissingDepsError, ImportError) as missing:
        hint = "Install it beside Merganser: pip install 'dvc[s3]'."
        raise ConfigError(f"{remote.url.partition(':')[0]}:// needs a package of DVC's", hint) from missing
    except Invalid as wrong:
        hint = f"Correct it {_WHERE}."
        raise ConfigError(f"the remote {remote.name} is not as DVC wants it: {wrong}", hint) from wrong


@contextmanager
def dvc_extra() -> Iterator[None]:
    """Around imports of DVC: `ConfigError` names the extra where it isn't installed."""
    try:
        yield
    except ModuleNotFoundError as missing:
        if error := lacking(missing.name):
            raise error from missing
        raise


def _parsed(config: bytes) -> Mapping[str, Any]:
    """The file by DVC's own reader, which takes a path."""
    with dvc_extra():
        from dvc.config import Config
        from dvc.config import ConfigError as Invalid
    with tempfile.TemporaryDirectory(prefix="merganser-") as folder:
        file = Path(folder, "config")
        file.write_bytes(config)
        try:
            return dict(Config.load_file(str(file)))
        except Invalid as wrong:
            raise ConfigError(f"{CONFIG} can't be read: {wrong}", f"Correct it {_WHERE}.") from wrong


def _checked(name: str, settings: Mapping[str, Any]) -> Remote:
    url = str(settings["url"])
    what = f"the remote {name} in {CONFIG}"
    if settings.get("version_aware") or settings.get("worktree"):
        hint = "Add a remote without version_aware and worktree for what Merganser reads or keeps."
        raise ConfigError(f"{what} stores versions of files, not objects by their digest", hint)
    if url.startswith("s3://"):
        if strange := sorted(settings.keys() - _S3_SETTINGS - _WITHOUT_EFFECT):
            hint = "Credentials come from the environment (AWS_ACCESS_KEY_ID and the like): take it out of git."
            raise ConfigError(f"{what} says {strange[0][:80]!a}, which isn't taken from a committed file", hint)
        return Remote(name=name, url=url, settings={k: v for k, v in settings.items() if k in _S3_SETTINGS})
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", url):
        hint = "Use an S3-compatible store, or on a machine of your own a folder by its absolute path."
        raise ConfigError(f"{what} is at {url.partition(':')[0][:20]}://, which isn't read here", hint)
    if not Path(url).is_absolute():
        hint = "Only a checkout has such a folder: name it by its absolute path, or use an S3-compatible store."
        raise ConfigError(f"{what} is at the relative path {url[:200]!a}", hint)
    return Remote(name=name, url=url)

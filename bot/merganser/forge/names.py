"""Names before they become part of a URL: what is not a plain name of its kind is refused, no request made. Pure."""

import re
from urllib.parse import quote, urlsplit

from merganser.errors import ConfigError

_OWNER = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,98}[A-Za-z0-9])?")
_NAME = re.compile(r"[A-Za-z0-9._-]{1,100}")
_SHA = re.compile(r"[0-9a-f]{40}")
_BAD_IN_REF = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//")
_LOGIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,98}[A-Za-z0-9])?(?:\[bot\])?")
_ASSET = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._+@-]{0,199}")
_SLUG = re.compile(r"[a-z0-9][a-z0-9_-]{0,98}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def repository(value: str) -> str:
    """`OWNER/NAME`."""
    owner, _, name = value.partition("/")
    if not _OWNER.fullmatch(owner) or not _NAME.fullmatch(name) or name in {".", ".."}:
        raise _refusal("repository", value, "Write it as OWNER/NAME.")
    return value


def sha(value: str) -> str:
    if not _SHA.fullmatch(value):
        raise _refusal("commit", value, "Pass the full SHA, 40 hexadecimal digits.")
    return value


def ref(value: str) -> str:
    """A ref by git's own rules (`git help check-ref-format`), at most 200 bytes, with or without its first `refs/`."""
    parts = value.split("/")
    bad_part = any(not part or part.startswith(".") or part.endswith((".lock", ".")) for part in parts)
    if bad_part or _BAD_IN_REF.search(value) or value.startswith("-") or value == "@" or len(value.encode()) > 200:
        raise _refusal("branch, tag or ref", value, "Use a name that `git check-ref-format` takes.")
    return value


def ref_prefix(value: str) -> str:
    """The beginning of refs' names, such as `tags/digits@`; it may end in a slash."""
    if not value:
        raise _refusal("beginning of a ref", value, "Name a kind of refs, such as `tags/`.")
    ref(f"{value}x")
    return value


def branch(value: str) -> str:
    """A branch's short name; what could be taken for a commit or a full ref is refused."""
    if _SHA.fullmatch(value) or value.startswith("refs/") or value == "HEAD":
        raise _refusal("branch", value, "Use a short branch name.")
    return ref(value)


def tag(value: str) -> str:
    """A tag's short name; the rules of `branch`."""
    return branch(value)


def path(value: str) -> str:
    """A file's path inside a repository: relative, with `/`, no `.` or `..`, no control character."""
    parts = value.split("/")
    if not value or any(part in {"", ".", ".."} or part.lower() == ".git" for part in parts) or _CONTROL.search(value):
        raise _refusal("path", value, "Use a relative path without `.` and `..`.")
    return value


def file_name(value: str) -> str:
    """One name without a folder: an asset, an artifact."""
    if "/" in value or "\\" in value or len(value) > 200:
        raise _refusal("file name", value, "Use a plain name without slashes.")
    return path(value)


def asset(value: str) -> str:
    """A release asset's name in the letters that GitHub keeps: it renames files with any other."""
    if not _ASSET.fullmatch(value):
        raise _refusal("release asset", value, "Use letters, digits and `._+@-`.")
    return value


def login(value: str) -> str:
    if not _LOGIN.fullmatch(value):
        raise _refusal("login", value, "Use a GitHub login, such as `octocat` or `merganser[bot]`.")
    return value


def slug(value: str) -> str:
    """A team's short name."""
    if not _SLUG.fullmatch(value):
        raise _refusal("team", value, "Use the team's name as its address has it, such as `ml-leads`.")
    return value


def number(value: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise _refusal("number", str(value), "Ids and numbers begin at 1.")
    return value


def server(value: str, where: str) -> str:
    """A server's address: https, or http on loopback; no user, query or fragment in it."""
    parts = urlsplit(value)
    scheme_fits = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
    if not scheme_fits or not parts.hostname or parts.username or parts.query or parts.fragment:
        raise ConfigError(
            f"{where} is {value[:80]!r}, not a server's https address", "Use https (http only on loopback)."
        )
    return value


def quoted(value: str) -> str:
    """A checked name, percent-encoded for a URL path; its slashes stay."""
    return quote(value, safe="/")


def _refusal(kind: str, value: str, hint: str) -> ConfigError:
    return ConfigError(f"{value[:80]!r} is no {kind} that is sent to GitHub", hint)

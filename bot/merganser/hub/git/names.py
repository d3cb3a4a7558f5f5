"""Which refs, SHAs and paths may reach git's command line. No process is started here."""

from __future__ import annotations

import re

ZERO = "0" * 40
EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"

_SHA = re.compile(r"[0-9a-f]{40}")
_BAD_IN_REF = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//")
_BAD_NAME = re.compile(r"[^A-Za-z0-9._-]")


def is_sha(text: str) -> bool:
    return _SHA.fullmatch(text) is not None


def is_ref(text: str) -> bool:
    """Whether git would take this as a full or short ref name (git-check-ref-format's rules)."""
    if not text or len(text) > 240 or _BAD_IN_REF.search(text) or text.startswith(("-", "/")):
        return False
    if text.endswith(("/", ".")) or text == "@":
        return False
    return all(not part.startswith(".") and not part.endswith(".lock") for part in text.split("/"))


def is_path(text: str) -> bool:
    """Whether this is a path that a tree may hold: relative, without empty, dot or .git components."""
    if not text or "\x00" in text or len(text) > 4096:
        return False
    return all(part not in {"", ".", ".."} and part.lower() != ".git" for part in text.split("/"))


def is_name(text: str) -> bool:
    """Whether this may name an owner or a repository, and thus a folder."""
    plain = text.removesuffix("[bot]")
    return 0 < len(plain) <= 100 and not _BAD_NAME.search(plain) and plain not in {".", ".."}

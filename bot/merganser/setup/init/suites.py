"""Whose copy of Merganser runs here: as its installation, or the checkout that it runs from, says."""

import json
import re
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from merganser.git import GitError, Repository
from merganser.setup.init.workflows import Suite

_GITHUB = re.compile(r"(?:https://(?:[^@/]*@)?|ssh://git@|git@)github\.com[/:]([^/]+/[^/]+?)(?:\.git)?/?")


def own_suite() -> Suite:
    """The suite of the same repository as this installation; `OWNER/merganser` where nothing tells."""
    match = _GITHUB.fullmatch(_installed_from() or _checked_out_from())
    return Suite(match[1]) if match else Suite()


def _installed_from() -> str:
    """The address that pip installed from, where it was a repository (PEP 610)."""
    try:
        said = json.loads(distribution("merganser").read_text("direct_url.json") or "{}")
    except (PackageNotFoundError, ValueError):
        return ""
    return str(said.get("url", "")) if "vcs_info" in said else ""


def _checked_out_from() -> str:
    source = Path(__file__).resolve().parents[4]
    if not (source / ".git").exists() or not (source / "workflows" / "github").is_dir():
        return ""
    try:
        return Repository(source).text("remote", "get-url", "origin")
    except GitError:
        return ""

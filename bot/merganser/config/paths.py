"""Paths of a configuration file, and addresses of what lies elsewhere: none leads out of its folder."""

import re

from merganser.config.place import Place
from merganser.config.values import text
from merganser.foreign_text import shown
from merganser.yaml_text import Scalar

_STORE = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[^/\s?#\\]+)+|file://(/[^/\\]+)+")
_PLACEHOLDER = re.compile(r"\{(model|version)\}")


def file_path(at: Place) -> str:
    """A path below the folder that it is relative to: no `..`, no `.git`, nothing absolute, nothing invisible."""
    value = text(at)
    parts = value.split("/")
    if "\\" in value:
        at.fail(f"a backslash in {shown(value)}", "Write / between folders.")
    if value.startswith(("/", "~")) or re.match(r"[A-Za-z]:", value) or ".." in parts:
        at.fail(f"{shown(value)} leads out of the folder", "Name a path below it.")
    if "" in parts or "." in parts:
        at.fail(f"the path {shown(value)}", "Write it without //, ./ and a / at its end.")
    if any(part.casefold() == ".git" for part in parts):
        at.fail(f"{shown(value)} is git's own", "Name a file of the repository.")
    return value


def folder(at: Place) -> str:
    """Like `file_path`, and `.` for the repository itself."""
    return "." if isinstance(at.node, Scalar) and at.node.text == "." else file_path(at)


def glob(at: Place) -> str:
    """A path with `*`, `?` and whole `**` folders."""
    value = file_path(at)
    if value.startswith("!") or "[" in value or "{" in value:
        at.fail(f"the pattern {shown(value)}", "Only *, ? and ** are understood.")
    if any("**" in part and part != "**" for part in value.split("/")):
        at.fail(f"the pattern {shown(value)}", "** stands for whole folders: src/**/x, src/**.")
    return value


def template(at: Place) -> str:
    """A URI in which `{model}` and `{version}` stand for themselves."""
    value = text(at)
    if set("{}") & set(_PLACEHOLDER.sub("", value)) or any(c.isspace() for c in value):
        at.fail(f"the address {shown(value)}", "Only {model} and {version} are replaced; spaces aren't allowed.")
    return value


def data_address(at: Place) -> str:
    """`dvc://PATH`, `s3://BUCKET/KEY` or `file:///PATH`: where a file or a folder of data lies."""
    value = text(at)
    scheme, separator, rest = value.partition("://")
    if scheme == "dvc" and separator:
        path = Scalar(at.node.line, rest.removeprefix("/"), plain=False)
        return f"dvc://{'/' if rest.startswith('/') else ''}{file_path(Place(at.where, at.path, path))}"
    if not _STORE.fullmatch(value) or not {".", ".."}.isdisjoint(value.split("/")):
        hint = "Write dvc://data/holdout.parquet for what DVC tracks, s3://BUCKET/KEY, or file:///PATH."
        at.expected("the address of data", hint)
    return value

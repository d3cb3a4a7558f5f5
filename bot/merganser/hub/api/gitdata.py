"""Git objects over the API: blobs, trees, commits and annotated tags."""

from __future__ import annotations

import base64
import binascii
import secrets
from typing import Any

import msgspec

from merganser.hub.access import Role
from merganser.hub.authorship import identity
from merganser.hub.git import refs
from merganser.hub.git.names import is_path, is_ref, is_sha
from merganser.hub.git.objects import (
    Change,
    Commit,
    Signature,
    Tag,
    fits_signature,
    kind_of,
    read_blob,
    read_commit,
    read_tag,
    read_tree,
    write_blob,
    write_commit,
    write_tag,
    write_tree,
)
from merganser.hub.parameters import body, message, optional_text, text
from merganser.hub.refusals import invalid, not_found, unprocessable
from merganser.hub.routing import Answer, Call, route
from merganser.hub.views import gitobjects as views
from merganser.hub.views.links import node_id

_KINDS = {"100644": "blob", "100755": "blob", "120000": "blob", "040000": "tree", "160000": "commit"}
_GIT = "/repos/{owner}/{repo}/git"


def _object(call: Call, key: str, kind: str) -> str:
    """The SHA in the path, if it names an object of this kind."""
    sha = call.params[key]
    if not is_sha(sha) or kind_of(call.git, sha) != kind:
        raise not_found()
    return sha


@route("GET", _GIT + "/blobs/{file_sha}")
def get_blob(call: Call) -> Answer:
    sha = _object(call, "file_sha", "blob")
    content = read_blob(call.git, sha)
    url = call.site.repo(call.repository.full_name, "git/blobs", sha)
    encoded = base64.encodebytes(content).decode()
    found = {"sha": sha, "node_id": node_id("Blob", sha), "size": len(content), "url": url}
    return Answer(200, found | {"content": encoded, "encoding": "base64"})


@route("POST", _GIT + "/blobs", needs=Role.WRITE)
def create_blob(call: Call) -> Answer:
    content = body(call).get("content")
    if not isinstance(content, str):
        raise invalid("Blob", "content", "missing_field")
    encoding = optional_text(call, "encoding", "Blob") or "utf-8"
    sha = write_blob(call.git, decode(content) if encoding == "base64" else content.encode())
    url = call.site.repo(call.repository.full_name, "git/blobs", sha)
    return Answer(201, {"sha": sha, "url": url})


def decode(content: str) -> bytes:
    """Base64 with or without line breaks."""
    try:
        return base64.b64decode("".join(content.split()), validate=True)
    except binascii.Error:
        raise unprocessable("content is not valid Base64") from None


@route("GET", _GIT + "/trees/{tree_sha}")
def get_tree(call: Call) -> Answer:
    text_ = call.params["tree_sha"]
    sha = text_ if is_sha(text_) and kind_of(call.git, text_) == "tree" else None
    commit = None if sha else refs.resolve(call.git, text_)
    if sha is None and commit is None:
        raise not_found()
    tree = sha or read_commit(call.git, commit or "").tree
    # GitHub takes any value of `recursive` as a yes.
    entries = read_tree(call.git, tree, recursive="recursive" in call.query)
    return Answer(200, views.tree(call, tree, entries))


@route("POST", _GIT + "/trees", needs=Role.WRITE)
def create_tree(call: Call) -> Answer:
    items = body(call).get("tree")
    if not isinstance(items, list) or not items:
        raise invalid("Tree", "tree", "missing_field")
    base = optional_text(call, "base_tree", "Tree")
    if base is not None:
        kind = kind_of(call.git, base) if is_sha(base) else None
        if kind not in ("tree", "commit"):
            raise unprocessable("base_tree is not a valid tree oid")
        base = read_commit(call.git, base).tree if kind == "commit" else base
    changes = [_change(call, item) for item in items]
    sha = write_tree(call.git, call.git / f"index.{secrets.token_hex(8)}", base, changes)
    return Answer(201, views.tree(call, sha, read_tree(call.git, sha)))


def _change(call: Call, item: Any) -> Change:
    if not isinstance(item, dict) or not isinstance(item.get("path"), str) or not is_path(item["path"]):
        raise unprocessable("tree.path contains a malformed path component")
    mode = item.get("mode", "100644")
    if mode not in _KINDS:
        raise unprocessable("Must supply a valid tree.mode")
    if "content" in item:
        return Change(item["path"], mode, write_blob(call.git, str(item["content"]).encode()))
    sha = item.get("sha")
    if sha is None:
        return Change(item["path"], mode, None)
    if not isinstance(sha, str) or not is_sha(sha):
        raise unprocessable("tree.sha is not a valid oid")
    if mode != "160000" and kind_of(call.git, sha) != _KINDS[mode]:
        raise unprocessable(f"tree.sha {sha} is not a valid {_KINDS[mode]}")
    return Change(item["path"], mode, sha)


@route("GET", _GIT + "/commits/{commit_sha}")
def get_commit(call: Call) -> Answer:
    commit = read_commit(call.git, _object(call, "commit_sha", "commit"))
    return Answer(200, views.git_commit(call, commit))


@route("POST", _GIT + "/commits", needs=Role.WRITE)
def create_commit(call: Call) -> Answer:
    words, tree = message(call, "message", "Commit"), text(call, "tree", "Commit")
    if not is_sha(tree) or kind_of(call.git, tree) != "tree":
        raise unprocessable("Tree SHA does not exist")
    parents = body(call).get("parents", [])
    if not isinstance(parents, list) or not all(isinstance(sha, str) and is_sha(sha) for sha in parents):
        raise unprocessable("parents must be a list of commit SHAs")
    if any(kind_of(call.git, sha) != "commit" for sha in parents):
        raise unprocessable("Parent SHA does not exist or is not a commit object")
    author = _signature(call, "author", "Commit") or identity(call.actor)
    committer = _signature(call, "committer", "Commit") or author
    commit = Commit(sha="", tree=tree, parents=tuple(parents), author=author, committer=committer, message=words)
    return Answer(201, views.git_commit(call, read_commit(call.git, write_commit(call.git, commit))))


def _signature(call: Call, key: str, resource: str) -> Signature | None:
    """Who is given as author, committer or tagger, since now if no date is."""
    given = body(call).get(key)
    if given is None:
        return None
    try:
        signature = msgspec.convert({"date": identity(call.actor).date, **given}, Signature)
    except (TypeError, msgspec.ValidationError):
        raise invalid(resource, key) from None
    if not fits_signature(signature):
        raise invalid(resource, key)
    return signature


@route("GET", _GIT + "/tags/{tag_sha}")
def get_tag(call: Call) -> Answer:
    return Answer(200, views.tag(call, read_tag(call.git, _object(call, "tag_sha", "tag"))))


@route("POST", _GIT + "/tags", needs=Role.WRITE)
def create_tag(call: Call) -> Answer:
    """A tag object; the ref that makes it a tag is created on its own, as on GitHub."""
    name, words = text(call, "tag", "Tag"), message(call, "message", "Tag")
    sha, kind = text(call, "object", "Tag"), text(call, "type", "Tag")
    if not is_ref(name):
        raise invalid("Tag", "tag")
    if not is_sha(sha) or kind_of(call.git, sha) != kind:
        raise unprocessable("Object does not exist or is of another type")
    tagger = _signature(call, "tagger", "Tag") or identity(call.actor)
    tag = Tag(sha="", name=name, target=sha, target_type=kind, tagger=tagger, message=words)
    return Answer(201, views.tag(call, read_tag(call.git, write_tag(call.git, tag))))

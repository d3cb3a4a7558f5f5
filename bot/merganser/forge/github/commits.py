"""Commits: their files, trees and comparison, and new ones."""

import base64
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from merganser.forge import names, values
from merganser.forge.github.client import PER_PAGE, Client, of_repository, or_none
from merganser.forge.github.graphql import MutationAnswer, commit_mutation, committed
from merganser.forge.protocol import Refused
from merganser.forge.requests.request import Request


class _Sha(msgspec.Struct, frozen=True):
    sha: str


class _GitCommit(msgspec.Struct, frozen=True):
    tree: _Sha
    message: str


class _Blob(msgspec.Struct, frozen=True):
    content: str


class _Contents(msgspec.Struct, frozen=True, kw_only=True):
    type: str
    sha: str
    encoding: str = "none"
    content: str = ""


def file(client: Client, repo: str, ref: str, path: str) -> bytes | None:
    """A file's bytes at a branch, tag or commit; None where there is none, `Refused` for a folder or link."""
    url = f"{of_repository(repo)}/contents/{names.quoted(names.path(path))}"
    kind: Any = list[Any] | _Contents
    found = or_none(lambda: client.get(url, kind, {"ref": names.ref(ref)}))
    if found is None:
        return None
    if isinstance(found, list) or found.type != "file":
        raise Refused(f"{path} in {repo} at {ref} is no plain file", "Name a file.")
    large = found.encoding != "base64"
    blob = client.get(f"{of_repository(repo)}/git/blobs/{names.sha(found.sha)}", _Blob) if large else found
    return base64.b64decode(blob.content)


def tree(client: Client, repo: str, sha: str, *, recursive: bool) -> values.Tree:
    query = {"recursive": "1"} if recursive else {}
    return client.get(f"{of_repository(repo)}/git/trees/{names.sha(sha)}", values.Tree, query)


def tree_of(client: Client, repo: str, commit: str) -> str:
    return _commit(client, repo, commit).tree.sha


def message_of(client: Client, repo: str, commit: str) -> str:
    return _commit(client, repo, commit).message


def _commit(client: Client, repo: str, commit: str) -> _GitCommit:
    return client.get(f"{of_repository(repo)}/git/commits/{names.sha(commit)}", _GitCommit)


def create_tree(client: Client, repo: str, files: Mapping[str, bytes], base: str = "") -> str:
    """The tree `base` (or an empty one) with these files laid over it."""
    entries = [
        {"path": names.path(path), "mode": "100644", "type": "blob", **_blob(client, repo, data)}
        for path, data in files.items()
    ]
    fields = {"tree": entries, **({"base_tree": names.sha(base)} if base else {})}
    return client.send("POST", f"{of_repository(repo)}/git/trees", fields, _Sha).sha


def _blob(client: Client, repo: str, data: bytes) -> dict[str, str]:
    try:
        return {"content": data.decode()}
    except UnicodeDecodeError:
        fields = {"content": base64.b64encode(data).decode(), "encoding": "base64"}
        return {"sha": client.send("POST", f"{of_repository(repo)}/git/blobs", fields, _Sha).sha}


def create_commit(client: Client, repo: str, *, message: str, tree: str, parents: Sequence[str]) -> str:
    fields = {"message": message, "tree": names.sha(tree), "parents": [names.sha(sha) for sha in parents]}
    return client.send("POST", f"{of_repository(repo)}/git/commits", fields, _Sha).sha


def compare(client: Client, repo: str, base: str, head: str) -> values.Comparison:
    """Two commits by SHA."""
    return _compared(client, repo, base, names.sha(head))


def compare_branch(client: Client, repo: str, base: str, branch: str) -> values.Comparison | None:
    """A commit by SHA and a branch; None where there is no such branch."""
    return or_none(lambda: _compared(client, repo, base, names.quoted(names.branch(branch))))


def _compared(client: Client, repo: str, base: str, head: str) -> values.Comparison:
    url = f"{of_repository(repo)}/compare/{names.sha(base)}...{head}"
    found = client.get(url, values.Comparison, {"per_page": PER_PAGE})
    if len(found.commits) < found.ahead_by:
        found = msgspec.structs.replace(found, commits=client.items(url, values.Commit, key="commits"))
    return found


def commit_on_branch(client: Client, repo: str, change: values.BranchChange) -> str:
    """The new commit, signed by GitHub; `Outrun` where the branch does not stand at `change.expected`."""
    body = commit_mutation(names.repository(repo), change)
    request = Request(verb="POST", url=client.transport.graphql_url, body=body, repository=repo)
    return committed(client.transport.read(request, MutationAnswer), change)

"""The one GraphQL mutation that the bot sends: createCommitOnBranch."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from typing import Any

from merganser.hub.access import Repository, Role, contents_role, find_repository, role_of
from merganser.hub.api.gitdata import decode
from merganser.hub.authorship import identity
from merganser.hub.git import refs
from merganser.hub.git.names import is_path, is_sha
from merganser.hub.git.objects import Change, Commit, read_commit, read_tree, write_blob, write_commit, write_tree
from merganser.hub.parameters import body
from merganser.hub.refusals import Refusal
from merganser.hub.routing import Answer, Call, route
from merganser.hub.rules import Move, refusal
from merganser.hub.tracking import follow_refs

_NAME = "createCommitOnBranch"
# mutation Any($v: CreateCommitOnBranchInput!) { createCommitOnBranch(input: $v) { … } }
_MUTATION = re.compile(
    r"mutation\b\s*\w*\s*\(\s*\$(?P<declared>\w+)\s*:\s*CreateCommitOnBranchInput!\s*\)\s*"
    r"\{\s*createCommitOnBranch\s*\(\s*input\s*:\s*\$(?P<used>\w+)\s*\)\s*\{(?P<fields>.*)\}\s*\}",
    re.DOTALL,
)
_OF_COMMIT = ("oid", "abbreviatedOid", "url", "commitUrl", "committedDate", "message", "messageHeadline")
_FIELDS: dict[str, Any] = {"clientMutationId": {}, "commit": {name: {} for name in _OF_COMMIT}}
_TOKENS = re.compile(r"[A-Za-z_]\w*|[{}]|\S")


class GraphqlError(Exception):
    """An entry of the answer's `errors`; with a type it is the mutation's own, without one the document is wrong."""

    def __init__(self, message: str, kind: str | None = None) -> None:
        super().__init__(message)
        self.kind = kind

    def document(self) -> dict[str, Any]:
        found: dict[str, Any] = {"message": str(self)}
        if self.kind is None:
            return found
        return found | {"type": self.kind, "path": [_NAME], "locations": [{"line": 1, "column": 1}]}


@route("POST", "/graphql")
def graphql(call: Call) -> Answer:
    try:
        payload = _mutate(call)
    except GraphqlError as error:
        data = {"data": {_NAME: None}} if error.kind else {}
        return Answer(200, data | {"errors": [error.document()]})
    return Answer(200, {"data": {_NAME: payload}})


def _mutate(call: Call) -> dict[str, Any]:
    query, variables = body(call).get("query"), body(call).get("variables", {})
    found = _MUTATION.fullmatch(query.strip()) if isinstance(query, str) else None
    if found is None or found["declared"] != found["used"] or not isinstance(variables, dict):
        raise GraphqlError(f"The hub knows the mutation {_NAME}(input: $variable) alone.")
    selection = _selection(found["fields"])
    given = variables.get(found["used"])
    if not isinstance(given, dict):
        raise GraphqlError(f"Variable ${found['used']} of type CreateCommitOnBranchInput! was provided invalid value")
    _demand_known(selection, _FIELDS)
    repository, commit = _commit_on_branch(call, given)
    values = {"commit": _shown(call, repository, commit), "clientMutationId": given.get("clientMutationId")}
    picked: dict[str, Any] = _pick(values, selection)
    return picked


def _selection(text: str) -> dict[str, Any]:
    """The selected fields as nested dictionaries; a leaf is an empty one."""
    root: dict[str, Any] = {}
    path, last = [root], ""
    for token in _TOKENS.findall(text):
        if token == "{" and last:  # noqa: S105 - a brace, not a secret
            path.append(path[-1][last])
            last = ""
        elif token == "}" and len(path) > 1:  # noqa: S105
            path.pop()
            last = ""
        elif token.isidentifier():
            path[-1][token] = {}
            last = token
        elif token != ",":  # noqa: S105
            raise GraphqlError(f"Parse error on {token!r}")
    if len(path) != 1:
        raise GraphqlError("Parse error on the end of the document")
    return root


def _demand_known(selection: dict[str, Any], known: Mapping[str, Any]) -> None:
    """Refuse fields that aren't there, before anything is written."""
    for name, below in selection.items():
        if name not in known:
            raise GraphqlError(f"Field '{name}' doesn't exist here, or is not known to the hub")
        _demand_known(below, known[name])


def _pick(values: Any, selection: dict[str, Any]) -> Any:
    """The selected part of a document."""
    if not isinstance(values, dict):
        return values
    return {name: _pick(values[name], below) for name, below in selection.items()}


def _shown(call: Call, repository: Repository, commit: Commit) -> dict[str, Any]:
    page = call.site.page(repository.full_name, "commit", commit.sha)
    headline = commit.message.partition("\n")[0]
    date = commit.committer.date
    values = (commit.sha, commit.sha[:7], page, page, date, commit.message, headline)
    return dict(zip(_OF_COMMIT, values, strict=True))


def _commit_on_branch(call: Call, given: dict[str, Any]) -> tuple[Repository, Commit]:
    repository, branch, role = _branch(call, given.get("branch"))
    git = call.world.git(repository)
    tip, expected = refs.branch_tip(git, branch), given.get("expectedHeadOid")
    if not isinstance(expected, str) or not is_sha(expected):
        raise GraphqlError(f"Variable was provided invalid value for expectedHeadOid: {expected!r}")
    if tip is None:
        raise GraphqlError(f"No such branch '{branch}' in {repository.full_name}", "NOT_FOUND")
    if tip != expected:
        raise _stale(expected)
    base = read_commit(git, tip).tree
    changes = _changes(call, repository, base, given.get("fileChanges", {}))
    tree = write_tree(git, git / f"index.{secrets.token_hex(8)}", base, changes)
    who, message = identity(call.actor), _message(given.get("message"))
    commit = Commit(sha="", tree=tree, parents=(tip,), author=who, committer=who, message=message)
    sha = write_commit(git, commit)
    reason = refusal(call.store, repository, Move(branch, sha), role)
    if reason is not None:
        raise GraphqlError(reason, "BRANCH_PROTECTION_RULE_VIOLATION")
    if not refs.swap(git, f"refs/heads/{branch}", sha, tip):
        raise _stale(expected)
    follow_refs(call.world, repository)
    return repository, read_commit(git, sha)


def _stale(expected: str) -> GraphqlError:
    return GraphqlError(f'Expected branch to point to "{expected}" but it did not. Pull and try again.', "STALE_DATA")


def _branch(call: Call, given: object) -> tuple[Repository, str, Role]:
    """Repository, branch name and the asker's role, which must be write."""
    if not isinstance(given, dict) or "repositoryNameWithOwner" not in given or "branchName" not in given:
        raise GraphqlError("A branch needs repositoryNameWithOwner and branchName")
    owner, _, name = str(given["repositoryNameWithOwner"]).partition("/")
    found = find_repository(call.store, owner, name)
    role = contents_role(role_of(call.store, found, call.user), found, call.user) if found else Role.NONE
    if found is None or role == Role.NONE:
        raise GraphqlError(f"Could not resolve to a Repository with the name '{owner}/{name}'.", "NOT_FOUND")
    if role < Role.WRITE:
        raise GraphqlError(f"{call.actor.login} does not have the correct permissions", "FORBIDDEN")
    branch = str(given["branchName"]).removeprefix("refs/heads/")
    return found, branch, role


def _message(given: object) -> str:
    if not isinstance(given, dict) or not isinstance(given.get("headline"), str) or not given["headline"].strip():
        raise GraphqlError("A commit's message needs a headline", "UNPROCESSABLE")
    content = given.get("body") or ""
    if not isinstance(content, str) or "\x00" in given["headline"] + content:
        raise GraphqlError("A commit's message can't hold this", "UNPROCESSABLE")
    return f"{given['headline']}\n\n{content}".strip()


def _changes(call: Call, repository: Repository, base: str, given: object) -> list[Change]:
    """The deletions, which must exist, then the additions; a file that stays keeps its mode."""
    if not isinstance(given, dict):
        raise GraphqlError("fileChanges must be an object")
    git = call.world.git(repository)
    modes = {entry.path: entry.mode for entry in read_tree(git, base, recursive=True)}
    found = []
    for item in given.get("deletions", []):
        path = _path(item)
        if path not in modes:
            raise GraphqlError(f"A path was requested for deletion which does not exist: {path}", "UNPROCESSABLE")
        found.append(Change(path, modes[path], None))
    for item in given.get("additions", []):
        path = _path(item)
        mode = modes.get(path, "100644")
        found.append(Change(path, mode if mode.startswith("100") else "100644", _blob(git, item)))
    return found


def _path(item: object) -> str:
    path = item.get("path") if isinstance(item, dict) else None
    if not isinstance(path, str) or not is_path(path):
        raise GraphqlError(f"The path {path!r} can't be in a tree", "UNPROCESSABLE")
    return path


def _blob(git: Any, item: dict[str, Any]) -> str:
    contents = item.get("contents")
    if not isinstance(contents, str):
        raise GraphqlError("An addition needs contents in Base64")
    try:
        return write_blob(git, decode(contents))
    except Refusal as refused:
        raise GraphqlError(refused.message) from None

"""The one GraphQL mutation that we send, and what its answer means. Pure."""

import base64
from typing import Any

import msgspec

from merganser.errors import ForgeError
from merganser.forge import names
from merganser.forge.protocol import NotFound, Outrun, RateLimited, Refused
from merganser.forge.values import BranchChange

_QUERY = (
    "mutation Mutation($input: CreateCommitOnBranchInput!) "
    "{ createCommitOnBranch(input: $input) { commit { oid url } } }"
)


class _Oid(msgspec.Struct, frozen=True):
    oid: str


class _Commit(msgspec.Struct, frozen=True):
    commit: _Oid | None = None


class _Data(msgspec.Struct, frozen=True, rename="camel"):
    create_commit_on_branch: _Commit | None = None


class _Error(msgspec.Struct, frozen=True):
    message: str = ""
    type: str = ""


class MutationAnswer(msgspec.Struct, frozen=True):
    data: _Data | None = None
    errors: tuple[_Error, ...] = ()


def commit_mutation(repo: str, change: BranchChange) -> dict[str, Any]:
    """The body of the request that makes `change`."""
    headline, _, rest = change.message.partition("\n")
    additions = [
        {"path": names.path(path), "contents": base64.b64encode(data).decode()}
        for path, data in change.additions.items()
    ]
    fields = {
        "branch": {"repositoryNameWithOwner": repo, "branchName": names.branch(change.branch)},
        "message": {"headline": headline, "body": rest.strip("\n")},
        "expectedHeadOid": names.sha(change.expected),
        "fileChanges": {"additions": additions, "deletions": [{"path": names.path(p)} for p in change.deletions]},
    }
    return {"query": _QUERY, "variables": {"input": fields}}


def committed(answer: MutationAnswer, change: BranchChange) -> str:
    """The commit that was made; GraphQL answers 200 to a refusal, so its errors are read here."""
    for error in answer.errors:
        raise _refusal(error, change)
    made = answer.data and answer.data.create_commit_on_branch and answer.data.create_commit_on_branch.commit
    if not made:
        raise Refused(f"GitHub made no commit on {change.branch}, and does not say why", "Run the command again.")
    return names.sha(made.oid)


def _refusal(error: _Error, change: BranchChange) -> ForgeError:
    said = f"GitHub refused a commit on {change.branch}: {error.message[:500]}"
    if error.type == "STALE_DATA" or "Expected branch to point to" in error.message:
        return Outrun(said, "Run the command again: it starts from the branch's new state.", 409)
    if error.type == "NOT_FOUND":
        return NotFound(said, "Check the names, and that the token may write contents.", 404)
    if error.type == "RATE_LIMITED":
        return RateLimited(said, "Run the command again in an hour.", 429)
    return Refused(said, "See the branch's rules, and that the token may write contents.", 200)

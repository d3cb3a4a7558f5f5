"""GitHub's REST and GraphQL addresses behind the `Forge` protocol. How a request travels is `transport`'s."""

import base64
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from merganser.forge import names, values
from merganser.forge.app import AppTokens
from merganser.forge.download import download
from merganser.forge.graphql import MutationAnswer, commit_mutation, committed
from merganser.forge.protocol import ACTIONS_LOGIN, NotFound, Refused
from merganser.forge.request import Content, Request
from merganser.forge.runtime import Runtime
from merganser.forge.secret import Secret
from merganser.forge.times import Times
from merganser.forge.tokens import Given, Tokens
from merganser.forge.transport import Transport

T = TypeVar("T")

PER_PAGE = 100
BINARY = "application/octet-stream"


class _Sha(msgspec.Struct, frozen=True):
    sha: str


class _GitCommit(msgspec.Struct, frozen=True):
    tree: _Sha
    message: str


class _Runs(msgspec.Struct, frozen=True):
    workflow_runs: tuple[values.WorkflowRun, ...]


class _Merged(msgspec.Struct, frozen=True):
    sha: str
    merged: bool


class _Blob(msgspec.Struct, frozen=True):
    content: str


class _Contents(msgspec.Struct, frozen=True, kw_only=True):
    type: str
    sha: str
    encoding: str = "none"
    content: str = ""


def connect(runtime: Runtime, times: Times | None = None) -> "GitHub":
    """The GitHub that the runtime names, with its App's tokens or its own token; `ConfigError` under `python -O`."""
    times = times or Times()
    tokens: Tokens = Given(runtime.token, runtime.login)
    if runtime.app is not None:
        tokens = AppTokens(runtime, runtime.app, times)
    return GitHub(Transport(runtime.api_url, tokens, times), tokens, times)


class GitHub:
    """`Forge` on github.com, an Enterprise server, or the hub."""

    def __init__(self, transport: Transport, tokens: Tokens, times: Times) -> None:
        self._transport = transport
        self._tokens = tokens
        self._times = times
        self._login = ""

    def close(self) -> None:
        self._transport.close()

    def __enter__(self) -> "GitHub":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def login(self) -> str:
        """Whose token this is: as told, else as GitHub says, else Actions' own (its token may not ask). Asked once."""
        if not self._login:
            self._login = names.login(self._tokens.login() or self._own_login())
        return self._login

    def token(self, repo: str) -> Secret:
        """What git reads and writes this repository with; empty where there is none."""
        return self._tokens.token(names.repository(repo))

    def environments_in(self, repo: str) -> None:
        """Says where the environments are, which a token must reach to write there."""
        self._tokens.environments_in(names.repository(repo))

    def _own_login(self) -> str:
        try:
            return self._get("/user", values.Account).login
        except Refused as refused:
            if refused.status != 403:
                raise
            return ACTIONS_LOGIN

    # Repositories, pull requests, issues

    def repository(self, repo: str) -> values.Repository:
        return self._get(_repo(repo), values.Repository)

    def pull_request(self, repo: str, number: int) -> values.PullRequest:
        return self._get(_item(repo, "pulls", number), values.PullRequest)

    def open_pull_requests(self, repo: str, head: str = "", base: str = "") -> tuple[values.PullRequest, ...]:
        """`head` as `OWNER:BRANCH`, `base` a branch; both optional."""
        query = {"state": "open", **({"head": head} if head else {}), **({"base": base} if base else {})}
        found = self._list(f"{_repo(repo)}/pulls", values.PullRequest, query)
        return tuple(pull for pull in found if not head or pull.head.ref == head.partition(":")[2])

    def pulls_of_commit(self, repo: str, sha: str) -> tuple[values.PullRequest, ...]:
        return self._list(f"{_repo(repo)}/commits/{names.sha(sha)}/pulls", values.PullRequest)

    def reviews(self, repo: str, number: int) -> tuple[values.Review, ...]:
        """All reviews of a pull request, oldest first."""
        return self._list(f"{_item(repo, 'pulls', number)}/reviews", values.Review)

    def create_pull_request(self, repo: str, *, branch: str, base: str, title: str, body: str) -> values.PullRequest:
        fields = {"head": names.branch(branch), "base": names.branch(base), "title": title, "body": body}
        return self._send("POST", f"{_repo(repo)}/pulls", fields, values.PullRequest)

    def update_pull_request(self, repo: str, number: int, *, title: str, body: str) -> values.PullRequest:
        return self._send("PATCH", _item(repo, "pulls", number), {"title": title, "body": body}, values.PullRequest)

    def merge_pull_request(self, repo: str, number: int, *, sha: str, method: str) -> str:
        """The merge commit; `Conflict` where the head moved, `Refused` (405) where a rule forbids it."""
        fields = {"sha": names.sha(sha), "merge_method": method}
        return self._send("PUT", f"{_item(repo, 'pulls', number)}/merge", fields, _Merged).sha

    def issue_comments(self, repo: str, number: int) -> tuple[values.Comment, ...]:
        return self._list(f"{_item(repo, 'issues', number)}/comments", values.Comment)

    def create_comment(self, repo: str, number: int, body: str) -> values.Comment:
        return self._send("POST", f"{_item(repo, 'issues', number)}/comments", {"body": body}, values.Comment)

    def update_comment(self, repo: str, comment: int, body: str) -> values.Comment:
        return self._send("PATCH", _item(repo, "issues/comments", comment), {"body": body}, values.Comment)

    def delete_comment(self, repo: str, comment: int) -> None:
        self._delete(_item(repo, "issues/comments", comment))

    def comment(self, repo: str, comment: int) -> values.Comment | None:
        """A comment as it is now; None where it was deleted."""
        return _or_none(lambda: self._get(_item(repo, "issues/comments", comment), values.Comment))

    def reactions(self, repo: str, comment: int) -> tuple[values.Reaction, ...]:
        """All reactions to a comment."""
        return self._list(f"{_item(repo, 'issues/comments', comment)}/reactions", values.Reaction)

    def react(self, repo: str, comment: int, content: str) -> None:
        """React to a comment: `eyes`, `rocket`, `confused`; a second time changes nothing."""
        url = f"{_item(repo, 'issues/comments', comment)}/reactions"
        self._send("POST", url, {"content": content}, values.Reaction)

    def permission(self, repo: str, login: str) -> values.Permission:
        """What a person may do in a repository, as it is now."""
        user = names.quoted(names.login(login))
        return self._get(f"{_repo(repo)}/collaborators/{user}/permission", values.Permission)

    def is_in_team(self, repo: str, slug: str, login: str) -> bool:
        """Whether a person is in a team of the organisation that owns the repository, invitations not counted."""
        owner, user = names.repository(repo).partition("/")[0], names.quoted(names.login(login))
        url = f"/orgs/{owner}/teams/{names.slug(slug)}/memberships/{user}"
        request = Request(verb="GET", url=url, repository=repo)
        found = _or_none(lambda: self._transport.read(request, values.Membership))
        return found is not None and found.state == "active"

    def open_issues(self, repo: str, creator: str) -> tuple[values.Issue, ...]:
        """Those of one account, its pull requests among them."""
        query = {"state": "open", "creator": names.login(creator)}
        return self._list(f"{_repo(repo)}/issues", values.Issue, query)

    def create_issue(self, repo: str, *, title: str, body: str) -> values.Issue:
        """`NotFound` where the repository has no issues."""
        return self._send("POST", f"{_repo(repo)}/issues", {"title": title, "body": body}, values.Issue)

    def update_issue(self, repo: str, number: int, fields: Mapping[str, str]) -> values.Issue:
        return self._send("PATCH", _item(repo, "issues", number), fields, values.Issue)

    def issue_labels(self, repo: str, number: int) -> tuple[values.Label, ...]:
        return self._list(f"{_item(repo, 'issues', number)}/labels", values.Label)

    def add_labels(self, repo: str, number: int, labels: Sequence[str]) -> tuple[values.Label, ...]:
        url = f"{_item(repo, 'issues', number)}/labels"
        return self._send("POST", url, {"labels": list(labels)}, tuple[values.Label, ...])

    # Checks and workflow runs

    def check_runs(self, repo: str, sha: str, name: str) -> tuple[values.CheckRun, ...]:
        """Every check run of that name on the commit, by any app."""
        url = f"{_repo(repo)}/commits/{names.sha(sha)}/check-runs"
        return self._list(url, values.CheckRun, {"check_name": name, "filter": "all"}, "check_runs")

    def create_check_run(self, repo: str, fields: Mapping[str, Any]) -> values.CheckRun:
        return self._send("POST", f"{_repo(repo)}/check-runs", fields, values.CheckRun)

    def update_check_run(self, repo: str, check: int, fields: Mapping[str, Any]) -> values.CheckRun:
        return self._send("PATCH", _item(repo, "check-runs", check), fields, values.CheckRun)

    def workflow_run(self, repo: str, run: int) -> values.WorkflowRun:
        return self._get(_item(repo, "actions/runs", run), values.WorkflowRun)

    def workflow_runs(
        self, repo: str, head_sha: str = "", event: str = "", branch: str = ""
    ) -> tuple[values.WorkflowRun, ...]:
        """The runs of a commit, of a branch or of both, by one event if named; newest first."""
        commit = {"head_sha": names.sha(head_sha)} if head_sha else {}
        query = commit | ({"event": event} if event else {}) | ({"branch": names.branch(branch)} if branch else {})
        return self._list(f"{_repo(repo)}/actions/runs", values.WorkflowRun, query, "workflow_runs")

    def rerun(self, repo: str, run: int) -> None:
        """Begin the next attempt of a run that has ended."""
        self._send("POST", f"{_item(repo, 'actions/runs', run)}/rerun", {}, dict[str, Any])

    def approve_run(self, repo: str, run: int) -> None:
        """Let the run of a fork's pull request begin that waits for a maintainer."""
        self._send("POST", f"{_item(repo, 'actions/runs', run)}/approve", {}, dict[str, Any])

    def newest_runs(self, repo: str, workflow: str) -> tuple[values.WorkflowRun, ...]:
        """The hundred newest runs of a workflow, by the name of its file; none where GitHub knows no such workflow."""
        url = f"{_repo(repo)}/actions/workflows/{names.quoted(names.file_name(workflow))}/runs"
        found = _or_none(lambda: self._get(url, _Runs, {"per_page": PER_PAGE}))
        return found.workflow_runs if found else ()

    def artifacts(self, repo: str, run: int) -> tuple[values.ArtifactRef, ...]:
        return self._list(f"{_item(repo, 'actions/runs', run)}/artifacts", values.ArtifactRef, key="artifacts")

    def artifacts_named(self, repo: str, name: str) -> tuple[values.ArtifactRef, ...]:
        """The artifacts of that name, of whichever runs."""
        query = {"name": names.file_name(name)}
        return self._list(f"{_repo(repo)}/actions/artifacts", values.ArtifactRef, query, "artifacts")

    def download_artifact(self, repo: str, artifact: values.ArtifactRef, path: Path, cap: int) -> None:
        """The artifact's zip into the new file `path`; more than `cap` bytes are refused."""
        if artifact.expired or artifact.size_in_bytes > cap:
            why = "has expired" if artifact.expired else f"has {artifact.size_in_bytes} bytes, over the {cap} allowed"
            raise Refused(f"the artifact {artifact.name} of {repo} {why}", "Run its workflow again.")
        self._download(Request(verb="GET", url=f"{_item(repo, 'actions/artifacts', artifact.id)}/zip"), path, cap)

    # Releases

    def releases(self, repo: str) -> tuple[values.Release, ...]:
        """Published ones, and drafts where the token may write."""
        return self._list(f"{_repo(repo)}/releases", values.Release)

    def newest_releases(self, repo: str) -> tuple[values.Release, ...]:
        """At most a hundred, in one request."""
        return self._get(f"{_repo(repo)}/releases", tuple[values.Release, ...], {"per_page": PER_PAGE})

    def release_by_tag(self, repo: str, tag: str) -> values.Release | None:
        """The published release of a tag; a draft is not found this way."""
        return _or_none(lambda: self._get(f"{_repo(repo)}/releases/tags/{_quoted_tag(tag)}", values.Release))

    def create_release(self, repo: str, fields: Mapping[str, Any]) -> values.Release:
        return self._send("POST", f"{_repo(repo)}/releases", fields, values.Release)

    def update_release(self, repo: str, release: int, fields: Mapping[str, Any]) -> values.Release:
        return self._send("PATCH", _item(repo, "releases", release), fields, values.Release)

    def delete_release(self, repo: str, release: int) -> None:
        self._delete(_item(repo, "releases", release))

    def release_assets(self, repo: str, release: int) -> tuple[values.ReleaseAsset, ...]:
        return self._list(f"{_item(repo, 'releases', release)}/assets", values.ReleaseAsset)

    def upload_asset(
        self, release: values.Release, *, name: str, media_type: str, content: bytes | Path
    ) -> values.ReleaseAsset:
        """`Refused` for an empty one: GitHub takes none."""
        if (len(content) if isinstance(content, bytes) else content.stat().st_size) == 0:
            raise Refused(f"the asset {name} is empty", "GitHub stores no empty release asset: leave it out.")
        url = release.upload_url.partition("{")[0]
        query, body = {"name": names.file_name(name)}, Content(content, media_type)
        return self._transport.read(Request(verb="POST", url=url, query=query, content=body), values.ReleaseAsset)

    def delete_asset(self, repo: str, asset: int) -> None:
        self._delete(_item(repo, "releases/assets", asset))

    def download_asset(self, repo: str, asset: values.ReleaseAsset, path: Path, cap: int) -> None:
        """The asset's bytes into the new file `path`; more than `cap` bytes are refused."""
        self._download(Request(verb="GET", url=_item(repo, "releases/assets", asset.id), accept=BINARY), path, cap)

    # Git data

    def ref(self, repo: str, name: str) -> values.Ref | None:
        return _or_none(lambda: self._get(f"{_repo(repo)}/git/ref/{names.quoted(names.ref(name))}", values.Ref))

    def refs(self, repo: str, prefix: str) -> tuple[values.Ref, ...]:
        """The refs whose names begin with `prefix`, such as `tags/digits@`."""
        url = f"{_repo(repo)}/git/matching-refs/{names.quoted(names.ref_prefix(prefix))}"
        found = self._transport.items(Request(verb="GET", url=url), values.Ref)
        return tuple(ref for ref in found if ref.ref.startswith(f"refs/{prefix}"))

    def create_ref(self, repo: str, name: str, sha: str) -> values.Ref:
        """`Conflict` where it exists: the one atomic claim that GitHub offers."""
        fields = {"ref": f"refs/{names.ref(name)}", "sha": names.sha(sha)}
        return self._send("POST", f"{_repo(repo)}/git/refs", fields, values.Ref)

    def fast_forward_ref(self, repo: str, name: str, sha: str) -> values.Ref:
        """`Conflict` where that would lose a commit."""
        url = f"{_repo(repo)}/git/refs/{names.quoted(names.ref(name))}"
        return self._send("PATCH", url, {"sha": names.sha(sha), "force": False}, values.Ref)

    def tag_object(self, repo: str, sha: str) -> values.TagObject:
        return self._get(f"{_repo(repo)}/git/tags/{names.sha(sha)}", values.TagObject)

    def create_tag_object(self, repo: str, *, name: str, message: str, commit: str) -> values.TagObject:
        fields = {"tag": names.tag(name), "message": message, "object": names.sha(commit), "type": "commit"}
        return self._send("POST", f"{_repo(repo)}/git/tags", fields, values.TagObject)

    def file(self, repo: str, ref: str, path: str) -> bytes | None:
        """A file's bytes at a branch, tag or commit; None where there is none, `Refused` for a folder or link."""
        url = f"{_repo(repo)}/contents/{names.quoted(names.path(path))}"
        kind: Any = list[Any] | _Contents
        found = _or_none(lambda: self._get(url, kind, {"ref": names.ref(ref)}))
        if found is None:
            return None
        if isinstance(found, list) or found.type != "file":
            raise Refused(f"{path} in {repo} at {ref} is no plain file", "Name a file.")
        large = found.encoding != "base64"
        blob = self._get(f"{_repo(repo)}/git/blobs/{names.sha(found.sha)}", _Blob) if large else found
        return base64.b64decode(blob.content)

    def tree(self, repo: str, sha: str, *, recursive: bool) -> values.Tree:
        query = {"recursive": "1"} if recursive else {}
        return self._get(f"{_repo(repo)}/git/trees/{names.sha(sha)}", values.Tree, query)

    def tree_of(self, repo: str, commit: str) -> str:
        return self._commit(repo, commit).tree.sha

    def message_of(self, repo: str, commit: str) -> str:
        return self._commit(repo, commit).message

    def _commit(self, repo: str, commit: str) -> _GitCommit:
        return self._get(f"{_repo(repo)}/git/commits/{names.sha(commit)}", _GitCommit)

    def create_tree(self, repo: str, files: Mapping[str, bytes], base: str = "") -> str:
        """The tree `base` (or an empty one) with these files laid over it."""
        entries = [
            {"path": names.path(path), "mode": "100644", "type": "blob", **self._blob(repo, data)}
            for path, data in files.items()
        ]
        fields = {"tree": entries, **({"base_tree": names.sha(base)} if base else {})}
        return self._send("POST", f"{_repo(repo)}/git/trees", fields, _Sha).sha

    def _blob(self, repo: str, data: bytes) -> dict[str, str]:
        try:
            return {"content": data.decode()}
        except UnicodeDecodeError:
            fields = {"content": base64.b64encode(data).decode(), "encoding": "base64"}
            return {"sha": self._send("POST", f"{_repo(repo)}/git/blobs", fields, _Sha).sha}

    def create_commit(self, repo: str, *, message: str, tree: str, parents: Sequence[str]) -> str:
        fields = {"message": message, "tree": names.sha(tree), "parents": [names.sha(sha) for sha in parents]}
        return self._send("POST", f"{_repo(repo)}/git/commits", fields, _Sha).sha

    def compare(self, repo: str, base: str, head: str) -> values.Comparison:
        """Two commits by SHA."""
        return self._compared(repo, base, names.sha(head))

    def compare_branch(self, repo: str, base: str, branch: str) -> values.Comparison | None:
        """A commit by SHA and a branch; None where there is no such branch."""
        return _or_none(lambda: self._compared(repo, base, names.quoted(names.branch(branch))))

    def _compared(self, repo: str, base: str, head: str) -> values.Comparison:
        url = f"{_repo(repo)}/compare/{names.sha(base)}...{head}"
        found = self._get(url, values.Comparison, {"per_page": PER_PAGE})
        if len(found.commits) < found.ahead_by:
            found = msgspec.structs.replace(found, commits=self._list(url, values.Commit, key="commits"))
        return found

    def commit_on_branch(self, repo: str, change: values.BranchChange) -> str:
        """The new commit, signed by GitHub; `Outrun` where the branch does not stand at `change.expected`."""
        body = commit_mutation(names.repository(repo), change)
        request = Request(verb="POST", url=self._transport.graphql_url, body=body, repository=repo)
        return committed(self._transport.read(request, MutationAnswer), change)

    # Ways to ask

    def _get(self, url: str, kind: type[T], query: Mapping[str, Any] | None = None) -> T:
        return self._transport.read(Request(verb="GET", url=url, query=dict(query or {})), kind)

    def _list(self, url: str, kind: type[T], query: Mapping[str, Any] | None = None, key: str = "") -> tuple[T, ...]:
        request = Request(verb="GET", url=url, query={"per_page": PER_PAGE, **(query or {})})
        return self._transport.items(request, kind, key)

    def _send(self, verb: str, url: str, fields: Mapping[str, Any], kind: type[T]) -> T:
        return self._transport.read(Request(verb=verb, url=url, body=dict(fields)), kind)

    def _delete(self, url: str) -> None:
        self._transport.read(Request(verb="DELETE", url=url), type(None))

    def _download(self, request: Request, path: Path, cap: int) -> None:
        download(self._transport.location(request), path, cap, self._times.sleep)


def _repo(repo: str) -> str:
    return f"/repos/{names.repository(repo)}"


def _item(repo: str, kind: str, number: int) -> str:
    return f"{_repo(repo)}/{kind}/{names.number(number)}"


def _quoted_tag(tag: str) -> str:
    return names.quoted(names.tag(tag))


def _or_none(read: Callable[[], T]) -> T | None:
    try:
        return read()
    except NotFound:
        return None

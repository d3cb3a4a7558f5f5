"""What the forge answers, as frozen values in the shape of GitHub's own JSON. No requests here."""

import msgspec


class Account(msgspec.Struct, frozen=True):
    """Who wrote something. At any time a login is one account's, in whichever case it is written.

    `type` is `Bot` for Apps: some of GitHub's own have logins like a person's.
    """

    login: str
    type: str = ""

    def is_(self, login: str) -> bool:
        return self.login.casefold() == login.casefold()


class Repository(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    full_name: str
    default_branch: str
    private: bool
    pushed_at: str | None = None


class RepositoryRef(msgspec.Struct, frozen=True, kw_only=True):
    """A repository named inside another answer."""

    id: int
    full_name: str


class Permission(msgspec.Struct, frozen=True, kw_only=True):
    """What a person may do: the name of the role, which may be an organisation's own, and the nearest of four words."""

    permission: str
    role_name: str = ""


class Membership(msgspec.Struct, frozen=True):
    """In a team: `active`, or `pending` until the invitation is accepted."""

    state: str


class Reaction(msgspec.Struct, frozen=True):
    content: str
    user: Account | None = None


class Label(msgspec.Struct, frozen=True):
    name: str


class Tip(msgspec.Struct, frozen=True, kw_only=True):
    """One side of a pull request; `repo` is None when a fork was deleted."""

    ref: str
    sha: str
    repo: RepositoryRef | None = None


class PullRequest(msgspec.Struct, frozen=True, kw_only=True):
    """`merge_commit_sha` is the merge, or GitHub's test merge; only single answers have `mergeable`, `merged_by`, and
    how many `commits` there are."""

    number: int
    title: str
    state: str
    head: Tip
    base: Tip
    html_url: str
    body: str | None = None
    user: Account | None = None
    merged_at: str | None = None
    merged_by: Account | None = None
    merge_commit_sha: str | None = None
    mergeable: bool | None = None
    draft: bool = False
    updated_at: str = ""
    labels: tuple[Label, ...] = ()
    commits: int = 0

    @property
    def merged(self) -> bool:
        return self.merged_at is not None


class Issue(msgspec.Struct, frozen=True, kw_only=True):
    """An issue; in listings a pull request is one too."""

    number: int
    title: str
    state: str
    html_url: str
    body: str | None = None
    user: Account | None = None


class Comment(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    html_url: str
    created_at: str
    updated_at: str = ""
    body: str | None = None
    user: Account | None = None


class Review(msgspec.Struct, frozen=True, kw_only=True):
    """`state` is `APPROVED`, `CHANGES_REQUESTED`, `COMMENTED`, `DISMISSED` or `PENDING`; `commit_id` what was read."""

    id: int
    state: str
    author_association: str
    user: Account | None = None
    commit_id: str | None = None
    submitted_at: str | None = None


class App(msgspec.Struct, frozen=True):
    slug: str | None = None


class CheckOutput(msgspec.Struct, frozen=True, kw_only=True):
    title: str | None = None
    summary: str | None = None
    text: str | None = None


class CheckRun(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    name: str
    head_sha: str
    status: str
    conclusion: str | None = None
    details_url: str | None = None
    html_url: str | None = None
    app: App | None = None
    output: CheckOutput = CheckOutput()


class ReleaseAsset(msgspec.Struct, frozen=True, kw_only=True):
    """`state` is `uploaded`, or `starter` where an upload broke off; `digest` is `sha256:…` where GitHub knows it."""

    id: int
    name: str
    size: int
    state: str
    digest: str | None = None


class Release(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    tag_name: str
    draft: bool
    prerelease: bool
    html_url: str
    upload_url: str
    name: str | None = None
    body: str | None = None
    author: Account | None = None
    published_at: str | None = None
    immutable: bool = False
    assets: tuple[ReleaseAsset, ...] = ()


ACTION_REQUIRED = "action_required"


class WorkflowRun(msgspec.Struct, frozen=True, kw_only=True):
    """`path` is the workflow's file, with a ref or without; `conclusion` is None until `status` is `completed`."""

    id: int
    workflow_id: int
    path: str
    event: str
    head_sha: str
    html_url: str
    repository: RepositoryRef
    name: str | None = None
    status: str | None = None
    conclusion: str | None = None
    head_branch: str | None = None
    run_attempt: int = 1
    head_repository: RepositoryRef | None = None
    actor: Account | None = None
    created_at: str = ""
    run_started_at: str = ""

    @property
    def file(self) -> str:
        """The workflow's file alone."""
        return self.path.partition("@")[0]

    @property
    def waits(self) -> bool:
        """Whether a maintainer has to let it begin: GitHub says so in either of two places."""
        return ACTION_REQUIRED in (self.status, self.conclusion)


class JobStep(msgspec.Struct, frozen=True, kw_only=True):
    """A step of a job; `conclusion` is None until it has ended."""

    name: str
    conclusion: str | None = None


class WorkflowJob(msgspec.Struct, frozen=True, kw_only=True):
    """A job of one attempt of a run; its name is that of the page, with the callers' names in front."""

    id: int
    name: str
    completed_at: str | None = None
    steps: tuple[JobStep, ...] = ()


class ArtifactRun(msgspec.Struct, frozen=True):
    """The run that an artifact is of, as listings of a whole repository name it."""

    id: int


class ArtifactRef(msgspec.Struct, frozen=True, kw_only=True):
    """An artifact of a workflow run: the size in bytes of its zip, and its `sha256:…` where GitHub knows it."""

    id: int
    name: str
    size_in_bytes: int
    expired: bool
    digest: str | None = None
    created_at: str | None = None
    expires_at: str | None = None
    workflow_run: ArtifactRun | None = None


class GitObject(msgspec.Struct, frozen=True):
    sha: str
    type: str = "commit"


class Ref(msgspec.Struct, frozen=True):
    """`ref` in full (`refs/tags/digits@v1.0.0`); `object.type` is `tag` for an annotated tag, else `commit`."""

    ref: str
    object: GitObject


class Person(msgspec.Struct, frozen=True):
    """A commit's author or a tag's tagger as written in the object itself."""

    name: str = ""
    email: str = ""
    date: str = ""


class TagObject(msgspec.Struct, frozen=True, kw_only=True):
    """An annotated tag; `object` is what it points at."""

    sha: str
    tag: str
    message: str
    object: GitObject
    tagger: Person | None = None


class TreeEntry(msgspec.Struct, frozen=True, kw_only=True):
    path: str
    type: str
    sha: str
    mode: str = "100644"


class Tree(msgspec.Struct, frozen=True):
    """A tree's entries; `truncated` where GitHub left some out."""

    sha: str
    tree: tuple[TreeEntry, ...]
    truncated: bool = False


class CommitDetail(msgspec.Struct, frozen=True, kw_only=True):
    message: str
    tree: GitObject
    author: Person | None = None


class Commit(msgspec.Struct, frozen=True, kw_only=True):
    """`author` is the GitHub account, None where the e-mail address belongs to nobody."""

    sha: str
    commit: CommitDetail
    parents: tuple[GitObject, ...] = ()
    author: Account | None = None


class ChangedFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file that differs between two commits."""

    filename: str


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """How `head` stands to `base`; `commits` are those on head alone, oldest first; `files` at most 300."""

    ahead_by: int
    behind_by: int
    commits: tuple[Commit, ...]
    merge_base_commit: GitObject
    files: tuple[ChangedFile, ...] = ()

    @property
    def head(self) -> str:
        """The commit that head is: the one that is nobody's parent, or the merge base where there is nothing more."""
        parents = {parent.sha for commit in self.commits for parent in commit.parents}
        return next((commit.sha for commit in self.commits if commit.sha not in parents), self.merge_base_commit.sha)


class BranchChange(msgspec.Struct, frozen=True, kw_only=True):
    """One commit to be made on `branch`, only if it still stands at `expected`."""

    branch: str
    expected: str
    message: str
    additions: dict[str, bytes]
    deletions: tuple[str, ...] = ()

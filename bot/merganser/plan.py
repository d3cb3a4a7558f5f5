"""What a decision wants of the world, as frozen values; `forge.effects.apply` makes it so. No I/O here.

Each effect names the state it wants, not the step that leads there, so applying one twice changes nothing.
"""

from enum import StrEnum

import msgspec


class CheckStatus(StrEnum):
    queued = "queued"
    in_progress = "in_progress"
    completed = "completed"


class Conclusion(StrEnum):
    success = "success"
    failure = "failure"


class MergeMethod(StrEnum):
    merge = "merge"
    squash = "squash"
    rebase = "rebase"


class Comment(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """One comment of ours on issue or pull request `number`, recognised by `marker` and author.

    `order` is that of what it speaks of, such as a run's id and attempt: one that speaks of a later one stays.
    It is younger than the comment `after` (GitHub's number) that it answers, if any.
    """

    repo: str
    number: int
    marker: str
    body: str
    order: tuple[int, int] = (0, 0)
    after: int = 0


class Amend(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """What that comment says from now on, where there is one; none is made."""

    repo: str
    number: int
    marker: str
    body: str
    order: tuple[int, int] = (0, 0)


class Check(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """One check run `name` on commit `sha`; `conclusion` only when completed."""

    repo: str
    sha: str
    name: str
    status: CheckStatus
    title: str
    summary: str
    conclusion: Conclusion | None = None
    text: str = ""
    details_url: str = ""


class Reaction(StrEnum):
    """What the bot says to a comment without words."""

    seen = "eyes"
    done = "rocket"
    refused = "confused"


class React(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A reaction of ours to a comment."""

    repo: str
    comment: int
    reaction: Reaction


class Settle(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Our replies below `number` that wait for a training run, or for the first one of a commit, say what came of it.

    It is about `run` and its attempts up to that one, and about commit `sha`: "" where another run of it counts.
    `said` is Markdown for a table's cell.
    """

    repo: str
    number: int
    sha: str
    run: int
    attempt: int
    said: str


class HeadIs(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Nothing is written; what follows is not done where the pull request's head is no longer this commit."""

    repo: str
    number: int
    sha: str


class Still(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Nothing is written; the plan ends where files below `folders` of `branch` differ from those at commit `tip`.

    A decision that they were part of is made anew then. `tip` is the branch's commit when they were looked at.
    """

    repo: str
    branch: str
    tip: str
    folders: tuple[str, ...]


class Rerun(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A workflow run's attempt after `attempt` has begun: of all its jobs, or of that `job` and what depends on it."""

    repo: str
    run: int
    attempt: int
    job: int | None = None


class Approve(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A fork's run no longer waits for a maintainer."""

    repo: str
    run: int


class Issue(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """One open issue of ours, recognised by `marker` and author. In a repository without issues there is none."""

    repo: str
    marker: str
    title: str
    body: str


class CloseIssue(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """No issue of ours with this marker is open; one that was has this text in the end, which says why."""

    repo: str
    marker: str
    body: str


class Labels(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Issue or pull request `number` carries at least these labels."""

    repo: str
    number: int
    names: tuple[str, ...]


class Tag(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """An annotated tag on `commit`. One that is there on the same commit is as good; elsewhere the name is taken.

    Its time is at least a second later than `after` (seconds since 1970): other readers order tags by whole seconds.
    """

    repo: str
    name: str
    commit: str
    message: str
    after: int = 0


class Asset(msgspec.Struct, frozen=True, kw_only=True):
    """A release asset: its bytes lie in the local file `path`, or are `content` itself.

    `varies`: they come out otherwise each time they are made, as a signature's do. One that is there is as good.
    """

    name: str
    sha256: str
    size: int
    path: str = ""
    content: bytes = b""
    media_type: str = "application/octet-stream"
    varies: bool = False


class Release(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The published release of an existing tag, with exactly these assets."""

    repo: str
    tag: str
    title: str
    body: str
    assets: tuple[Asset, ...] = ()
    prerelease: bool = False


class DiscardDrafts(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """No draft of ours is left of a tag whose release is published; without a published one, drafts stay."""

    repo: str
    tag: str


class Append(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """New files on an append-only branch (created where missing). A path that is there already stays as it is.

    `tip` is the branch's commit at which the decision found none of the files, "" where it didn't look.
    """

    repo: str
    branch: str
    files: dict[str, bytes]
    message: str
    tip: str = ""


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """A branch as a decision found it: its newest commit, the tree of that, and the files below a folder by path."""

    commit: str
    tree: str
    files: dict[str, bytes]


class Edit(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """One file of somebody's branch holds these bytes, by a commit on exactly `head`; on any other there is none."""

    repo: str
    branch: str
    head: str
    path: str
    content: bytes
    message: str


class Commit(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """One commit that makes `files` hold these bytes on `branch` (started from `base` where missing).

    Files below `folder` that `files` doesn't name are deleted. Commits by people on the branch are never built over.
    `seen` is `base` as the decision found it, which saves looking again: files that differ from it are all below
    `folder`.
    """

    repo: str
    branch: str
    base: str
    folder: str
    files: dict[str, bytes]
    message: str
    seen: Seen | None = None


class PullRequest(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """One open pull request from `branch` into `base`."""

    repo: str
    branch: str
    base: str
    title: str
    body: str
    labels: tuple[str, ...] = ()


class Merge(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Pull request `number` merged at exactly the head `sha`."""

    repo: str
    number: int
    sha: str
    method: MergeMethod = MergeMethod.merge


Effect = (
    Comment
    | Amend
    | Check
    | Issue
    | CloseIssue
    | React
    | Settle
    | HeadIs
    | Still
    | Rerun
    | Approve
    | Labels
    | Tag
    | Release
    | DiscardDrafts
    | Append
    | Edit
    | Commit
    | PullRequest
    | Merge
)


class Plan(msgspec.Struct, frozen=True):
    """Effects in the order in which they are to happen; `summary` says in a sentence what was decided."""

    effects: tuple[Effect, ...] = ()
    summary: str = ""

"""What `merganser command` looks at before it does anything: the comment, what it stands under, who wrote it."""

import datetime

import msgspec

from merganser.chatops.authorising import Person, Place
from merganser.chatops.binding import Begun
from merganser.chatops.table import Spec, Where
from merganser.commands.carry_out import Workbench
from merganser.commands.observing import authority
from merganser.commands.observing.checkout import config_at
from merganser.commands.observing.intake import is_training
from merganser.commands.observing.ledger import Ledger, open_ledger
from merganser.config import Config, Model
from merganser.config.commands import CommandRule
from merganser.errors import ConfigError
from merganser.forge.protocol import NotFound
from merganser.forge.values import Comment, PullRequest, WorkflowRun
from merganser.git import Repository


class Talk(msgspec.Struct, frozen=True, kw_only=True):
    """A comment and what it stands under: the pull request, None for an issue; `mirror` is of the model repo.

    `config` is the default branch's newest, None where that has none; `runs` the pull request's own training runs.
    """

    place: Workbench
    comment: Comment
    number: int
    pull: PullRequest | None
    branch: str
    mirror: Repository
    ledger: Ledger
    config: Config | None
    runs: tuple[WorkflowRun, ...]

    @property
    def author(self) -> str:
        """Who wrote the comment."""
        return self.comment.user.login if self.comment.user else ""

    @property
    def said(self) -> datetime.datetime:
        """When it was written."""
        return datetime.datetime.fromisoformat(self.comment.created_at)

    @property
    def fork(self) -> bool:
        """Whether the pull request is from another repository."""
        head, base = (self.pull.head.repo, self.pull.base.repo) if self.pull else (None, None)
        return self.pull is not None and (head is None or base is None or head.id != base.id)

    def rule(self, spec: Spec) -> CommandRule:
        """What the configuration says of who may give a command."""
        return authority.rule_of(self.config, spec)

    def begun(self, *, waiting: bool = False) -> tuple[Begun, ...]:
        """The training runs as times; those alone that wait for a maintainer, where asked."""
        runs = (run for run in self.runs if not waiting or run.waits)
        return tuple(
            Begun(sha=run.head_sha, run=run.id, created=datetime.datetime.fromisoformat(run.created_at)) for run in runs
        )

    def newest_run(self, sha: str) -> WorkflowRun | None:
        """The newest training run of a commit."""
        return max((run for run in self.runs if run.head_sha == sha), key=lambda run: run.id, default=None)


def talk(place: Workbench, comment: Comment, number: int) -> Talk:
    """Everything that commands under this comment may need; the pull request as it is now.

    `ConfigError` where the default branch's configuration is broken: then nobody knows who may do what.
    """
    branch = place.default_branch()
    pull = _pull(place, number)
    mirror = place.mirror(branch, *([f"refs/pull/{number}/head"] if pull else []))
    return Talk(
        place=place,
        comment=comment,
        number=number,
        pull=pull,
        branch=branch,
        mirror=mirror,
        ledger=open_ledger(mirror),
        config=config_at(mirror, f"refs/heads/{branch}"),
        runs=_runs(place, pull) if pull else (),
    )


def _pull(place: Workbench, number: int) -> PullRequest | None:
    try:
        return place.forge.pull_request(place.repo, number)
    except NotFound:
        return None


def _runs(place: Workbench, pull: PullRequest) -> tuple[WorkflowRun, ...]:
    """The training runs of the pull request's branch, of whatever commit, by GitHub's ids."""
    found = place.forge.workflow_runs(place.repo, event="pull_request", branch=pull.head.ref)
    owner = pull.head.repo.id if pull.head.repo else 0
    return tuple(run for run in found if is_training(run) and run.head_repository and run.head_repository.id == owner)


def models_of(talk: Talk, commit: str = "") -> dict[str, Model]:
    """The models by name: as a commit (the pull request's head) has them, and as the default branch does."""
    found = dict(talk.config.models) if talk.config else {}
    head = commit or (talk.pull.head.sha if talk.pull else "")
    try:
        own = config_at(talk.mirror, head) if head and talk.mirror.resolve(head) else None
    except ConfigError:
        own = None
    return found | (own.models if own else {})


def where(talk: Talk) -> Place:
    """What the comment stands under, by what GitHub says of it now."""
    undeployable = authority.undeployable(talk.place, talk.config)
    if talk.pull is None:
        return Place(where=Where.issue, author="", undeployable=undeployable)
    author = talk.pull.user.login if talk.pull.user else ""
    state = Where.open if talk.pull.state == "open" else Where.merged if talk.pull.merged else Where.closed
    newest = talk.newest_run(talk.pull.head.sha)
    let = newest is not None and not newest.waits
    return Place(where=state, author=author, fork=talk.fork, approved=let, undeployable=undeployable)


def person(talk: Talk, specs: tuple[Spec, ...]) -> Person:
    """Who wrote the comment, with what the given commands ask about."""
    who = authority.Who(login=talk.author, bot=is_bot(talk.place, talk.comment))
    return authority.person(talk.place, talk.config, who, specs)


def is_bot(place: Workbench, comment: Comment) -> bool:
    """Whether an App wrote it, or we ourselves by whatever account."""
    user = comment.user
    return user is None or authority.is_app(user.login, user.type) or user.is_(place.forge.login())

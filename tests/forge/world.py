"""A prepared hub: a repository with a branch and an open pull request, a person and our bot; and what its state is."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from merganser import git
from merganser.forge.ci.runtime import Runtime
from merganser.forge.effects.tagging import tagged
from merganser.forge.github import GitHub, connect
from merganser.forge.mirror import credentials
from merganser.forge.secret import Secret
from merganser.forge.times import Times
from merganser.hub import Hub
from merganser.hub.answering import Observer
from tests.contract.plugin import Contract

REPO = "acme/digits"
BOT = "merganser[bot]"
PERSON = "ada"
LEDGER = "merganser-ledger"
STAGING = "merganser/staging/digits"


class Prepared(msgspec.Struct, frozen=True, kw_only=True):
    """A hub's directory to copy; the tokens work in each copy."""

    directory: Path
    bot: str
    person: str
    base: str
    head: str


class World(msgspec.Struct, frozen=True, kw_only=True):
    """A running copy, the forge as the bot and as a person, and a person's clone with both branches."""

    hub: Hub
    prepared: Prepared
    bot: GitHub
    person: GitHub
    clone: git.Repository

    @property
    def url(self) -> str:
        return f"{self.hub.url}/{REPO}.git"

    def push(self, branch: str, files: dict[str, str], start: str = "main") -> str:
        """A person's commit on `branch`, begun at `start` of this clone unless fetched before; its SHA."""
        self.clone.run("checkout", "--quiet", "-B", branch, start)
        for path, text in files.items():
            (self.clone.path / path).parent.mkdir(parents=True, exist_ok=True)
            (self.clone.path / path).write_text(text)
        self.clone.run("add", "--all")
        self.clone.run("commit", "--quiet", "--message", f"Change {branch}")
        self.clone.run("push", "--quiet", self.url, branch)
        return self.clone.text("rev-parse", "HEAD")


def prepare(directory: Path) -> Prepared:
    """Pull request 1 from `topic` into `main`, opened by ada."""
    with Hub(directory / "hub") as hub:
        person, bot = hub.admin.create_user(PERSON), hub.admin.create_user(BOT, "Bot")
        hub.admin.create_repository(REPO)
        hub.admin.set_permission(REPO, PERSON, "admin")
        hub.admin.set_permission(REPO, BOT, "write")
        (directory / "clone").mkdir()
        clone = git.Repository(directory / "clone", credentials(Secret(person), hub.url))
        clone.run("init", "--quiet", "--initial-branch=main")
        for key, value in (("user.name", "Ada"), ("user.email", "ada@example.org"), ("commit.gpgsign", "false")):
            clone.run("config", key, value)
        for branch, name in (("main", "README.md"), ("topic", "params.yaml")):
            clone.run("checkout", "--quiet", "-B", branch)
            (clone.path / name).write_text(f"{name}\n")
            clone.run("add", "--all")
            clone.run("commit", "--quiet", "--message", f"Add {name}")
            clone.run("push", "--quiet", f"{hub.url}/{REPO}.git", branch)
        with connect(Runtime(api_url=hub.api_url, token=Secret(person))) as forge:
            forge.create_pull_request(REPO, branch="topic", base="main", title="Tune", body="Better.")
        hub.admin.checkpoint()
        base, head = clone.text("rev-parse", "main"), clone.text("rev-parse", "topic")
    return Prepared(directory=directory, bot=bot, person=person, base=base, head=head)


@contextmanager
def running(prepared: Prepared, place: Path, observer: Observer | None = None) -> Iterator[World]:
    """A copy of the prepared hub in the new folder `place`, running.

    Every exchange is held to GitHub's description, unless an observer of the caller's own takes them.
    """
    shutil.copytree(prepared.directory, place)
    contract = Contract()
    with Hub(place / "hub", observer=observer or contract) as hub:
        patient = Times(sleep=lambda seconds: None)
        with (
            connect(Runtime(api_url=hub.api_url, token=Secret(prepared.bot), login=BOT), times=patient) as bot,
            connect(Runtime(api_url=hub.api_url, token=Secret(prepared.person)), times=patient) as person,
        ):
            clone = git.Repository(place / "clone", credentials(Secret(prepared.person), hub.url))
            yield World(hub=hub, prepared=prepared, bot=bot, person=person, clone=clone)
    assert contract.deviations() == []


def state(world: World) -> dict[str, Any]:
    """Everything that effects write, without what differs from run to run (commit ids, times, ids)."""
    forge, head = world.bot, world.prepared.head
    pulls = [forge.pull_request(REPO, number) for number in _numbers(forge)]
    return {
        "comments": [(c.user and c.user.login, c.body) for c in forge.issue_comments(REPO, 1)],
        "checks": [
            (run.name, run.status, run.conclusion, run.output) for run in forge.check_runs(REPO, head, "merganser/gate")
        ],
        "runs": [(one.id, one.run_attempt, one.status, one.conclusion) for one in forge.workflow_runs(REPO, head)],
        "reactions": [
            [(one.user and one.user.login, one.content) for one in forge.reactions(REPO, comment.id)]
            for comment in forge.issue_comments(REPO, 1)[:1]
        ],
        "issues": [(one.number, one.title, one.body) for one in forge.open_issues(REPO, BOT)],
        "labels": [label.name for label in forge.issue_labels(REPO, 1)],
        "tags": {r.ref: (r.object.type, tagged(forge, REPO, r.ref[10:])) for r in forge.refs(REPO, "tags/")},
        "releases": [
            (r.tag_name, r.draft, r.name, r.body, [(a.name, a.size, a.state, a.digest) for a in r.assets])
            for r in forge.releases(REPO)
        ],
        "branches": {ref.ref: _branch(world, ref.ref) for ref in forge.refs(REPO, "heads/")},
        "pulls": [(p.number, p.title, p.body, p.state, p.merged, p.head.ref, sorted(p.labels, key=str)) for p in pulls],
    }


def _numbers(forge: GitHub) -> list[int]:
    """The pull requests: the first, merged or not, and those that are open."""
    return sorted({1, *(pull.number for pull in forge.open_pull_requests(REPO))})


def _branch(world: World, ref: str) -> tuple[dict[str, str], int]:
    """A branch's files by blob id, and how many commits lead to it."""
    bare = git.Repository(world.hub.directory / "repos" / "acme" / "digits.git")
    return {entry.path: entry.oid for entry in bare.entries(ref)}, int(bare.text("rev-list", "--count", ref))

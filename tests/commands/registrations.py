"""What the tests of `register` share: people's tags, rivals at the same moment, and how a registration is run."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import requests

from merganser import git
from merganser.commands import carry_out
from merganser.commands.carry_out import Decision, Workbench
from merganser.commands.register import command as register
from merganser.commands.register.command import Request
from merganser.forge.ci.runtime import Runtime
from merganser.forge.github import connect
from merganser.forge.mirror import credentials
from merganser.forge.secret import Secret
from merganser.git import Repository
from merganser.hub import Hub
from tests.commands.stage import CONFIG, REPO, Life, Moment, fetch, runtime
from tests.forge.killing import Handler, Send

ON_TAG = CONFIG.replace("on: merge, bump: minor", "on: tag")


def told(hub: Hub, moment: Moment, tag: str = "") -> Runtime:
    """The runtime of the moment's event, or of the push of a tag."""
    if not tag:
        return runtime(hub, moment.access.bot, moment.event)
    event = {"ref": f"refs/tags/{tag}", "before": "0" * 40, "after": "1" * 40, "deleted": False}
    repository = fetch(hub, moment.access.person, f"/repos/{REPO}")
    given = runtime(hub, moment.access.bot, {**event, "repository": repository})
    return msgspec.structs.replace(given, event_name="push")


def registering(hub: Hub, moment: Moment, tag: str = "", **request: Any) -> Callable[[], None]:
    """The whole command, in this process: of `tiny` after the merge, or by a tag that was pushed."""
    wanted = Request(**({"model": "tiny"} if not tag and not request else request))

    def run() -> None:
        carry_out.carry_out(
            lambda place: register.observe_and_decide(place, wanted),
            told(hub, moment, tag),
            dry_run=False,
            as_json=True,
        )

    return run


def decided(hub: Hub, folder: Path, given: Runtime, **request: Any) -> Decision:
    """What the command would do, in a folder of its own."""
    folder.mkdir()
    with connect(given) as forge:
        return register.observe_and_decide(Workbench(runtime=given, forge=forge, folder=folder), Request(**request))


def at_once(*works: Callable[[], None]) -> list[BaseException]:
    """Runs all in threads that begin together; what they raised."""
    start, failures = threading.Barrier(len(works)), list[BaseException]()

    def run(work: Callable[[], None]) -> None:
        try:
            start.wait()
            work()
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return failures


def rival_before(index: int, rival: Callable[[], None]) -> Handler:
    """The whole of `rival` happens just before the request number `index`; its own requests pass."""

    def handler(at: int, request: requests.PreparedRequest, send: Send) -> requests.Response:
        if at >= index and not begun:
            begun.append(at)
            rival()
        return send()

    begun: list[int] = []
    return handler


class Person:
    """Ada, with a clone of the model repo."""

    def __init__(self, hub: Hub, moment: Moment, folder: Path) -> None:
        folder.mkdir()
        self.life = Life(hub, folder, moment.access)
        self._env = credentials(Secret(moment.access.person), hub.url)

    @property
    def clone(self) -> Repository:
        return Repository(self.life.folder / REPO.replace("/", "-"), self._env)

    def commit(self, files: dict[str, str | None], branch: str = "main") -> str:
        """A commit on a branch, pushed; its SHA."""
        self.life.push(REPO, files, branch)
        return self.clone.text("rev-parse", "HEAD")

    def tag(self, name: str, commit: str = "HEAD", *options: str) -> None:
        """Pushes a tag, annotated without other options."""
        self.clone.run("tag", *(options or ("-a", "-m", f"Registering artifact of {name}")), name, commit)
        self.clone.run("push", "-q", "origin", f"refs/tags/{name}")

    def untag(self, name: str) -> None:
        self.clone.run("push", "-q", "origin", f":refs/tags/{name}")
        self.clone.run("tag", "-d", name)


def git_of(hub: Hub) -> Repository:
    """The model repo as the hub stores it."""
    return Repository(hub.directory / "repos" / f"{REPO}.git")


def tags_of(hub: Hub) -> dict[str, str]:
    """Each tag with the id of what it names: a tag's object, or a commit."""
    out = git.run(["for-each-ref", "--format=%(refname:strip=2) %(objectname)", "refs/tags"], git_of(hub).path)
    return dict(line.split(" ", 1) for line in out.decode().splitlines())

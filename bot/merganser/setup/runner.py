"""What plays GitHub's runners on the embedded hub: one workflow file of one commit, for one event.

Two can do it: `act` runs the file as it stands, `direct` the commands that Merganser's own files call. What an event
starts is decided in `actions`; here is what both are told and what they answer.
"""

import enum
import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import msgspec

from merganser import git
from merganser.forge.mirror import credentials
from merganser.forge.secret import Secret
from merganser.hub import Hub

Run = dict[str, Any]  # in GitHub's form


class Side(enum.Enum):
    """Who may write: nobody who runs a change's code."""

    untrusted = "untrusted"
    trusted = "trusted"


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """A run that the hub knows, the workflow file that it is of, the event, and the commit whose file it is.

    `jobs` are those to run by their names, where it was begun again with some alone.
    """

    repo: str
    run: Run
    workflow: str
    event: str
    payload: dict[str, Any]
    ref: str
    sha: str
    side: Side
    jobs: frozenset[str] = frozenset()


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """A job that has ended, by its name on GitHub's page: after the name of the job that called its workflow."""

    name: str
    success: bool


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One step that has ended."""

    job: str
    name: str
    seconds: float
    success: bool


class Ran(msgspec.Struct, frozen=True, kw_only=True):
    """How a run went: its log, its jobs and their steps in order, and the artifacts (zip files) that it left."""

    run: int
    workflow: str
    success: bool
    seconds: float
    log: str = ""
    jobs: tuple[Job, ...] = ()
    steps: tuple[Step, ...] = ()
    artifacts: tuple[Path, ...] = ()


class Runner(Protocol):
    """A machine that runs workflows; what fails is told by what it answers, not by an exception."""

    def run(self, task: Task) -> Ran: ...


def place_of(folder: Path, task: Task, attempt: int) -> Path:
    """The folder of one attempt of a run."""
    return folder / f"run-{task.run['id']}-{attempt}"


def new_place(folder: Path, task: Task) -> Path:
    """A new folder for the run's present attempt."""
    place = place_of(folder, task, task.run["run_attempt"])
    place.mkdir(parents=True)
    return place


def told(hub: Hub, task: Task) -> dict[str, str]:
    """The variables by which a runner says where a job runs."""
    return {
        "CI": "true",
        "GITHUB_ACTIONS": "true",
        "GITHUB_ACTOR": str(task.run["actor"]["login"]),
        "GITHUB_API_URL": hub.api_url,
        "GITHUB_EVENT_NAME": task.event,
        "GITHUB_REF": task.ref,
        "GITHUB_REPOSITORY": task.repo,
        "GITHUB_RUN_ATTEMPT": str(task.run["run_attempt"]),
        "GITHUB_RUN_ID": str(task.run["id"]),
        "GITHUB_SERVER_URL": hub.url,
        "GITHUB_SHA": task.sha,
        "GITHUB_WORKFLOW_REF": f"{task.repo}/{task.workflow}@{task.ref}",
        **dict.fromkeys(("NO_PROXY", "no_proxy"), _past_proxies()),
    }


def started(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> subprocess.Popen[str]:
    """A process of which every word is read as it comes, on whichever stream; nobody answers it."""
    return subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )


def _past_proxies() -> str:
    """Hosts that no proxy is asked for: one of this machine would never find a hub on loopback."""
    theirs = os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or ""
    return ",".join(filter(None, ("127.0.0.1,localhost", theirs)))


def check_out(hub: Hub, task: Task, into: Path) -> None:
    """What actions/checkout leaves with `fetch-depth: 0`: the commit, detached, and every branch as `origin/…`."""
    url, nobody = f"{hub.url}/{task.repo}.git", credentials(Secret(""), hub.url)
    git.run(["clone", "--quiet", "--no-checkout", url, str(into)], into.parent, env=nobody)
    git.run(["fetch", "--quiet", "origin", task.ref], into, env=nobody)
    git.run(["checkout", "--quiet", "--detach", task.sha], into, env=nobody)

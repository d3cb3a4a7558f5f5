"""Runs what Merganser's own workflow files call, without reading them: for a machine that has no act.

Each job gets what a hosted runner gives it: a fresh folder, GitHub's environment variables, an event file, a token or
none, and the commands as processes. Nothing is handed from job to job but artifacts and step outputs.
"""

import json
import os
import sys
import time
import zipfile
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from merganser.setup.machine import Machine
from merganser.setup.runner import Job, Ran, Side, Step, Task, check_out, new_place, place_of, started, told

LAST_WORDS = 15
# The job that calls the reusable workflow, in our templates.
_CALLER = "train"
# A hosted runner has no person's settings of git.
_NEUTRAL = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}


class Direct:
    """A machine that knows what the workflows do: plan and train, or report, register and promote, or answer."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine

    def run(self, task: Task) -> Ran:
        """One run of the commands behind a workflow."""
        began = time.monotonic()
        job = _Job(self.machine, new_place(self.machine.folder, task), task)
        artifacts: tuple[Path, ...] = ()
        if task.side is Side.untrusted:
            artifacts = _train(job, task)
        elif task.event == "issue_comment":
            job.merganser("command")
        else:
            _report(job, task)
        return Ran(
            run=task.run["id"],
            workflow=task.workflow,
            success=all(step.success for step in job.steps),
            seconds=time.monotonic() - began,
            log="".join(job.lines),
            jobs=tuple(Job(name=name, success=job.succeeded(name)) for name in dict.fromkeys(s.job for s in job.steps)),
            steps=tuple(job.steps),
            artifacts=artifacts,
        )


def _train(job: "_Job", task: Task) -> tuple[Path, ...]:
    """The untrusted side: no token at all, and a checkout of what would be merged."""
    check_out(job.machine.hub, task, job.folder / "checkout")
    packed: list[Path] = []
    for entry in _planned(job, task):
        model = entry["model"]
        name = f"{_CALLER} / Train {model}"
        if task.jobs and name not in task.jobs:
            continue
        for suffix in _bundles(job, entry, name):
            packed.append(job.folder / f"merganser-{model}-{task.run['run_attempt']}{suffix}.zip")
            _pack(job.folder / "bundle" / f"{model}{suffix}", packed[-1])
    return tuple(packed)


def _bundles(job: "_Job", entry: dict[str, Any], name: str) -> list[str]:
    """Train what the plan says of one model, the base after it; the suffixes of what is there then."""
    model, base = entry["model"], entry["base"]
    out = job.folder / "bundle"
    found = []
    if entry["reuse"] is None:
        if not job.merganser("train", model, "--out", str(out / model), job=name):
            return []
        found = ["", "-files"]
    if base is not None:
        options = ("--base", base["commit"], "--out", str(out / f"{model}-base"))
        if job.merganser("train", model, *options, job=name, may_fail=True):
            found.append("-base")
    return found


def _planned(job: "_Job", task: Task) -> list[dict[str, Any]]:
    """What the jobs of models are told; to one that is begun again alone, what was planned in the attempt before."""
    if task.jobs:
        attempts = (
            place_of(job.machine.folder, task, attempt) for attempt in range(task.run["run_attempt"] - 1, 0, -1)
        )
        matrix = next(found["matrix"] for place in attempts if "matrix" in (found := _outputs(place / "output")))
    elif job.merganser("plan", "--json", job=f"{_CALLER} / Plan"):
        matrix = _outputs(job.folder / "output")["matrix"]
    else:
        return []
    return list(json.loads(matrix)["include"])


def _report(job: "_Job", task: Task) -> None:
    """The trusted side: a token, no checkout, the command on the default branch's own code; then what it releases."""
    if job.merganser("report", *(["--sweep"] if task.event == "schedule" else [])):
        outputs = job.folder / "output"
        for entry in json.loads(_outputs(outputs).get("release") or "[]"):
            model, commit = entry["model"], entry["commit"]
            done = job.merganser("register", model, "--commit", commit)
            if done and (version := _outputs(outputs).get("version")):
                job.merganser("promote", f"{model}@{version}")


class _Job:
    """One job: its folder and environment, the files that its steps write outputs to, what they said and took."""

    def __init__(self, machine: Machine, folder: Path, task: Task) -> None:
        self.machine = machine
        self.folder = folder
        self.lines: list[str] = []
        self.steps: list[Step] = []
        for name in ("output", "summary"):
            (folder / name).touch()
        (folder / "event.json").write_text(json.dumps(task.payload))
        self._name = Path(task.workflow).stem
        self._environment = {
            **machine.kept(),
            **_NEUTRAL,
            **told(machine.hub, task),
            "PATH": machine.path,
            "HOME": str(folder),
            "GITHUB_EVENT_PATH": str(folder / "event.json"),
            "GITHUB_OUTPUT": str(folder / "output"),
            "GITHUB_STEP_SUMMARY": str(folder / "summary"),
            "GITHUB_WORKSPACE": str(folder / "checkout"),
        }
        if task.side is Side.trusted:
            self._environment |= {"GITHUB_TOKEN": machine.token, **machine.variables, **machine.secrets}
        else:
            self._environment |= machine.untrusted

    def succeeded(self, job: str) -> bool:
        """Whether all steps of a job did."""
        return all(step.success for step in self.steps if step.job == job)

    def merganser(self, *args: str, job: str = "", may_fail: bool = False) -> bool:
        """Run one command as a step of a job, and hand its words on line by line; whether it succeeded.

        The job goes on after one that may fail, as by a workflow's `continue-on-error`.
        """
        self.machine.say("$ merganser " + " ".join(self._shown(args)))
        began, workspace = time.monotonic(), self.folder / "checkout"
        command = [sys.executable, "-m", "merganser", *args]
        with started(command, workspace if workspace.is_dir() else self.folder, self._environment) as process:
            assert process.stdout is not None
            last = deque[str](maxlen=LAST_WORDS)
            for line in process.stdout:
                last.append(line.rstrip())
                self.lines.append(line)
                self.machine.hear("  " + line.rstrip())
        success = process.returncode == 0
        seconds = time.monotonic() - began
        step = Step(job=job or self._name, name=args[0].capitalize(), seconds=seconds, success=success or may_fail)
        self.steps.append(step)
        if not success:
            self.machine.say("  … " + "\n        ".join(last))
        return success

    def _shown(self, args: Sequence[str]) -> list[str]:
        return [arg.replace(f"{self.folder}{os.sep}", "") for arg in args]


def _outputs(file: Path) -> dict[str, str]:
    """What steps wrote to GITHUB_OUTPUT, read as the runner reads it."""
    found, lines = {}, iter(file.read_text().splitlines() if file.exists() else ())
    for line in lines:
        name, separator, rest = line.partition("<<")
        if separator and "=" not in name:
            value = []
            for inner in lines:
                if inner == rest:
                    break
                value.append(inner)
            found[name] = "\n".join(value)
        else:
            name, _, found_value = line.partition("=")
            found[name] = found_value
    return found


def _pack(folder: Path, packed: Path) -> None:
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(p for p in folder.rglob("*") if p.is_file()):
            archive.write(file, file.relative_to(folder).as_posix())

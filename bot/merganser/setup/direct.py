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

from merganser.setup.machine import Machine
from merganser.setup.runner import Ran, Side, Step, Task, check_out, place_of, started, told

LAST_WORDS = 15
# A hosted runner has no person's settings of git.
_NEUTRAL = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}


class Direct:
    """A machine that knows what the workflows do: plan and train, or report, register and promote."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine

    def run(self, task: Task) -> Ran:
        """One run of the commands behind a workflow."""
        began = time.monotonic()
        job = _Job(self.machine, place_of(self.machine.folder, task), task)
        artifacts = _train(job, task) if task.side is Side.untrusted else _report(job, task)
        return Ran(
            run=task.run["id"],
            workflow=task.workflow,
            success=all(step.success for step in job.steps),
            seconds=time.monotonic() - began,
            log="".join(job.lines),
            steps=tuple(job.steps),
            artifacts=artifacts,
        )


def _train(job: "_Job", task: Task) -> tuple[Path, ...]:
    """The untrusted side: no token at all, and a checkout of what would be merged."""
    check_out(job.machine.hub, task, job.folder / "checkout")
    packed: list[Path] = []
    if not job.merganser("plan", "--json"):
        return ()
    for entry in json.loads(job.outputs["matrix"])["include"]:
        model = entry["model"]
        if not job.merganser("train", model, "--out", str(job.folder / "bundle" / model)):
            continue
        for suffix in ("", "-files"):
            packed.append(job.folder / f"merganser-{model}-{task.run['run_attempt']}{suffix}.zip")
            _pack(job.folder / "bundle" / f"{model}{suffix}", packed[-1])
    return tuple(packed)


def _report(job: "_Job", task: Task) -> tuple[Path, ...]:
    """The trusted side: a token, no checkout, the command on the default branch's own code; then what it releases."""
    if job.merganser("report", *(["--sweep"] if task.event == "schedule" else [])):
        for entry in json.loads(job.outputs.get("release") or "[]"):
            model, commit = entry["model"], entry["commit"]
            if job.merganser("register", model, "--commit", commit) and (version := job.outputs.get("version")):
                job.merganser("promote", f"{model}@{version}")
    return ()


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

    @property
    def outputs(self) -> dict[str, str]:
        """What the steps wrote to GITHUB_OUTPUT, read as the runner reads it."""
        found, lines = {}, iter((self.folder / "output").read_text().splitlines())
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

    def merganser(self, *args: str) -> bool:
        """Run one command, and hand its words on line by line; whether it succeeded."""
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
        self.steps.append(Step(job=self._name, name=args[0], seconds=seconds, success=success))
        if not success:
            self.machine.say("  … " + "\n        ".join(last))
        return success

    def _shown(self, args: Sequence[str]) -> list[str]:
        return [arg.replace(f"{self.folder}{os.sep}", "") for arg in args]


def _pack(folder: Path, packed: Path) -> None:
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(p for p in folder.rglob("*") if p.is_file()):
            archive.write(file, file.relative_to(folder).as_posix())

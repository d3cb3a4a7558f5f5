"""Stands in for GitHub Actions on the embedded hub: runs Merganser's commands as the workflows call them.

Each job gets what a hosted runner gives it: a fresh folder, GitHub's environment variables, an event file, a token or
none, and the commands as processes. Nothing is handed from job to job but artifacts and step outputs.
"""

import json
import os
import subprocess
import sys
import zipfile
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from merganser import git
from merganser.config import TRAIN_WORKFLOW
from merganser.errors import MerganserError
from merganser.forge.mirror import credentials
from merganser.forge.secret import Secret
from merganser.hub import Hub

LAST_WORDS = 15
REPORT_WORKFLOW = ".github/workflows/merganser-report.yml"
# A hosted runner has no person's settings of git, and a proxy of this machine would never find a hub on loopback.
NEUTRAL = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "NO_PROXY": "127.0.0.1,localhost",
    "no_proxy": "127.0.0.1,localhost",
}


class StepFailed(MerganserError):
    """A command of the trusted side failed: the demo can't go on."""


class Actions(msgspec.Struct, frozen=True, kw_only=True):
    """The hub, a folder for the jobs, the bot's token, who triggers the runs.

    `say` gets each command as it starts, and the last words of one that fails; `hear` every line of output.
    """

    hub: Hub
    folder: Path
    bot: str
    bot_token: str
    actor: str
    say: Callable[[str], None]
    hear: Callable[[str], None]
    fetch: Callable[[str], Any]


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """One job: its folder, environment, and the files its steps write outputs and summaries to."""

    folder: Path
    environment: dict[str, str]

    @property
    def outputs(self) -> dict[str, str]:
        """What the steps wrote to GITHUB_OUTPUT, read as the runner reads it."""
        found, lines = {}, iter(Path(self.environment["GITHUB_OUTPUT"]).read_text().splitlines())
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


def pull_request(actions: Actions, repo: str, number: int) -> None:
    """Train and report an opened or updated pull request."""
    pull = actions.fetch(f"/repos/{repo}/pulls/{number}")
    event = {"action": "synchronize", "number": number, "pull_request": pull, "repository": pull["base"]["repo"]}
    run = actions.hub.admin.start_workflow_run(
        repo,
        workflow_path=TRAIN_WORKFLOW,
        event="pull_request",
        head_branch=pull["head"]["ref"],
        head_sha=pull["head"]["sha"],
        actor=actions.actor,
    )
    _report(actions, repo, run["id"], "requested")
    merged = f"refs/pull/{number}/merge"
    _train(actions, repo, run, _Trigger(name="pull_request", payload=event, ref=merged))
    _report(actions, repo, run["id"], "completed")


def push(actions: Actions, repo: str, before: str, after: str) -> None:
    """Train and report a push to the default branch, then release what the report says is to be released."""
    repository = actions.fetch(f"/repos/{repo}")
    branch = repository["default_branch"]
    event = {"ref": f"refs/heads/{branch}", "before": before, "after": after, "repository": repository}
    run = actions.hub.admin.start_workflow_run(
        repo, workflow_path=TRAIN_WORKFLOW, event="push", head_branch=branch, head_sha=after, actor=actions.actor
    )
    _report(actions, repo, run["id"], "requested")
    _train(actions, repo, run, _Trigger(name="push", payload=event, ref=f"refs/heads/{branch}"))
    job = _report(actions, repo, run["id"], "completed")
    for model in json.loads(job.outputs.get("release", "[]")):
        _merganser(actions, job, "register", model)
        if version := job.outputs["version"]:
            _merganser(actions, job, "promote", f"{model}@{version}")


class _Trigger(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    payload: dict[str, Any]
    ref: str


def _train(actions: Actions, repo: str, run: dict[str, Any], trigger: _Trigger) -> None:
    """The untrusted side: no token at all, and a checkout of what would be merged."""
    job = _job(actions, repo, run, trigger)
    _checkout(actions, job, repo, trigger.ref)
    conclusion = "success"
    _merganser(actions, job, "plan", "--json")
    for entry in json.loads(job.outputs["matrix"])["include"]:
        model = entry["model"]
        done = _start(actions, job, "train", model, "--out", str(job.folder / "bundle" / model))
        if done.returncode:
            conclusion = "failure"
            continue
        for suffix in ("", "-files"):
            name = f"merganser-{model}-{run['run_attempt']}{suffix}"
            packed = job.folder / f"{name}.zip"
            _pack(job.folder / "bundle" / f"{model}{suffix}", packed)
            actions.hub.admin.upload_artifact(repo, run["id"], name, packed)
    actions.hub.admin.finish_workflow_run(repo, run["id"], conclusion)


def _report(actions: Actions, repo: str, run_id: int, action: str) -> Job:
    """The trusted side: the bot's token, no checkout, the command on the default branch's own code."""
    run = actions.fetch(f"/repos/{repo}/actions/runs/{run_id}")
    event = {"action": action, "workflow_run": run, "repository": actions.fetch(f"/repos/{repo}")}
    trigger = _Trigger(name="workflow_run", payload=event, ref=f"refs/heads/{event['repository']['default_branch']}")
    own = actions.hub.admin.start_workflow_run(
        repo,
        workflow_path=REPORT_WORKFLOW,
        event="workflow_run",
        head_branch=event["repository"]["default_branch"],
        head_sha=run["head_sha"],
        actor=actions.actor,
    )
    job = _job(actions, repo, own, trigger)
    job.environment["GITHUB_TOKEN"] = actions.bot_token
    job.environment["MERGANSER_LOGIN"] = actions.bot
    try:
        _merganser(actions, job, "report")
    except StepFailed:
        actions.hub.admin.finish_workflow_run(repo, own["id"], "failure")
        raise
    actions.hub.admin.finish_workflow_run(repo, own["id"], "success")
    return job


def _job(actions: Actions, repo: str, run: dict[str, Any], trigger: _Trigger) -> Job:
    folder = actions.folder / f"run-{run['id']}"
    folder.mkdir(parents=True)
    for name in ("output", "summary"):
        (folder / name).touch()
    (folder / "event.json").write_text(json.dumps(trigger.payload))
    kept = {name: os.environ[name] for name in ("HOME", "LANG", "TMPDIR", "SYSTEMROOT") if name in os.environ}
    return Job(
        folder=folder,
        environment={
            **kept,
            **NEUTRAL,
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]),
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_ACTOR": actions.actor,
            "GITHUB_API_URL": actions.hub.api_url,
            "GITHUB_EVENT_NAME": trigger.name,
            "GITHUB_EVENT_PATH": str(folder / "event.json"),
            "GITHUB_OUTPUT": str(folder / "output"),
            "GITHUB_REF": trigger.ref,
            "GITHUB_REPOSITORY": repo,
            "GITHUB_RUN_ATTEMPT": str(run["run_attempt"]),
            "GITHUB_RUN_ID": str(run["id"]),
            "GITHUB_SERVER_URL": actions.hub.url,
            "GITHUB_STEP_SUMMARY": str(folder / "summary"),
            "GITHUB_WORKSPACE": str(folder / "checkout"),
        },
    )


def _checkout(actions: Actions, job: Job, repo: str, ref: str) -> None:
    """What actions/checkout leaves with `fetch-depth: 0`: the ref, detached, and every branch as `origin/…`."""
    workspace = Path(job.environment["GITHUB_WORKSPACE"])
    url, nobody = f"{actions.hub.url}/{repo}.git", credentials(Secret(""), actions.hub.url)
    git.run(["clone", "--quiet", "--no-checkout", url, str(workspace)], job.folder, env=nobody)
    git.run(["fetch", "--quiet", "origin", ref], workspace, env=nobody)
    git.run(["checkout", "--quiet", "--detach", "FETCH_HEAD"], workspace, env=nobody)


def _pack(folder: Path, packed: Path) -> None:
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(p for p in folder.rglob("*") if p.is_file()):
            archive.write(file, file.relative_to(folder).as_posix())


def _merganser(actions: Actions, job: Job, *args: str) -> None:
    done = _start(actions, job, *args)
    if done.returncode:
        raise StepFailed(
            f"merganser {' '.join(args)} ended with exit code {done.returncode}",
            f"Its words stand above; its folder is {job.folder}.",
        )


def _start(actions: Actions, job: Job, *args: str) -> subprocess.CompletedProcess[str]:
    """Run one command, hand its progress on line by line, and keep standard output for outputs only."""
    actions.say("$ merganser " + " ".join(_shown(args, job)))
    workspace = Path(job.environment["GITHUB_WORKSPACE"])
    with subprocess.Popen(
        [sys.executable, "-m", "merganser", *args],
        cwd=workspace if workspace.is_dir() else job.folder,
        env=job.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        assert process.stdout is not None
        last = deque[str](maxlen=LAST_WORDS)
        for line in process.stdout:
            last.append(line.rstrip())
            actions.hear("  " + line.rstrip())
    if process.returncode:
        actions.say("  … " + "\n        ".join(last))
    return subprocess.CompletedProcess(args, process.returncode)


def _shown(args: Sequence[str], job: Job) -> list[str]:
    return [arg.replace(f"{job.folder}{os.sep}", "") for arg in args]

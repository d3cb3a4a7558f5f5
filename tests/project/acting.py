"""Runs an action's one step as a runner does: GitHub's variables, the inputs filled in, packages installed by hash."""

import json
import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from merganser.hub import Hub
from tests.architecture.layers import REPO
from tests.commands.stage import BOT, Moment
from tests.commands.stage import REPO as MODEL_REPO

_MACHINE = ("PATH", "HOME", "LANG", "PIP_INDEX_URL", "PIP_CERT", "PIP_CONFIG_FILE", "PIP_DEFAULT_TIMEOUT")
_INPUT = re.compile(r"\$\{\{ inputs\.([a-z-]+) \}\}")

Ran = subprocess.CompletedProcess[str]


def action_path(name: str) -> Path:
    """The folder of an action; "" is the one at the root."""
    return REPO / "actions" / name if name else REPO


def runner(folder: Path) -> dict[str, str]:
    """The environment of a runner whose tool cache is still empty."""
    names = (*_MACHINE, "SSL_CERT_FILE")
    machine = {name: os.environ[name] for name in names if name in os.environ}
    return machine | {"RUNNER_TEMP": str(folder), "RUNNER_TOOL_CACHE": str(folder), "NO_PROXY": "127.0.0.1"}


def run(name: str, inputs: Mapping[str, str], environment: Mapping[str, str], folder: Path | None = None) -> Ran:
    """An action as a runner starts it, in a folder."""
    path = action_path(name)
    action: dict[str, Any] = yaml.safe_load((path / "action.yml").read_text())
    [step] = action["runs"]["steps"]
    given = {variable: _INPUT.sub(lambda one: inputs.get(one[1], ""), text) for variable, text in step["env"].items()}
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", step["run"]],
        env={**environment, "GITHUB_ACTION_PATH": str(path), **given},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def told(hub: Hub, moment: Moment, folder: Path) -> dict[str, str]:
    """What a runner tells the step of a workflow that the moment's event started."""
    (folder / "event.json").write_text(json.dumps(moment.event))
    for name in ("output", "summary"):
        (folder / name).touch()
    return {
        "CI": "true",
        "GITHUB_ACTIONS": "true",
        "GITHUB_ACTOR": "ada",
        "GITHUB_API_URL": hub.api_url,
        "GITHUB_EVENT_NAME": "workflow_run",
        "GITHUB_EVENT_PATH": str(folder / "event.json"),
        "GITHUB_OUTPUT": str(folder / "output"),
        "GITHUB_REPOSITORY": MODEL_REPO,
        "GITHUB_RUN_ATTEMPT": "1",
        "GITHUB_RUN_ID": "77",
        "GITHUB_SERVER_URL": hub.url,
        "GITHUB_STEP_SUMMARY": str(folder / "summary"),
        "GITHUB_WORKSPACE": str(folder),
    }


def bot(moment: Moment) -> dict[str, str]:
    """The inputs by which an action acts as the bot."""
    return {"token": moment.access.bot, "login": BOT}

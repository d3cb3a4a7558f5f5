"""Real repositories with tags of every kind, and what GTO's own Python functions say of them."""

import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import gto.api

from merganser.commands.observing.tags import read_history
from merganser.git import Repository
from merganser.registry import stages, versions
from merganser.registry.versions import Eligible, Registry

BEGAN = 1_790_000_000
WHO = {"NAME": "Ada", "EMAIL": "ada@example.org"}


class Tagged:
    """A git repository; each tag says at which second, counted from the first commit, it was made."""

    def __init__(self, path: Path) -> None:
        self.path = path
        if not (path / ".git").exists():
            self.git("init", "--quiet", "--initial-branch=main")

    def git(self, *args: str, at: int = 0) -> str:
        when = datetime.fromtimestamp(BEGAN + at, UTC).isoformat()
        who = {f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER") for key, value in WHO.items()}
        dates = {"GIT_AUTHOR_DATE": when, "GIT_COMMITTER_DATE": when, "GIT_CONFIG_GLOBAL": os.devnull}
        done = subprocess.run(
            ["git", *args],
            cwd=self.path,
            env={**os.environ, **who, **dates},
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()

    def commits(self, count: int) -> list[str]:
        made = []
        for number in range(count):
            self.git("commit", "--quiet", "--allow-empty", "--message", f"work {number}")
            made.append(self.git("rev-parse", "HEAD"))
        return made

    def tag(self, name: str, target: str, at: int = 0, message: str = "said") -> None:
        self.git("tag", "--annotate", "--message", message, "--end-of-options", name, target, at=at)


class State(NamedTuple):
    """What a registry comes to, as far as GTO has words for it: of models that are in use."""

    latest: dict[str, str | None]
    staged: dict[tuple[str, str], str]
    active: dict[str, set[str]]


def by_merganser(path: Path) -> State:
    history = read_history(Repository(path))
    registry = versions.registered(history)
    held = stages.read(history, registry.versions)
    models = {v.model for v in registry.versions} | {one.event.artifact for one in history.said}
    models -= registry.deprecated
    return State(
        latest={model: _latest(registry, model) for model in models},
        staged={
            (one.model, one.stage): f"v{one.version}" if one.version else one.commit
            for one in held
            if one.model in models
        },
        active={m: {f"v{v.version}" for v in registry.versions if v.model == m and v.active} for m in models},
    )


def _latest(registry: Registry, model: str) -> str | None:
    found = versions.latest(registry.versions, model, Eligible(prereleases=True))
    return f"v{found.version}" if found else None


def by_gto(path: Path) -> State:
    """What `gto show --json` prints, from the very function that the command calls."""
    shown: dict[str, dict[str, Any]] = gto.api.show(str(path))
    return State(
        latest={model: said["version"] for model, said in shown.items()},
        staged={(model, stage): held for model, said in shown.items() for stage, held in said["stage"].items() if held},
        active={
            model: {v["version"] for v in gto.api.show(str(path), name=model) if v["registrations"]} for model in shown
        },
    )

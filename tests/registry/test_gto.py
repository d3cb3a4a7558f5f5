"""GTO reads what Merganser writes: real tags in a real repository, GTO's own command."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from merganser.plan import Tag
from merganser.registry.history import TagFact
from merganser.registry.registration import decide
from merganser.registry.tags import Action, TagEvent, first_line, format_tag
from merganser.registry.versions import Version, read
from tests.registry.samples import OTHER, facts, record, recorded, run, verdict


class Repo:
    """A git repository whose commits and tags are a minute apart."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.minute = 0
        self.git("init", "--quiet", "--initial-branch=main")

    def git(self, *args: str) -> str:
        self.minute += 1
        when = f"2026-11-23T10:{self.minute:02}:00Z"
        who = {f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER") for key, value in WHO.items()}
        env = {
            **os.environ,
            **who,
            "GIT_AUTHOR_DATE": when,
            "GIT_COMMITTER_DATE": when,
            "GIT_CONFIG_GLOBAL": os.devnull,
        }
        done = subprocess.run(["git", *args], cwd=self.path, env=env, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def commit(self) -> str:
        self.git("commit", "--quiet", "--allow-empty", "--message", "work")
        return self.git("rev-parse", "HEAD")

    def tag(self, name: str, commit: str, message: str) -> None:
        self.git("tag", "--annotate", "--message", message, "--end-of-options", name, commit)

    def versions(self) -> tuple[Version, ...]:
        fields = "%(refname:strip=2)%09%(*objectname)%09%(taggerdate:unix)%09%(contents:size)"
        found = []
        for line in self.git("for-each-ref", f"--format={fields}", "refs/tags").splitlines():
            name, commit, time, _ = line.split("\t")
            message = self.git("for-each-ref", "--format=%(contents)", f"refs/tags/{name}")
            found.append(TagFact(name=name, commit=commit, time=int(time), annotated=True, message=message))
        return read(found).versions

    def gto(self, *args: str) -> Any:
        env = {**os.environ, "DO_NOT_TRACK": "1", "GTO_NO_ANALYTICS": "1", "DVC_NO_ANALYTICS": "1"}
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-m", "gto.cli", *args, "--json", "--repo", str(self.path)],
            env=env, capture_output=True, text=True, check=True,
        )  # fmt: skip
        return json.loads(done.stdout)


WHO = {"NAME": "Ada", "EMAIL": "ada@example.org"}


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    return Repo(tmp_path)


def register(repo: Repo, digest: str) -> str:
    """Registers a new commit by the plan that Merganser decides on, and returns the tag's name."""
    commit = repo.commit()
    merged = record(run(inputs_digest=digest), recorded(commit=commit))
    plan = decide(facts(record=merged, verdict=verdict(inputs_digest=digest), versions=repo.versions()))
    tag = plan.effects[0]
    assert isinstance(tag, Tag)
    repo.tag(tag.name, tag.commit, tag.message)
    return tag.name


def test_gto_reads_what_merganser_registers(repo: Repo) -> None:
    first, second = register(repo, OTHER), register(repo, "sha256:" + "c3" * 32)
    assert (first, second) == ("digits@v0.1.0", "digits@v0.2.0")
    shown = repo.gto("show", "digits")
    assert [v["version"] for v in shown] == ["v0.2.0", "v0.1.0"]
    ours = {v.tag: v for v in repo.versions()}
    assert {v["ref"]: v["commit_hexsha"] for v in shown} == {tag: v.commit for tag, v in ours.items()}
    assert ours[first].inputs_digest == OTHER
    assert shown[1]["message"].startswith("Registering artifact digits version v0.1.0\n")


def test_gto_reads_every_other_kind_of_tag(repo: Repo) -> None:
    first, later = register(repo, OTHER), register(repo, "sha256:" + "c3" * 32)
    for event, on in (
        (TagEvent(action=Action.assign, artifact="digits", stage="prod", counter=1), later),
        (TagEvent(action=Action.unassign, artifact="digits", stage="prod", counter=2), later),
        (TagEvent(action=Action.assign, artifact="digits", stage="dev", counter=3), later),
        (TagEvent(action=Action.deregister, artifact="digits", version="0.1.0"), first),
    ):
        repo.tag(format_tag(event), repo.git("rev-parse", f"{on}^{{commit}}"), first_line(event, "v0.2.0"))
    history = {event["event"] for event in repo.gto("history", "digits")}
    assert history >= {"registration", "deregistration", "assignment", "unassignment"}
    assert [v["version"] for v in repo.gto("show", "digits")] == ["v0.2.0"]
    assert {v.version: v.active for v in repo.versions()} == {"0.1.0": False, "0.2.0": True}
    assert repo.gto("show")["digits"]["stage"] == {"dev": "v0.2.0"}

"""Merganser and GTO read the same registry: random histories written by either; and the cases where GTO is wrong."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import NamedTuple

import dulwich.porcelain.tag
import pytest
from dvc.repo import Repo
from gto.exceptions import GTOException
from gto.registry import GitRegistry
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from merganser.registry.tags import Action, TagEvent, first_line, format_tag, parse
from tests.registry.tagging import BEGAN, Tagged, by_gto, by_merganser

COMMITS = 5
MODELS, STAGES = ("m", "some/dir:n"), ("dev", "prod")


class Step(NamedTuple):
    """One thing to do to a model's registry; what of it doesn't apply is ignored."""

    action: str
    model: str
    commit: int
    stage: str
    version: str
    counted: bool


STEPS = st.builds(
    Step,
    action=st.sampled_from(["register", "register", "assign", "assign", "unassign", "deregister", "deprecate"]),
    model=st.sampled_from(MODELS),
    commit=st.integers(0, COMMITS - 1),
    stage=st.sampled_from(STAGES),
    version=st.sampled_from(["", "", "v1.0.0", "v2.0.0-rc.1", "v2.0.0", "v10.0.12"]),
    counted=st.booleans(),
)


@pytest.fixture(scope="module")
def untagged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository of a few commits."""
    path = tmp_path_factory.mktemp("untagged")
    Tagged(path).commits(COMMITS)
    return path


class Clock:
    """What GTO's tags get their times from, in seconds after the first commit.

    The library below GTO has three ways of making a tag: one reads no date from the environment and steps aside where
    there is one, one takes the date, one looks at its clock.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch
        monkeypatch.setattr(dulwich.porcelain.tag, "time", SimpleNamespace(time=lambda: self._now))
        for role in ("AUTHOR", "COMMITTER"):
            monkeypatch.setenv(f"GIT_{role}_NAME", "Ada")
            monkeypatch.setenv(f"GIT_{role}_EMAIL", "ada@example.org")
        self.set(0)

    def set(self, seconds: int) -> None:
        self._now = BEGAN + seconds
        self._monkeypatch.setenv("GIT_COMMITTER_DATE", f"{self._now} +0000")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def copies(untagged: Path, tmp_path: Path) -> Iterator[Path]:
    """The folders of one test's examples, each a fresh copy."""
    number = 0
    while True:
        number += 1
        yield Path(shutil.copytree(untagged, tmp_path / str(number)))


def do(path: Path, step: Step, deprecated: set[str]) -> None:
    """The step by GTO's own functions; what they refuse is not done. After a deprecation only registering ends it."""
    if step.model in deprecated and step.action != "register":
        return
    rev, simple = f"HEAD~{step.commit}", not step.counted
    with GitRegistry.from_url(str(path)) as registry:
        try:
            if step.action == "register":
                registry.register(step.model, rev, version=step.version or None, simple=simple)
                deprecated.discard(step.model)
            elif step.action == "assign":
                registry.assign(step.model, step.stage, rev=rev, simple=simple, skip_registration=True, force=True)
            elif step.action == "unassign":
                registry.unassign(step.model, step.stage, rev=rev, simple=simple)
            elif step.action == "deregister":
                registry.deregister(step.model, rev=rev, simple=simple)
            else:
                registry.deprecate(step.model, simple=True)
                deprecated.add(step.model)
        except GTOException:
            return


# Without shrinking: each history takes a good part of a second, and the first that fails is short enough to read.
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)
EXAMPLES = pytest.mark.parametrize("examples", [12, pytest.param(200, marks=pytest.mark.integration)])


@EXAMPLES
def test_histories_made_by_gto_are_read_as_gto_reads_them(
    examples: int, untagged: Path, tmp_path: Path, clock: Clock
) -> None:
    fresh, staged = copies(untagged, tmp_path), []

    @settings(max_examples=examples, phases=PHASES, suppress_health_check=list(HealthCheck), deadline=None)
    @given(st.lists(STEPS, min_size=5, max_size=14))
    def compare(steps: list[Step]) -> None:
        path, deprecated = next(fresh), set[str]()
        for now, step in enumerate(steps, 1):
            clock.set(now)
            do(path, step, deprecated)
        ours = by_merganser(path)
        staged.append(bool(ours.staged))
        assert ours == by_gto(path)

    compare()
    assert any(staged)


class Writer:
    """Tags as Merganser names and words them, by its rules: one version a commit, stages counted, a second apart."""

    def __init__(self, path: Path, commits: list[str]) -> None:
        self.repo, self.commits = Tagged(path), commits
        self.versions: dict[tuple[str, int], str] = {}
        self.names: list[str] = []

    def do(self, step: Step) -> None:
        """The step, if it is one that the registry's state allows."""
        version = self.versions.get((step.model, step.commit), "")
        if step.action == "register" and not version:
            taken = [version for (model, _), version in self.versions.items() if model == step.model]
            version = self.versions[step.model, step.commit] = f"0.{len(taken) + 8}.{step.commit + 9}"
            self.write(TagEvent(action=Action.register, artifact=step.model, version=version), step.commit)
        elif step.action == "deregister" and version:
            self.write(TagEvent(action=Action.deregister, artifact=step.model, version=version), step.commit)
        elif step.action in ("assign", "unassign") and version:
            action, counter = Action(step.action), 1 + max([0, *self.counters(step.model)])
            event = TagEvent(action=action, artifact=step.model, stage=step.stage, counter=counter)
            self.write(event, step.commit, version)

    def counters(self, model: str) -> list[int]:
        events = [event for name in self.names if (event := parse(name)) is not None and event.artifact == model]
        return [event.counter for event in events if event.counter is not None]

    def write(self, event: TagEvent, commit: int, version: str = "") -> None:
        name = format_tag(event)
        if name not in self.names:
            self.names.append(name)
            self.repo.tag(name, self.commits[commit], len(self.names), first_line(event, version))


@EXAMPLES
def test_histories_that_merganser_writes_are_read_by_gto_and_dvc_as_by_itself(
    examples: int, untagged: Path, tmp_path: Path
) -> None:
    fresh, staged = copies(untagged, tmp_path), []
    commits = Tagged(untagged).git("rev-list", "HEAD").split()

    @settings(max_examples=examples, phases=PHASES, suppress_health_check=list(HealthCheck), deadline=None)
    @given(st.lists(STEPS, min_size=5, max_size=20))
    def compare(steps: list[Step]) -> None:
        writer = Writer(next(fresh), commits)
        for step in steps:
            writer.do(step)
        ours = by_merganser(writer.repo.path)
        staged.append(bool(ours.staged))
        assert ours == by_gto(writer.repo.path)
        with Repo(str(writer.repo.path), uninitialized=True) as dvc:
            for (model, commit), version in writer.versions.items():
                assert dvc.artifacts.get_rev(model, version=f"v{version}") == commits[commit]

    compare()
    assert any(staged)


def test_dvc_finds_the_latest_version_and_what_is_in_a_stage(untagged: Path, tmp_path: Path) -> None:
    writer = Writer(next(copies(untagged, tmp_path)), Tagged(untagged).git("rev-list", "HEAD").split())
    for action, commit in (("register", 2), ("register", 1), ("assign", 2)):
        writer.do(Step(action, "some/dir:n", commit, "prod", "", counted=True))
    with Repo(str(writer.repo.path), uninitialized=True) as dvc:
        assert dvc.artifacts.get_rev("some/dir:n", stage="prod") == writer.commits[2]
        assert dvc.artifacts.get_rev("some/dir:n", version="v0.9.10") == writer.commits[1]
    assert by_merganser(writer.repo.path).staged == {("some/dir:n", "prod"): "v0.8.11"}


@pytest.mark.integration
def test_dvc_gets_the_artifact_of_a_version_and_of_a_stage(tmp_path: Path) -> None:
    """By DVC's own command, from a repository that keeps the model in git and names it in `dvc.yaml`."""
    (tmp_path / "repo").mkdir()
    repo = Tagged(tmp_path / "repo")
    (repo.path / ".dvc").mkdir()
    (repo.path / ".dvc" / "config").touch()
    (repo.path / "dvc.yaml").write_text("artifacts:\n  m: {path: model.bin, type: model}\n")
    commits = []
    for content in ("first", "second"):
        (repo.path / "model.bin").write_text(content)
        repo.git("add", "--all")
        commits += repo.commits(1)
    writer = Writer(repo.path, commits)
    for action, commit in (("register", 0), ("register", 1), ("assign", 0)):
        writer.do(Step(action, "m", commit, "prod", "", counted=True))
    for option, value, content in (
        ("--rev", "v0.8.9", "first"),
        ("--rev", "v0.9.10", "second"),
        ("--stage", "prod", "first"),
    ):
        out = tmp_path / f"{value}.bin"
        command = [
            sys.executable,
            "-m",
            "dvc",
            "artifacts",
            "get",
            str(repo.path),
            "m",
            option,
            value,
            "--out",
            str(out),
        ]
        environ = {**os.environ, "DVC_NO_ANALYTICS": "1"}
        done = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, check=False)
        assert (done.returncode, out.is_file() and out.read_text()) == (0, content), done.stderr

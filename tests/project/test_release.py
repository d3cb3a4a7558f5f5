"""`scripts/release.sh` makes a commit by whose SHA everything is pinned, and leaves the branch as it was."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.architecture.layers import REPO
from tests.project.test_workflow_lint import zizmor

ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.org",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.org",
    "GIT_CONFIG_GLOBAL": "/dev/null",
}


def git(folder: Path, *words: str) -> str:
    done = subprocess.run(["git", *words], cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def release(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = ["scripts/release.sh", *words]
    return subprocess.run(command, cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, check=False)


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """What this work tree would be as one commit of main."""
    listed = git(REPO, "ls-files", "-z", ".github", "actions", "scripts", "action.yml").split("\0")
    for name in filter(None, listed):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes((REPO / name).read_bytes())
        (tmp_path / name).chmod((REPO / name).stat().st_mode)
    for words in (("init", "-q", "-b", "main"), ("add", "."), ("commit", "-q", "-m", "All")):
        git(tmp_path, *words)
    return tmp_path


def test_a_release_names_its_own_actions_by_sha(clone: Path) -> None:
    before = git(clone, "rev-parse", "main")
    done = release(clone, "v1.4.0")
    assert done.returncode == 0, done.stderr
    assert (git(clone, "rev-parse", "main"), git(clone, "branch", "--show-current")) == (before, "main")
    assert git(clone, "status", "--porcelain") == ""
    assert git(clone, "rev-parse", "v1.4.0^{}^") == before
    assert git(clone, "rev-parse", "v1^{}") == git(clone, "rev-parse", "v1.4.0^{}")
    assert {git(clone, "cat-file", "-t", tag) for tag in ("v1", "v1.4.0")} == {"tag"}
    git(clone, "checkout", "-q", "v1.4.0")
    workflows = sorted((clone / ".github" / "workflows").glob("merganser-*.yml"))
    used = [one for path in workflows for one in re.findall(r"uses: (\S+)", path.read_text())]
    assert [one for one in used if not re.fullmatch(r"\S+@[0-9a-f]{40}", one)] == []
    ours = {one.rpartition("@")[2] for one in used if "/merganser/actions/" in one}
    assert ours == {before}
    assert not [found for found in zizmor(workflows, "--no-ignores") if found[0] == "unpinned-uses"]


def test_the_next_release_moves_the_moving_tag_alone(clone: Path) -> None:
    assert release(clone, "v1.4.0").returncode == 0
    first = git(clone, "rev-parse", "v1.4.0")
    assert release(clone, "v1.4.1").returncode == 0
    assert git(clone, "rev-parse", "v1.4.0") == first
    assert git(clone, "rev-parse", "v1^{}") == git(clone, "rev-parse", "v1.4.1^{}")
    again = release(clone, "v1.4.1")
    assert (again.returncode, "is there already" in again.stderr) == (2, True)


@pytest.mark.parametrize("version", [(), ("1.4.0",), ("v1",), ("v1.4.0;touch pwned",), ("--force",)])
def test_what_is_no_version_is_refused(version: tuple[str, ...], clone: Path) -> None:
    assert release(clone, *version).returncode == 2
    assert git(clone, "tag") == ""


def test_a_checkout_with_changes_is_not_released(clone: Path) -> None:
    (clone / "action.yml").write_text("changed")
    assert release(clone, "v1.4.0").returncode == 2
    assert git(clone, "tag") == ""

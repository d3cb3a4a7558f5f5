"""Git is old on many machines: what is needed is asked for at once, and written down."""

import os
from pathlib import Path

import pytest

from merganser import git
from merganser.errors import ConfigError, MerganserError
from merganser.forge.mirror import clone
from merganser.forge.secret import Secret
from merganser.setup import demo
from tests.architecture.layers import REPO


@pytest.fixture
def pretend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A git that says what stands in the file `said`, and can do nothing else."""
    program = tmp_path / "bin" / "git"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\ntest "$1" = version || exit 9\ncat "{tmp_path}/said"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    return tmp_path / "said"


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("git version 2.34.1\n", "2.34"),
        ("git version 2.37.4.windows.1\n", "2.37"),
        ("git version 1.99\n", "1.99"),
        ("git, no number\n", "'git, no number\\n'"),
    ],
)
def test_an_old_git_is_refused_with_what_to_do(pretend: Path, said: str, found: str) -> None:
    pretend.write_text(said)
    with pytest.raises(ConfigError) as refused:
        git.require((2, 38))
    assert refused.value.message == f"git 2.38 or newer is needed, this is {found}"
    assert "Install" in refused.value.hint


@pytest.mark.parametrize("said", ["git version 2.38.0\n", "git version 2.100.1 (Apple Git-154)\n", "git version 3.0\n"])
def test_a_new_git_is_taken(pretend: Path, said: str) -> None:
    pretend.write_text(said)
    git.require((2, 38))


def test_it_is_asked_where_the_demo_and_the_report_begin(pretend: Path, tmp_path: Path) -> None:
    pretend.write_text("git version 2.34.1\n")
    for begin in (
        lambda: demo.demo(demo.Request(keep=tmp_path / "demo")),
        lambda: clone("http://127.0.0.1:9", "acme/digits", Secret(""), tmp_path / "mirror", []),
    ):
        with pytest.raises(MerganserError, match=r"^git 2\.38 or newer is needed, this is 2\.34$"):
            begin()
    assert not (tmp_path / "demo").exists()


@pytest.mark.parametrize("page", ["README.md", "docs/architecture.md", "action.yml"])
def test_the_pages_say_which(page: str) -> None:
    oldest = ".".join(map(str, git.OLDEST))
    assert f"git {oldest} or newer" in (REPO / page).read_text().replace("\n", " ")

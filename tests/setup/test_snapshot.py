"""A work tree as commits beside its repository: what `git add --all` would take, and where the branches part."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from merganser.errors import ConfigError
from merganser.setup.trying import snapshot, surroundings
from merganser.setup.trying.snapshot import Snapshot
from tests.commands.stage import CONFIG
from tests.setup.trying import fingerprint, git, repository


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    return repository(tmp_path / "mine")


def take(folder: Path) -> Snapshot:
    return snapshot.take(snapshot.find(folder), folder.parent / "beside.git")


def paths(taken: Snapshot, tree: str) -> dict[str, str]:
    return {entry.path: entry.mode for entry in taken.repository.entries(tree)}


def test_it_takes_what_a_commit_of_everything_would(mine: Path) -> None:
    (mine / "params.yaml").unlink()
    (mine / "new.sh").write_text("true\n")
    (mine / "new.sh").chmod(0o755)
    (mine / "link").symlink_to("new.sh")
    (mine / "secret.txt").write_text("mine\n")
    (mine / ".git" / "info" / "exclude").write_text("private\n")
    (mine / "private").write_text("mine\n")
    before = fingerprint(mine)
    taken = take(mine)
    assert fingerprint(mine) == before
    git(mine, "add", "--all")
    assert taken.tree == git(mine, "write-tree").strip()
    found = paths(taken, taken.tree)
    assert (found["new.sh"], found["link"]) == ("100755", "120000")
    assert {"params.yaml", "secret.txt", "private"} & set(found) == set()


def test_an_ignored_file_that_was_added_by_force_counts(mine: Path) -> None:
    (mine / "secret.txt").write_text("shown\n")
    git(mine, "add", "--force", "secret.txt")
    taken = take(mine)
    assert "secret.txt" in paths(taken, taken.tree)


def test_branches_part_where_they_did(mine: Path) -> None:
    """What the default branch has since is not taken back by a branch that is behind it."""
    began = git(mine, "rev-parse", "HEAD^{tree}").strip()
    git(mine, "checkout", "-qb", "mine")
    (mine / "params.yaml").write_text("a: 7\nb: 7\n")
    git(mine, "commit", "-qam", "Mine")
    git(mine, "checkout", "-q", "main")
    (mine / "theirs.txt").write_text("theirs\n")
    git(mine, "add", "--all")
    git(mine, "commit", "-qm", "Theirs")
    theirs = git(mine, "rev-parse", "HEAD^{tree}").strip()
    git(mine, "checkout", "-q", "mine")
    taken = take(mine)
    assert taken.repository.tree_of(taken.base) == theirs
    assert taken.repository.tree_of(taken.parent) == began
    head = snapshot.commit(taken.repository, taken.tree, taken.parent, "x")
    merged = taken.repository.merge_tree(taken.base, head)
    assert merged is not None
    assert "theirs.txt" in paths(taken, merged)


def test_a_shallow_clone_with_another_default_branch_is_enough(mine: Path) -> None:
    git(mine, "commit", "-q", "--allow-empty", "-m", "Second")
    git(mine, "branch", "-m", "trunk")
    git(mine.parent, "clone", "-q", "--depth=1", f"file://{mine}", "clone")
    clone = mine.parent / "clone"
    (clone / "src").mkdir()
    origin = snapshot.find(clone / "src")
    assert (origin.top, origin.branch) == (clone, "trunk")
    taken = snapshot.take(origin, mine.parent / "beside.git")
    assert taken.repository.tree_of(taken.base) == taken.tree == git(mine, "rev-parse", "HEAD^{tree}").strip()


def test_without_a_commit_there_is_no_base(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    (folder / "train.py").write_text("1\n")
    taken = take(folder)
    assert (taken.base, list(paths(taken, taken.tree))) == ("", ["train.py"])


def test_parameters_are_set_in_the_models_own_folder(tmp_path: Path) -> None:
    folder = repository(tmp_path / "mine", CONFIG.replace("  tiny:\n", "  tiny:\n    path: m\n"))
    (folder / "m").mkdir()
    (folder / "m" / "params.yaml").write_text("a: 1 # why\nb: {c: x}\n")
    taken = take(folder)
    tree = snapshot.with_parameters(taken, {"tiny": ("a=2", "b.c=y")})
    assert taken.repository.file(tree, "m/params.yaml") == b"a: 2 # why\nb: {c: y}\n"
    assert taken.repository.file(tree, "params.yaml") == taken.repository.file(taken.tree, "params.yaml")


def test_parameters_of_another_format_are_refused(tmp_path: Path) -> None:
    folder = repository(tmp_path / "mine", CONFIG.replace("  tiny:\n", "  tiny:\n    params: params.json\n"))
    (folder / "params.json").write_text("{}")
    with pytest.raises(ConfigError, match=r"params\.json is none"):
        snapshot.with_parameters(take(folder), {"tiny": ("a=2",)})


def test_to_train_again_an_input_changes_and_nothing_else(mine: Path) -> None:
    taken = take(mine)
    tree, script = snapshot.trained_again(taken)
    assert script == "train.py"
    changed = taken.repository.text("diff-tree", "-r", "--name-only", taken.tree, tree)
    assert changed == "train.py"
    assert taken.repository.file(tree, script) == (mine / "train.py").read_bytes() + b"\n"


def test_what_is_installed_stays_in_the_layer(mine: Path, tmp_path: Path) -> None:
    """The person's packages are seen, the person's pip is not what a preparation runs."""
    (tmp_path / "around").mkdir()
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    around = surroundings.prepare(snapshot.find(mine), tmp_path / "around", path)
    code = "import msgspec, sys; print(msgspec.__file__, sys.prefix)"
    said = subprocess.run(
        ["sh", "-c", f"python -c '{code}'; pip --version; python -m pip --version"],
        env={"PATH": around.path},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    layer = str(tmp_path / "around" / "python")
    assert said[1] == around.variables["VIRTUAL_ENV"] == layer
    assert not said[0].startswith(layer)
    assert "DVC_SYSTEM_CONFIG_DIR" not in around.variables


def test_without_python_it_says_so(mine: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no python3 on the PATH"):
        surroundings.prepare(snapshot.find(mine), tmp_path, str(tmp_path / "nothing"))

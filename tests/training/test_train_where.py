"""`merganser train --base`: a worktree of its own, prepared and taken away again."""

import json
from pathlib import Path

import pytest

from merganser.commands.train.command import TrainRequest
from merganser.commands.train.where import Where, train
from merganser.errors import ConfigError, DataError
from tests.training.conftest import CONFIG, ModelRepo


def test_the_base_is_prepared_and_trained_in_its_own_folder(repo: ModelRepo, tmp_path: Path) -> None:
    base = repo.commit(needs__txt="old")
    repo.commit(needs__txt="new", train__py="raise SystemExit('the change')")
    note = tmp_path / "note"
    prepare = (f"cat needs.txt >{note}", f"pwd >>{note}")
    bundle = train(TrainRequest(folder=repo.folder, model="m"), Where(base=base, prepare=prepare))
    run = json.loads((bundle / "run.json").read_text())
    assert bundle == repo.folder / ".merganser" / "m-base"
    assert (run["commit"], run["tree"]) == (base, repo.git("rev-parse", f"{base}^{{tree}}"))
    said = note.read_text()
    assert said.startswith("old")
    assert str(repo.folder) not in said
    assert len(repo.git("worktree", "list").splitlines()) == 1


def test_head_is_prepared_where_it_lies(repo: ModelRepo, tmp_path: Path) -> None:
    note = tmp_path / "note"
    bundle = train(TrainRequest(folder=repo.folder, model="m"), Where(prepare=(f"pwd >{note}",)))
    assert (bundle, note.read_text()) == (repo.folder / ".merganser" / "m", f"{repo.folder}\n")


def test_what_cannot_be_trained_leaves_nothing(repo: ModelRepo) -> None:
    request = TrainRequest(folder=repo.folder, model="m")
    with pytest.raises(ConfigError, match="names no commit here"):
        train(request, Where(base="--output=pwn"))
    with pytest.raises(DataError, match="failed with exit code 3"):
        train(request, Where(base="HEAD", prepare=("exit 3",)))
    old = repo.git("rev-parse", "HEAD")
    repo.commit(merganser__yaml=CONFIG.replace("  m:", "  new:"))
    with pytest.raises(ConfigError, match="has no model 'new'"):
        train(TrainRequest(folder=repo.folder, model="new"), Where(base=old))
    assert not (repo.folder / ".merganser").exists()
    assert len(repo.git("worktree", "list").splitlines()) == 1

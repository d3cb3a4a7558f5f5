"""Small model repos in git, whose pipelines are a line of Python."""

import subprocess
from pathlib import Path

import msgspec
import pytest

PIPELINE = """\
import json, pathlib
pathlib.Path("model.bin").write_bytes(b"weights")
pathlib.Path("metrics.json").write_text(json.dumps({"accuracy": 0.5, "nested": {"loss": 2}, "note": "x", "ok": True}))
pathlib.Path("p.csv").write_text("id,y,pred\\n1,a,a\\n2,b,a\\n")
print("trained")
"""

CONFIG = """\
version: 1
models:
  m:
    task: multiclass
    inputs: ["*.py", params.yaml]
    train: {run: python train.py, timeout: 60s}
    artifact: {path: model.bin}
    metrics: [metrics.json]
    predictions: {file: p.csv, key: id, label: y, prediction: pred}
"""


class ModelRepo(msgspec.Struct, frozen=True):
    """A clone in `folder`."""

    folder: Path

    def git(self, *args: str) -> str:
        command = ["git", "-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false", *args]
        return subprocess.run(command, cwd=self.folder, check=True, capture_output=True, text=True).stdout.strip()

    def write(self, **files: str) -> None:
        """Files by name, `__` for a dot and `___` for a slash."""
        for name, text in files.items():
            path = self.folder / name.replace("___", "/").replace("__", ".")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    def commit(self, **files: str) -> str:
        self.write(**files)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", "change")
        return self.git("rev-parse", "HEAD")


@pytest.fixture
def empty(tmp_path: Path) -> ModelRepo:
    folder = tmp_path / "repo"
    folder.mkdir()
    made = ModelRepo(folder)
    made.git("init", "--quiet", "--initial-branch=main")
    return made


@pytest.fixture
def repo(empty: ModelRepo) -> ModelRepo:
    empty.commit(
        merganser__yaml=CONFIG,
        train__py=PIPELINE,
        params__yaml="train: {C: 1e-1, on: yes}\n",
        __gitignore="model.bin\nmetrics.json\np.csv\n",
    )
    return empty

"""The digits example really trains: plan, pipeline and bundle, at the numbers that its README promises."""

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import polars as pl
import pytest

from tests.commands.recording import below, register, run_in

EXAMPLE = Path(__file__).parents[2] / "examples/digits"
START = "C: 0.1\n  gamma: 0.001\n"


def git(folder: Path, *args: str) -> str:
    command = ["git", "-c", "user.name=t", "-c", "user.email=t@example.org", *args]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


def merganser(folder: Path, *args: str) -> str:
    code = "from merganser.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", code, *args], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("digits") / "repo"
    built = ("cache", "tmp", "data", "models", "eval", "metrics.json", "dvc.lock", "__pycache__")
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns(*built))
    git(folder, "init", "--quiet", "--initial-branch=main")
    commit(folder)
    return folder


def commit(folder: Path) -> str:
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "change")
    return git(folder, "rev-parse", "HEAD")


def change(folder: Path, *replaced: tuple[str, str]) -> str:
    file = folder / "params.yaml"
    text = (EXAMPLE / "params.yaml").read_text()
    for old, new in replaced:
        assert old in text
        text = text.replace(old, new)
    file.write_text(text)
    return commit(folder)


def by_digit(bundle: Path) -> dict[str, tuple[int, float]]:
    rows = pl.read_parquet(bundle / "predictions.parquet").group_by("label").agg(
        pl.len(), (pl.col("label") == pl.col("prediction")).mean().alias("right")
    )  # fmt: skip
    return {label: (n, right) for label, n, right in rows.iter_rows()}


def reproduced(folder: Path, bundle: Path) -> dict[str, Any]:
    """The answer on the bundle's run, registered as if another scikit-learn had trained it."""
    run = run_in(bundle)
    packages = {**run.environment.packages, "scikit-learn": "1.0.0"}
    tag = register(folder, run_in(bundle, environment=msgspec.structs.replace(run.environment, packages=packages)))
    before = below(folder)
    found: dict[str, Any] = json.loads(merganser(folder, "reproduce", tag, "--json"))
    after = below(folder)
    assert {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)} == set()
    return found


@pytest.mark.integration  # half a minute; the demo, which trains the same example, is always tested
def test_a_change_is_planned_trained_and_bundled(digits: Path) -> None:
    (job,) = json.loads(merganser(digits, "plan", "--json"))["include"]
    assert (job["model"], job["reuse"]) == ("digits", None)
    bundle = Path(merganser(digits, "train", "digits").strip())
    run = json.loads((bundle / "run.json").read_text())
    assert run["inputs_digest"] == job["inputs_digest"]
    assert run["metrics"]["accuracy"] == pytest.approx(0.9510, abs=1e-3)
    assert run["params"] == {
        "prepare.seed": 0, "prepare.holdout": 898, "prepare.max_saturated": None, "train.C": 0.1, "train.gamma": 0.001,
    }  # fmt: skip
    assert [pin["name"] for pin in run["data"]] == ["data/holdout.npz", "data/train.npz"]
    assert {stage["name"] for stage in run["stages"]} == {"prepare", "train", "evaluate"}
    model = bundle.with_name("digits-files") / "models/digits.joblib"
    digest = hashlib.sha256(model.read_bytes()).hexdigest()
    assert run["artifacts"] == [{"path": "models/digits.joblib", "sha256": digest, "size": model.stat().st_size}]
    assert run["files"]["predictions"]["rows"] == 898
    assert "scikit-learn" in run["environment"]["packages"]
    assert sorted(path.name for path in bundle.iterdir()) == ["predictions.parquet", "run.json"]
    predictions = pl.read_parquet(bundle / "predictions.parquet")
    assert predictions.columns == ["row_id", "label", "prediction"]
    assert predictions["row_id"].n_unique() == 898
    assert min(n for n, _ in by_digit(bundle).values()) == 87

    found = reproduced(digits, bundle)
    assert found["agrees"]
    assert [one["name"] for one in found["findings"] if one["match"] != "identical"] == ["scikit-learn"]
    results = {one["name"] for one in found["findings"] if one["part"] in ("metric", "artifact", "file", "stage")}
    assert results == {"accuracy", "models/digits.joblib", "predictions", "prepare", "train", "evaluate"}

    better = change(digits, (START, "C: 0.3\n  gamma: 0.0005\n"))
    assert [job["model"] for job in json.loads(merganser(digits, "plan", "--json"))["include"]] == ["digits"]
    run = json.loads((Path(merganser(digits, "train", "digits").strip()) / "run.json").read_text())
    assert (run["commit"], run["params"]["train.C"]) == (better, 0.3)
    assert run["metrics"]["accuracy"] == pytest.approx(0.9722, abs=1e-3)

    change(digits, (START, "C: 10\n  gamma: 0.001\n"), ("max_saturated: null", "max_saturated: 7"))
    bundle = Path(merganser(digits, "train", "digits").strip())
    run = json.loads((bundle / "run.json").read_text())
    assert run["metrics"]["accuracy"] == pytest.approx(0.9699, abs=1e-3)
    ones, right = by_digit(bundle)["1"]
    assert ones == 91
    assert right == pytest.approx(0.802, abs=1e-3)


def test_the_readme_tells_the_measured_numbers() -> None:
    readme = (EXAMPLE / "README.md").read_text()
    for accuracy in ("0.951", "0.972", "0.970", "0.80"):
        assert accuracy in readme

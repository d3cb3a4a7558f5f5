"""Data in a DVC remote, as a training job finds it: a fresh clone, credentials that read, write, or aren't there."""

import json
import shutil
import warnings
from pathlib import Path

import pytest

from merganser.commands.observing.checkout import Occasion
from merganser.commands.train.command import TrainRequest, train
from merganser.run import Source
from tests.storage.world import Bucket, act_as_owner
from tests.training.conftest import ModelRepo
from tests.training.test_train import run_of

CONFIG = """\
version: 1
models:
  m:
    task: multiclass
    train: {run: RUN, timeout: 60s}
    metrics: [metrics.json]
    predictions: {file: p.csv, key: id, prediction: pred}
    labels: {uri: "dvc://holdout.csv", key: id, label: y}
    keep: dvc
"""
PIPELINE = """\
import json, pathlib
rows = pathlib.Path("data/train.csv").read_text()
pathlib.Path("model.bin").write_text(rows + pathlib.Path("params.yaml").read_text())
pathlib.Path("metrics.json").write_text(json.dumps({"accuracy": 0.5}))
pathlib.Path("p.csv").write_text("id,pred\\n1,a\\n2,a\\n")
"""
STAGES = """\
stages:
  train:
    cmd: python train.py
    deps: [train.py, data/train.csv, params.yaml]
    outs: [model.bin, p.csv, metrics.json]
artifacts:
  m: {path: model.bin, type: model}
"""
SEALED = "['remote \"sealed\"']\n    url = s3://not-for-training/x\n"


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    act_as_owner(monkeypatch, tmp_path)


@pytest.fixture
def fresh(store: Bucket, empty: ModelRepo, tmp_path: Path) -> ModelRepo:
    """A clone of a DVC project, as a runner has it: pushed data, none of it here; labels in a remote of their own."""
    from dvc.repo import Repo

    empty.write(data___train__csv="1,a\n", holdout__csv="id,y\n1,a\n", train__py=PIPELINE, dvc__yaml=STAGES)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # DVC's own, about its libraries.
        Repo.init(str(empty.folder)).close()
        empty.write(__dvc___config=store.config(tmp_path.name) + SEALED)
        with Repo(str(empty.folder)) as repo:
            repo.add([str(empty.folder / "data/train.csv"), str(empty.folder / "holdout.csv")])
            repo.push([str(empty.folder / "data/train.csv")])
    pointer = empty.folder / "holdout.csv.dvc"
    pointer.write_text(pointer.read_text() + "  remote: sealed\n")
    empty.commit(merganser__yaml=CONFIG.replace("RUN", "dvc repro --pull"), params__yaml="C: 1\n")
    for name in ("data/train.csv", "holdout.csv", ".dvc/cache"):
        path = empty.folder / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    return empty


def pushed() -> Occasion:
    return Occasion(event="push", source=Source(ci="github", run_id=1, attempt=1))


def forget(fresh: ModelRepo) -> None:
    """Another machine: what git holds is there, no data, no results, no cache."""
    fresh.commit()
    fresh.git("clean", "-qfdx", "--exclude=.merganser")


def test_data_comes_from_the_remote_and_results_go_there(
    fresh: ModelRepo, store: Bucket, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    run = run_of(train(TrainRequest(folder=fresh.folder, model="m", occasion=pushed())))
    said = capfd.readouterr().err
    assert [artifact.path for artifact in run.artifacts] == ["model.bin"]
    assert [pin.name for pin in run.data] == ["data/train.csv"]
    assert "not-for-training" not in said
    assert not (fresh.folder / "holdout.csv").exists()
    mine = [key for key in store.objects() if key.startswith(f"{tmp_path.name}/")]
    assert len([key for key in mine if "/runs/" in key]) == 1
    assert len([key for key in mine if "/files/md5/" in key]) == 4  # data, model, predictions, metrics


@pytest.mark.integration
def test_what_was_shared_is_not_made_again(fresh: ModelRepo, capfd: pytest.CaptureFixture[str]) -> None:
    """The locked results are there, or else the run cache has them."""
    first = run_of(train(TrainRequest(folder=fresh.folder, model="m", occasion=pushed())))
    assert "Running stage 'train'" in capfd.readouterr().err
    for lock in ("there", "lost"):
        forget(fresh)
        if lock == "lost":
            fresh.git("rm", "-q", "dvc.lock")
            fresh.commit()
        again = run_of(train(TrainRequest(folder=fresh.folder, model="m")))
        assert "Running stage 'train'" not in capfd.readouterr().err, lock
        assert again.artifacts == first.artifacts


@pytest.mark.integration
def test_a_pull_requests_job_and_a_reader_leave_the_remote_as_it_is(
    fresh: ModelRepo, store: Bucket, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    before = store.objects()
    train(TrainRequest(folder=fresh.folder, model="m", occasion=Occasion(event="pull_request", source=pushed().source)))
    assert store.objects() == before
    forget(fresh)
    with store.reader() as (key, secret):
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", key)
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", secret)
        train(TrainRequest(folder=fresh.folder, model="m", occasion=pushed()))
    assert store.objects() == before
    said = capfd.readouterr().err
    assert "results and run cache are not in the DVC remote" in said
    assert secret not in said


def test_without_credentials_training_goes_on_with_what_is_there(
    fresh: ModelRepo, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    fresh.commit(merganser__yaml=CONFIG.replace("RUN", "dvc repro"))
    (fresh.folder / "data/train.csv").write_text("1,a\n")
    (fresh.folder / "data/other.csv.dvc").write_text(
        "outs:\n- {md5: 0cc175b9c0f1b6a831c399e269772661, path: other.csv}\n"
    )
    fresh.commit()
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    assert run_of(train(TrainRequest(folder=fresh.folder, model="m"))).metrics == {"accuracy": 0.5}
    assert "the data of 'data/other.csv.dvc' isn't here" in capfd.readouterr().err
    assert json.loads((fresh.folder / "metrics.json").read_text()) == {"accuracy": 0.5}

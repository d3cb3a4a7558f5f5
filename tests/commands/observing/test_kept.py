"""Where a merged run's predictions and model files are kept, and where a later comparison finds them."""

import re
from pathlib import Path
from typing import Any

import pytest

from merganser.forge.github import connect
from tests.commands.report.test_report import BETTER, check_of, comments_of, delete, ledger_of, read_ledger, shown
from tests.commands.stage import CONFIG, REPO, TRAIN, Life, fetch, params, prepare_empty, runtime
from tests.storage.world import Bucket, act_as_owner

CANARY = "canary-secret-that-nobody-writes-down"
KEPT = CONFIG.replace("    release:", "    keep: dvc\n    release:")


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    act_as_owner(monkeypatch, tmp_path, CANARY)


def begun(life: Life, config: str) -> dict[str, Any]:
    """The model is merged, its run recorded; the record. No pull request stands behind it."""
    life.push(REPO, {"README.md": "# tiny\n"}, "main")
    files = {"merganser.yaml": KEPT, "train.py": TRAIN, "params.yaml": params(10, 10), ".dvc/config": config}
    life.do("report", life.train_push(life.merge(REPO, life.propose("set-up", files))))
    [path] = [path for path in ledger_of(life) if path.startswith("runs/")]
    return dict(read_ledger(life, path))


def lose_artifacts(life: Life, run: int) -> None:
    with connect(runtime(life.hub, life.access.person, {}, "")) as forge:
        for artifact in forge.artifacts(REPO, run):
            delete(life, f"/repos/{REPO}/actions/artifacts/{artifact.id}")


def test_a_merged_run_lies_in_the_remote_and_is_compared_from_there(store: Bucket, tmp_path: Path) -> None:
    with prepare_empty(tmp_path) as life:
        kept = begun(life, store.config())["recorded"]["kept"]
        assert [kept["predictions"]["kind"], kept["files"]["kind"]] == ["dvc", "dvc"]
        stored = kept["predictions"]["files"] + kept["files"]["files"]
        assert [file["path"] for file in stored] == ["predictions.csv", "model.json"]
        keys = {f"data/files/md5/{file['md5'][:2]}/{file['md5'][2:]}" for file in stored}
        assert keys == set(store.objects())
        lose_artifacts(life, kept["files"]["artifact"]["run_id"])
        number = life.propose("better", BETTER)
        life.do("report", life.train_pull(number, "better"))
        assert check_of(life, life.head(number))["conclusion"] == "success"
        assert "predictions from DVC remote store" in shown(comments_of(life, number)[0])
        # The version is made of what the remote has.
        merged = life.merge(REPO, number)
        life.do("report", life.train_push(merged))
        life.do("register", {})
        [release] = fetch(life.hub, life.access.person, f"/repos/{REPO}/releases")
        assert "model.json" in [asset["name"] for asset in release["assets"]]
    assert not [f for f in tmp_path.rglob("*") if f.is_file() and CANARY.encode() in f.read_bytes()]


@pytest.mark.integration
def test_a_changed_object_is_no_baseline(store: Bucket, tmp_path: Path) -> None:
    with prepare_empty(tmp_path) as life:
        kept = begun(life, store.config("changed"))["recorded"]["kept"]
        [file] = kept["predictions"]["files"]
        store.put(f"changed/files/md5/{file['md5'][:2]}/{file['md5'][2:]}", b"row,label,prediction\n")
        lose_artifacts(life, kept["predictions"]["artifact"]["run_id"])
        number = life.propose("better", BETTER)
        life.do("report", life.train_pull(number, "better"))
        assert check_of(life, life.head(number))["conclusion"] == "failure"
        assert "is gone" in shown(comments_of(life, number)[0])


def test_a_remote_that_refuses_leaves_the_artifacts(
    store: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Somebody who may read only; then a remote that nobody configured."""
    with prepare_empty(tmp_path) as life, store.reader() as (key, secret):
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", key)
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", secret)
        kept = begun(life, store.config("refused"))["recorded"]["kept"]
        assert [kept["predictions"]["kind"], kept["files"]["kind"]] == ["artifact", "artifact"]
        said = capfd.readouterr().err
        assert "not kept in the DVC remote: the remote store refuses access" in said
        assert secret not in said
        sha = life.merge(REPO, life.propose("none", {".dvc/config": "[core]\n", "params.yaml": params(20, 20)}))
        life.do("report", life.train_push(sha))
        check = check_of(life, sha)
        assert check["conclusion"] == "success"
        assert "not kept in the DVC remote: .dvc/config names no default remote" in shown(check["output"]["text"])


def test_the_latest_version_can_be_the_baseline(tmp_path: Path) -> None:
    """Main has moved on since v0.1.0; the comment names the version, and its release has the predictions."""
    config = CONFIG.replace("gate:", "gate:\n      baseline: latest")
    config = re.sub("release: {.*}", "release: {on: merge, bump: minor, predictions: keep}", config)
    with prepare_empty(tmp_path) as life:
        life.push(REPO, {"README.md": "# tiny\n"}, "main")
        files = {"merganser.yaml": config, "train.py": TRAIN, "params.yaml": params(10, 10)}
        released = life.merge(REPO, life.propose("set-up", files))
        event = life.train_push(released)
        life.do("report", event)
        life.do("register", event)
        life.do("report", life.train_push(life.merge(REPO, life.propose("on", {"params.yaml": params(20, 20)}))))
        number = life.propose("next", {"params.yaml": params(60, 60)})
        event = life.train_pull(number, "next")
        life.do("report", event)
        said = shown(comments_of(life, number)[0]).replace("`", "")
        assert "Compared with version tiny@v0.1.0" in said
        assert "predictions from release tiny@v0.1.0" in said
        run = event["workflow_run"]["id"]
        [path] = [p for p in ledger_of(life) if p.startswith("verdicts/") and f"-{run}-1-" in p]
        baseline = read_ledger(life, path)["baseline"]
        assert (baseline["kind"], baseline["name"], baseline["commit"]) == ("version", "tiny@v0.1.0", released)

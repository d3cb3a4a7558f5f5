"""Sealed labels that the report fetches itself: from a DVC remote, from S3, from the machine; and what it refuses."""

import re
from pathlib import Path

import pytest

from tests.commands.report.test_report import BETTER, check_of, comments_of, ledger_of, read_ledger, shown
from tests.commands.stage import CONFIG, REPO, TRAIN, Life, params, prepare_empty
from tests.storage.world import Bucket, act_as_owner, push

CANARY = "canary-secret-that-nobody-writes-down"
LABELS = "row,label\n" + "".join(f"r{n},{'ab'[n % 2]}\n" for n in range(600))
SEALED = CONFIG.replace(
    ", label: label, slices: [label]}",
    '}\n    labels: {uri: "dvc://data/holdout.csv", key: row, label: label, slices: [label]}',
)


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    act_as_owner(monkeypatch, tmp_path, CANARY)


def set_up(life: Life, files: dict[str, str | None]) -> None:
    """The model and its labels, merged, trained and recorded."""
    life.push(REPO, {"README.md": "# tiny\n"}, "main")
    base = {"merganser.yaml": SEALED, "train.py": TRAIN, "params.yaml": params(10, 10)}
    life.do("report", life.train_push(life.merge(REPO, life.propose("set-up", base | files))))


def tracked(folder: Path, config: str, labels: str = LABELS) -> dict[str, str | None]:
    """The files of git by which DVC tracks labels that it has pushed."""
    project = folder / "project"
    (project / "data").mkdir(parents=True, exist_ok=True)
    (project / "data" / "holdout.csv").write_text(labels)
    return {**push(project, config, "data/holdout.csv"), ".dvc/config": config}


def test_labels_are_fetched_from_the_remote(store: Bucket, tmp_path: Path) -> None:
    with prepare_empty(tmp_path) as life:
        files = tracked(tmp_path, store.config())
        set_up(life, files)
        number = life.propose("better", BETTER)
        event = life.train_pull(number, "better")
        life.do("report", event)
        assert check_of(life, life.head(number))["conclusion"] == "success"
        said = shown(comments_of(life, number)[0])
        assert "submission 2 against these labels" in said
        records = [read_ledger(life, path) for path in sorted(ledger_of(life)) if path.startswith("verdicts/")]
        assert {record["trust"] for record in records} == {"sealed"}
        for key in store.objects():
            store.delete(key)
        life.do("report", event)
        assert check_of(life, life.head(number))["conclusion"] == "failure"
        lost = shown(comments_of(life, number)[0])
        [md5] = re.findall(r"md5: (\w+)", str(files["data/holdout.csv.dvc"]))
        assert f"The remote store lacks `{md5}`" in lost
        assert "Run `dvc push -r store data/holdout.csv` where the labels are" in lost
        assert f"[Look at the log.]({life.hub.url}/{REPO}/actions/runs/77)" in lost
        assert CANARY not in said + lost + str(records)
    written = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert not [file for file in written if CANARY.encode() in file.read_bytes()]


@pytest.mark.integration
def test_the_base_says_which_labels_not_the_pull_request(store: Bucket, tmp_path: Path) -> None:
    """Labels of its own would call everything right; neither pointer nor remote nor digest of a pull request count."""
    easy = LABELS.replace(",b", ",a")
    with prepare_empty(tmp_path) as life:
        set_up(life, tracked(tmp_path, store.config()))
        own = tracked(tmp_path / "own", f"[core]\n    remote = x\n['remote \"x\"']\n    url = {tmp_path / 'x'}\n", easy)
        always_a = TRAIN.replace("{'ba'['ab'.index(label)] if misjudged else label}", "a")
        number = life.propose("cheat", {**own, "train.py": always_a})
        life.do("report", life.train_pull(number, "cheat"))
        assert check_of(life, life.head(number))["conclusion"] == "failure"
        assert "0.5" in comments_of(life, number)[0]

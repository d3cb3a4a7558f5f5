"""Kept artifacts of baselines are fetched, uploaded again and recorded before GitHub deletes them."""

import json
import shutil
import time
import zipfile
from typing import Any

import msgspec
import pytest

from merganser.commands.sweep import command as sweep
from merganser.forge.times import Times
from tests.commands.report.test_report import ledger_of
from tests.commands.stage import BOT, REPO, Life, Moment, fetch, runtime

DAY = 24 * 3600.0
REPORT = ".github/workflows/merganser-report.yml"


class Clock:
    """The scheduled workflow: each hour a run of its own, that sweeps and uploads what it is told to."""

    def __init__(self, life: Life, capsys: pytest.CaptureFixture[str]) -> None:
        self.life, self.capsys = life, capsys

    def begin(self, event: str = "schedule", path: str = REPORT) -> int:
        sha = fetch(self.life.hub, self.life.access.person, f"/repos/{REPO}/branches/main")["commit"]["sha"]
        admin = self.life.hub.admin
        run = admin.start_workflow_run(REPO, path, event=event, head_branch="main", head_sha=sha, actor="ada")
        return int(run["id"])

    def sweep(self, run: int, days: float) -> dict[str, Any]:
        """What the sweep of that workflow run says; it leaves in the folder what is to be uploaded."""
        temp = self.life.folder / "temp"
        temp.mkdir(exist_ok=True)
        told = runtime(self.life.hub, self.life.access.bot, {}, BOT)
        told = msgspec.structs.replace(told, run_id=run, temp=temp)
        times = Times(clock=lambda: time.time() + days * DAY)
        self.capsys.readouterr()
        sweep.carry_out(sweep.Request(labels={}, as_json=True), told, times)
        return dict(json.loads(self.capsys.readouterr().out))

    def upload(self, run: int, name: str) -> None:
        folder, packed = self.life.folder / "temp" / "merganser-renewed", self.life.folder / f"{run}.zip"
        with zipfile.ZipFile(packed, "w") as archive:
            for file in sorted(f for f in folder.rglob("*") if f.is_file()):
                archive.write(file, file.relative_to(folder).as_posix())
        self.life.hub.admin.upload_artifact(REPO, run, name, packed)
        shutil.rmtree(folder)


@pytest.fixture
def clock(life: Life, capsys: pytest.CaptureFixture[str]) -> Clock:
    return Clock(life, capsys)


PREDICTIONS, FILES = "merganser-kept-1-merganser-tiny-1", "merganser-kept-1-merganser-tiny-1-files"


def test_what_ends_soon_is_uploaded_again_and_recorded(life: Life, clock: Clock) -> None:
    first = clock.begin()
    assert clock.sweep(first, 70)["outputs"]["renew"] == ""
    assert clock.sweep(first, 80)["outputs"]["renew"] == PREDICTIONS
    clock.upload(first, PREDICTIONS)
    second = clock.begin()
    said = clock.sweep(second, 80)
    assert (said["outputs"]["renew"], [e["effect"] for e in said["effects"]]) == (FILES, ["Append"])
    clock.upload(second, FILES)
    third = clock.begin()
    said = clock.sweep(third, 80)
    assert said["outputs"]["renew"] == PREDICTIONS  # uploaded today, on the hub's own clock, so it ends soon as well
    known = {path for path in ledger_of(life) if path.startswith("kept/")}
    assert known == {f"kept/1/merganser-tiny-1/{first}.json", f"kept/1/merganser-tiny-1-files/{second}.json"}
    clock.upload(third, PREDICTIONS)
    clock.sweep(clock.begin(), 80)
    assert f"kept/{first}/{PREDICTIONS}/{third}.json" in ledger_of(life)


def test_a_renewed_baseline_is_found_when_the_first_is_gone(
    life: Life, clock: Clock, moments: dict[str, Moment]
) -> None:
    first = clock.begin()
    clock.sweep(first, 80)
    clock.upload(first, PREDICTIONS)
    clock.sweep(clock.begin(), 80)
    for one in fetch(life.hub, life.access.person, f"/repos/{REPO}/actions/runs/1/artifacts")["artifacts"]:
        forget(life, one["id"])
    life.do("report", moments["report"].event)
    [check] = fetch(life.hub, life.access.person, f"/repos/{REPO}/commits/{life.head(2)}/check-runs")["check_runs"]
    assert (check["conclusion"], check["output"]["title"]) == ("success", "tiny: passes (accuracy +0.09)")


def forget(life: Life, artifact: int) -> None:
    from urllib.request import Request, urlopen

    headers = {"Authorization": f"Bearer {life.access.person}"}
    url = f"{life.hub.api_url}/repos/{REPO}/actions/artifacts/{artifact}"
    with urlopen(Request(url, headers=headers, method="DELETE"), timeout=30):
        pass


def test_an_artifact_of_that_name_from_elsewhere_is_not_believed(life: Life, clock: Clock) -> None:
    clock.sweep(clock.begin(), 80)
    for event, path in (("pull_request", REPORT), ("schedule", ".github/workflows/other.yml")):
        foreign = clock.begin(event, path)
        (life.folder / "temp" / "merganser-renewed").mkdir(exist_ok=True)
        (life.folder / "temp" / "merganser-renewed" / "run.json").write_text("{}")
        clock.upload(foreign, PREDICTIONS)
    said = clock.sweep(clock.begin(), 80)
    assert (said["outputs"]["renew"], said["effects"]) == (PREDICTIONS, [])


def test_what_is_not_the_runs_is_not_uploaded(life: Life, clock: Clock, moments: dict[str, Moment]) -> None:
    blobs = list((life.hub.directory / "blobs").iterdir())
    for blob in blobs:
        blob.write_bytes(b"PK\x05\x06" + b"\0" * 18)  # an empty archive
    assert clock.sweep(clock.begin(), 80)["outputs"]["renew"] == ""
